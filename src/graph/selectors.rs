//! Selectors: finding the nodes that links ask for.

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::FxHasher;

use crate::model::{KindModel, Value};

use super::{
    PlacedTable,
    table::{Cell, Codes, Column, ColumnName, Field},
};

/// The nodes of one shard that are of a kind, by the value of one property.
pub(super) struct Index<'a> {
    property: &'a str,
    tables: &'a [PlacedTable],
    /// Hash of the value, position of the table, and row, sorted.
    entries: Vec<(u64, u32, u32)>,
}

impl<'a> Index<'a> {
    pub(super) fn new(tables: &'a [PlacedTable], kinds: &KindModel, kind: &str, property: &'a str) -> Self {
        let mut entries = Vec::new();
        for (position, placed) in (0..).zip(tables).filter(|(_, placed)| kinds.is_a(placed.table.kind(), kind)) {
            each_value(placed, property, |row, value| entries.push((hash(value), position, row)));
        }
        entries.sort_unstable();
        Self { property, tables, entries }
    }

    /// The local ids of the nodes with a value, in order.
    pub(super) fn find(&self, value: &str) -> impl Iterator<Item = u32> {
        let hash = hash(value);
        let first = self.entries.partition_point(|(other, ..)| *other < hash);
        self.entries[first..].iter().take_while(move |(other, ..)| *other == hash).filter_map(
            move |&(_, table, row)| {
                let placed = &self.tables[table as usize];
                let cell = column(placed, self.property)?.cell(row as usize);
                let same = match &cell {
                    Cell::Text(text) => text == value,
                    other => written(other).is_some_and(|text| text == value),
                };
                same.then_some(placed.start + row)
            },
        )
    }
}

/// Calls `f` with each row whose property is text or a number, and its text.
pub(super) fn each_value(placed: &PlacedTable, property: &str, mut f: impl FnMut(u32, &str)) {
    let Some(column) = column(placed, property) else { return };
    let rows = u32::try_from(column.len()).expect("a table has fewer than 2^32 rows");
    if let Some(coded) = column.coded() {
        let entries = u32::try_from(coded.len()).expect("there are no more codes than rows");
        let texts: Vec<Option<String>> = (0..entries).map(|code| text_of(coded.entry(code))).collect();
        let codes: Codes<'_> = coded.codes();
        for row in 0..rows {
            if let Some(text) = &texts[codes.get(row as usize) as usize] {
                f(row, text);
            }
        }
        return;
    }
    let mut scratch = String::new();
    for row in 0..rows {
        if let Some(text) = column.text(row as usize, &mut scratch) {
            f(row, text);
        } else if let Some(text) = written(&column.cell(row as usize)) {
            f(row, &text);
        }
    }
}

fn column<'a>(placed: &'a PlacedTable, property: &str) -> Option<Column<'a>> {
    placed.table.column(match property {
        "id" => ColumnName::Field(Field::Id),
        "name" => ColumnName::Field(Field::Name),
        other => ColumnName::Property(other),
    })
}

fn text_of(cell: Cell<'_>) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.into_owned()),
        other => written(&other),
    }
}

/// A number as JSON writes it.
fn written(cell: &Cell<'_>) -> Option<String> {
    match cell.value() {
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(text)
}
