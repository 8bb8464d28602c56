//! Runs: one execution of a workflow, with all that is remembered of it.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use super::{HookResult, Log, Outcome, Step, Workflow};
use crate::model::Value;

/// The id of a run; ids sort by the time the runs were asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Arc<str>);

impl RunId {
    /// A new id; the random part makes it unique.
    pub(super) fn new(now: Timestamp) -> Self {
        let second = u64::try_from(now.as_second()).unwrap_or_default();
        let nanosecond = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, second, nanosecond)).to_string().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a run was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its schedule came due.
    Schedule,
    /// The program started.
    Startup,
    /// Someone asked for it.
    Request,
}

impl Trigger {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Startup => "startup",
            Self::Request => "request",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A run, active or finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub workflow: Workflow,
    pub trigger: Trigger,
    pub started_at: Timestamp,
    /// How it ended, and how long it took; none while it is active.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<RunEnd>,
    /// The steps that are over, in order.
    pub steps: Vec<StepRecord>,
    pub log: Log,
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    pub outcome: Outcome,
    #[serde(with = "seconds", rename = "duration_seconds")]
    pub duration: Duration,
}

impl Run {
    pub(super) fn new(id: RunId, workflow: Workflow, trigger: Trigger, started_at: Timestamp) -> Self {
        Self { id, workflow, trigger, started_at, end: None, steps: Vec::new(), log: Log::default() }
    }

    /// Whether anything went wrong: an error in the log, or a step that failed.
    pub fn has_errors(&self) -> bool {
        self.log.errors() > 0 || self.steps.iter().any(|step| step.outcome.is_failure())
    }
}

/// A step that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    pub step: Step,
    pub outcome: Outcome,
    /// Why it was skipped, is partial, failed or was stopped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    pub started_at: Timestamp,
    #[serde(with = "seconds", rename = "duration_seconds")]
    pub duration: Duration,
    /// What the phase reports of itself, for hooks and people.
    #[serde(skip_serializing_if = "Summary::is_empty", default)]
    pub summary: Summary,
    /// The hooks that ran, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub hooks: Vec<HookResult>,
}

/// A few figures about a phase's work, such as `resources: 4711`.
pub type Summary = BTreeMap<String, Value>;

/// Durations as a number of seconds, for machines.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(in crate::workflow) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(in crate::workflow) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_unique() {
        let early: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
        let late: Timestamp = "2026-11-22T20:00:01Z".parse().unwrap();
        assert!(RunId::new(early) < RunId::new(late));
        assert_ne!(RunId::new(early), RunId::new(early));
    }

    #[test]
    fn a_run_can_be_stored_and_read_back() {
        let mut run = Run::new("1".into(), Workflow::Collect, Trigger::Request, Timestamp::UNIX_EPOCH);
        run.end = Some(RunEnd { outcome: Outcome::Partial, duration: Duration::from_millis(1_500) });
        run.steps.push(StepRecord {
            step: Step::Collect,
            outcome: Outcome::Partial,
            reason: Some("1 of 3 accounts failed".to_owned()),
            started_at: Timestamp::UNIX_EPOCH,
            duration: Duration::from_millis(1_250),
            summary: Summary::from([("resources".to_owned(), 7.into())]),
            hooks: Vec::new(),
        });
        let text = serde_json::to_string(&run).unwrap();
        assert!(text.contains(r#""duration_seconds":1.25"#), "{text}");
        assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
    }
}
