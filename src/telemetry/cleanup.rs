//! Metrics of cleanup.

use std::collections::BTreeMap;

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

use super::{
    known::{KnownGauge, count},
    registry::Dropped,
    series::Series,
};

/// What is cleaned up, as far as labels tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    pub rule: String,
    pub cloud: String,
    pub account: String,
    pub kind: String,
}

impl Target {
    fn labels(&self) -> [&str; 4] {
        [&self.rule, &self.cloud, &self.account, &self.kind]
    }
}

/// What cleanup would delete, deletes and leaves alone.
#[derive(Clone, Debug)]
pub struct CleanupMetrics {
    enabled: Gauge,
    candidates: Series<4, KnownGauge>,
    deleted: Series<4, Counter>,
    failed: Series<4, Counter>,
    skipped: Series<1, KnownGauge>,
}

impl CleanupMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        const TARGET: [&str; 4] = ["rule", "cloud", "account", "kind"];
        let metrics = Self {
            enabled: Gauge::default(),
            candidates: Series::new(TARGET, dropped.of("cloudgauge_cleanup_candidates", "")),
            deleted: Series::new(TARGET, dropped.of("cloudgauge_cleanup_deleted", "_total")),
            failed: Series::new(TARGET, dropped.of("cloudgauge_cleanup_failed", "_total")),
            skipped: Series::new(["reason"], dropped.of("cloudgauge_cleanup_skipped", "")),
        };
        registry.register(
            "cloudgauge_cleanup_enabled",
            "Whether cleanup deletes resources: it is enabled and no dry run",
            metrics.enabled.clone(),
        );
        registry.register(
            "cloudgauge_cleanup_candidates",
            "Resources that the rule marked for deletion in the last plan",
            metrics.candidates.clone(),
        );
        registry.register("cloudgauge_cleanup_deleted", "Resources that were deleted", metrics.deleted.clone());
        registry.register(
            "cloudgauge_cleanup_failed",
            "Resources whose deletion failed, each attempt counted",
            metrics.failed.clone(),
        );
        registry.register(
            "cloudgauge_cleanup_skipped",
            "Marked resources that the last run left alone, by reason",
            metrics.skipped.clone(),
        );
        metrics
    }

    pub fn set_enabled(&self, enabled: bool) {
        self.enabled.set(enabled.into());
    }

    /// Replaces what the last plan marked; the counters of each target exist from then on.
    pub fn set_candidates(&self, candidates: &BTreeMap<Target, usize>) {
        for target in candidates.keys() {
            drop((self.deleted.get(target.labels()), self.failed.get(target.labels())));
        }
        self.candidates
            .replace(candidates.iter().map(|(target, number)| (target.labels().map(Into::into), known(*number))));
    }

    pub fn deleted(&self, target: &Target) {
        self.deleted.get(target.labels()).inc();
    }

    pub fn failed(&self, target: &Target) {
        self.failed.get(target.labels()).inc();
    }

    /// Replaces what the last run left alone; reasons are words of a closed set.
    pub fn set_skipped(&self, skipped: &BTreeMap<&'static str, usize>) {
        self.skipped.replace(skipped.iter().map(|(reason, number)| ([(*reason).into()], known(*number))));
    }
}

fn known(number: usize) -> KnownGauge {
    let gauge = KnownGauge::default();
    gauge.set(count(number));
    gauge
}
