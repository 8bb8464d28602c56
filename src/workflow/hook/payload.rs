//! The payload: what a hook is told.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use crate::workflow::{
    Outcome, PhaseReport, RunContext, RunId, Step, StepRecord, Summary, Trigger, Workflow, run::seconds,
};

/// The document that a hook gets: a program on its standard input, an HTTP request as its body.
///
/// Fields are only ever added.
#[derive(Clone, Debug, Serialize)]
pub(in crate::workflow) struct Payload {
    pub(super) event: Step,
    pub(super) workflow: Workflow,
    pub(super) run: RunId,
    pub(super) trigger: Trigger,
    started_at: Timestamp,
    step_started_at: Timestamp,
    /// The outcome of the run so far, the work of the event's own step included.
    pub(super) outcome: Outcome,
    /// The steps that are over, and the event's own if it has work: it comes before its hooks.
    steps: Vec<PayloadStep>,
    /// What the phases report of themselves, by step.
    summary: BTreeMap<Step, Summary>,
}

#[derive(Clone, Debug, Serialize)]
struct PayloadStep {
    step: Step,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    started_at: Timestamp,
    #[serde(with = "seconds", rename = "duration_seconds")]
    duration: Duration,
}

impl Payload {
    /// `over` are the run's steps so far; `report` is what the step's own phase said, with the time it took.
    pub(in crate::workflow) fn new(
        context: &RunContext,
        over: &[StepRecord],
        step_started_at: Timestamp,
        report: Option<(&PhaseReport, Duration)>,
    ) -> Self {
        let mut steps: Vec<PayloadStep> = Vec::new();
        let mut summary = BTreeMap::new();
        for record in over {
            steps.push(PayloadStep {
                step: record.step,
                outcome: record.outcome,
                reason: record.reason.clone(),
                started_at: record.started_at,
                duration: record.duration,
            });
            if !record.summary.is_empty() {
                summary.insert(record.step, record.summary.clone());
            }
        }
        if let Some((report, duration)) = report {
            steps.push(PayloadStep {
                step: context.step,
                outcome: report.outcome,
                reason: report.reason.clone(),
                started_at: step_started_at,
                duration,
            });
            if !report.summary.is_empty() {
                summary.insert(context.step, report.summary.clone());
            }
        }
        Self {
            event: context.step,
            workflow: context.workflow,
            run: context.run.clone(),
            trigger: context.trigger,
            started_at: context.started_at,
            step_started_at,
            outcome: Outcome::of_run(steps.iter().map(|step| step.outcome)),
            steps,
            summary,
        }
    }
}
