//! `merge_outer_edges`: connects resources across accounts and clouds, and publishes the generation.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    super::state::{Pending, State},
    compute,
};
use crate::workflow::{Phase, PhaseReport, RunContext, Step};

#[derive(Debug)]
pub(super) struct MergeOuterEdges(pub(super) Arc<State>);

#[async_trait]
impl Phase for MergeOuterEdges {
    fn step(&self) -> Step {
        Step::MergeOuterEdges
    }

    async fn run(&self, _context: &RunContext) -> PhaseReport {
        let Some(Pending { draft, collected_at, changes, expired }) = self.0.take() else {
            return PhaseReport::skipped("nothing was collected");
        };
        let outer = draft.outer();
        let state = self.0.clone();
        let generation = compute(move || {
            let generation = state.store.publish(draft, collected_at);
            state.count(&changes, &generation);
            state.telemetry.scopes.expired(expired.scopes, expired.resources);
            state.show(&generation);
            generation
        })
        .await;
        let unresolved: u64 = generation.graph.unresolved().values().sum();
        PhaseReport::ok()
            .with("generation", generation.number)
            .with("nodes", generation.graph.len())
            .with("edges", generation.graph.edges())
            .with("outer_links", outer)
            .with("unresolved_links", unresolved)
    }
}
