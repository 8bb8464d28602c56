//! Aggregates: nodes become rows, rows fall into groups, groups become numbers.

use std::cmp::Ordering;

use cloudgauge::{
    model::Value,
    search::{
        Path,
        ast::{Additive, Aggregate, Expression, Function, FunctionKind, Group, GroupBy, Multiplicative, TemplatePiece},
    },
};
use serde_json::{Map, json};

use super::{
    Found, Reference, Subject, order,
    path::{Step, absolute, descend, steps},
};

/// One row: the values of the groups and of the functions, with their names.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) group: Vec<(String, Value)>,
    pub(crate) values: Vec<(String, Option<Number>)>,
}

/// A number, and how large the numbers were that it was computed of: the measure of its rounding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) scale: f64,
}

/// What an operand is for one row.
#[derive(Clone, Copy, Debug)]
enum Operand {
    Missing,
    Number(f64),
    Other,
}

/// The elements that stand for arrays in one row, by the way to each array.
type Elements = Vec<(Vec<Step>, Value)>;

impl Row {
    /// The row as an aggregate in a merge delivers it.
    pub(super) fn document(&self) -> Value {
        let mut document = Map::new();
        if !self.group.is_empty() {
            document.insert("group".to_owned(), Value::Object(self.group.iter().cloned().collect()));
        }
        document
            .extend(self.values.iter().map(|(name, number)| (name.clone(), json!(number.map(|number| number.value)))));
        Value::Object(document)
    }
}

impl Reference<'_> {
    pub(super) fn rows(&self, aggregate: &Aggregate, nodes: &[Found]) -> Vec<Row> {
        let arrays = nodes.first().map_or_else(Vec::new, |found| arrays(aggregate, found));
        // Every group with the rows that fall into it, each row as its operands.
        let mut groups: Vec<(Vec<Value>, Vec<Vec<Operand>>)> = Vec::new();
        if aggregate.groups.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        for found in nodes {
            for elements in self.unfolded(found, &arrays) {
                let key: Vec<Value> =
                    aggregate.groups.iter().map(|group| self.group(group, found, &elements)).collect();
                let operands = aggregate.functions.iter();
                let operands =
                    operands.map(|function| self.operand(&function.operand.node, function.kind, found, &elements));
                let operands = operands.collect();
                match groups.iter_mut().find(|(other, _)| compare(other, &key) == Ordering::Equal) {
                    Some((_, rows)) => rows.push(operands),
                    None => groups.push((key, vec![operands])),
                }
            }
        }
        groups.sort_by(|(a, _), (b, _)| compare(a, b));
        let rows = groups.into_iter().map(|(key, rows)| {
            let value = |(position, function): (usize, &Function)| {
                let operands: Vec<Operand> = rows.iter().map(|row| row[position]).collect();
                (function.result_name(), computed(function.kind, &operands))
            };
            Row {
                group: aggregate.group_names().into_iter().zip(key).collect(),
                values: aggregate.functions.iter().enumerate().map(value).collect(),
            }
        });
        rows.collect()
    }

    /// Every combination of elements of the arrays that the groups are about; none where one is no array.
    fn unfolded(&self, found: &Found, arrays: &[Vec<Step>]) -> Vec<Elements> {
        let mut combinations: Vec<Elements> = vec![Vec::new()];
        for array in arrays {
            let mut next = Vec::new();
            for elements in combinations {
                let value = self.read(found, &elements, &array[..array.len() - 1]).into_iter().next();
                for item in value.as_ref().and_then(Value::as_array).into_iter().flatten() {
                    next.push([elements.clone(), vec![(array.clone(), item.clone())]].concat());
                }
            }
            combinations = next;
        }
        combinations
    }

    /// The values at the end of a way, which may begin in the element of an array.
    fn read(&self, found: &Found, elements: &Elements, way: &[Step]) -> Vec<Value> {
        let innermost =
            elements.iter().filter(|(array, _)| way.starts_with(array)).max_by_key(|(array, _)| array.len());
        match innermost {
            Some((array, element)) => descend(element, &way[array.len()..]),
            None => self.values(Subject { found, element: None }, &written(way)),
        }
    }

    fn group(&self, group: &Group, found: &Found, elements: &Elements) -> Value {
        let one = |path: &Path| self.read(found, elements, &way(found, path)).into_iter().next().unwrap_or(Value::Null);
        match &group.by.node {
            GroupBy::Path(path) => one(path),
            GroupBy::Template(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        TemplatePiece::Text(piece) => text.push_str(piece),
                        TemplatePiece::Path(path) => match one(path) {
                            Value::Null => {}
                            Value::String(value) => text.push_str(&value),
                            other => text.push_str(&other.to_string()),
                        },
                    }
                }
                Value::String(text)
            }
        }
    }

    fn operand(&self, expression: &Expression, kind: FunctionKind, found: &Found, elements: &Elements) -> Operand {
        let of = |expression: &Expression| self.operand(expression, kind, found, elements);
        match expression {
            Expression::Number(number) => Operand::Number(number.as_str().parse().unwrap()),
            Expression::Path(path) => {
                let way = way(found, &path.node);
                let values = self.read(found, elements, &way);
                let expanded =
                    elements.iter().filter(|(array, _)| way.starts_with(array)).map(|(array, _)| array.len());
                if way[expanded.max().unwrap_or(0)..].contains(&Step::Each) {
                    // The function itself makes one value of the several.
                    let several: Vec<Operand> = values.iter().map(operand).collect();
                    return computed(kind, &several).map_or(Operand::Missing, |number| Operand::Number(number.value));
                }
                operand(&values[0])
            }
            Expression::Sum { first, rest } => rest.iter().fold(of(first), |left, (operator, right)| {
                both(left, of(right), |left, right| match operator {
                    Additive::Plus => left + right,
                    Additive::Minus => left - right,
                })
            }),
            Expression::Product { first, rest } => rest.iter().fold(of(first), |left, (operator, right)| {
                both(left, of(right), |left, right| match operator {
                    Multiplicative::Times => left * right,
                    Multiplicative::Over => left / right,
                    Multiplicative::Modulo => left % right,
                })
            }),
        }
    }
}

