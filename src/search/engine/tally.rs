//! Tallies: what a function has seen of each group.

use std::{ops::Range, sync::Arc};

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
    /// Not a number where a row had none.
    Sums(Vec<Total>),
    Any(Vec<Accumulator>),
    Observed(Vec<(Accumulator, Distribution)>),
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
            Self::Sums(sums) => sums.resize(groups, Total::default()),
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
                        sums[group].add(number);
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
                Scalar::Number(number) => sums[group].add(number),
                Scalar::NotANumber => sums[group].add(f64::NAN),
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
                sums[into].merge(&other);
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

    /// Appends the function's value for each of these groups, which have so many rows; NaN where nothing can be computed.
    pub(super) fn values(&self, groups: Range<usize>, rows: &[u64], kind: FunctionKind, out: &mut Vec<f64>) {
        let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
        match self {
            Self::Counted(each) => out.extend(rows[groups].iter().map(|rows| finite(each * count(*rows)))),
            Self::Sums(sums) => out.extend(sums[groups].iter().map(|sum| finite(sum.value()))),
            Self::Any(accumulators) => {
                out.extend(accumulators[groups].iter().map(|state| state.finish(kind).unwrap_or(f64::NAN)));
            }
            Self::Observed(observed) => {
                out.extend(observed[groups].iter().map(|(state, _)| state.finish(kind).unwrap_or(f64::NAN)));
            }
        }
    }

    pub(super) fn distribution(&self, group: usize) -> Option<&Distribution> {
        match self {
            Self::Observed(observed) => Some(&observed[group].1),
            _ => None,
        }
    }
}
