//! `cleanup_plan`: marks what the rules want gone.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use super::{super::state::State, compute};
use crate::{
    cleanup::{self, Plan},
    graph::{Generation, Marks},
    telemetry::Target,
    workflow::{Level, Outcome, Phase, PhaseReport, RunContext, Step},
};

#[derive(Debug)]
pub(super) struct CleanupPlan(pub(super) Arc<State>);

#[async_trait]
impl Phase for CleanupPlan {
    fn step(&self) -> Step {
        Step::CleanupPlan
    }

    async fn run(&self, _context: &RunContext) -> PhaseReport {
        let state = &self.0;
        let prepared = state.prepared.load_full();
        let generation = state.store.current();
        let now = state.clock.now();
        if prepared.rules.is_empty() {
            if !generation.marks().is_empty() {
                state.store.publish_marks(Marks::new());
            }
            state.telemetry.cleanup.set_candidates(&BTreeMap::new());
            state.telemetry.cleanup.set_skipped(&BTreeMap::new());
            return PhaseReport::skipped("no rule is enabled");
        }
        let rules = prepared.clone();
        let marked = compute(move || cleanup::mark(&generation, &rules.rules, now)).await;
        let generation = state.store.publish_marks(marked.marks);
        let mut report = PhaseReport::ok().with("candidates", generation.marks().len());
        state.telemetry.cleanup.set_candidates(&candidates(&generation));
        if !marked.failed.is_empty() {
            report.outcome = Outcome::Partial;
            report.reason = Some(format!("{} rules could not be evaluated", marked.failed.len()));
        }
        for (rule, error) in marked.failed {
            report = report.message(Level::Error, format!("rule {rule}: {error}"));
        }
        let (cleanup, providers) = (prepared.cleanup.clone(), state.providers.clone());
        match compute(move || Plan::new(&generation, &cleanup, &providers)).await {
            Ok(plan) => {
                state.telemetry.cleanup.set_skipped(&skipped(&plan));
                report.with("deletable", plan.deletions()).with("skipped", plan.skipped.len())
            }
            Err(error) => PhaseReport { outcome: Outcome::Failed, reason: Some(error.to_string()), ..report },
        }
    }
}

/// Counts the marks as the metrics show them.
fn candidates(generation: &Generation) -> BTreeMap<Target, usize> {
    let mut counts = BTreeMap::new();
    for (id, key) in generation.marked() {
        let Some(scope) = generation.graph.node(*id).scope() else { continue };
        let target = super::cleanup::target(&generation.marks()[key].rule, &scope);
        *counts.entry(target).or_default() += 1;
    }
    counts
}

/// Counts the skipped candidates by reason; every reason is there, so that none vanishes from the metrics.
pub(super) fn skipped(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<_, _> = cleanup::SkipReason::ALL.iter().map(|reason| (reason.as_str(), 0)).collect();
    for skipped in &plan.skipped {
        *counts.entry(skipped.reason.as_str()).or_default() += 1;
    }
    counts
}
