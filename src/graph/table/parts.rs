//! Parts: a table taken apart for storage, and put together again.

use std::sync::Arc;

use super::{
    Table,
    block::{Block, Rank},
    cursor::{Cursor, Data},
    links::{LinkColumn, LinkOrder},
    runs::Runs,
    schema::Schema,
    table::{HEAD, Head},
};
use crate::{
    graph::AccountKey,
    model::{KindName, RegionId},
};

/// All that a table consists of. What is behind an `Arc` is often shared with other tables.
#[derive(Clone, Debug)]
pub struct TableParts<'a> {
    pub account: &'a AccountKey,
    pub kind: &'a KindName,
    pub schema: &'a Arc<Schema>,
    /// The regions of the rows, sorted.
    pub regions: &'a Arc<[RegionId]>,
    /// The packed rows, in the byte order of the machine.
    pub buffer: &'a [u64],
}

/// Parts that no builder made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table's {0} make no sense")]
pub struct Unsound(&'static str);

impl Table {
    pub fn parts(&self) -> TableParts<'_> {
        TableParts {
            account: &self.account,
            kind: &self.kind,
            schema: &self.schema,
            regions: &self.regions,
            buffer: &self.buffer,
        }
    }

    /// Puts a table together.
    ///
    /// All heads are read, so that no reader meets one that makes no sense; no row is. Values that were changed
    /// without that being noticed are other values then, or null, and never a panic.
    pub fn from_parts(
        account: AccountKey,
        kind: KindName,
        schema: Arc<Schema>,
        regions: Arc<[RegionId]>,
        buffer: Box<[u64]>,
    ) -> Result<Self, Unsound> {
        let rows = Head::of(&buffer).map_or(0, |head| head.rows);
        let table = Self { account, kind, schema, regions, rows, buffer };
        table.check().map(|()| table)
    }

    fn check(&self) -> Result<(), Unsound> {
        let sound = |sound: bool, what| if sound { Ok(()) } else { Err(Unsound(what)) };
        let head = Head::of(&self.buffer).ok_or(Unsound("sizes"))?;
        let numbers = bytemuck::cast_slice::<u64, u32>(&self.buffer);
        let columns = self.schema.columns();
        let shapes = self.schema.shapes.len();
        sound(self.schema.is_sorted() && head.columns as usize == columns, "columns")?;
        sound(head.shapes as usize == shapes, "links")?;
        sound(self.regions.is_sorted_by(|a, b| a < b), "regions")?;
        let places = numbers.get(HEAD..HEAD + columns + shapes).ok_or(Unsound("columns"))?;
        let rows = head.rows as usize;
        let data = Data { bytes: bytemuck::cast_slice(&self.buffer), columns: places, rows };
        let (columns, links) = places.split_at(columns);
        for at in columns {
            sound(Block::parse(data, *at, rows, Rank::Column).is_some(), "columns")?;
        }
        for at in links {
            sound(LinkColumn::parse(data, *at).is_some(), "links")?;
        }
        sound(head.order == 0 || LinkOrder::parse(data, head.order).is_some(), "links")?;
        let runs = Runs::parse(Cursor { bytes: data.bytes, at: head.runs as usize });
        sound(runs.is_some_and(|runs| runs.is_sound(rows, self.regions.len())), "runs")
    }
}

impl Data<'_> {
    /// Whether so many values can be in the buffer.
    ///
    /// Values that are all the same need no room, but only up to a number; beyond it each needs a byte.
    pub(super) fn can_hold(&self, len: usize) -> bool {
        len <= super::block::ZEROS_MAX.max(self.bytes.len())
    }
}
