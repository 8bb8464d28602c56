//! Affixes: texts that contain the text of another column.

use crate::graph::table::{
    block::{Block, Rank},
    cursor::{Cursor, Data},
};

/// `arn:aws:ec2:eu-west-1:123456789012:volume/vol-17`: something before the id, and nothing after it.
#[derive(Clone, Debug)]
pub(in crate::graph::table) struct Affix<'a> {
    /// The column, by row of the table.
    base: Block<'a>,
    before: Block<'a>,
    after: Block<'a>,
}

impl<'a> Affix<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize) -> Option<Self> {
        let base = *data.columns.get(cursor.count()?)?;
        let [after] = *cursor.slice::<u32>(1)? else { return None };
        Some(Self {
            base: Block::parse(data, base, data.rows, Rank::Base)?,
            before: Block::read(cursor, data, len, Rank::Part)?,
            after: Block::parse(data, after, len, Rank::Part)?,
        })
    }

    /// Appends the text at a position, which is that of `row`.
    pub(in crate::graph::table) fn append(&self, position: usize, row: usize, out: &mut Vec<u8>) {
        self.before.append(position, out);
        self.base.append(row, out);
        self.after.append(position, out);
    }
}
