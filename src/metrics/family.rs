//! Metric families: what is exposed under one name.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::search::Histograms;

use super::{label_sets::LabelSets, samples::Samples, texts::Texts, values::Values};

/// Label names that Prometheus or a scrape configuration gives a meaning of its own.
const RESERVED_LABEL_PREFIX: &str = "__";

/// What a family's values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FamilyKind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only grows until the process restarts; its name ends in `_total`.
    Counter,
    /// Values counted into buckets, with their sum.
    Histogram,
}

impl FamilyKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

impl fmt::Display for FamilyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A metric family that can be exposed as it is.
///
/// Names are valid, no label name and no series is there twice, and the samples are ordered by their label values, so
/// that equal families yield equal bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    name: String,
    help: String,
    unit: Option<String>,
    kind: FamilyKind,
    label_names: Vec<Arc<str>>,
    samples: Samples,
}

impl Family {
    /// A family without unit and samples; `name` is the name that is queried, with `_total` for counters.
    pub fn new<L: Into<Arc<str>>>(
        name: impl Into<String>,
        help: impl Into<String>,
        kind: FamilyKind,
        label_names: impl IntoIterator<Item = L>,
    ) -> Result<Self, FamilyError> {
        let label_names: Vec<Arc<str>> = label_names.into_iter().map(Into::into).collect();
        let samples = Samples::new(Arc::default(), LabelSets::new(label_names.len()), Values::default());
        let family = Self { name: name.into(), help: help.into(), unit: None, kind, label_names, samples };
        family.check_names()?;
        Ok(family)
    }

    /// States the unit, which must be the end of the name, for example `bytes` of `cloudgauge_volume_bytes`.
    pub fn with_unit(mut self, unit: impl Into<String>) -> Result<Self, FamilyError> {
        let unit = unit.into();
        let is_suffix = self.openmetrics_name().strip_suffix(unit.as_str()).is_some_and(|rest| rest.ends_with('_'));
        if unit.is_empty() || !is_suffix {
            return Err(FamilyError::Unit { family: self.name, unit });
        }
        self.unit = Some(unit);
        Ok(self)
    }

