//! Accumulators: the seven functions over a stream of values.

use std::sync::Arc;

use super::ast::FunctionKind;

/// What an operand yields for one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    Missing,
    Number(f64),
    /// Text, a boolean, an array or an object.
    NotANumber,
}

/// One function's state; sums by Neumaier's method, which loses no small change (seven times 0.096 is 0.672), and
/// variance by Welford's, which does not cancel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accumulator {
    rows: u64,
    numbers: u64,
    sum: f64,
    /// What was lost of the sum to rounding.
    lost: f64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
    /// Something was no number: nothing can be computed.
    spoiled: bool,
}

impl Accumulator {
    pub(super) fn add(&mut self, scalar: Scalar) {
        self.rows += 1;
        let number = match scalar {
            Scalar::Missing => return,
            Scalar::NotANumber => {
                self.spoiled = true;
                return;
            }
            Scalar::Number(number) => number,
        };
        let first = self.numbers == 0;
        self.min = if first { number } else { self.min.min(number) };
        self.max = if first { number } else { self.max.max(number) };
        self.numbers += 1;
        let sum = self.sum + number;
        self.lost += if self.sum.abs() >= number.abs() { (self.sum - sum) + number } else { (number - sum) + self.sum };
        self.sum = sum;
        let delta = number - self.mean;
        self.mean += delta / self.count();
        self.squares += delta * (number - self.mean);
    }

    /// The function's value: a count and an empty sum are numbers, everything else needs one to begin with.
    pub(super) fn finish(&self, kind: FunctionKind) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a graph has fewer than 2^53 rows")]
        let rows = self.rows as f64;
        if kind == FunctionKind::Count {
            return Some(rows);
        }
        if self.spoiled || (self.numbers == 0 && kind != FunctionKind::Sum) {
            return None;
        }
        let value = match kind {
            FunctionKind::Sum => self.total(),
            FunctionKind::Min => self.min,
            FunctionKind::Max => self.max,
            FunctionKind::Avg => self.total() / self.count(),
            // Of the whole population, as the original's database computes them.
            FunctionKind::Variance => self.squares / self.count(),
            FunctionKind::Stddev => (self.squares / self.count()).sqrt(),
            FunctionKind::Count => rows,
        };
        value.is_finite().then_some(value)
    }

    fn total(&self) -> f64 {
        self.sum + self.lost
    }

    #[expect(clippy::cast_precision_loss, reason = "a graph has fewer than 2^53 rows")]
    fn count(&self) -> f64 {
        self.numbers as f64
    }
}

/// Values counted into buckets.
#[derive(Clone, Debug)]
pub(super) struct Distribution {
    bounds: Arc<[f64]>,
    /// How many values are in each bucket and in none of those before it; the last is the one without a bound.
    counts: Vec<u64>,
    total: Accumulator,
}

impl Distribution {
    pub(super) fn new(bounds: Arc<[f64]>) -> Self {
        let counts = vec![0; bounds.len() + 1];
        Self { bounds, counts, total: Accumulator::default() }
    }

    pub(super) fn add(&mut self, number: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < number);
        self.counts[bucket] += 1;
        self.total.add(Scalar::Number(number));
    }

    /// How many values are at most each bound.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.counts[..self.bounds.len()].iter().scan(0, |total, count| {
            *total += count;
            Some(*total)
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.total.numbers
    }

    pub(super) fn sum(&self) -> f64 {
        self.total.total()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_prices_has_no_dust() {
        let mut accumulator = Accumulator::default();
        for _ in 0..7 {
            accumulator.add(Scalar::Number(0.096));
        }
        assert_eq!(accumulator.finish(FunctionKind::Sum), Some(0.672));
    }

    #[test]
    fn a_sum_beyond_all_numbers_is_none() {
        let mut accumulator = Accumulator::default();
        accumulator.add(Scalar::Number(f64::MAX));
        accumulator.add(Scalar::Number(f64::MAX));
        assert_eq!(accumulator.finish(FunctionKind::Sum), None);
    }
}
