//! Selectors: finding the nodes that links ask for.

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::FxHasher;

use crate::model::{KindModel, Value};

use super::{
    NodeId, PlacedTable, Shard,
    table::{Cell, Codes, Column, ColumnName, Field},
};

/// The nodes of one shard that are of a kind, by the value of one property.
pub(super) struct Index<'a> {
    shard: &'a Shard,
    /// The column of the property in each of the shard's tables that are of the kind.
    columns: Vec<Option<Column<'a>>>,
    /// Sorted.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Of the value.
    hash: u64,
    /// The node of the region that the node is in, or [`NO_NODE`](super::shard::NO_NODE).
    region: u32,
    table: u32,
    row: u32,
}

/// What a selector found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    None,
    One(NodeId),
    Several,
}

impl<'a> Index<'a> {
    pub(super) fn new(shard: &'a Shard, kinds: &KindModel, kind: &str, property: &str) -> Self {
        let mut entries = Vec::new();
        let mut columns = vec![None; shard.tables.len()];
        for (table, placed) in (0..).zip(&shard.tables).filter(|(_, placed)| kinds.is_a(placed.table.kind(), kind)) {
            columns[table as usize] = column(placed, property);
            let runs = shard.regions_of(table as usize);
            let mut run = 0;
            each_value(placed, property, |row, value| {
                // Rows come in order.
                while runs[run].0 <= row {
                    run += 1;
                }
                entries.push(Entry { hash: hash(value), region: runs[run].1, table, row });
            });
        }
        entries.sort_unstable();
        Self { shard, columns, entries }
    }

    /// The one node with a value in a region, or else in the account; its id is the local one.
    pub(super) fn nearest(&self, region: u32, value: &str) -> Found {
        let hash = hash(value);
        let first = self.entries.partition_point(|entry| entry.hash < hash);
        let same = &self.entries[first..];
        let same = &same[..same.iter().take_while(|entry| entry.hash == hash).count()];
        let start = same.partition_point(|entry| entry.region < region);
        let near = same[start..].iter().take_while(|entry| entry.region == region);
        match self.only(near, value) {
            Found::None => self.only(same.iter(), value),
            found => found,
        }
    }

    /// The one of these that has the value indeed.
    fn only<'e>(&self, entries: impl Iterator<Item = &'e Entry>, value: &str) -> Found {
        let mut matches = entries.filter(|entry| {
            let Some(column) = &self.columns[entry.table as usize] else { return false };
            match &column.cell(entry.row as usize) {
                Cell::Text(text) => text == value,
                other => written(other).is_some_and(|text| text == value),
            }
        });
        match (matches.next(), matches.next()) {
            (None, _) => Found::None,
            (Some(only), None) => Found::One(NodeId(self.shard.tables[only.table as usize].start + only.row)),
            _ => Found::Several,
        }
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
