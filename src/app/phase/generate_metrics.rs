//! `generate_metrics`: evaluates all definitions and puts the rendered page into the cache.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    super::{state::State, storage::LastPage},
    compute,
};
use crate::{
    cache::Part,
    metrics::{
        self,
        exposition::{Exposition, ExpositionError},
    },
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
        let Some(collected_at) = generation.collected_at else {
            return PhaseReport::skipped("there is no generation yet");
        };
        let number = generation.number;
        let prepared = state.prepared.load_full();
        let mut known = state.known();
        let totals = state.totals_of(&generation).unwrap_or_default();
        let counted = totals.clone();
        let earlier = state.pages.generation();
        let now = state.clock.now();
        let rendered = compute(move || {
            let generated = metrics::generate(&generation, &prepared.definitions, &mut known, now);
            let families = generated.families.into_iter().chain(counted.families(&generation.inventory));
            let exposition = Exposition::new(families)?;
            let part = Part::render(&exposition, earlier.as_ref());
            Ok((generated.reports, exposition.series(), known, part))
        })
        .await;
        let (reports, series, known, part) = match rendered {
            Ok(rendered) => rendered,
            Err(error) => {
                let error: ExpositionError = error;
                return PhaseReport::failed(format!("the families do not fit together: {error}"));
            }
        };
        if let Some(storage) = &state.storage {
            let (part, known) = (part.clone(), known.clone());
            let page = LastPage { generation: number, collected_at, rendered_at: now, part, totals, known };
            storage.before_serving(page).await;
        }
        // From here on nothing waits: what is remembered and what is served belong together.
        state.remember(known);
        let page = state.pages.publish_generation(number, part, now);
        let exposed = &state.telemetry.exposition;
        exposed.set_series(series);
        for (format, encoding, bytes) in page.sizes() {
            exposed.set_size(format.as_str(), encoding.as_str(), bytes);
        }

        // So that a page shows scopes and definitions of the same moment.
        let rendering = state.clone();
        compute(move || rendering.render_own()).await;

        let failed = reports.iter().filter_map(|report| Some((&report.family, report.error.as_ref()?)));
        let dropped: usize = reports.iter().map(|report| report.dropped).sum();
        let folded: usize = reports.iter().map(|report| report.folded).sum();
        let withheld: Vec<&str> =
            reports.iter().filter(|report| report.is_withheld()).map(|report| &*report.family).collect();
        let incomplete = reports.iter().filter(|report| report.incomplete).count();
        let mut report = PhaseReport::ok()
            .with("families", reports.len())
            .with("families_incomplete", incomplete)
            .with("families_withheld", withheld.len())
            .with("series", series)
            .with("folded", folded)
            .with("dropped", dropped);
        for (family, error) in failed {
            report.outcome = Outcome::Partial;
            report.reason = Some("some metrics show earlier values".to_owned());
            report = report.message(Level::Error, format!("{family}: {error}"));
        }
        if !withheld.is_empty() {
            let text = format!("withheld, as too little of their scopes was listed: {}", withheld.join(", "));
            report = report.message(Level::Warn, text);
        }
        let beyond = folded + dropped;
        if beyond > 0 {
            let text = format!(
                "{beyond} series were folded or left out: metrics.series_max or metrics.series_total_max is reached"
            );
            report = report.message(Level::Warn, text);
        }
        report
    }
}
