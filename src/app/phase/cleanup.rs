//! `cleanup`: deletes what is marked, when the operator has allowed that.

use std::sync::Arc;

use async_trait::async_trait;

use super::{super::state::State, compute};
use crate::{
    cleanup::{self, Plan, Verdict},
    model::ScopeKey,
    telemetry::Target,
    workflow::{Level, Outcome, Phase, PhaseReport, RunContext, Step},
};

/// Candidates that are left alone and that the log of the run names; the metrics count them all.
const NAMED_MAX: usize = 50;

#[derive(Debug)]
pub(super) struct Cleanup(pub(super) Arc<State>);

#[async_trait]
impl Phase for Cleanup {
    fn step(&self) -> Step {
        Step::Cleanup
    }

    async fn run(&self, _context: &RunContext) -> PhaseReport {
        let state = &self.0;
        let prepared = state.prepared.load_full();
        let config = &prepared.cleanup;
        let generation = state.store.current();
        if !config.enabled {
            let candidates = generation.marks().len();
            return PhaseReport::skipped(format!("cleanup.enabled is false; {candidates} candidates are left alone"))
                .with("candidates", candidates);
        }
        let (settings, providers) = (config.clone(), state.providers.clone());
        let planned = compute(move || Plan::new(&generation, &settings, &providers)).await;
        let plan = match planned.and_then(|plan| plan.within(config.max_deletions).map(|()| plan)) {
            Ok(plan) => plan,
            Err(error) => return PhaseReport::failed(error.to_string()),
        };
        let executed = cleanup::execute(&plan, &state.providers, config.dry_run, config.concurrency).await;

        let mut report = PhaseReport::ok();
        for deletion in &executed.deletions {
            let candidate = &deletion.candidate;
            let target = target(&candidate.rule, &candidate.scope);
            let what = format!("{} {} ({})", candidate.scope, candidate.resource.id, candidate.rule);
            let (level, text) = match &deletion.verdict {
                Verdict::Deleted => {
                    state.telemetry.cleanup.deleted(&target);
                    (Level::Info, format!("deleted {what}"))
                }
                Verdict::WouldDelete => (Level::Info, format!("would delete {what}")),
                Verdict::Failed(failure) => {
                    state.telemetry.cleanup.failed(&target);
                    (Level::Error, format!("could not delete {what}: {failure}"))
                }
                Verdict::PrerequisiteFailed => {
                    (Level::Warn, format!("did not delete {what}: something that must go first is still there"))
                }
            };
            report = report.message(level, text);
        }
        for skipped in plan.skipped.iter().take(NAMED_MAX) {
            let because = skipped.because_of.as_ref().map_or_else(String::new, |other| format!(" ({other})"));
            let (scope, id) = (&skipped.candidate.scope, &skipped.candidate.resource.id);
            let text = format!("left alone {scope} {id}: {}{because}", skipped.reason.as_str());
            report = report.message(Level::Info, text);
        }
        let deleted = executed.count(|verdict| *verdict == Verdict::Deleted);
        let failed = executed.count(|verdict| matches!(verdict, Verdict::Failed(_) | Verdict::PrerequisiteFailed));
        if failed > 0 {
            report.outcome = if deleted > 0 { Outcome::Partial } else { Outcome::Failed };
            report.reason = Some(format!("{failed} of {} deletions failed", executed.deletions.len()));
        } else if config.dry_run {
            report.reason = Some("cleanup.dry_run is true: nothing was deleted".to_owned());
        }
        report
            .with("deleted", deleted)
            .with("failed", failed)
            .with("would_delete", executed.count(|verdict| *verdict == Verdict::WouldDelete))
            .with("skipped", plan.skipped.len())
    }
}

/// A candidate as the metrics name it.
pub(super) fn target(rule: &str, scope: &ScopeKey) -> Target {
    Target {
        rule: rule.to_owned(),
        cloud: scope.cloud.to_string(),
        account: scope.account.to_string(),
        kind: scope.kind.to_string(),
    }
}
