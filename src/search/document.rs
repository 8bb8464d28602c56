//! Documents: reading a location's values from the graph.
//!
//! The only file of the search that knows how a node is stored.

use jiff::Timestamp;

use crate::{
    graph::{
        Generation, Node, NodeId, Section,
        table::{Cell, ColumnName, Field},
    },
    model::Value,
};

use super::{
    datum::Datum,
    limits::Clock,
    location::{Location, Step, Whose},
    merged::Merged,
    operand,
};

/// A generation at a moment: everything a query's answer depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) generation: &'a Generation,
    pub(super) now: Timestamp,
    /// What the merge of the part at hand adds to its nodes.
    pub(super) merged: Option<&'a Merged>,
    /// Ends the reading when the time is over; values are null from then on.
    pub(super) clock: Option<&'a Clock>,
}

/// What a condition is tested on: a node or one field of it, or inside a context term an element of an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    reader: Reader<'a>,
    element: Option<&'a Value>,
    pub(super) now: Timestamp,
}

#[derive(Clone, Copy, Debug)]
enum Reader<'a> {
    Node(View<'a>, NodeId),
    Field(Datum<'a>, &'a [Step]),
}

/// Where a condition finds its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    Node(Location),
    /// Inside the element of a context term.
    Element(Vec<Step>),
}

impl<'a> Subject<'a> {
    pub(super) fn of(view: View<'a>, node: NodeId) -> Self {
        Self { reader: Reader::Node(view, node), element: None, now: view.now }
    }

    /// The value from which the steps lead to all that the condition reads, whoever has it.
    pub(super) fn field(value: Datum<'a>, steps: &'a [Step], now: Timestamp) -> Self {
        Self { reader: Reader::Field(value, steps), element: None, now }
    }

    pub(super) fn within<'e>(&self, element: &'e Value) -> Subject<'e>
    where
        'a: 'e,
    {
        Subject { reader: self.reader, element: Some(element), now: self.now }
    }

    pub(super) fn place(&self) -> Option<(View<'a>, NodeId)> {
        match self.reader {
            Reader::Node(view, node) => Some((view, node)),
            Reader::Field(..) => None,
        }
    }

    pub(super) fn node(&self) -> Option<Node<'a>> {
        self.place().map(|(view, node)| view.generation.graph.node(node))
    }

    /// Calls `f` with every value of the source: one, or one for each element where the path says so.
    ///
    /// A missing value is null; an empty array has no elements and therefore no values.
    pub(super) fn values(&self, source: &Source, f: &mut dyn FnMut(Datum<'_>)) {
        match (source, self.reader) {
            (Source::Element(steps), _) => {
                walk(self.element.unwrap_or(&Value::Null), steps, &mut |value| f(value.into()));
            }
            (Source::Node(location), Reader::Node(view, node)) => {
                view.values(node, location, &mut |value| f(value.into()));
            }
            (Source::Node(_), Reader::Field(value, steps)) => match value {
                _ if steps.is_empty() => f(value),
                Datum::Tree(tree) => walk(tree, steps, &mut |value| f(value.into())),
                _ => f(Datum::Null),
            },
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn new(generation: &'a Generation, now: Timestamp) -> Self {
        Self { generation, now, merged: None, clock: None }
    }

    /// As [`Subject::values`], for a node's own location.
    pub(super) fn values(&self, node: NodeId, location: &Location, f: &mut dyn FnMut(&Value)) {
        let mut on = |value: &Value| if location.age { f(&self.age(value)) } else { f(value) };
        match &location.whose {
            Whose::Merged { query, .. } => {
                let value = self.merged.and_then(|merged| merged.value(node, *query));
                walk(value.unwrap_or(&Value::Null), &location.steps, &mut on);
            }
            _ => walk(&self.field(node, location), &location.steps, &mut on),
        }
    }

    /// The one value of a location; the first where there are several.
    pub(super) fn value(&self, node: NodeId, location: &Location) -> Value {
        let mut first = None;
        self.values(node, location, &mut |value| {
            first.get_or_insert_with(|| value.clone());
        });
        first.unwrap_or(Value::Null)
    }

    fn field(&self, node: NodeId, location: &Location) -> Value {
        let is_over = |clock: &Clock| match &location.whose {
            Whose::Own | Whose::Merged { .. } => clock.is_over(),
            // A walk of any length.
            Whose::Ancestor(_) | Whose::Descendant(_) => clock.look(),
        };
        if self.clock.is_some_and(is_over) {
            return Value::Null;
        }
        let graph = &self.generation.graph;
        let owner = match &location.whose {
            Whose::Own => Some(node),
            Whose::Ancestor(kind) => graph.ancestor(node, kind),
            Whose::Descendant(kind) => graph.descendant(node, kind),
            // Not a field of any node.
            Whose::Merged { .. } => None,
        };
        match owner {
            Some(owner) => self.generation.field(owner, location.section, &location.field),
            None => Value::Null,
        }
    }

    /// The seconds since a time.
    fn age(&self, time: &Value) -> Value {
        match time.as_str().and_then(operand::instant) {
            Some(time) => self.now.duration_since(time).as_secs_f64().into(),
            None => Value::Null,
        }
    }

    /// Calls `f` with every scalar that the node's provider reported, except booleans and nulls.
    pub(super) fn scalars(&self, node: NodeId, f: &mut dyn FnMut(&str)) {
        let node = self.generation.graph.node(node);
        let (table, row) = (node.table(), node.row());
        f(node.kind());
        let mut cell = |cell: Cell<'_>| match cell {
            Cell::Text(text) => f(&text),
            cell => scalars(&cell.value(), f),
        };
        for field in [Field::Id, Field::Name] {
            cell(table.field(field, row));
        }
        let of_columns = |wanted: fn(&ColumnName<'_>) -> bool| {
            table.columns().filter(move |(name, _)| wanted(name)).map(move |(_, column)| column.cell(row))
        };
        of_columns(|name| matches!(name, ColumnName::Tag(_))).for_each(&mut cell);
        for field in [Field::Ctime, Field::Mtime, Field::Atime] {
            cell(table.field(field, row));
        }
        of_columns(|name| matches!(name, ColumnName::Property(_))).for_each(&mut cell);
    }

    /// Whether the node has the reported property, whatever its kind says.
    pub(super) fn has(&self, node: NodeId, property: &str) -> bool {
        !self.generation.field(node, Section::Reported, property).is_null()
    }
}

/// Calls `f` with every value at the end of the steps.
pub(super) fn walk(value: &Value, steps: &[Step], f: &mut dyn FnMut(&Value)) {
    let Some((step, rest)) = steps.split_first() else { return f(value) };
    match (step, value) {
        (Step::Key(key), Value::Object(fields)) => walk(fields.get(key).unwrap_or(&Value::Null), rest, f),
        (Step::At(index), Value::Array(items)) => walk(items.get(*index).unwrap_or(&Value::Null), rest, f),
        (Step::Each, Value::Array(items)) => items.iter().for_each(|item| walk(item, rest, f)),
        _ => f(&Value::Null),
    }
}

fn scalars(value: &Value, f: &mut dyn FnMut(&str)) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => f(&number.to_string()),
        Value::String(text) => f(text),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, f)),
        Value::Object(fields) => fields.values().for_each(|value| scalars(value, f)),
    }
}
