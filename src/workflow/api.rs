//! What can be asked of workflows, and the answers: plain data, whatever carries it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Line, OnError, Outcome, Progress, RunId, Step, Timeout, Trigger, UnknownName, Workflow, run::seconds};

/// A workflow, as `workflows show` prints it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShowWorkflow {
    pub id: Workflow,
    pub steps: Vec<ShowStep>,
    pub triggers: Vec<ShowTrigger>,
    /// What becomes of a run that is due while another is active: always `wait`.
    pub on_surpass: String,
}

/// A step of a workflow, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShowStep {
    pub name: Step,
    pub timeout: Timeout,
    pub on_error: OnError,
    /// The names of its hooks, in the order they run.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub hooks: Vec<String>,
}

/// Something that starts a workflow by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowTrigger {
    Schedule {
        cron: String,
        time_zone: String,
        /// When it comes due; none before the engine works.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        next_due: Option<Timestamp>,
    },
    /// Once, when the program starts.
    Startup,
}

/// The answer to `workflows run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunAnswer {
    pub workflow: Workflow,
    /// The run that will do it.
    pub run: RunId,
    /// The active run it waits for; none if it has started.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub behind: Option<RunId>,
    /// Whether the run was waiting already: then this wish added nothing.
    pub was_queued: bool,
}

/// The answer to `workflows running`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub active: Option<RunningRun>,
    /// The runs that wait, in the order they will run.
    pub queued: Vec<QueuedRun>,
}

/// The active run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningRun {
    pub workflow: Workflow,
    pub run: RunId,
    pub trigger: Trigger,
    pub started_at: Timestamp,
    /// The step that is being executed; none between two steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<Step>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub progress: Option<Progress>,
    /// How many steps are over, and how many there are.
    pub steps_done: usize,
    pub steps: usize,
    pub warnings: usize,
    pub errors: usize,
}

/// A run that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedRun {
    pub workflow: Workflow,
    pub run: RunId,
    pub trigger: Trigger,
    pub queued_at: Timestamp,
}

/// A workflow's line in the answer to `workflows history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistorySummary {
    pub workflow: Workflow,
    /// How many finished runs are remembered.
    pub count: usize,
    /// When the last of them started, and how it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_run: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_outcome: Option<Outcome>,
    pub runs_with_errors: usize,
    #[serde(with = "optional_seconds", rename = "average_duration_seconds")]
    pub average_duration: Option<Duration>,
}

/// Which runs `workflows history` lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryFilter {
    pub started_after: Option<Timestamp>,
    pub started_before: Option<Timestamp>,
    /// Only runs with errors.
    pub has_errors: bool,
    /// The newest so many. Default: `10`.
    pub limit: usize,
}

impl Default for HistoryFilter {
    fn default() -> Self {
        Self { started_after: None, started_before: None, has_errors: false, limit: 10 }
    }
}

/// A run in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub run: RunId,
    pub workflow: Workflow,
    pub trigger: Trigger,
    pub started_at: Timestamp,
    /// None while it is active.
    #[serde(with = "optional_seconds", rename = "duration_seconds")]
    pub duration: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<Outcome>,
    pub warnings: usize,
    pub errors: usize,
}

/// The log of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLog {
    pub run: RunId,
    pub workflow: Workflow,
    /// None while it is active.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<Outcome>,
    pub lines: Vec<Line>,
    /// How many lines exceeded the limit and were not kept.
    pub dropped: usize,
}

/// The answer to `workflows stop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopAnswer {
    pub run: RunId,
}

/// Why a request could not be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error(transparent)]
    UnknownWorkflow(#[from] UnknownName),
    #[error("no run has the id `{run}`; `workflows history` lists those that are remembered")]
    UnknownRun { run: RunId },
    #[error("the run `{run}` is over")]
    NotRunning { run: RunId },
    #[error("the program is ending and starts no more runs")]
    ShuttingDown,
}

mod optional_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Seconds(#[serde(with = "super::seconds")] Duration);

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Seconds>::deserialize(deserializer)?.map(|seconds| seconds.0))
    }
}
