//! Reports: how each family came about, as data and as metrics.

use std::sync::Arc;

use super::{Coverage, CoveragePolicy, Family, FamilyKind};

/// How one family came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The exported name.
    pub family: String,
    /// The definitions that feed it.
    pub definitions: Vec<String>,
    /// Why it was not computed; its samples are then those of an earlier generation.
    pub error: Option<String>,
    /// The scopes that could feed it.
    pub coverage: Coverage,
    /// What becomes of it when they cover too little.
    pub policy: CoveragePolicy,
    /// Whether they do.
    pub incomplete: bool,
    /// How many series it has.
    pub series: usize,
    /// How many series were left out because of a limit, or because they could not be told apart.
    pub dropped: usize,
    /// How many groups share the series `__other__` because of a limit on series.
    pub folded: usize,
}

impl Report {
    /// Whether it is left out of the page because of its coverage.
    pub fn is_withheld(&self) -> bool {
        self.incomplete && self.policy == CoveragePolicy::Withhold
    }

    /// The metrics about metrics, each with the exported name as label `metric`.
    pub(super) fn families(reports: &[Self]) -> Vec<Arc<Family>> {
        #[expect(clippy::cast_precision_loss, reason = "counts of series and seconds since 1970 are far below 2^53")]
        let families = [
            family(
                "cloudgauge_metric_up",
                "Whether the metric was computed from the current generation; 0 means that it shows earlier values.",
                reports.iter().map(|report| (report, Some(if report.error.is_none() { 1.0 } else { 0.0 }))),
            ),
            family(
                "cloudgauge_metric_coverage_ratio",
                "Share of the scopes feeding the metric that were listed completely at their last attempt, and lately.",
                reports.iter().map(|report| (report, report.coverage.ratio())),
            ),
            family(
                "cloudgauge_metric_incomplete",
                "Whether the coverage of the metric is below its minimum; of metrics with the policy mark or withhold.",
                reports.iter().map(|report| {
                    (report, (report.policy >= CoveragePolicy::Mark).then(|| f64::from(u8::from(report.incomplete))))
                }),
            ),
            family(
                "cloudgauge_metric_withheld",
                "Whether the metric is left out because of its coverage; of metrics with the policy withhold.",
                reports.iter().map(|report| {
                    let withholds = report.policy == CoveragePolicy::Withhold;
                    (report, withholds.then(|| f64::from(u8::from(report.is_withheld()))))
                }),
            ),
            family(
                "cloudgauge_metric_oldest_success_timestamp_seconds",
                "When the scope feeding the metric that has waited longest was last listed completely.",
                reports.iter().map(|report| {
                    let oldest = report.coverage.oldest_success;
                    (report, oldest.map(|time| time.as_second() as f64))
                }),
            ),
            family(
                "cloudgauge_metric_series_dropped",
                "Series of the metric that were left out because of a limit on series.",
                reports.iter().map(|report| (report, Some(report.dropped as f64))),
            ),
            family(
                "cloudgauge_metric_series_folded",
                "Series of the metric that are folded into `__other__` because of a limit on series.",
                reports.iter().map(|report| (report, Some(report.folded as f64))),
            ),
        ];
        families.map(Arc::new).into()
    }
}

fn family<'a>(name: &str, help: &str, values: impl Iterator<Item = (&'a Report, Option<f64>)>) -> Family {
    let samples = values.filter_map(|(report, value)| Some(([report.family.as_str()], value?)));
    Family::new(name, help, FamilyKind::Gauge, ["metric"])
        .and_then(|family| family.with_samples(samples))
        .expect("the names are valid and each family has one report")
}
