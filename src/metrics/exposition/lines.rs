//! Lines: the samples of a family.
//!
//! They read the same in every format. Sorted by labels, a line begins as the one before it did, so that what both have
//! in common is copied in one piece; the rest costs a copy of each label and a number, and no allocation.

use std::ops::Range;

use super::{
    Family,
    escape::escape_quoted,
    number::{encode_bound, encode_number},
};
use crate::{
    metrics::{label_sets::LabelSets, texts::Texts, values::Values},
    search::Histograms,
};

/// Writes the samples at these positions.
pub(super) fn encode_lines(text: &mut Vec<u8>, family: &Family, rows: Range<usize>) {
    match family.samples().values() {
        Values::Numbers(numbers) => {
            let mut lines = Lines::new(family, "{", "\"} ");
            for row in rows {
                lines.begin(text, row);
                encode_number(text, numbers[row]);
                text.push(b'\n');
            }
        }
        Values::Histograms(histograms) => {
            for row in rows {
                encode_histogram(text, family, histograms, row);
            }
        }
    }
}

/// The beginnings of lines, up to the number.
struct Lines<'f> {
    texts: &'f Texts,
    labels: &'f LabelSets,
    /// What stands before each label value.
    before: Vec<String>,
    after: String,
    /// Where the line before begins, and where in it each label begins.
    last: Option<(usize, usize)>,
    starts: Vec<usize>,
}

impl<'f> Lines<'f> {
    fn new(family: &'f Family, open: &str, close: &str) -> Self {
        let name = family.name();
        let before = family.label_names().iter().enumerate().map(|(index, label)| match index {
            0 => format!("{name}{open}{label}=\""),
            _ => format!("\",{label}=\""),
        });
        let before: Vec<String> = before.collect();
        let after = if before.is_empty() { format!("{name} ") } else { close.to_owned() };
        let samples = family.samples();
        let starts = vec![0; before.len()];
        Self { texts: samples.texts(), labels: samples.labels(), before, after, last: None, starts }
    }

    fn begin(&mut self, text: &mut Vec<u8>, row: usize) {
        let start = text.len();
        let mut same = 0;
        if let Some((last_start, last_row)) = self.last {
            let columns = self.labels.columns();
            same = columns.iter().take_while(|column| column[row] == column[last_row]).count();
            // The labels are not all the same, as no series is there twice.
            if let Some(len) = self.starts.get(same) {
                text.extend_from_within(last_start..last_start + len);
            }
        }
        for (index, column) in self.labels.columns().iter().enumerate().skip(same) {
            self.starts[index] = text.len() - start;
            text.extend_from_slice(self.before[index].as_bytes());
            let id = column[row];
            let value = self.texts.get(id);
            if self.texts.is_special(id) {
                escape_quoted(text, value);
            } else {
                text.extend_from_slice(value.as_bytes());
            }
        }
        text.extend_from_slice(self.after.as_bytes());
        self.last = Some((start, row));
    }
}

/// Writes the buckets, then the sum, then the count.
fn encode_histogram(text: &mut Vec<u8>, family: &Family, histograms: &Histograms, row: usize) {
    let mut labels = Vec::new();
    for (name, value) in family.label_names().iter().zip(family.samples().get(row).labels()) {
        if !labels.is_empty() {
            labels.push(b',');
        }
        labels.extend_from_slice(name.as_bytes());
        labels.extend_from_slice(b"=\"");
        escape_quoted(&mut labels, value);
        labels.push(b'"');
    }
    let width = histograms.bounds.len();
    let buckets = histograms.buckets[row * width..][..width].iter().zip(histograms.bounds.iter().copied());
    let count = &histograms.counts[row];
    for (count, bound) in buckets.chain([(count, f64::INFINITY)]) {
        text.extend_from_slice(family.name().as_bytes());
        text.extend_from_slice(b"_bucket{");
        text.extend_from_slice(&labels);
        text.extend_from_slice(if labels.is_empty() { b"le=\"" } else { b",le=\"" });
        encode_bound(text, bound);
        text.extend_from_slice(b"\"} ");
        text.extend_from_slice(itoa::Buffer::new().format(*count).as_bytes());
        text.push(b'\n');
    }
    for suffix in ["_sum", "_count"] {
        text.extend_from_slice(family.name().as_bytes());
        text.extend_from_slice(suffix.as_bytes());
        if !labels.is_empty() {
            text.push(b'{');
            text.extend_from_slice(&labels);
            text.push(b'}');
        }
        text.push(b' ');
        match suffix {
            "_sum" => encode_number(text, histograms.sums[row]),
            _ => text.extend_from_slice(itoa::Buffer::new().format(*count).as_bytes()),
        }
        text.push(b'\n');
    }
}