    /// Sets the samples of a gauge or counter, in any order; each has a text for every label.
    pub fn with_samples<L, T>(self, samples: impl IntoIterator<Item = (L, f64)>) -> Result<Self, FamilyError>
    where
        L: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let (labels, numbers): (Vec<L>, Vec<f64>) = samples.into_iter().unzip();
        let (texts, labels) = self.label_sets(labels)?;
        self.with_columns(Samples::new(texts, labels, Values::Numbers(numbers)))
    }

    /// Sets the samples of a histogram, in any order; each has a text for every label and a row of `histograms`.
    pub fn with_histograms<L, T>(
        self,
        labels: impl IntoIterator<Item = L>,
        histograms: Histograms,
    ) -> Result<Self, FamilyError>
    where
        L: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let (texts, labels) = self.label_sets(labels)?;
        let Histograms { bounds, buckets, counts, sums } = &histograms;
        let are_ascending = bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|a, b| a < b);
        let rows = labels.len();
        if !are_ascending || counts.len() != rows || sums.len() != rows || buckets.len() != rows * bounds.len() {
            return Err(FamilyError::Buckets { family: self.name });
        }
        self.with_columns(Samples::new(texts, labels, Values::Histograms(histograms)))
    }

    /// Sets the samples, in any order.
    pub(super) fn with_columns(mut self, samples: Samples) -> Result<Self, FamilyError> {
        let (labels, values) = (samples.labels(), samples.values());
        if labels.columns().len() != self.label_names.len() {
            let (expected, found) = (self.label_names.len(), labels.columns().len());
            return Err(FamilyError::LabelCount { family: self.name, expected, found });
        }
        let row = match (values, self.kind) {
            (Values::Numbers(numbers), FamilyKind::Gauge) => numbers.iter().position(|number| number.is_nan()),
            (Values::Numbers(numbers), FamilyKind::Counter) => {
                numbers.iter().position(|number| number.is_nan() || *number < 0.0)
            }
            (Values::Histograms(histograms), FamilyKind::Histogram) => {
                histograms.sums.iter().position(|sum| sum.is_nan())
            }
            // Nothing says nothing wrong.
            _ => (!samples.is_empty()).then_some(0),
        };
        if let Some(row) = row {
            let value = match values {
                Values::Numbers(numbers) => numbers[row],
                Values::Histograms(histograms) => histograms.sums[row],
            };
            let series = self.series_text(&samples, row);
            return Err(FamilyError::Value { family: self.name, kind: self.kind, series, value });
        }
        self.samples = match labels.order() {
            None => samples,
            Some(order) => samples.select(&order),
        };
        let labels = self.samples.labels();
        if let Some(row) = (1..labels.len()).find(|row| labels.compare(row - 1, *row).is_eq()) {
            let series = self.series_text(&self.samples, row);
            return Err(FamilyError::DuplicateSeries { family: self.name, series });
        }
        Ok(self)
    }

    /// The name that is queried; a counter's ends in `_total`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name in OpenMetrics' `# TYPE`, `# HELP` and `# UNIT` lines: a counter's without `_total`.
    pub fn openmetrics_name(&self) -> &str {
        match self.kind {
            FamilyKind::Gauge | FamilyKind::Histogram => &self.name,
            FamilyKind::Counter => self.name.strip_suffix("_total").unwrap_or(&self.name),
        }
    }

    pub fn help(&self) -> &str {
        &self.help
    }

    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    pub fn kind(&self) -> FamilyKind {
        self.kind
    }

    pub fn label_names(&self) -> &[Arc<str>] {
        &self.label_names
    }

    /// The samples, ordered by their label values.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    fn check_names(&self) -> Result<(), FamilyError> {
        if !is_metric_name(&self.name) {
            return Err(FamilyError::Name { family: self.name.clone() });
        }
        if self.kind == FamilyKind::Counter && self.name.strip_suffix("_total").is_none_or(str::is_empty) {
            return Err(FamilyError::CounterName { family: self.name.clone() });
        }
        let mut seen = BTreeSet::new();
        for label in &self.label_names {
            let is_bound = self.kind == FamilyKind::Histogram && &**label == "le";
            if is_bound || !is_label_name(label) {
                return Err(FamilyError::LabelName { family: self.name.clone(), label: label.to_string() });
            }
            if !seen.insert(label) {
                return Err(FamilyError::DuplicateLabel { family: self.name.clone(), label: label.to_string() });
            }
        }
        Ok(())
    }

    fn label_sets<L, T>(&self, rows: impl IntoIterator<Item = L>) -> Result<(Arc<Texts>, LabelSets), FamilyError>
    where
        L: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let expected = self.label_names.len();
        let mut read: Vec<T> = Vec::new();
        let mut rows_read = 0;
        for row in rows {
            read.extend(row);
            rows_read += 1;
            let found = read.len() + expected - rows_read * expected;
            if found != expected {
                return Err(FamilyError::LabelCount { family: self.name.clone(), expected, found });
            }
        }
        let (texts, ids) = Texts::collect(read.iter().map(AsRef::as_ref));
        let column = |label: usize| ids.iter().skip(label).step_by(expected).copied().collect();
        let labels = LabelSets::of_columns((0..expected).map(column).collect(), rows_read);
        Ok((Arc::new(texts), labels))
    }

    fn series_text(&self, samples: &Samples, row: usize) -> String {
        let labels = self.label_names.iter().zip(samples.get(row).labels());
        let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
        format!("{{{}}}", labels.join(","))
    }
}

/// Why something is no metric family.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FamilyError {
    #[error("`{family}` is no metric name; write letters, digits, `_` and `:`, and no digit first")]
    Name { family: String },
    #[error("counter `{family}` must be named `<what is counted>_total`")]
    CounterName { family: String },
    #[error("`{label}` is no label name for `{family}`; write letters, digits and `_`, no digit and no `__` first")]
    LabelName { family: String, label: String },
    #[error("`{family}` has label `{label}` twice")]
    DuplicateLabel { family: String, label: String },
    #[error("`{family}` has unit `{unit}`, so its name must end in `_{unit}` (a counter's in `_{unit}_total`)")]
    Unit { family: String, unit: String },
    #[error("a sample of `{family}` has {found} label values where {expected} are needed")]
    LabelCount { family: String, expected: usize, found: usize },
    #[error("`{family}` has series {series} twice")]
    DuplicateSeries { family: String, series: String },
    #[error("`{family}` needs ascending bounds, and for each row a count for every bound, a count and a sum")]
    Buckets { family: String },
    #[error("{value} is no value for {kind} `{family}`{series}")]
    Value { family: String, kind: FamilyKind, series: String, value: f64 },
}

