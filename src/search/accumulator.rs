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

/// A compensated sum, which loses no small change: seven times 0.096 is 0.672.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Total {
    sum: f64,
    /// What was lost of the sum to rounding.
    lost: f64,
}

impl Total {
    pub(super) fn add(&mut self, number: f64) {
        // What rounding loses, by Knuth's way of finding it without asking which of the two is greater.
        let sum = self.sum + number;
        let added = sum - self.sum;
        self.lost += (self.sum - (sum - added)) + (number - added);
        self.sum = sum;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    pub(super) fn value(&self) -> f64 {
        self.sum + self.lost
    }
}

/// One function's state; variance by Welford's method, which does not cancel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accumulator {
    rows: u64,
    numbers: u64,
    total: Total,
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
        self.total.add(number);
        let delta = number - self.mean;
        self.mean += delta / count(self.numbers);
        self.squares += delta * (number - self.mean);
    }

    /// Adds what another one saw.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.spoiled |= other.spoiled;
        if other.numbers == 0 {
            return;
        }
        if self.numbers == 0 {
            *self = Self { rows: self.rows, spoiled: self.spoiled, ..*other };
            return;
        }
        let (own, others) = (count(self.numbers), count(other.numbers));
        let delta = other.mean - self.mean;
        self.mean += delta * others / (own + others);
        self.squares += other.squares + delta * delta * own * others / (own + others);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.numbers += other.numbers;
        self.total.merge(&other.total);
    }

    /// The function's value: a count and an empty sum are numbers, everything else needs one to begin with.
    pub(super) fn finish(&self, kind: FunctionKind) -> Option<f64> {
        if kind == FunctionKind::Count {
            return Some(count(self.rows));
        }
        if self.spoiled || (self.numbers == 0 && kind != FunctionKind::Sum) {
            return None;
        }
        let numbers = count(self.numbers);
        let value = match kind {
            FunctionKind::Sum => self.total.value(),
            FunctionKind::Min => self.min,
            FunctionKind::Max => self.max,
            FunctionKind::Avg => self.total.value() / numbers,
            // Of the whole population, as the original's database computes them.
            FunctionKind::Variance => self.squares / numbers,
            FunctionKind::Stddev => (self.squares / numbers).sqrt(),
            FunctionKind::Count => count(self.rows),
        };
        value.is_finite().then_some(value)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a graph has fewer than 2^53 rows")]
pub(super) fn count(rows: u64) -> f64 {
    rows as f64
}

/// Values counted into buckets.
#[derive(Clone, Debug)]
pub(super) struct Distribution {
    bounds: Arc<[f64]>,
    /// How many values are in each bucket and in none of those before it; the last is the one without a bound.
    counts: Vec<u64>,
    count: u64,
    total: Total,
}

impl Distribution {
    pub(super) fn new(bounds: Arc<[f64]>) -> Self {
        let counts = vec![0; bounds.len() + 1];
        Self { bounds, counts, count: 0, total: Total::default() }
    }

    pub(super) fn add(&mut self, number: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < number);
        self.counts[bucket] += 1;
        self.count += 1;
        self.total.add(number);
    }

    /// Adds what another one saw; both have the same bounds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
        self.count += other.count;
        self.total.merge(&other.total);
    }

    /// How many values are at most each bound.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.counts[..self.bounds.len()].iter().scan(0, |total, count| {
            *total += count;
            Some(*total)
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn sum(&self) -> f64 {
        self.total.value()
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
    fn merging_is_as_good_as_adding_one_by_one() {
        let numbers = [3.5, -1.0, 8.25, 0.1, 0.2, 7.0];
        for cut in 0..=numbers.len() {
            let (mut whole, mut first, mut second) =
                (Accumulator::default(), Accumulator::default(), Accumulator::default());
            for (position, number) in numbers.into_iter().enumerate() {
                whole.add(Scalar::Number(number));
                let part = if position < cut { &mut first } else { &mut second };
                part.add(Scalar::Number(number));
                part.add(Scalar::Missing);
                whole.add(Scalar::Missing);
            }
            first.merge(&second);
            for kind in FunctionKind::ALL {
                let (merged, whole) = (first.finish(kind).unwrap(), whole.finish(kind).unwrap());
                assert!((merged - whole).abs() < 1e-12, "{kind:?}: {merged} is not {whole}");
            }
        }
    }

    #[test]
    fn a_sum_beyond_all_numbers_is_none() {
        let mut accumulator = Accumulator::default();
        accumulator.add(Scalar::Number(f64::MAX));
        accumulator.add(Scalar::Number(f64::MAX));
        assert_eq!(accumulator.finish(FunctionKind::Sum), None);
    }
}
