//! Metrics of what a scrape gets.

use prometheus_client::registry::{Registry, Unit};

use super::{
    known::{KnownGauge, count},
    registry::Dropped,
    series::Series,
};

/// How many series are served, and how large the bodies are.
#[derive(Clone, Debug)]
pub struct ExpositionMetrics {
    series: KnownGauge,
    sizes: Series<2, KnownGauge>,
}

impl ExpositionMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        let metrics = Self {
            series: KnownGauge::default(),
            sizes: Series::new(["format", "encoding"], dropped.of("cloudgauge_exposition_size_bytes", "")),
        };
        registry.register(
            "cloudgauge_exposition_series",
            "Series of the generation that is served, those about cloudgauge itself excluded",
            metrics.series.clone(),
        );
        registry.register_with_unit(
            "cloudgauge_exposition_size",
            "Size of the page, as it was before these lines were last rendered",
            Unit::Bytes,
            metrics.sizes.clone(),
        );
        metrics
    }

    pub fn set_series(&self, series: usize) {
        self.series.set(count(series));
    }

    pub fn set_size(&self, format: &str, encoding: &str, bytes: usize) {
        self.sizes.get([format, encoding]).set(count(bytes));
    }
}
