//! Observers: who wants to know how runs go.

use std::fmt::Debug;

use super::{Run, RunContext, StepRecord};

/// Hears of runs and steps as they begin and end; the self metrics are fed from it.
///
/// Called between steps on the engine's own task: it must return quickly. A panic is logged and otherwise ignored.
pub trait Observer: Debug + Send + Sync {
    fn observe(&self, event: &Event<'_>);
}

/// Something an engine did.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    RunStarted(&'a Run),
    StepStarted(&'a RunContext),
    /// Also heard of a step that was skipped and never started.
    StepFinished(&'a RunContext, &'a StepRecord),
    /// The run is complete, its steps and log included.
    RunFinished(&'a Run),
}
