//! Vectors: where the values of a location lie for all rows of a table at once.

use crate::{
    graph::{
        Ancestors, EXPIRATION_TAGS, EXPIRES_TAG, NodeId, Section, TablePlace,
        table::{Coded, Column, ColumnName, Field},
    },
    model::{Map, Value},
    search::{
        document::View,
        location::{Location, Step, Whose},
    },
};

/// The values of a location in every row of a table, before the steps within the value.
#[derive(Debug)]
pub(super) struct Vector<'g, 'l> {
    pub(super) lane: Lane<'g>,
    pub(super) steps: &'l [Step],
}

/// Where values lie.
#[derive(Debug)]
pub(super) enum Lane<'g> {
    /// The same in every row.
    Constant(Value),
    /// The same in the rows of a run: where each run ends, and the node that has the value.
    Runs(Vec<(usize, Option<NodeId>)>),
    /// Few distinct values.
    Coded(Coded<'g>),
    Column(Column<'g>),
    /// With the nearest node of a kind above the row.
    Above(Ancestors),
    /// Only found row by row.
    Scattered,
}

impl<'g, 'l> Vector<'g, 'l> {
    pub(super) fn new(view: View<'g>, place: TablePlace<'g>, location: &'l Location) -> Self {
        let whole = |lane| Self { lane, steps: location.steps.as_slice() };
        match &location.whose {
            _ if location.age => whole(Lane::Scattered),
            Whose::Own => Self::own(view, place, location),
            Whose::Ancestor(kind) if kind == "region" && !place.placed.structural => {
                whole(Lane::Runs(view.generation.graph.regions_of(place.shard, place.position)))
            }
            Whose::Ancestor(kind) => {
                let ancestors = view.generation.graph.ancestors(place.shard, place.position, kind);
                whole(match ancestors.shared() {
                    Some(owner) => Lane::Constant(of_owner(view, owner, location)),
                    None => Lane::Above(ancestors),
                })
            }
            Whose::Descendant(_) | Whose::Merged { .. } => whole(Lane::Scattered),
        }
    }

    /// Of the rows themselves, whoever the location says has the field.
    pub(super) fn own(view: View<'g>, place: TablePlace<'g>, location: &'l Location) -> Self {
        let table = place.table();
        let steps = location.steps.as_slice();
        let constant = |value| Self { lane: Lane::Constant(value), steps };
        let column = |name, steps| Self {
            lane: match table.column(name) {
                None => Lane::Constant(Value::Null),
                Some(column) => column.coded().map_or(Lane::Column(column), Lane::Coded),
            },
            steps,
        };
        let field = |field| column(ColumnName::Field(field), steps);
        let has = |field| table.column(field).is_some();
        let marked = || view.generation.marked().iter().any(|(node, _)| row_of(place, *node).is_some());
        match (location.section, location.field.as_str(), steps) {
            (Section::Reported, "kind", _) => constant(Value::String(table.kind().to_string())),
            (Section::Reported, "id", _) => field(Field::Id),
            (Section::Reported, "name", _) => field(Field::Name),
            (Section::Reported, "ctime", _) => field(Field::Ctime),
            (Section::Reported, "mtime", _) => field(Field::Mtime),
            (Section::Reported, "atime", _) => field(Field::Atime),
            (Section::Reported, "tags", [Step::Key(key), rest @ ..]) => column(ColumnName::Tag(key), rest),
            (Section::Reported, "tags", _) if !table.columns().any(|(name, _)| matches!(name, ColumnName::Tag(_))) => {
                constant(Value::Object(Map::new()))
            }
            (Section::Reported, "tags", _) => Self { lane: Lane::Scattered, steps },
            (Section::Reported, name, _) => column(ColumnName::Property(name), steps),
            (Section::Metadata, "provider_link", _) => field(Field::ProviderLink),
            (Section::Metadata, "phantom", _) => constant(Value::Bool(place.placed.phantom)),
            (Section::Metadata, "protected", _) if !has(ColumnName::Field(Field::Protected)) => {
                constant(Value::Bool(false))
            }
            (Section::Metadata, "expires", _)
                if ![EXPIRES_TAG].iter().chain(&EXPIRATION_TAGS).any(|tag| has(ColumnName::Tag(tag))) =>
            {
                constant(Value::Null)
            }
            (Section::Metadata, "cleanup", _) | (Section::Desired, _, _) if !marked() => constant(Value::Null),
            (Section::Root, "kinds", _) => constant(view.generation.field(place.start, Section::Root, "kinds")),
            _ => Self { lane: Lane::Scattered, steps },
        }
    }
}

impl Location {
    /// Whether the values of all rows of a table are at hand in its columns.
    pub(in crate::search) fn cheap(&self) -> bool {
        match &self.whose {
            _ if self.age => false,
            Whose::Own => match (self.section, self.field.as_str()) {
                (Section::Reported, "tags") => matches!(self.steps.first(), Some(Step::Key(_))),
                (Section::Reported, _) | (Section::Metadata, "phantom" | "provider_link") => true,
                _ => false,
            },
            Whose::Ancestor(kind) => ["cloud", "account", "region"].contains(&kind.as_str()),
            Whose::Descendant(_) | Whose::Merged { .. } => false,
        }
    }
}

/// The field of the node that a location leads to.
pub(super) fn of_owner(view: View<'_>, owner: Option<NodeId>, location: &Location) -> Value {
    owner.map_or(Value::Null, |owner| view.generation.field(owner, location.section, &location.field))
}

/// The value at the end of the steps; the first where there are several.
pub(super) fn inside(value: Value, steps: &[Step]) -> Value {
    if steps.is_empty() {
        return value;
    }
    let mut first = None;
    crate::search::document::walk(&value, steps, &mut |value| {
        first.get_or_insert_with(|| value.clone());
    });
    first.unwrap_or(Value::Null)
}

/// The row of a node, if it is in the table.
pub(super) fn row_of(place: TablePlace<'_>, node: NodeId) -> Option<usize> {
    node.index().checked_sub(place.start.index()).filter(|row| *row < place.table().len())
}
