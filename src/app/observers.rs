//! What is told to the self metrics as workflows run.

use std::sync::Arc;

use crate::{
    telemetry::PhaseOutcome,
    workflow::{Event, Observer, Outcome},
};

use super::state::State;

/// Counts steps and runs.
#[derive(Debug)]
pub(super) struct WorkflowCounter(pub(super) Arc<State>);

impl Observer for WorkflowCounter {
    fn observe(&self, event: &Event<'_>) {
        let metrics = &self.0.telemetry.workflows;
        match event {
            Event::StepFinished(context, step) => {
                // Several steps publish; whether this one did is seen by whoever stores.
                self.0.unsaved.notify_one();
                metrics.phase_ended(
                    context.workflow.as_str(),
                    step.step.as_str(),
                    outcome(step.outcome),
                    step.duration,
                );
            }
            Event::RunFinished(run) => {
                // A part that is always denied must not make the whole look dead; the scopes' own metrics name it.
                if run.end.is_some_and(|end| end.outcome <= Outcome::Partial) {
                    metrics.workflow_succeeded(run.workflow.as_str(), self.0.clock.now());
                }
            }
            Event::RunStarted(_) | Event::StepStarted(_) => return,
        }
        self.0.changed.notify_one();
    }
}

fn outcome(outcome: Outcome) -> PhaseOutcome {
    match outcome {
        Outcome::Ok => PhaseOutcome::Ok,
        Outcome::Partial => PhaseOutcome::Partial,
        Outcome::Skipped => PhaseOutcome::Skipped,
        Outcome::Failed => PhaseOutcome::Failed,
        Outcome::TimedOut => PhaseOutcome::TimedOut,
        Outcome::Stopped => PhaseOutcome::Cancelled,
    }
}
