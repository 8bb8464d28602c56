//! `generate_metrics`: evaluates all definitions and puts the rendered page into the cache.

use std::sync::Arc;

use async_trait::async_trait;

use super::{super::state::State, compute};
use crate::{
    cache::Part,
    metrics::{self, exposition},
    workflow::{Level, Outcome, Phase, PhaseReport, RunContext, Step},
};

#[derive(Debug)]
pub(super) struct GenerateMetrics(pub(super) Arc<State>);

#[async_trait]
impl Phase for GenerateMetrics {
    fn step(&self) -> Step {
        Step::GenerateMetrics
    }

    async fn run(&self, _context: &RunContext) -> PhaseReport {
        let state = &self.0;
        let generation = state.store.current();
        if generation.collected_at.is_none() {
            return PhaseReport::skipped("there is no generation yet");
        }
        let number = generation.number;
        let prepared = state.prepared.load_full();
        let mut known = state.known();
        let now = state.clock.now();
        let (generated, known, part) = compute(move || {
            let generated = metrics::generate(&generation, &prepared.definitions, &mut known, now);
            let part = Part::compress(
                exposition::render(&generated.families, exposition::Format::Text),
                exposition::render(&generated.families, exposition::Format::OpenMetrics),
            );
            (generated, known, part)
        })
        .await;
        // From here on nothing waits: what is remembered and what is served belong together.
        state.remember(known);
        let series = generated.families.iter().map(|family| family.samples().len()).sum::<usize>();
        let page = state.pages.publish_generation(number, part, now);
        let exposed = &state.telemetry.exposition;
        exposed.set_series(series);
        for (format, encoding, bytes) in page.sizes() {
            exposed.set_size(format.as_str(), encoding.as_str(), bytes);
        }

        let mut report =
            PhaseReport::ok().with("families", generated.families.len()).with("series", series);
        if !generated.errors.is_empty() {
            report.outcome = Outcome::Partial;
            report.reason = Some(format!("{} definitions failed", generated.errors.len()));
        }
        for (metric, error) in &generated.errors {
            report = report.message(Level::Error, format!("{metric}: {error}"));
        }
        report
    }
}
