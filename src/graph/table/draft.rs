//! Drafts: the columns of a table while rows arrive.

use std::collections::HashMap;

use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use super::{Cell, scalar::Scalar};
use crate::model::Property;

/// All text that was pushed; cells refer to it.
#[derive(Debug, Default)]
pub(super) struct Arena {
    text: String,
}

/// A piece of text of the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: usize,
    len: u32,
}

impl Arena {
    pub(super) fn add(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        Span { start, len: u32::try_from(text.len()).expect("a value is shorter than 4 GiB") }
    }

    pub(super) fn text(&self, span: Span) -> &str {
        &self.text[span.start..span.start + span.len as usize]
    }
}

/// A cell whose text is in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stored {
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(Timestamp),
    Text(Span),
    Json(Span),
}

impl Stored {
    pub(super) fn scalar(self, arena: &Arena) -> Scalar<'_> {
        match self {
            Self::Bool(bool) => Scalar::Bool(bool),
            Self::Int(number) => Scalar::Int(number),
            Self::Float(number) => Scalar::Float(number),
            Self::Time(time) => Scalar::Time(time),
            Self::Text(span) => Scalar::Text(arena.text(span)),
            Self::Json(span) => Scalar::Json(arena.text(span)),
        }
    }

    /// The cell of a property; none for null.
    pub(super) fn of_property(property: Property<'_>, arena: &mut Arena) -> Option<Self> {
        Some(match property {
            Property::Null => return None,
            Property::Bool(flag) => Self::Bool(flag),
            Property::Int(number) => Self::Int(number),
            Property::Float(number) => Self::Float(number),
            Property::Text(text) => Self::Text(arena.add(text)),
            Property::Json(json) => Self::Json(arena.add(json)),
        })
    }

    pub(super) fn of_cell(cell: &Cell<'_>, arena: &mut Arena) -> Option<Self> {
        Some(match cell {
            Cell::Null => return None,
            Cell::Bool(bool) => Self::Bool(*bool),
            Cell::Int(number) => Self::Int(*number),
            Cell::Float(number) => Self::Float(*number),
            Cell::Time(time) => Self::Time(*time),
            Cell::Text(text) => Self::Text(arena.add(text)),
            Cell::Json(json) => Self::Json(arena.add(json)),
        })
    }
}

/// One column: the rows that have a value, in order of pushing.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) cells: Vec<(u32, Stored)>,
}

impl Draft {
    pub(super) fn push(&mut self, row: u32, cell: Stored) {
        self.cells.push((row, cell));
    }

    /// The cells of all rows in their final order; `rank` is where each pushed row goes.
    pub(super) fn gather<'a>(&self, rank: &[u32], arena: &'a Arena, cells: &mut Vec<Scalar<'a>>) {
        cells.clear();
        cells.resize(rank.len(), Scalar::Null);
        for (row, cell) in &self.cells {
            cells[rank[*row as usize] as usize] = cell.scalar(arena);
        }
    }
}

/// Columns by name.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    positions: HashMap<Box<str>, u32, FxBuildHasher>,
    columns: Vec<Named>,
    /// The column that was asked for last.
    last: Option<u32>,
}

#[derive(Debug)]
struct Named {
    name: Box<str>,
    draft: Draft,
    /// The column that followed this one the last time: rows mostly have the same names in the same order.
    next: u32,
}

impl Drafts {
    /// Says that the names begin anew.
    pub(super) fn start_row(&mut self) {
        self.last = None;
    }

    pub(super) fn column(&mut self, name: &str) -> &mut Draft {
        let guess = self.last.map_or(0, |last| self.columns[last as usize].next);
        let position = match self.columns.get(guess as usize) {
            Some(named) if *named.name == *name => guess,
            _ => self.look_up(name),
        };
        if let Some(last) = self.last.replace(position) {
            self.columns[last as usize].next = position;
        }
        &mut self.columns[position as usize].draft
    }

    fn look_up(&mut self, name: &str) -> u32 {
        if let Some(position) = self.positions.get(name) {
            return *position;
        }
        let position = u32::try_from(self.columns.len()).expect("a table has fewer than 2^32 columns");
        self.positions.insert(name.into(), position);
        self.columns.push(Named { name: name.into(), draft: Draft::default(), next: 0 });
        position
    }

    /// All columns that have a value, sorted by name.
    pub(super) fn finish(mut self) -> Vec<(Box<str>, Draft)> {
        self.columns.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let columns = self.columns.into_iter().map(|named| (named.name, named.draft));
        columns.filter(|(_, draft)| !draft.cells.is_empty()).collect()
    }
}
