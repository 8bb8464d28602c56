//! `generate_metrics`: evaluates all definitions and puts the rendered page into the cache.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    super::{state::State, storage::LastPage},
    compute,
};
use crate::{
    cache::Part,
    graph::Generation,
    metrics::{
        self, Generated, Known, Report,
        exposition::{Exposition, ExpositionError},
    },
    workflow::{Level, Outcome, Phase, PhaseReport, RunContext, Step},
};

/// How long definitions may take before those that are done are served without the others.
const HURRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct GenerateMetrics(pub(super) Arc<State>);

/// What was rendered, and how it came about.
struct Rendered {
    reports: Vec<Report>,
    series: usize,
    known: Known,
    part: Part,
    /// Whether some searches deserve more time.
    is_hurried: bool,
}

#[async_trait]
impl Phase for GenerateMetrics {
    fn step(&self) -> Step {
        Step::GenerateMetrics
    }

    /// Publishes the page: once, or where some definitions take their time, first without their new values.
    async fn run(&self, _context: &RunContext) -> PhaseReport {
        let generation = self.0.store.current();
        let Some(collected_at) = generation.collected_at else {
            return PhaseReport::skipped("there is no generation yet");
        };
        let mut hurry = Some(HURRY);
        loop {
            let rendered = match self.render(&generation, hurry.take()).await {
                Ok(rendered) => rendered,
                Err(error) => return PhaseReport::failed(format!("the families do not fit together: {error}")),
            };
            let Rendered { reports, series, is_hurried, .. } = &rendered;
            if !is_hurried {
                let report = report(reports, *series);
                self.publish(&generation, collected_at, rendered).await;
                return report;
            }
            self.publish(&generation, collected_at, rendered).await;
        }
    }
}

impl GenerateMetrics {
    async fn render(&self, generation: &Arc<Generation>, hurry: Option<Duration>) -> Result<Rendered, ExpositionError> {
        let state = &self.0;
        let (generation, prepared) = (generation.clone(), state.prepared.load_full());
        let mut known = state.known();
        let totals = state.totals_of(&generation).unwrap_or_default();
        let earlier = state.pages.generation();
        let now = state.clock.now();
        compute(move || {
            let generated = metrics::generate_within(&generation, &prepared.definitions, &mut known, now, hurry);
            let Generated { families, reports, is_hurried } = generated;
            let exposition = Exposition::new(families.into_iter().chain(totals.families(&generation.inventory)))?;
            let part = Part::render(&exposition, earlier.as_ref());
            Ok(Rendered { reports, series: exposition.series(), known, part, is_hurried })
        })
        .await
    }

    async fn publish(&self, generation: &Arc<Generation>, collected_at: Timestamp, rendered: Rendered) {
        let state = &self.0;
        let Rendered { series, known, part, .. } = rendered;
        let (number, now) = (generation.number, state.clock.now());
        if let Some(storage) = &state.storage {
            let (part, known) = (part.clone(), known.clone());
            let totals = state.totals_of(generation).unwrap_or_default();
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
    }
}

fn report(reports: &[Report], series: usize) -> PhaseReport {
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
