//! Blocks: the values of one column, or of a part of one, as they lie in the buffer.

use super::{
    Cell, Codes, Numbers,
    cursor::{Cursor, Data},
    leaf::Leaf,
    present::{Mode, Present},
    tag::Tag,
    text::{self, Composed},
};

/// A block whose heads are read, also those of the blocks that it consists of.
#[derive(Clone, Debug)]
pub(super) struct Block<'a> {
    /// The rows, those without a value included.
    pub(super) len: usize,
    pub(super) present: Present<'a>,
    /// The number of values.
    pub(super) count: usize,
    pub(super) values: Values<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Values<'a> {
    Coded(Entries<'a>),
    Leaf(Leaf<'a>),
    /// Texts, or JSON.
    Composed {
        json: bool,
        texts: Composed<'a>,
    },
}

/// Codes, and the sorted values behind them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries<'a> {
    pub(super) codes: Codes<'a>,
    /// Whether code 0 is null, which is not among the values then.
    pub(super) null: bool,
    count: usize,
    values: Leaf<'a>,
}

/// What a block may consist of, so that none consists of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A part of a text: codes or a leaf.
    Part,
    /// A column that others refer to: split, too.
    Base,
    /// Any column: it may refer to a base.
    Column,
}

/// The codes of a column that is the same in every row take no room in its table.
static ZEROS: [u8; ZEROS_MAX] = [0; ZEROS_MAX];
pub(super) const ZEROS_MAX: usize = 1 << 16;

impl<'a> Block<'a> {
    /// The block at a place; none where the buffer is damaged.
    pub(super) fn parse(data: Data<'a>, at: u32, len: usize, rank: Rank) -> Option<Self> {
        Self::read(&mut Cursor { bytes: data.bytes, at: at as usize }, data, len, rank)
    }

    /// The block that comes next, with the cursor behind it unless it consists of others.
    pub(super) fn read(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize, rank: Rank) -> Option<Self> {
        data.can_hold(len).then_some(())?;
        let (tag, mode) = Tag::of(cursor.u8()?)?;
        let (present, count) = Present::parse(mode, cursor, len)?;
        let values = match tag {
            Tag::Coded => Values::Coded(Entries::parse(cursor, count)?),
            Tag::Text | Tag::Json if rank > Rank::Part && Composed::is_next(*cursor) => {
                let texts = Composed::parse(cursor, data, count, rank == Rank::Column)?;
                Values::Composed { json: tag == Tag::Json, texts }
            }
            _ => Values::Leaf(Leaf::parse(tag, cursor, count)?),
        };
        Some(Self { len, present, count, values })
    }

    /// Where the value of a row is.
    pub(super) fn position(&self, row: usize) -> Option<usize> {
        assert!(row < self.len, "row {row} of {}", self.len);
        self.present.position(row).filter(|position| *position < self.count)
    }

