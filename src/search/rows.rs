//! Rows: the answers of many aggregates as columns over one pool of group values.

use std::sync::Arc;

use crate::model::Value;

use super::{SearchError, accumulator::Distribution};

/// What a batch of plans answers, one for each plan in their order.
#[derive(Debug)]
pub struct Answers {
    /// Every group value that occurs in any of the answers.
    pub pool: Pool,
    /// A plan that fails or takes too long has its error here; the others are as if it were not there.
    pub answers: Vec<Result<Rows, SearchError>>,
}

/// Distinct group values in their order: the smaller id is the smaller value, and null has the id 0.
#[derive(Clone, Debug)]
pub struct Pool {
    values: Vec<Value>,
}

/// The rows of one aggregate, column by column; sorted by their group values, each group once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// For each group of the aggregate the value of every row, as ids of the pool.
    pub groups: Vec<Vec<u32>>,
    /// For each function its value in every row; NaN where nothing can be computed, such as the mean of nothing.
    pub values: Vec<Vec<f64>>,
    /// For each function its distribution; empty unless the plan was told to [observe](super::Plan::observe).
    pub histograms: Vec<Histograms>,
}

/// How the values of one function's operand are distributed, row by row.
///
/// What is missing or no number is not observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Histograms {
    /// The upper bounds of the buckets, ascending; the one without a bound is left out, its count is that of all.
    pub bounds: Arc<[f64]>,
    /// How many values are at most the bound: as many a row as there are bounds, one row after the other.
    pub buckets: Vec<u64>,
    /// How many values there are in each row.
    pub counts: Vec<u64>,
    /// Their sum in each row.
    pub sums: Vec<f64>,
}

impl Pool {
    /// The id of null in every pool.
    pub const NULL: u32 = 0;

    /// A pool of values that are sorted, distinct and begin with null.
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// The value with this id; the id must come from this pool.
    pub fn value(&self, id: u32) -> &Value {
        &self.values[id as usize]
    }

    /// How many values there are; the ids are the numbers below.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Never true: null is in every pool.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Every value, in order of id.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Histograms {
    pub(super) fn new(bounds: Arc<[f64]>) -> Self {
        Self { bounds, buckets: Vec::new(), counts: Vec::new(), sums: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, distribution: &Distribution) {
        self.buckets.extend(distribution.cumulative());
        self.counts.push(distribution.count());
        self.sums.push(distribution.sum());
    }
}
