//! Settings of the section `metrics`.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    document::{Complaint, Validate},
    model::duration,
};

use super::{Bound, CoverageConfig, CoverageRule, Family, FamilyKind, LabelRule};

/// Which metrics are made of the inventory, and how many series they may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether cloudgauge's own metrics are made: instances, cores, volumes, costs and so on.
    pub builtin: bool,
    /// Whether the 44 metrics of Resoto or Fix Inventory are made too, for dashboards that exist:
    /// `none`, `resoto` (names begin with `resoto_`) or `fix` (`fix_`).
    pub compat: Compat,
    /// Files with more definitions, relative to the configuration file; `*`, `?` and `**` are understood. A file has
    /// its definitions under `metrics`; whole configurations of Resoto (`resotometrics`) and Fix Inventory
    /// (`fixmetrics`) are read as they are and keep their own prefix.
    pub files: Vec<String>,
    /// Definitions by name: a new name adds a metric, the name of a metric that exists changes it.
    pub definitions: BTreeMap<String, DefinitionConfig>,
    /// Rules for labels that hold for every metric that has the label, behind the metric's own rules.
    pub labels: Vec<LabelRule>,
    /// What the names of exported metrics begin with; those of Resoto and Fix Inventory keep theirs.
    pub prefix: String,
    /// How long a group that no longer exists says 0 before its series ends. It says 0 only for sums and counts, and
    /// only once everything it could come from was listed completely.
    #[serde(with = "duration::text")]
    pub zero_retention: Duration,
    /// What becomes of metrics when not all that they are made of could be listed.
    pub coverage: CoverageConfig,
    /// How long computing one definition may take; then its metrics keep their last values, which is logged and shown
    /// by `cloudgauge_metric_up`.
    #[serde(with = "duration::text")]
    pub timeout: Duration,
    /// How many series one metric may have. Of more, those with the largest values stay and the others share one, whose
    /// labels say `__other__`, which is logged and counted in `cloudgauge_metric_series_folded`: sums, counts and
    /// histograms are added up, and of minima and maxima it says the least and the greatest. Means, deviations and
    /// variances cannot be joined; those are left out and counted in `cloudgauge_metric_series_dropped`. A histogram
    /// has a series for each bucket.
    pub series_max: usize,
    /// How many series all metrics may have together; those that have most are cut first.
    pub series_total_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            builtin: true,
            compat: Compat::None,
            files: Vec::new(),
            definitions: BTreeMap::new(),
            labels: Vec::new(),
            prefix: "cloudgauge_".to_owned(),
            zero_retention: Duration::from_hours(24),
            coverage: CoverageConfig::default(),
            timeout: Duration::from_mins(1),
            series_max: 10_000,
            series_total_max: 500_000,
        }
    }
}

impl Validate for Config {
    /// Checks what needs neither files nor kinds; [`Definitions::load`](super::Definitions::load) does the rest.
    fn validate(&self) -> Vec<Complaint> {
        let under = |complaint: Complaint| Complaint {
            path: ["coverage".into()].into_iter().chain(complaint.path).collect(),
            ..complaint
        };
        let mut complaints: Vec<_> = self.coverage.validate().into_iter().map(under).collect();
        if let Err(error) = Family::new(format!("{}x", self.prefix), "", FamilyKind::Gauge, [""; 0]) {
            let help = "write letters, digits and `_`, as in `cloudgauge_`";
            complaints.push(Complaint::new(format!("no name can begin with this: {error}")).at("prefix").help(help));
        }
        for (name, limit) in [("series_max", self.series_max), ("series_total_max", self.series_total_max)] {
            if limit == 0 {
                let complaint = Complaint::new("at least one series must be allowed");
                complaints.push(complaint.at(name).help("to have no metrics, set `builtin: false`"));
            }
        }
        if self.timeout.is_zero() {
            complaints.push(Complaint::new("nothing can be computed in no time").at("timeout"));
        }
        complaints
    }
}

/// Whose metrics are imitated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    #[default]
    None,
    Resoto,
    Fix,
}

/// One definition in the configuration; what is left out stays as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefinitionConfig {
    /// `false` drops the metric.
    pub enabled: bool,
    /// What the metric counts, in one line; needed for a new metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The search that computes it, beginning with `aggregate(...)`; needed for a new metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// `gauge` (the default), `counter` or `histogram`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<MetricType>,
    /// The unit, which must be the end of the exported name: `bytes`, `seconds`, `dollars`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The upper bounds of a histogram's buckets, ascending: numbers, sizes (`10GiB`) or durations (`30d`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<Bound>>,
    /// Tags whose values become labels: `owner` becomes `tag_owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Rules for labels, in the order they apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<LabelRule>>,
    /// Whether the kinds that the search reads are collected for it, which is the default; with `false` it is made of
    /// what is collected for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collects: Option<bool>,
    /// How many series each of its metrics may have, instead of `metrics.series_max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_max: Option<usize>,
    /// What becomes of its metrics when not all that they are made of could be listed, instead of `metrics.coverage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<CoverageRule>,
    /// How long computing it may take, instead of `metrics.timeout`.
    #[serde(with = "duration::optional_text", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

impl Default for DefinitionConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            help: None,
            search: None,
            kind: None,
            unit: None,
            buckets: None,
            tags: None,
            labels: None,
            collects: None,
            series_max: None,
            coverage: None,
            timeout: None,
        }
    }
}

/// What a metric's values mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricType {
    #[default]
    Gauge,
    Counter,
    /// What the search adds up is counted into `buckets`.
    Histogram,
}

impl From<MetricType> for FamilyKind {
    fn from(kind: MetricType) -> Self {
        match kind {
            MetricType::Gauge => Self::Gauge,
            MetricType::Counter => Self::Counter,
            MetricType::Histogram => Self::Histogram,
        }
    }
}
