//! Series: one metric for each set of label values, in order and in bounds.
//!
//! prometheus-client's own `Family` keeps its members in a hash map, so that the same state yields other bytes each
//! time, and grows without end.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use prometheus_client::{
    encoding::{EncodeLabel as _, EncodeLabelSet, EncodeMetric, LabelSetEncoder, MetricEncoder},
    metrics::{MetricType, TypedMetric, counter::Counter},
};

/// Series of one metric at most; what exceeds it is counted and not shown.
pub(super) const SERIES_MAX: usize = 10_000;

/// The values of `N` labels.
pub(super) type LabelValues<const N: usize> = [Arc<str>; N];

/// Metrics by their label values; clones share them.
#[derive(Debug)]
pub(super) struct Series<const N: usize, M> {
    label_names: [&'static str; N],
    metrics: Arc<RwLock<BTreeMap<LabelValues<N>, M>>>,
    dropped: Counter,
}

impl<const N: usize, M> Clone for Series<N, M> {
    fn clone(&self) -> Self {
        Self { label_names: self.label_names, metrics: Arc::clone(&self.metrics), dropped: self.dropped.clone() }
    }
}

impl<const N: usize, M: Clone + Default> Series<N, M> {
    /// No series yet; `dropped` counts the updates of those that do not fit.
    pub(super) fn new(label_names: [&'static str; N], dropped: Counter) -> Self {
        Self { label_names, metrics: Arc::default(), dropped }
    }

    /// The metric of these label values, which exists from now on.
    pub(super) fn get(&self, values: [&str; N]) -> M {
        let values = values.map(Arc::from);
        let found = self.metrics.read().unwrap_or_else(PoisonError::into_inner).get(&values).cloned();
        if let Some(metric) = found {
            return metric;
        }
        let mut metrics = self.metrics.write().unwrap_or_else(PoisonError::into_inner);
        if metrics.len() >= SERIES_MAX && !metrics.contains_key(&values) {
            self.dropped.inc();
            return M::default();
        }
        metrics.entry(values).or_default().clone()
    }

    /// Replaces all series at once, so that what is gone is not shown any longer.
    pub(super) fn replace(&self, series: impl IntoIterator<Item = (LabelValues<N>, M)>) {
        let mut fitting = BTreeMap::new();
        for (values, metric) in series {
            if fitting.len() < SERIES_MAX {
                fitting.insert(values, metric);
            } else {
                self.dropped.inc();
            }
        }
        *self.metrics.write().unwrap_or_else(PoisonError::into_inner) = fitting;
    }
}

impl<const N: usize, M: EncodeMetric + TypedMetric> EncodeMetric for Series<N, M> {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        for (values, metric) in &*self.metrics.read().unwrap_or_else(PoisonError::into_inner) {
            metric.encode(encoder.encode_family(&Labels { names: &self.label_names, values })?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }

    fn is_empty(&self) -> bool {
        self.metrics.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// Label names and as many values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    pub(super) names: &'a [&'static str],
    pub(super) values: &'a [Arc<str>],
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> fmt::Result {
        for (name, value) in self.names.iter().zip(self.values) {
            (*name, &**value).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::{encoding::text::encode_registry, metrics::gauge::Gauge, registry::Registry};

    use super::*;

    fn text(series: &Series<2, Gauge>) -> String {
        let mut registry = Registry::default();
        registry.register("m", "Help", series.clone());
        let mut text = String::new();
        encode_registry(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn series_are_ordered_and_escaped() {
        let series = Series::<2, Gauge>::new(["a", "b"], Counter::default());
        series.get(["y", ""]).set(1);
        series.get(["x\"\\\n", "1"]).set(2);
        series.get(["y", ""]).inc();
        insta::assert_snapshot!(text(&series), @r#"
        # HELP m Help.
        # TYPE m gauge
        m{a="x\"\\\n",b="1"} 2
        m{a="y",b=""} 2
        "#);
    }

    #[test]
    fn without_series_there_is_no_header() {
        assert_eq!(text(&Series::new(["a", "b"], Counter::default())), "");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let dropped = Counter::default();
        let series = Series::<1, Gauge>::new(["a"], dropped.clone());
        for number in 0..=SERIES_MAX {
            series.get([&number.to_string()]).set(1);
        }
        assert_eq!(dropped.get(), 1);
        // Those that are there can still be changed.
        assert_eq!(series.get(["0"]).inc(), 1);
        series.replace((0..SERIES_MAX + 2).map(|number| ([number.to_string().into()], Gauge::default())));
        assert_eq!(dropped.get(), 3);
    }
}