/// The ways to all arrays that the groups go into, outer ones first.
fn arrays(aggregate: &Aggregate, found: &Found) -> Vec<Vec<Step>> {
    let mut arrays: Vec<Vec<Step>> = Vec::new();
    for group in &aggregate.groups {
        let paths: Vec<&Path> = match &group.by.node {
            GroupBy::Path(path) => vec![path],
            GroupBy::Template(pieces) => pieces
                .iter()
                .filter_map(|piece| if let TemplatePiece::Path(path) = piece { Some(path) } else { None })
                .collect(),
        };
        for way in paths.into_iter().map(|path| way(found, path)) {
            for end in (0..way.len()).filter(|position| way[*position] == Step::Each) {
                let array = way[..=end].to_vec();
                if !arrays.contains(&array) {
                    arrays.push(array);
                }
            }
        }
    }
    arrays
}

/// The way to what a path names, which may be something merged.
fn way(found: &Found, path: &Path) -> Vec<Step> {
    let own = steps(&path.segments);
    if found.merged.iter().any(|(name, _)| own.starts_with(&steps(&name.segments))) { own } else { absolute(path) }
}

/// The absolute path of a way.
fn written(way: &[Step]) -> Path {
    use cloudgauge::search::{Index, Segment};
    let mut segments: Vec<Segment> = Vec::new();
    for step in way {
        match step {
            Step::Key(name) => segments.push(Segment::named(name.as_str())),
            Step::At(position) => segments.last_mut().unwrap().indexes.push(Index::At(*position)),
            Step::Each => segments.last_mut().unwrap().indexes.push(Index::Any),
        }
    }
    Path { absolute: true, segments }
}

fn compare(a: &[Value], b: &[Value]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| order::compare(a, b)).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn operand(value: &Value) -> Operand {
    match value {
        Value::Null => Operand::Missing,
        Value::Number(number) => Operand::Number(number.as_f64().unwrap()),
        _ => Operand::Other,
    }
}

/// Arithmetic; what is missing stays missing, and what is no number spoils everything.
fn both(left: Operand, right: Operand, compute: impl Fn(f64, f64) -> f64) -> Operand {
    match (left, right) {
        (Operand::Number(left), Operand::Number(right)) => {
            let result = compute(left, right);
            if result.is_finite() { Operand::Number(result) } else { Operand::Missing }
        }
        (Operand::Other, _) | (_, Operand::Other) => Operand::Other,
        _ => Operand::Missing,
    }
}

fn computed(kind: FunctionKind, operands: &[Operand]) -> Option<Number> {
    let mut numbers = Vec::new();
    let mut spoiled = false;
    for operand in operands {
        match operand {
            Operand::Missing => {}
            Operand::Number(number) => numbers.push(*number),
            Operand::Other => spoiled = true,
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a world has few nodes")]
    let (rows, count) = (operands.len() as f64, numbers.len() as f64);
    let sum: f64 = numbers.iter().sum();
    let largest = numbers.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    let mean = sum / count;
    let variance = || numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count;
    let (value, scale) = match kind {
        FunctionKind::Count => (rows, rows),
        _ if spoiled => return None,
        FunctionKind::Sum => (sum, largest),
        _ if numbers.is_empty() => return None,
        FunctionKind::Min => (numbers.iter().copied().fold(f64::INFINITY, f64::min), largest),
        FunctionKind::Max => (numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max), largest),
        FunctionKind::Avg => (mean, largest),
        FunctionKind::Variance => (variance(), largest * largest),
        FunctionKind::Stddev => (variance().sqrt(), largest),
    };
    value.is_finite().then_some(Number { value, scale })
}
