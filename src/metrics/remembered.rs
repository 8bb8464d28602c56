//! Remembered families: what is known of earlier generations, as it is stored.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::search::Histograms;

use super::{
    Family, FamilyKind, Known, Samples,
    known::{Absence, Absences, Memory},
    label_sets::LabelSets,
    texts::Texts,
    values::Values,
};

/// One family, without what its generation says anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Remembered {
    name: String,
    kind: FamilyKind,
    label_names: Vec<String>,
    folded: bool,
    /// Groups that are not there, and since when they say 0; none of those of which nothing is known.
    absent: Vec<(Vec<String>, Option<Timestamp>)>,
    /// The samples of a family whose search failed, which nobody can compute again.
    last: Option<StoredSamples>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredSamples {
    labels: Vec<Vec<String>>,
    values: StoredValues,
}

/// Numbers are stored as their bits: JSON knows no infinity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum StoredValues {
    Numbers(Vec<u64>),
    Histograms { bounds: Vec<u64>, buckets: Vec<u64>, counts: Vec<u64>, sums: Vec<u64> },
}

impl From<Known> for Vec<Remembered> {
    fn from(known: Known) -> Self {
        let texts = known.all_texts().clone();
        let rows = |sets: &LabelSets| -> Vec<Vec<String>> {
            (0..sets.len()).map(|row| sets.row(row).map(|id| texts.get(id).to_owned()).collect()).collect()
        };
        let remembered = known.memories().filter(|memory| memory.is_worth_storing()).map(|memory| {
            let Memory { last, absent, folded, failed } = memory;
            let since = absent.states.iter().map(|state| match state {
                Absence::Unsettled => None,
                Absence::Zero { since } => Some(*since),
            });
            let samples = last.samples();
            Remembered {
                name: last.name().to_owned(),
                kind: last.kind(),
                label_names: last.label_names().iter().map(ToString::to_string).collect(),
                folded: *folded,
                absent: rows(&absent.labels).into_iter().zip(since).collect(),
                last: failed.then(|| StoredSamples { labels: rows(samples.labels()), values: samples.values().into() }),
            }
        });
        remembered.collect()
    }
}

impl From<Vec<Remembered>> for Known {
    fn from(remembered: Vec<Remembered>) -> Self {
        let fits = |family: &Remembered| {
            let labels = family.last.iter().flat_map(|last| &last.labels);
            let mut rows = labels.chain(family.absent.iter().map(|(labels, _)| labels));
            rows.all(|row| row.len() == family.label_names.len())
        };
        let remembered: Vec<Remembered> = remembered.into_iter().filter(fits).collect();
        let words = remembered.iter().flat_map(|family| {
            let labels = family.last.iter().flat_map(|last| &last.labels);
            labels.chain(family.absent.iter().map(|(labels, _)| labels)).flatten().map(String::as_str)
        });
        let (texts, ids) = Texts::collect(words);
        let (texts, mut ids) = (Arc::new(texts), ids.into_iter());
        let memories: Vec<Memory> = remembered
            .into_iter()
            .filter_map(|Remembered { name, kind, label_names, folded, absent, last }| {
                let mut sets = |rows: usize| {
                    let mut sets = LabelSets::new(label_names.len());
                    (0..rows).for_each(|_| sets.push(ids.by_ref().take(label_names.len())));
                    sets
                };
                let labels = sets(last.as_ref().map_or(0, |last| last.labels.len()));
                let absences = Absences {
                    labels: sets(absent.len()),
                    states: absent
                        .into_iter()
                        .map(|(_, since)| since.map_or(Absence::Unsettled, |since| Absence::Zero { since }))
                        .collect(),
                };
                let failed = last.is_some();
                let values = last.map_or_else(Values::default, |last| last.values.into());
                let family = Family::new(name, "", kind, label_names).ok()?;
                let last = if labels.len() == values.len() {
                    family.with_columns(Samples::new(texts.clone(), labels, values)).ok()?
                } else {
                    return None;
                };
                Some(Memory { last: Arc::new(last), absent: absences, folded, failed })
            })
            .collect();
        let mut known = Self::default();
        known.replace(texts, memories);
        known
    }
}

impl From<&Values> for StoredValues {
    fn from(values: &Values) -> Self {
        let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect();
        match values {
            Values::Numbers(numbers) => Self::Numbers(bits(numbers)),
            Values::Histograms(Histograms { bounds, buckets, counts, sums }) => Self::Histograms {
                bounds: bits(bounds),
                buckets: buckets.clone(),
                counts: counts.clone(),
                sums: bits(sums),
            },
        }
    }
}

impl From<StoredValues> for Values {
    fn from(stored: StoredValues) -> Self {
        let numbers = |bits: Vec<u64>| bits.into_iter().map(f64::from_bits).collect::<Vec<_>>();
        match stored {
            StoredValues::Numbers(bits) => Self::Numbers(numbers(bits)),
            StoredValues::Histograms { bounds, buckets, counts, sums } => {
                Self::Histograms(Histograms { bounds: numbers(bounds).into(), buckets, counts, sums: numbers(sums) })
            }
        }
    }
}
