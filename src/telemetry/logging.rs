//! Logging: lines on standard error, for people and machines.

use std::{fmt, io};

use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// What is logged, and how it is written. Logs go to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The least severe messages that are written: `debug`, `info`, `warn` or `error`.
    pub level: Level,
    /// How a message is written: `logfmt` (`level=info message="…"`) or `json`, one object per line.
    pub format: LogFormat,
}

/// How severe a message must be to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::DEBUG,
            Level::Info => Self::INFO,
            Level::Warn => Self::WARN,
            Level::Error => Self::ERROR,
        }
    }
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Logfmt,
    Json,
}

/// Sends all messages of the process to standard error from now on; possible once.
pub fn init_logging(config: &Config) -> Result<(), LoggingError> {
    subscriber(config, io::stderr).try_init().map_err(|source| LoggingError { source })
}

/// A second attempt to set up logging.
#[derive(Debug, thiserror::Error)]
#[error("logging is set up already")]
pub struct LoggingError {
    source: tracing_subscriber::util::TryInitError,
}

fn subscriber<W>(config: &Config, writer: W) -> impl tracing::Subscriber + Send + Sync + 'static
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.format {
        LogFormat::Logfmt => tracing_logfmt::builder().with_target(true).layer().with_writer(writer).boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer).boxed(),
    };
    Registry::default().with(lines.with_filter(filter(config.level)))
}

/// At `debug`, only our own details: those of libraries hold requests and credentials.
fn filter(level: Level) -> Targets {
    let libraries = LevelFilter::from(level).min(LevelFilter::INFO);
    Targets::new().with_default(libraries).with_target(env!("CARGO_CRATE_NAME"), level)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, format: LogFormat) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(&Config { level, format }, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!("too small");
            tracing::debug!(target: "aws_sigv4::sign", "a secret");
            let span = tracing::info_span!("phase", phase = "collect");
            span.in_scope(|| tracing::warn!(account = "a \"b\"\nc", "listing failed"));
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn logfmt_has_one_line_per_message_whatever_its_fields_hold() {
        let text = logged(Level::Info, LogFormat::Logfmt);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains("level=warn") && text.contains("listing failed") && text.contains("phase=collect"),
            "{text}"
        );
    }

    #[test]
    fn json_has_one_object_per_line() {
        let text = logged(Level::Info, LogFormat::Json);
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "listing failed");
        assert_eq!(line["account"], "a \"b\"\nc");
    }

    #[test]
    fn debug_shows_our_details_and_not_those_of_libraries_that_handle_secrets() {
        let text = logged(Level::Debug, LogFormat::Logfmt);
        assert!(text.contains("too small") && !text.contains("a secret"), "{text}");
        assert_eq!(logged(Level::Error, LogFormat::Logfmt), "");
    }

    #[test]
    fn the_section_is_written_in_lower_case() {
        let config: Config = serde_json::from_str(r#"{"level": "debug", "format": "json"}"#).unwrap();
        assert_eq!(config, Config { level: Level::Debug, format: LogFormat::Json });
        assert!(serde_json::from_str::<Config>(r#"{"level": "trace"}"#).is_err());
    }
}