    pub(super) fn cell(&self, row: usize) -> Cell<'a> {
        let Some(at) = self.position(row) else { return Cell::Null };
        match &self.values {
            Values::Coded(entries) => entries.cell(entries.codes.get(at)),
            Values::Leaf(leaf) => leaf.cell(at),
            Values::Composed { json, texts } => {
                let mut text = Vec::new();
                texts.append(at, row, &mut text);
                let text = text::string(text).into();
                if *json { Cell::Json(text) } else { Cell::Text(text) }
            }
        }
    }

    /// The text of a row where it is stored as it is.
    pub(super) fn borrowed(&self, row: usize) -> Option<&'a str> {
        let at = self.position(row)?;
        match &self.values {
            Values::Leaf(Leaf::Text(text)) => text.borrowed(at),
            Values::Coded(entries) => match entries.values {
                Leaf::Text(text) => text.borrowed(entries.position(entries.codes.get(at))?),
                _ => None,
            },
            _ => None,
        }
    }

    /// Appends the text of a row; false where it has none.
    pub(super) fn append(&self, row: usize, out: &mut Vec<u8>) -> bool {
        let Some(at) = self.position(row) else { return false };
        match &self.values {
            Values::Coded(entries) => match entries.position(entries.codes.get(at)) {
                Some(position) => entries.values.append(position, out),
                None => false,
            },
            Values::Leaf(leaf) => leaf.append(at, out),
            Values::Composed { json: true, .. } => false,
            Values::Composed { json: false, texts } => {
                texts.append(at, row, out);
                true
            }
        }
    }

    /// Appends the number of every row; NaN where there is none.
    pub(super) fn numbers(&self, out: &mut Vec<f64>) -> Numbers {
        let leaf = |leaf: &Leaf<'_>, len, out: &mut Vec<f64>| leaf.numbers(len, out);
        self.scan(leaf, out)
    }

    /// Appends the Unix seconds of every row; NaN where there is no time.
    pub(super) fn seconds(&self, out: &mut Vec<f64>) -> Numbers {
        let leaf = |leaf: &Leaf<'_>, len, out: &mut Vec<f64>| leaf.seconds(len, out);
        self.scan(leaf, out)
    }

    fn scan(&self, leaf: impl Fn(&Leaf<'_>, usize, &mut Vec<f64>) -> Numbers, out: &mut Vec<f64>) -> Numbers {
        let start = out.len();
        out.reserve(self.len);
        let found = match &self.values {
            Values::Coded(entries) => {
                let mut numbers = Vec::with_capacity(entries.len());
                numbers.extend(entries.null.then_some(f64::NAN));
                let found = leaf(&entries.values, entries.count, &mut numbers);
                let number = |code: usize| numbers.get(code).copied().unwrap_or(f64::NAN);
                match entries.codes {
                    Codes::U8(codes) => out.extend(codes.iter().map(|code| number((*code).into()))),
                    Codes::U16(codes) => out.extend(codes.iter().map(|code| number((*code).into()))),
                    Codes::U32(codes) => out.extend(codes.iter().map(|code| number(*code as usize))),
                }
                found
            }
            Values::Leaf(values) => leaf(values, self.count, out),
            Values::Composed { .. } => {
                out.resize(start + self.count, f64::NAN);
                Numbers::Mixed
            }
        };
        self.spread(start, out);
        found
    }

    /// Moves values, which are appended without gaps, to their rows.
    fn spread(&self, start: usize, out: &mut Vec<f64>) {
        if matches!(self.present, Present::All) {
            return;
        }
        let values = out.split_off(start);
        out.resize(start + self.len, f64::NAN);
        let mut values = values.into_iter();
        self.present.each(self.len, |row| {
            if let (Some(slot), Some(value)) = (out.get_mut(start + row), values.next()) {
                *slot = value;
            }
        });
    }
}

impl<'a> Entries<'a> {
    fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        let null = cursor.u8()? != 0;
        let width = cursor.u8()?;
        // More of them than values cannot be, and would make readers reserve for them.
        let count = cursor.count().filter(|count| *count <= len)?;
        let codes = match width {
            0 => Codes::U8(ZEROS.get(..len)?),
            1 => Codes::U8(cursor.slice(len)?),
            2 => Codes::U16(cursor.slice(len)?),
            4 => Codes::U32(cursor.slice(len)?),
            _ => return None,
        };
        let (tag, Mode::All) = Tag::of(cursor.u8()?)? else { return None };
        Some(Self { codes, null, count, values: Leaf::parse(tag, cursor, count)? })
    }

    /// The number of codes, null's included.
    pub(super) fn len(&self) -> usize {
        self.count + usize::from(self.null)
    }

    /// Where the value of a code is; none for null's.
    fn position(&self, code: u32) -> Option<usize> {
        (code as usize).checked_sub(self.null.into()).filter(|position| *position < self.count)
    }

    pub(super) fn cell(&self, code: u32) -> Cell<'a> {
        self.position(code).map_or(Cell::Null, |position| self.values.cell(position))
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.values, Leaf::Text(_))
    }

    /// The text of a code, decoded into `scratch` where it is not stored as it is.
    pub(super) fn text<'s>(&self, code: u32, scratch: &'s mut String) -> Option<&'s str>
    where
        'a: 's,
    {
        let (Leaf::Text(text), Some(position)) = (&self.values, self.position(code)) else { return None };
        if let Some(text) = text.borrowed(position) {
            return Some(text);
        }
        let mut bytes = std::mem::take(scratch).into_bytes();
        bytes.clear();
        text.append(position, &mut bytes);
        *scratch = text::string(bytes);
        Some(scratch)
    }
}
