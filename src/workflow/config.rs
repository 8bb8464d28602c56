//! The section `workflows` of the configuration.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{CronExpression, Schedule, Step, TimeZone, Workflow};
use crate::model::duration;

/// When workflows run, and what bounds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// When each workflow runs by itself, as cron expressions: minute, hour, day of month, month, day of week (0 and 7
    /// are Sunday). A workflow that is not named runs only on request. Default: `collect_and_cleanup: "0 * * * *"`.
    pub schedules: BTreeMap<Workflow, CronExpression>,
    /// The time zone of the schedules, an IANA name such as `Europe/Berlin`. Default: `UTC`.
    pub time_zone: TimeZone,
    /// Whether `collect_and_cleanup` runs once as soon as the program has started, whatever its schedule says.
    /// Default: `true`.
    pub run_on_start: bool,
    /// How long each step may take, its hooks included; then it is cancelled and the next step begins. Steps that are
    /// not named keep their default: `3h` for `collect` and `cleanup`, `10min` for `merge_outer_edges`, `cleanup_plan`
    /// and `generate_metrics`, `5min` for every `pre_` and `post_` step.
    pub timeouts: BTreeMap<Step, Timeout>,
    /// What follows when a step fails or exceeds its timeout: `continue` with the next step, or `stop` the run.
    /// Default: `continue` for every step.
    pub on_error: BTreeMap<Step, OnError>,
    /// How many finished runs of each workflow are kept for `workflows history` and `workflows log`. Default: `100`.
    pub history: usize,
    /// How many lines the log of one run keeps; later lines are counted, not kept. Default: `500`.
    pub log_lines: usize,
}

impl Default for Config {
    fn default() -> Self {
        let hourly = "0 * * * *".parse().expect("five well-formed cron fields");
        Self {
            schedules: BTreeMap::from([(Workflow::CollectAndCleanup, hourly)]),
            time_zone: TimeZone::utc(),
            run_on_start: true,
            timeouts: BTreeMap::new(),
            on_error: BTreeMap::new(),
            history: 100,
            log_lines: 500,
        }
    }
}

impl Config {
    /// The schedule of a workflow that has one.
    pub fn schedule(&self, workflow: Workflow) -> Option<Schedule> {
        self.schedules.get(&workflow).map(|cron| Schedule::new(cron.clone(), self.time_zone.clone()))
    }

    pub fn timeout(&self, step: Step) -> Duration {
        self.timeouts.get(&step).map_or_else(|| step.default_timeout(), |timeout| timeout.0)
    }

    pub fn on_error(&self, step: Step) -> OnError {
        self.on_error.get(&step).copied().unwrap_or_default()
    }
}

/// What follows a step that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The next step begins.
    #[default]
    Continue,
    /// The run ends; the remaining steps are skipped.
    Stop,
}

/// A duration of more than nothing, as users write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Duration);

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match duration::text::deserialize(deserializer)? {
            Duration::ZERO => Err(D::Error::custom("a timeout must be longer than nothing; write for example `5min`")),
            timeout => Ok(Self(timeout)),
        }
    }
}

impl Serialize for Timeout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        duration::text::serialize(&self.0, serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_keeps_its_default() {
        let config: Config = serde_saphyr::from_str(
            "
            schedules: {metrics: '*/5 * * * *'}
            time_zone: Europe/Berlin
            timeouts: {collect: 1h, collect_done: 90s}
            on_error: {collect: stop}
            ",
        )
        .unwrap();
        assert!(config.run_on_start);
        assert_eq!(config.schedules.keys().copied().collect::<Vec<_>>(), [Workflow::Metrics]);
        assert_eq!(config.timeout(Step::Collect), Duration::from_hours(1));
        assert_eq!(config.timeout(Step::PostCollect), Duration::from_secs(90));
        assert_eq!(config.timeout(Step::Cleanup), Duration::from_hours(3));
        assert_eq!(
            (config.on_error(Step::Collect), config.on_error(Step::Cleanup)),
            (OnError::Stop, OnError::Continue)
        );
        assert!(config.schedule(Workflow::Collect).is_none());
    }

    #[test]
    fn the_default_reads_back_as_itself() {
        let text = serde_saphyr::to_string(&Config::default()).unwrap();
        assert_eq!(serde_saphyr::from_str::<Config>(&text).unwrap(), Config::default());
    }

    #[test]
    fn a_mistake_is_named_with_what_would_be_right() {
        for (text, complaint) in [
            ("schedules: {colect: '0 * * * *'}", "unknown workflow `colect`; did you mean `collect`?"),
            ("schedules: {collect: '0 25 * * *'}", "`0 25 * * *` is not a cron expression"),
            ("time_zone: Europe/Bern", "unknown time zone `Europe/Bern`"),
            ("timeouts: {colect: 1h}", "unknown event `colect`; did you mean `collect`?"),
            ("timeouts: {collect: 0s}", "a timeout must be longer than nothing"),
            ("on_error: {collect: abort}", "unknown variant `abort`"),
            ("run_at_start: true", "unknown field `run_at_start`"),
        ] {
            let error = serde_saphyr::from_str::<Config>(text).unwrap_err().to_string();
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }
}
