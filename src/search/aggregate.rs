//! Aggregation: nodes become rows of groups and numbers.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    graph::NodeId,
    model::{Map, Value},
};

use super::{
    accumulator::{Accumulator, Scalar},
    ast::FunctionKind,
    document::View,
    limits::{Budget, Exhausted},
    order::Key,
    rows::{Pool, Rows},
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

impl Row {
    /// `{"group": {…}, "<function>": number}`, as the original answers; without groups there is no `group`.
    pub fn document(&self) -> Value {
        let mut object = Map::new();
        if !self.group.is_empty() {
            let group = self.group.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
            object.insert("group".to_owned(), Value::Object(group));
        }
        for (name, value) in &self.values {
            object.insert(name.to_string(), value.map_or(Value::Null, number));
        }
        Value::Object(object)
    }
}

/// A count is written as one: `40`, not `40.0`.
fn number(number: f64) -> Value {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "it is integral and below 2^53")]
        return Value::from(number as i64);
    }
    Value::from(number)
}

/// A compiled aggregate.
#[derive(Clone, Debug, Default)]
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
    /// Whether all groups and operands are at hand in columns.
    pub(super) fn cheap(&self) -> bool {
        let at_hand = |group: &GroupPlan| matches!(group, GroupPlan::Value { value: Reading::Node(location), .. } if location.cheap());
        self.unfolding.is_empty()
            && self.groups.iter().all(at_hand)
            && self.functions.iter().all(|function| function.operand.cheap())
    }

    /// The rows of a few nodes, sorted by group.
    pub(super) fn rows(&self, view: View<'_>, nodes: &[NodeId], budget: &mut Budget) -> Result<Vec<Row>, Exhausted> {
        let mut table: BTreeMap<Key, Vec<Accumulator>> = BTreeMap::new();
        let none = || vec![Accumulator::default(); self.functions.len()];
        if self.groups.is_empty() {
            // Without groups there is one row, even of nothing.
            table.insert(Key(Vec::new()), none());
        }
        for node in nodes.iter().copied() {
            self.unfolding.each(view, node, &mut |elements| {
                budget.step()?;
                let key = Key(self.groups.iter().map(|group| group.value(view, node, elements)).collect());
                let accumulators = table.entry(key).or_insert_with(none);
                for (function, accumulator) in self.functions.iter().zip(accumulators) {
                    accumulator.add(function.operand.value(view, node, elements, function.kind));
                }
                Ok(())
            })?;
            budget.groups(table.len())?;
        }
        let row = |(key, accumulators): (Key, Vec<Accumulator>)| Row {
            group: self.groups.iter().map(GroupPlan::name).zip(key.0).collect(),
            values: (self.functions.iter().zip(accumulators))
                .map(|(function, accumulator)| (function.name.clone(), accumulator.finish(function.kind)))
                .collect(),
        };
        Ok(table.into_iter().map(row).collect())
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

    /// Where it reads.
    pub(super) fn readings(&self) -> Vec<&Reading> {
        match self {
            Self::Value { value, .. } => vec![value],
            Self::Template { pieces, .. } => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Value(reading) => Some(reading),
                    Piece::Text(_) => None,
                })
                .collect(),
        }
    }

    /// What it groups by, whatever the result is called.
    pub(super) fn by(&self) -> impl fmt::Debug {
        match self {
            Self::Value { value, .. } => (Some(value), None),
            Self::Template { pieces, .. } => (None, Some(pieces)),
        }
    }

    pub(super) fn value(&self, view: View<'_>, node: NodeId, elements: &[Value]) -> Value {
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
    /// Where it reads.
    pub(super) fn readings(&self) -> Vec<&Reading> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Value(reading) => vec![reading],
            Self::Chain { first, rest } => {
                first.readings().into_iter().chain(rest.iter().flat_map(|(_, operand)| operand.readings())).collect()
            }
        }
    }

    /// The operand's value; a property that expands an array is reduced by the function itself first.
    pub(super) fn value(&self, view: View<'_>, node: NodeId, elements: &[Value], kind: FunctionKind) -> Scalar {
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
    pub(super) fn apply(self, left: Scalar, right: Scalar) -> Scalar {
        let (left, right) = match (left, right) {
            (Scalar::Number(left), Scalar::Number(right)) => (left, right),
            (Scalar::NotANumber, _) | (_, Scalar::NotANumber) => return Scalar::NotANumber,
            (Scalar::Missing, _) | (_, Scalar::Missing) => return Scalar::Missing,
        };
        let result = self.compute(left, right);
        if result.is_nan() { Scalar::Missing } else { Scalar::Number(result) }
    }

    /// As [`apply`](Self::apply) to numbers, with NaN for what is missing.
    pub(super) fn compute(self, left: f64, right: f64) -> f64 {
        let result = match self {
            Self::Plus => left + right,
            Self::Minus => left - right,
            Self::Times => left * right,
            Self::Over => left / right,
            Self::Modulo => left % right,
        };
        if result.is_finite() { result } else { f64::NAN }
    }
}

pub(super) fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Null => Scalar::Missing,
        Value::Number(number) => number.as_f64().map_or(Scalar::NotANumber, Scalar::Number),
        Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => Scalar::NotANumber,
    }
}
