//! Aggregation: nodes become rows of groups and numbers.

use std::{collections::BTreeMap, sync::Arc};

use crate::{graph::NodeId, model::Value};

use super::{
    accumulator::{Accumulator, Distribution, Scalar},
    ast::FunctionKind,
    document::View,
    limits::{Budget, Exhausted},
    order::Key,
    rows::{Histograms, Pool, Rows},
    unfold::{Reading, Unfolding},
};

/// One row of an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The name and value of each group, in the order of the query; null where a node has no value.
    pub group: Vec<(Arc<str>, Value)>,
    /// The name and value of each function; none where nothing can be computed, such as the mean of nothing.
    pub values: Vec<(Arc<str>, Option<f64>)>,
}

/// A compiled aggregate.
#[derive(Clone, Debug)]
pub(super) struct AggregatePlan {
    pub(super) unfolding: Unfolding,
    pub(super) groups: Vec<GroupPlan>,
    pub(super) functions: Vec<FunctionPlan>,
    /// The bounds of the buckets that operands are counted into, ascending; none where nothing is observed.
    pub(super) bounds: Option<Arc<[f64]>>,
}

#[derive(Clone, Debug)]
pub(super) enum GroupPlan {
    Value { name: Arc<str>, value: Reading },
    Template { name: Arc<str>, pieces: Vec<Piece> },
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Value(Reading),
}

#[derive(Clone, Debug)]
pub(super) struct FunctionPlan {
    pub(super) name: Arc<str>,
    pub(super) kind: FunctionKind,
    pub(super) operand: Operation,
}

/// Compiled arithmetic.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Number(f64),
    Value(Reading),
    /// Operators of the same strength, from left to right.
    Chain {
        first: Box<Operation>,
        rest: Vec<(Operator, Operation)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
}

impl AggregatePlan {
    /// The rows of the nodes, sorted by group.
    pub(super) fn rows(
        &self,
        view: View<'_>,
        nodes: &[NodeId],
        budget: &mut Budget,
        pool: &mut Pool,
    ) -> Result<Rows, Exhausted> {
        let mut table: BTreeMap<Key, Vec<(Accumulator, Option<Distribution>)>> = BTreeMap::new();
        let empty = (Accumulator::default(), self.bounds.clone().map(Distribution::new));
        let none = || vec![empty.clone(); self.functions.len()];
        if self.groups.is_empty() {
            // Without groups there is one row, even of nothing.
            table.insert(Key(Vec::new()), none());
        }
        for node in nodes {
            self.unfolding.each(view, *node, &mut |elements| {
                budget.step()?;
                let key = Key(self.groups.iter().map(|group| group.value(view, *node, elements)).collect());
                if !table.contains_key(&key) {
                    budget.group(table.len())?;
                }
                let accumulators = table.entry(key).or_insert_with(none);
                for (function, (accumulator, distribution)) in self.functions.iter().zip(accumulators) {
                    let scalar = function.operand.value(view, *node, elements, function.kind);
                    accumulator.add(scalar);
                    if let (Some(distribution), Scalar::Number(number)) = (distribution, scalar) {
                        distribution.add(number);
                    }
                }
                Ok(())
            })?;
        }
        let mut rows = Rows {
            groups: vec![Vec::with_capacity(table.len()); self.groups.len()],
            values: vec![Vec::with_capacity(table.len()); self.functions.len()],
            histograms: Vec::new(),
        };
        if let Some(bounds) = &self.bounds {
            rows.histograms = self.functions.iter().map(|_| Histograms::new(bounds.clone())).collect();
        }
        for (key, accumulators) in table {
            for (column, value) in rows.groups.iter_mut().zip(key.0) {
                column.push(pool.intern(value));
            }
            for (index, (accumulator, distribution)) in accumulators.into_iter().enumerate() {
                rows.values[index].push(accumulator.finish(self.functions[index].kind).unwrap_or(f64::NAN));
                if let Some(distribution) = distribution {
                    rows.histograms[index].push(&distribution);
                }
            }
        }
        Ok(rows)
    }

    /// The rows with the names of their groups and functions.
    pub(super) fn named(&self, rows: &Rows, pool: &Pool) -> Vec<Row> {
        let row = |index: usize| {
            let group = self.groups.iter().zip(&rows.groups);
            let group = group.map(|(group, ids)| (group.name(), pool.value(ids[index]).clone())).collect();
            let values = self.functions.iter().zip(&rows.values).map(|(function, values)| {
                let value = values[index];
                (function.name.clone(), (!value.is_nan()).then_some(value))
            });
            Row { group, values: values.collect() }
        };
        (0..rows.len()).map(row).collect()
    }
}

impl GroupPlan {
    fn name(&self) -> Arc<str> {
        match self {
            Self::Value { name, .. } | Self::Template { name, .. } => name.clone(),
        }
    }

    fn value(&self, view: View<'_>, node: NodeId, elements: &[Value]) -> Value {
        match self {
            Self::Value { value, .. } => value.value(view, node, elements),
            Self::Template { pieces, .. } => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Value(reading) => match reading.value(view, node, elements) {
                        // A missing part contributes nothing.
                        Value::Null => String::new(),
                        Value::String(text) => text,
                        other => other.to_string(),
                    },
                };
                Value::String(pieces.iter().map(piece).collect())
            }
        }
    }
}

impl Operation {
    /// The operand's value; a property that expands an array is reduced by the function itself first.
    fn value(&self, view: View<'_>, node: NodeId, elements: &[Value], kind: FunctionKind) -> Scalar {
        match self {
            Self::Number(number) => Scalar::Number(*number),
            Self::Value(reading) if reading.expands() => {
                let mut inner = Accumulator::default();
                reading.values(view, node, elements, &mut |value| inner.add(scalar(value)));
                inner.finish(kind).map_or(Scalar::Missing, Scalar::Number)
            }
            Self::Value(reading) => scalar(&reading.value(view, node, elements)),
            Self::Chain { first, rest } => {
                rest.iter().fold(first.value(view, node, elements, kind), |left, (operator, operand)| {
                    operator.apply(left, operand.value(view, node, elements, kind))
                })
            }
        }
    }
}

impl Operator {
    /// Arithmetic; what is missing stays missing, and so does what a division by zero yields.
    fn apply(self, left: Scalar, right: Scalar) -> Scalar {
        let (left, right) = match (left, right) {
            (Scalar::Number(left), Scalar::Number(right)) => (left, right),
            (Scalar::NotANumber, _) | (_, Scalar::NotANumber) => return Scalar::NotANumber,
            (Scalar::Missing, _) | (_, Scalar::Missing) => return Scalar::Missing,
        };
        let result = match self {
            Self::Plus => left + right,
            Self::Minus => left - right,
            Self::Times => left * right,
            Self::Over => left / right,
            Self::Modulo => left % right,
        };
        if result.is_finite() { Scalar::Number(result) } else { Scalar::Missing }
    }
}

fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Null => Scalar::Missing,
        Value::Number(number) => number.as_f64().map_or(Scalar::NotANumber, Scalar::Number),
        Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => Scalar::NotANumber,
    }
}
