//! Columns: one field, tag or property of every row.

use std::borrow::Cow;

use super::{
    Cell, Coded,
    block::{Block, Values},
    present::Present,
    text::string,
};
use crate::model::Value;

/// One column of a table, or the values of its links of one shape.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    pub(super) block: Block<'a>,
}

/// What a scan for numbers found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Every row is a number or null.
    All,
    /// Some rows are neither.
    Mixed,
}

impl<'a> Column<'a> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.block.len
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row; packed text is decoded into a string of its own.
    pub fn cell(&self, row: usize) -> Cell<'a> {
        self.block.cell(row)
    }

    /// The JSON value of a row.
    pub fn value(&self, row: usize) -> Value {
        self.cell(row).value()
    }

    pub fn is_null(&self, row: usize) -> bool {
        match &self.block.values {
            Values::Coded(entries) if matches!(self.block.present, Present::All) => {
                entries.null && entries.codes.get(row) == 0
            }
            _ => self.block.position(row).is_none(),
        }
    }

    /// Calls `each` with every row that is not null, in order; fast where they are few.
    pub fn present(&self, mut each: impl FnMut(usize)) {
        match &self.block.values {
            Values::Coded(entries) if entries.null => {
                (0..self.len()).filter(|row| entries.codes.get(*row) != 0).for_each(each);
            }
            _ => self.block.present.each(self.len(), |row| {
                if row < self.len() {
                    each(row);
                }
            }),
        }
    }

    /// Codes and entries, where the column has few distinct values.
    pub fn coded(&self) -> Option<Coded<'a>> {
        match (&self.block.values, self.block.present) {
            (Values::Coded(entries), Present::All) => Some(Coded { entries: *entries }),
            _ => None,
        }
    }

    /// The text of a row without allocation; none where the row has no text.
    pub fn text<'s>(&self, row: usize, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        if let Some(text) = self.block.borrowed(row) {
            return Some(text);
        }
        let mut bytes = std::mem::take(scratch).into_bytes();
        bytes.clear();
        let found = self.block.append(row, &mut bytes);
        *scratch = string(bytes);
        found.then_some(scratch)
    }

    /// The text of a row, borrowed where it is stored as it is.
    pub(super) fn get(&self, row: usize) -> Option<Cow<'a, str>> {
        match self.cell(row) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Appends the number of every row; NaN where a row has none.
    pub fn numbers(&self, out: &mut Vec<f64>) -> Numbers {
        self.block.numbers(out)
    }

    /// Appends the Unix time of every row, in seconds; NaN where a row has none.
    ///
    /// Mixed where some rows are something else than times and null, as in every column that is not one of times.
    pub fn seconds(&self, out: &mut Vec<f64>) -> Numbers {
        self.block.seconds(out)
    }
}
