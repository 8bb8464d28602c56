//! Samples: the series of a family in columns.

use std::sync::Arc;

use super::{definition::Merge, label_sets::LabelSets, texts::Texts, values::Values};

/// The series of a family.
///
/// Labels are ids of texts that all families of a generation share, so that a series costs four bytes for each label and
/// eight for its value.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    texts: Arc<Texts>,
    labels: LabelSets,
    values: Values,
}

/// One sample: the labels and the value of one series, or of all series of a histogram.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    samples: &'a Samples,
    row: usize,
}

/// How values are distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Histogram<'a> {
    /// The upper bounds of the buckets, ascending and without infinity.
    pub bounds: &'a [f64],
    /// How many values are at most the bound.
    pub buckets: &'a [u64],
    /// How many values there are.
    pub count: u64,
    pub sum: f64,
}

impl Samples {
    pub(super) fn new(texts: Arc<Texts>, labels: LabelSets, values: Values) -> Self {
        debug_assert_eq!(labels.len(), values.len());
        Self { texts, labels, values }
    }

    /// How many samples there are; a histogram is one.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many series they are exposed as.
    pub fn series(&self) -> usize {
        self.len() * self.values.series_per_row()
    }

    /// The samples, ordered by their label values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    pub(super) fn get(&self, row: usize) -> Sample<'_> {
        Sample { samples: self, row }
    }

    pub(super) fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    pub(super) fn labels(&self) -> &LabelSets {
        &self.labels
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    /// Orders the samples by label values and makes one of those with equal ones; says how many there are less.
    pub(super) fn merge(&mut self, merge: Merge) -> usize {
        let Some(order) = self.labels.order() else { return 0 };
        *self = self.select(&order);
        let mut distinct: Vec<u32> = Vec::with_capacity(order.len());
        for row in 0..self.len() {
            match distinct.last() {
                Some(kept) if self.labels.compare(*kept as usize, row).is_eq() => {
                    self.values.join(*kept as usize, row, merge);
                }
                _ => distinct.push(u32::try_from(row).expect("a family has fewer than 2^32 series")),
            }
        }
        let merged = self.len() - distinct.len();
        if merged > 0 {
            *self = self.select(&distinct);
        }
        merged
    }

    /// Adds a zero for each of these labels; the order is not kept.
    pub(super) fn append_zeros(&mut self, labels: LabelSets) {
        self.values.append_zeros(labels.len());
        self.labels.append(labels);
    }

    /// Gives all samples from this position on the same labels, each of which has the text `id`.
    pub(super) fn relabel_from(&mut self, start: usize, id: u32) {
        self.labels.fill_from(start, id);
    }

    /// The samples at these positions, in this order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        Self { texts: self.texts.clone(), labels: self.labels.select(rows), values: self.values.select(rows) }
    }

    /// The same samples with texts among which theirs are; `ids` says which id each text has there.
    pub(super) fn with_texts(&self, texts: &Arc<Texts>, ids: &[u32]) -> Self {
        Self { texts: texts.clone(), labels: self.labels.renumbered(ids), values: self.values.clone() }
    }
}

impl PartialEq for Samples {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() || self.values != other.values {
            return false;
        }
        if Arc::ptr_eq(&self.texts, &other.texts) {
            return self.labels == other.labels;
        }
        self.iter().zip(other.iter()).all(|(a, b)| a.labels().eq(b.labels()))
    }
}

impl<'a> Sample<'a> {
    /// The label values, in the order of the family's label names.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let samples = self.samples;
        samples.labels.row(self.row).map(|id| samples.texts.get(id))
    }

    /// The value, never NaN; none for a histogram.
    pub fn number(&self) -> Option<f64> {
        match &self.samples.values {
            Values::Numbers(numbers) => Some(numbers[self.row]),
            Values::Histograms(_) => None,
        }
    }

    /// The distribution, if it is a histogram.
    pub fn histogram(&self) -> Option<Histogram<'a>> {
        match &self.samples.values {
            Values::Numbers(_) => None,
            Values::Histograms(histograms) => {
                let width = histograms.bounds.len();
                Some(Histogram {
                    bounds: &histograms.bounds,
                    buckets: &histograms.buckets[self.row * width..][..width],
                    count: histograms.counts[self.row],
                    sum: histograms.sums[self.row],
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rows: &[(&str, f64)]) -> Samples {
        let (texts, ids) = Texts::collect(rows.iter().map(|(text, _)| *text));
        let numbers = rows.iter().map(|(_, number)| *number).collect();
        Samples::new(Arc::new(texts), LabelSets::of_columns(vec![ids], rows.len()), Values::Numbers(numbers))
    }

    fn merged(merge: Merge) -> (Vec<(String, f64)>, usize) {
        let mut samples = samples(&[("b", 1.0), ("a", 2.0), ("b", 4.0), ("", 8.0)]);
        let less = samples.merge(merge);
        let rows = samples.iter().map(|row| (row.labels().collect::<String>(), row.number().unwrap()));
        (rows.collect(), less)
    }

    #[test]
    fn equal_labels_become_one_sample() {
        let row = |label: &str, value| (label.to_owned(), value);
        let with = |b| (vec![row("", 8.0), row("a", 2.0), row("b", b)], 1);
        assert_eq!(merged(Merge::Add), with(5.0));
        assert_eq!(merged(Merge::Least), with(1.0));
        assert_eq!(merged(Merge::Greatest), with(4.0));
        assert_eq!(merged(Merge::Never), with(1.0));
    }

    #[test]
    fn samples_are_equal_whatever_their_texts_are_numbered() {
        let (few, mut many) = (samples(&[("a", 1.0), ("b", 2.0)]), samples(&[("", 0.0), ("a", 1.0), ("b", 2.0)]));
        assert_ne!(few, many);
        many = many.select(&[1, 2]);
        assert_eq!(few, many);
    }
}
