//! Tallies: what a function has seen of each group.

use std::sync::Arc;

use crate::search::{
    accumulator::{Accumulator, Distribution, Scalar, Total, count},
    aggregate::{FunctionPlan, Operation},
    ast::FunctionKind,
};

use super::numbers::Numbers;

/// The states of one function, group by group, as simple as the function allows.
#[derive(Debug)]
pub(super) enum Tally {
    /// Follows from the number of rows: this much for each.
    Counted(f64),
    Sums(Vec<Sum>),
    Any(Vec<Accumulator>),
    Observed(Vec<(Accumulator, Distribution)>),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    total: Total,
    spoiled: bool,
}

impl Tally {
    /// No groups yet.
    pub(super) fn new(function: &FunctionPlan, bounds: Option<&Arc<[f64]>>) -> Self {
        match (function.kind, &function.operand, bounds) {
            (_, _, Some(_)) => Self::Observed(Vec::new()),
            (FunctionKind::Count, _, _) => Self::Counted(1.0),
            (FunctionKind::Sum, Operation::Number(number), _) => Self::Counted(*number),
            (FunctionKind::Sum, _, _) => Self::Sums(Vec::new()),
            _ => Self::Any(Vec::new()),
        }
    }

    /// Whether the values of the operand matter.
    pub(super) fn needs_numbers(&self) -> bool {
        !matches!(self, Self::Counted(_))
    }

    /// Makes room for groups that are new.
    pub(super) fn grow(&mut self, groups: usize, bounds: Option<&Arc<[f64]>>) {
        match self {
            Self::Counted(_) => {}
            Self::Sums(sums) => sums.resize(groups, Sum::default()),
            Self::Any(accumulators) => accumulators.resize(groups, Accumulator::default()),
            Self::Observed(observed) => {
                let bounds = bounds.expect("what is observed has bounds");
                observed.resize_with(groups, || (Accumulator::default(), Distribution::new(bounds.clone())));
            }
        }
    }

    /// Adds rows, each to its group.
    pub(super) fn add(&mut self, rows: impl Iterator<Item = (usize, usize)>, numbers: &Numbers) {
        match (self, numbers) {
            (Self::Sums(sums), Numbers::Rows { values, spoiled: None }) => {
                for (row, group) in rows {
                    let number = values[row];
                    if !number.is_nan() {
                        sums[group].total.add(number);
                    }
                }
            }
            (tally, numbers) => rows.for_each(|(row, group)| tally.add_one(group, numbers.get(row))),
        }
    }

    pub(super) fn add_one(&mut self, group: usize, scalar: Scalar) {
        match self {
            Self::Counted(_) => {}
            Self::Sums(sums) => match scalar {
                Scalar::Missing => {}
                Scalar::Number(number) => sums[group].total.add(number),
                Scalar::NotANumber => sums[group].spoiled = true,
            },
            Self::Any(accumulators) => accumulators[group].add(scalar),
            Self::Observed(observed) => {
                let (accumulator, distribution) = &mut observed[group];
                accumulator.add(scalar);
                if let Scalar::Number(number) = scalar {
                    distribution.add(number);
                }
            }
        }
    }

    /// Takes over the groups of another tally of the same function, in this order.
    pub(super) fn append(&mut self, other: &Self, order: impl Iterator<Item = usize>) {
        match (self, other) {
            (Self::Sums(own), Self::Sums(other)) => own.extend(order.map(|group| other[group])),
            (Self::Any(own), Self::Any(other)) => own.extend(order.map(|group| other[group])),
            (Self::Observed(own), Self::Observed(other)) => own.extend(order.map(|group| other[group].clone())),
            _ => {}
        }
    }

    /// Adds one group to another.
    pub(super) fn merge(&mut self, into: usize, from: usize) {
        match self {
            Self::Counted(_) => {}
            Self::Sums(sums) => {
                let other = sums[from];
                sums[into].total.merge(&other.total);
                sums[into].spoiled |= other.spoiled;
            }
            Self::Any(accumulators) => {
                let other = accumulators[from];
                accumulators[into].merge(&other);
            }
            Self::Observed(observed) => {
                let (accumulator, distribution) = observed[from].clone();
                observed[into].0.merge(&accumulator);
                observed[into].1.merge(&distribution);
            }
        }
    }

    /// The function's value for a group of so many rows; NaN where nothing can be computed.
    pub(super) fn value(&self, group: usize, rows: u64, kind: FunctionKind) -> f64 {
        let value = match self {
            Self::Counted(each) => Some(each * count(rows)).filter(|value| value.is_finite()),
            Self::Sums(sums) => {
                let value = sums[group].total.value();
                (!sums[group].spoiled && value.is_finite()).then_some(value)
            }
            Self::Any(accumulators) => accumulators[group].finish(kind),
            Self::Observed(observed) => observed[group].0.finish(kind),
        };
        value.unwrap_or(f64::NAN)
    }

    pub(super) fn distribution(&self, group: usize) -> Option<&Distribution> {
        match self {
            Self::Observed(observed) => Some(&observed[group].1),
            _ => None,
        }
    }
}
