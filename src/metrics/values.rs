//! Values: what the series of a family say, in columns.

use crate::search::Histograms;

use super::definition::Merge;

/// The values of a family, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Numbers(Vec<f64>),
    Histograms(Histograms),
}

impl Default for Values {
    fn default() -> Self {
        Self::Numbers(Vec::new())
    }
}

impl Values {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Histograms(histograms) => histograms.counts.len(),
        }
    }

    /// How many series a row is exposed as: a histogram has one for each bucket, that without bound included, and its
    /// sum and count.
    pub(super) fn series_per_row(&self) -> usize {
        match self {
            Self::Numbers(_) => 1,
            Self::Histograms(histograms) => histograms.bounds.len() + 3,
        }
    }

    /// What decides which rows are kept where there are too many: the number, or how much a histogram counts.
    pub(super) fn weight(&self, row: usize) -> f64 {
        match self {
            Self::Numbers(numbers) => numbers[row],
            #[expect(clippy::cast_precision_loss, reason = "a graph has fewer than 2^53 resources")]
            Self::Histograms(histograms) => histograms.counts[row] as f64,
        }
    }

    /// Whether rows of the other can be added here.
    pub(super) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbers(_), Self::Numbers(_)) => true,
            (Self::Histograms(mine), Self::Histograms(other)) => mine.bounds == other.bounds,
            (Self::Numbers(_), Self::Histograms(_)) | (Self::Histograms(_), Self::Numbers(_)) => false,
        }
    }

    /// The rows at these positions, in this order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|row| numbers[*row as usize]).collect()),
            Self::Histograms(Histograms { bounds, buckets, counts, sums }) => {
                let width = bounds.len();
                let of_row = |row: &u32| &buckets[*row as usize * width..][..width];
                Self::Histograms(Histograms {
                    bounds: bounds.clone(),
                    buckets: rows.iter().flat_map(of_row).copied().collect(),
                    counts: rows.iter().map(|row| counts[*row as usize]).collect(),
                    sums: rows.iter().map(|row| sums[*row as usize]).collect(),
                })
            }
        }
    }

    /// Adds the rows of values that fit; others are left out.
    pub(super) fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Numbers(numbers), Self::Numbers(more)) => numbers.extend_from_slice(more),
            (Self::Histograms(mine), Self::Histograms(more)) if mine.bounds == more.bounds => {
                mine.buckets.extend_from_slice(&more.buckets);
                mine.counts.extend_from_slice(&more.counts);
                mine.sums.extend_from_slice(&more.sums);
            }
            (Self::Numbers(_) | Self::Histograms(_), _) => {}
        }
    }

    /// Adds rows of nothing.
    pub(super) fn append_zeros(&mut self, rows: usize) {
        match self {
            Self::Numbers(numbers) => numbers.resize(numbers.len() + rows, 0.0),
            Self::Histograms(Histograms { bounds, buckets, counts, sums }) => {
                buckets.resize(buckets.len() + rows * bounds.len(), 0);
                counts.resize(counts.len() + rows, 0);
                sums.resize(sums.len() + rows, 0.0);
            }
        }
    }

    /// Makes a row the value of itself and another.
    pub(super) fn join(&mut self, row: usize, other: usize, merge: Merge) {
        match self {
            Self::Numbers(numbers) => numbers[row] = merge.join(numbers[row], numbers[other]),
            Self::Histograms(Histograms { bounds, buckets, counts, sums }) => {
                let width = bounds.len();
                for bucket in 0..width {
                    buckets[row * width + bucket] += buckets[other * width + bucket];
                }
                counts[row] += counts[other];
                sums[row] += sums[other];
            }
        }
    }
}