fn is_metric_name(name: &str) -> bool {
    is_name(name, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
}

fn is_label_name(name: &str) -> bool {
    is_name(name, |byte| byte.is_ascii_alphanumeric() || byte == b'_') && !name.starts_with(RESERVED_LABEL_PREFIX)
}

fn is_name(name: &str, allowed: impl Fn(u8) -> bool) -> bool {
    name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LABELS: [&str; 0] = [];

    fn gauge(label_names: &[&str]) -> Family {
        Family::new("cloudgauge_instances", "Instances.", FamilyKind::Gauge, label_names.iter().copied()).unwrap()
    }

    fn error(name: &str, kind: FamilyKind, labels: &[&str]) -> String {
        Family::new(name, "", kind, labels.iter().copied()).unwrap_err().to_string()
    }

    #[test]
    fn names_that_prometheus_would_refuse_are_refused() {
        insta::assert_snapshot!(error("2nd", FamilyKind::Gauge, &[]), @"`2nd` is no metric name; write letters, digits, `_` and `:`, and no digit first");
        insta::assert_snapshot!(error("a.b", FamilyKind::Gauge, &[]), @"`a.b` is no metric name; write letters, digits, `_` and `:`, and no digit first");
        insta::assert_snapshot!(error("", FamilyKind::Gauge, &[]), @"`` is no metric name; write letters, digits, `_` and `:`, and no digit first");
        insta::assert_snapshot!(error("requests", FamilyKind::Counter, &[]), @"counter `requests` must be named `<what is counted>_total`");
        insta::assert_snapshot!(error("_total", FamilyKind::Counter, &[]), @"counter `_total` must be named `<what is counted>_total`");
        for label in ["__name__", "a-b", "a:b", "ä", "0a", ""] {
            assert!(matches!(
                Family::new("m", "", FamilyKind::Gauge, [label]).unwrap_err(),
                FamilyError::LabelName { .. }
            ));
        }
        assert!(Family::new("a:b_c9", "", FamilyKind::Gauge, ["_a9"]).is_ok());
    }

    #[test]
    fn a_label_name_is_there_once() {
        insta::assert_snapshot!(error("m", FamilyKind::Gauge, &["kind", "kind"]), @"`m` has label `kind` twice");
    }

    #[test]
    fn a_series_is_there_once() {
        let twice = vec![(["b"], 1.0), (["a"], 1.0), (["b"], 2.0)];
        let error = gauge(&["kind"]).with_samples(twice).unwrap_err();
        insta::assert_snapshot!(error, @r#"`cloudgauge_instances` has series {kind="b"} twice"#);
    }

    #[test]
    fn samples_come_out_ordered_by_label_values() {
        let samples = vec![(["b", "a"], 1.0), (["a", "b"], 2.0), (["a", "a"], 3.0)];
        let family = gauge(&["x", "y"]).with_samples(samples).unwrap();
        let values: Vec<_> = family.samples().iter().map(|sample| sample.number()).collect();
        assert_eq!(values, [Some(3.0), Some(2.0), Some(1.0)]);
    }

    #[test]
    fn a_sample_needs_a_value_for_each_label() {
        let error = gauge(&["x", "y"]).with_samples(vec![(["a"], 1.0)]).unwrap_err();
        insta::assert_snapshot!(error, @"a sample of `cloudgauge_instances` has 1 label values where 2 are needed");
    }

    #[test]
    fn the_unknown_is_left_out_rather_than_written_as_nan() {
        let error = gauge(&[]).with_samples(vec![(NO_LABELS, f64::NAN)]).unwrap_err();
        insta::assert_snapshot!(error, @"NaN is no value for gauge `cloudgauge_instances`{}");
    }

    #[test]
    fn a_counter_is_not_negative() {
        let counter = Family::new("requests_total", "", FamilyKind::Counter, NO_LABELS).unwrap();
        assert!(counter.clone().with_samples(vec![(NO_LABELS, -1.0)]).is_err());
        assert!(counter.with_samples(vec![(NO_LABELS, 0.0)]).is_ok());
    }

    #[test]
    fn the_unit_is_the_end_of_the_name() {
        let named = |name: &str, kind| Family::new(name, "", kind, NO_LABELS).unwrap();
        assert!(named("volume_bytes", FamilyKind::Gauge).with_unit("bytes").is_ok());
        assert!(named("sent_bytes_total", FamilyKind::Counter).with_unit("bytes").is_ok());
        for name in ["bytes", "volumes", "kilobytes", "bytes_used"] {
            assert!(named(name, FamilyKind::Gauge).with_unit("bytes").is_err(), "{name}");
        }
        assert!(named("volumes_", FamilyKind::Gauge).with_unit("").is_err());
    }
}
