//! Metrics of the process, as client libraries of all languages name them.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::MetricType,
    registry::Unit,
};

use super::known::Number;

/// Reads the process' figures when the metrics are rendered; leaves out what cannot be read.
#[derive(Debug)]
pub(super) struct Process;

/// The figures of this process.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    cpu_seconds: Option<f64>,
    resident_memory_bytes: Option<u64>,
    virtual_memory_bytes: Option<u64>,
    start_time_seconds: Option<f64>,
    open_fds: Option<u64>,
    max_fds: Option<u64>,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let figures = Figures::read();
        if let Some(seconds) = figures.cpu_seconds {
            encoder
                .encode_descriptor(
                    "process_cpu",
                    "User and system time spent.",
                    Some(&Unit::Seconds),
                    MetricType::Counter,
                )?
                .encode_counter::<NoLabelSet, f64, f64>(&seconds, None)?;
        }
        let mut gauge = |name, help, unit: Option<Unit>, value: Option<f64>| match value {
            Some(value) => {
                encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?.encode_gauge(&Number(value))
            }
            None => Ok(()),
        };
        #[expect(clippy::cast_precision_loss, reason = "memory and descriptors are below 2^53")]
        let exact = |value: u64| value as f64;
        let bytes = || Some(Unit::Bytes);
        gauge("process_resident_memory", "Memory in RAM.", bytes(), figures.resident_memory_bytes.map(exact))?;
        gauge("process_virtual_memory", "Memory reserved.", bytes(), figures.virtual_memory_bytes.map(exact))?;
        gauge(
            "process_start_time",
            "When the process started, in seconds since 1970.",
            Some(Unit::Seconds),
            figures.start_time_seconds,
        )?;
        gauge("process_open_fds", "Open file descriptors.", None, figures.open_fds.map(exact))?;
        gauge("process_max_fds", "Limit of open file descriptors.", None, figures.max_fds.map(exact))
    }
}

#[cfg(target_os = "linux")]
impl Figures {
    fn read() -> Self {
        use procfs::{WithCurrentSystemInfo as _, process::LimitValue};

        let Ok(process) = procfs::process::Process::myself() else { return Self::default() };
        #[expect(clippy::cast_precision_loss, reason = "ticks since the start are below 2^53")]
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        let stat = process.stat().ok();
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are below 2^53")]
        let boot_seconds = procfs::boot_time_secs().ok().map(|seconds| seconds as f64);
        Self {
            cpu_seconds: stat.as_ref().map(|stat| seconds(stat.utime + stat.stime)),
            resident_memory_bytes: stat.as_ref().map(|stat| stat.rss_bytes().get()),
            virtual_memory_bytes: stat.as_ref().map(|stat| stat.vsize),
            start_time_seconds: stat.zip(boot_seconds).map(|(stat, boot)| boot + seconds(stat.starttime)),
            open_fds: process.fd_count().ok().map(|count| count as u64),
            max_fds: process.limits().ok().and_then(|limits| match limits.max_open_files.soft_limit {
                LimitValue::Value(limit) => Some(limit),
                LimitValue::Unlimited => None,
            }),
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Figures {
    /// Only Linux has `/proc`.
    fn read() -> Self {
        Self::default()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_a_running_process() {
        let figures = Figures::read();
        assert!(figures.cpu_seconds.unwrap() >= 0.0);
        assert!(figures.resident_memory_bytes.unwrap() > 1_000_000);
        assert!(figures.virtual_memory_bytes >= figures.resident_memory_bytes);
        assert!(figures.open_fds.unwrap() >= 3);
        assert!(figures.max_fds.is_none_or(|max| max >= figures.open_fds.unwrap()));
        let started = jiff::SignedDuration::from_secs_f64(figures.start_time_seconds.unwrap());
        let age = jiff::Timestamp::now().duration_since(jiff::Timestamp::UNIX_EPOCH) - started;
        // The boot time is known to the second only.
        assert!((-2..86_400).contains(&age.as_secs()), "{age}");
    }
}
