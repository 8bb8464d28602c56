//! Phases: the work of a step, as the rest of the program provides it.

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Level, Outcome, Run, RunId, Step, Summary, Trigger, Workflow};
use crate::model::Value;

/// The work of one step.
///
/// The future that [`run`](Self::run) returns is dropped when the step's timeout expires, the run is stopped or the
/// program ends. Whatever it was about to publish must then stay unpublished. It must yield: work that keeps a thread
/// busy belongs on another thread, with a result that nobody takes when this future is gone.
#[async_trait]
pub trait Phase: Debug + Send + Sync {
    /// The step whose work this is.
    fn step(&self) -> Step;

    /// Does the work. A failure is a report, not an error; a panic counts as a failure.
    async fn run(&self, context: &RunContext) -> PhaseReport;
}

/// What a phase says of its work.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct PhaseReport {
    pub outcome: Outcome,
    /// Why it was skipped, is partial, or failed: one line.
    pub reason: Option<String>,
    /// What belongs into the log of the run.
    pub messages: Vec<(Level, String)>,
    /// A few figures for hooks and people.
    pub summary: Summary,
}

impl PhaseReport {
    pub fn ok() -> Self {
        Self { outcome: Outcome::Ok, reason: None, messages: Vec::new(), summary: Summary::new() }
    }

    /// A part failed and the rest is good.
    pub fn partial(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Partial, reason: Some(reason.into()), ..Self::ok() }
    }

    pub fn failed(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, reason: Some(reason.into()), ..Self::ok() }
    }

    /// There was nothing to do, for example because the configuration says so.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, reason: Some(reason.into()), ..Self::ok() }
    }

    /// Adds a figure to the summary.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.summary.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a line for the log of the run.
    pub fn message(mut self, level: Level, text: impl Into<String>) -> Self {
        self.messages.push((level, text.into()));
        self
    }
}

/// How far a phase has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How much is done, from 0 to 100; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub percent: Option<u8>,
    /// What is being done: `12 of 27 accounts`.
    pub text: String,
}

/// What a phase knows of its run, and how it tells of its progress.
///
/// Cheap to clone; a clone may be used from other threads.
#[derive(Clone, Debug)]
pub struct RunContext {
    pub run: RunId,
    pub workflow: Workflow,
    pub trigger: Trigger,
    pub step: Step,
    /// When the run started.
    pub started_at: Timestamp,
    recorder: Option<Arc<dyn Recorder>>,
}

impl RunContext {
    /// A context that belongs to no engine, to run a phase by itself.
    pub fn detached(workflow: Workflow, step: Step, started_at: Timestamp) -> Self {
        Self { run: "detached".into(), workflow, trigger: Trigger::Request, step, started_at, recorder: None }
    }

    pub(super) fn new(run: &Run, step: Step, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            run: run.id.clone(),
            workflow: run.workflow,
            trigger: run.trigger,
            step,
            started_at: run.started_at,
            recorder: Some(recorder),
        }
    }

    /// Replaces what is known of the phase's progress.
    pub fn progress(&self, progress: Progress) {
        if let Some(recorder) = &self.recorder {
            recorder.progress(&self.run, self.step, progress);
        }
    }

    /// Adds a line to the log of the run at once; what can wait goes into the report.
    pub fn log(&self, level: Level, text: impl Into<String>) {
        if let Some(recorder) = &self.recorder {
            recorder.log(&self.run, Some(self.step), level, text.into());
        }
    }
}

/// Takes down what happens in a run.
///
/// What is said of a run or step that is over is ignored.
pub(super) trait Recorder: Debug + Send + Sync {
    fn progress(&self, run: &RunId, step: Step, progress: Progress);

    fn log(&self, run: &RunId, step: Option<Step>, level: Level, text: String);
}
