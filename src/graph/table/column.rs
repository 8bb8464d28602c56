//! Columns: one field, tag or property of every row.

use super::{Cell, Coded, Codes};
use crate::model::Value;

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    pub(super) data: &'a Data,
}

/// What a scan for numbers found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Every row is a number or null.
    All,
    /// Some rows are neither.
    Mixed,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Coded { codes: Vec<u32>, entries: Vec<Cell<'static>> },
    Plain(Vec<Cell<'static>>),
}

impl<'a> Column<'a> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self.data {
            Data::Coded { codes, .. } => codes.len(),
            Data::Plain(cells) => cells.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row; packed encodings allocate their text.
    pub fn cell(&self, row: usize) -> Cell<'a> {
        match self.data {
            Data::Coded { codes, entries } => entries[codes[row] as usize].borrowed(),
            Data::Plain(cells) => cells[row].borrowed(),
        }
    }

    /// The JSON value of a row.
    pub fn value(&self, row: usize) -> Value {
        self.cell(row).value()
    }

    pub fn is_null(&self, row: usize) -> bool {
        self.cell(row).is_null()
    }

    /// Codes and entries, where the column has few distinct values.
    pub fn coded(&self) -> Option<Coded<'a>> {
        match self.data {
            Data::Coded { codes, entries } => Some(Coded { codes: Codes::U32(codes), entries }),
            Data::Plain(_) => None,
        }
    }

    /// The text of a row without allocation; none where the row has no text.
    pub fn text<'s>(&self, row: usize, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        scratch.clear();
        match self.cell(row) {
            Cell::Text(text) => {
                scratch.push_str(&text);
                Some(scratch)
            }
            _ => None,
        }
    }

    /// Appends the number of every row; NaN where a row has none.
    pub fn numbers(&self, out: &mut Vec<f64>) -> Numbers {
        let mut found = Numbers::All;
        out.extend((0..self.len()).map(|row| {
            let cell = self.cell(row);
            cell.number().unwrap_or_else(|| {
                if !cell.is_null() {
                    found = Numbers::Mixed;
                }
                f64::NAN
            })
        }));
        found
    }

    /// Appends the Unix time of every row, in seconds; NaN where a row has none.
    ///
    /// Mixed where some rows are something else than times and null, as in every column that is not one of times.
    pub fn seconds(&self, out: &mut Vec<f64>) -> Numbers {
        let mut found = Numbers::All;
        out.extend((0..self.len()).map(|row| match self.cell(row) {
            Cell::Time(time) => time.as_duration().as_secs_f64(),
            Cell::Null => f64::NAN,
            _ => {
                found = Numbers::Mixed;
                f64::NAN
            }
        }));
        found
    }
}
