//! The phases: what the steps of a workflow do.

mod cleanup;
mod cleanup_plan;
mod collect;
mod generate_metrics;
mod merge_outer_edges;

use std::sync::Arc;

use crate::workflow::{Outcome, Phase};

use super::state::State;

/// Every phase, over the same state.
pub(super) fn phases(state: &Arc<State>) -> Vec<Arc<dyn Phase>> {
    vec![
        Arc::new(collect::Collect(state.clone())),
        Arc::new(merge_outer_edges::MergeOuterEdges(state.clone())),
        Arc::new(cleanup_plan::CleanupPlan(state.clone())),
        Arc::new(cleanup::Cleanup(state.clone())),
        Arc::new(generate_metrics::GenerateMetrics(state.clone())),
    ]
}

/// Computes away from the threads that serve; a panic goes on here.
///
/// When the caller's future is dropped the work goes on to its end, and nobody takes its result.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and with it whoever waits.
            Err(_) => std::future::pending().await,
        },
    }
}

fn outcome(of: crate::graph::Outcome) -> Outcome {
    match of {
        crate::graph::Outcome::Complete => Outcome::Ok,
        crate::graph::Outcome::Partial => Outcome::Partial,
        crate::graph::Outcome::Failed => Outcome::Failed,
    }
}
