//! Coded columns: few distinct values, each stored once.

use super::{Cell, block::Entries};

/// The distinct values of a column, and which of them each row has.
///
/// Entries are sorted: null first (code 0, only where the column has nulls), then by [`Cell::order`].
#[derive(Clone, Copy, Debug)]
pub struct Coded<'a> {
    pub(super) entries: Entries<'a>,
}

/// The code of every row.
#[derive(Clone, Copy, Debug)]
pub enum Codes<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
}

impl Codes<'_> {
    pub fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes[row].into(),
            Self::U16(codes) => codes[row].into(),
            Self::U32(codes) => codes[row],
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[expect(clippy::len_without_is_empty, reason = "a coded column has at least one entry")]
impl<'a> Coded<'a> {
    /// The number of entries, null included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The value behind a code; packed text is decoded each time.
    pub fn entry(&self, code: u32) -> Cell<'a> {
        self.entries.cell(code)
    }

    /// The text behind a code without allocation; none where it is no text.
    pub fn text<'s>(&self, code: u32, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        self.entries.text(code, scratch)
    }

    /// Whether every entry but null is text, so that their order is that of the texts.
    pub fn is_text(&self) -> bool {
        self.entries.is_text()
    }

    /// All entries, in order of their codes.
    pub fn entries(&self) -> impl Iterator<Item = Cell<'a>> {
        let entries = self.entries;
        let codes = u32::try_from(entries.len()).expect("codes are u32");
        (0..codes).map(move |code| entries.cell(code))
    }

    pub fn code(&self, row: usize) -> u32 {
        self.entries.codes.get(row)
    }

    pub fn codes(&self) -> Codes<'a> {
        self.entries.codes
    }

    /// Whether code 0 is null.
    pub fn has_null(&self) -> bool {
        self.entries.null
    }
}
