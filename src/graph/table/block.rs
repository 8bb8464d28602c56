//! Blocks: the values of one column, or of a part of one, as they lie in the buffer.

use std::str;

use jiff::Timestamp;

use super::{
    Cell, Codes, Numbers,
    cursor::{Cursor, Data},
    ends::Ends,
    ints::Ints,
    present::{Mode, Present},
    text::Text,
};

/// Where a block is, and how many rows it has; nothing of it is read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handle<'a> {
    pub(super) data: Data<'a>,
    pub(super) at: u32,
    pub(super) len: usize,
}

/// A block whose head is read. Its values are read one by one, which never fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    /// The rows, those without a value included.
    pub(super) len: usize,
    pub(super) present: Present<'a>,
    /// The number of values.
    pub(super) count: usize,
    pub(super) values: Values<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Values<'a> {
    Coded(Dictionary<'a>),
    Bools(&'a [u8]),
    Ints(Ints<'a>),
    Floats(&'a [f64]),
    /// Each is an integer divided by a power of ten.
    Decimals {
        ints: Ints<'a>,
        divisor: f64,
    },
    /// Numbers of both types; a bit for each that is an integer.
    Numbers {
        whole: &'a [u8],
        floats: Handle<'a>,
    },
    Seconds(Ints<'a>),
    Nanoseconds(Ints<'a>),
    Text(Text<'a>),
    Json(Text<'a>),
    /// Values of all types, each after the tag of its own.
    Mixed {
        ends: Ends<'a>,
        bytes: &'a [u8],
    },
}

/// Codes, and the sorted values behind them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dictionary<'a> {
    pub(super) codes: Codes<'a>,
    /// Whether code 0 is null, which is not among the entries then.
    pub(super) null: bool,
    pub(super) entries: Handle<'a>,
}

/// What a block holds, as written in the lower bits of its tag; the higher ones are the mode of presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Coded = 0,
    Bools = 1,
    Ints = 2,
    Floats = 3,
    Decimals = 4,
    Numbers = 5,
    Seconds = 6,
    Nanoseconds = 7,
    Text = 8,
    Json = 9,
    Mixed = 10,
}

impl Tag {
    const ALL: [Self; 11] = [
        Self::Coded,
        Self::Bools,
        Self::Ints,
        Self::Floats,
        Self::Decimals,
        Self::Numbers,
        Self::Seconds,
        Self::Nanoseconds,
        Self::Text,
        Self::Json,
        Self::Mixed,
    ];
    const BITS: u8 = 4;

    pub(super) fn with(self, mode: Mode) -> u8 {
        (mode as u8) << Self::BITS | self as u8
    }
}

/// The powers of ten that decimals are divided by.
pub(super) const DIVISORS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// The codes of a column that is the same in every row take no room in its table.
static ZEROS: [u8; ZEROS_MAX] = [0; ZEROS_MAX];
pub(super) const ZEROS_MAX: usize = 1 << 16;

impl<'a> Block<'a> {
    /// None where the buffer is damaged.
    pub(super) fn parse(handle: Handle<'a>) -> Option<Self> {
        let Handle { data, at, len } = handle;
        let mut cursor = Cursor { bytes: data.bytes, at: at as usize };
        let byte = cursor.u8()?;
        let tag = *Tag::ALL.get(usize::from(byte & ((1 << Tag::BITS) - 1)))?;
        let (present, count) = Present::parse(Mode::of(byte >> Tag::BITS)?, &mut cursor, len)?;
        let cursor = &mut cursor;
        let values = match tag {
            Tag::Coded => Values::Coded(Dictionary::parse(cursor, data, count)?),
            Tag::Bools => Values::Bools(cursor.take(count)?),
            Tag::Ints => Values::Ints(Ints::parse(cursor, count)?),
            Tag::Floats => Values::Floats(cursor.slice(count)?),
            Tag::Decimals => {
                let divisor = *DIVISORS.get(usize::from(cursor.u8()?))?;
                Values::Decimals { ints: Ints::parse(cursor, count)?, divisor }
            }
            Tag::Numbers => {
                let whole = cursor.take(count.div_ceil(8))?;
                Values::Numbers { whole, floats: Handle { data, at: u32::try_from(cursor.at).ok()?, len: count } }
            }
            Tag::Seconds => Values::Seconds(Ints::parse(cursor, count)?),
            Tag::Nanoseconds => Values::Nanoseconds(Ints::parse(cursor, count)?),
            Tag::Text => Values::Text(Text::parse(cursor, data, count)?),
            Tag::Json => Values::Json(Text::parse(cursor, data, count)?),
            Tag::Mixed => Values::Mixed { ends: Ends::parse(cursor, count)?, bytes: cursor.string()? },
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
        match self.values {
            Values::Coded(dictionary) => dictionary.entry(dictionary.codes.get(at)),
            Values::Bools(bools) => Cell::Bool(bools[at] != 0),
            Values::Ints(ints) => Cell::Int(ints.get(at)),
            Values::Floats(floats) => Cell::Float(floats[at]),
            Values::Decimals { ints, divisor } => Cell::Float(decimal(ints.get(at), divisor)),
            Values::Numbers { whole, floats } => match floats.cell(at) {
                Cell::Float(float) if whole[at / 8] >> (at % 8) & 1 == 1 => Cell::Int(integer(float)),
                cell => cell,
            },
            Values::Seconds(ints) => Timestamp::from_second(ints.get(at)).map_or(Cell::Null, Cell::Time),
            Values::Nanoseconds(ints) => Timestamp::from_nanosecond(ints.get(at).into()).map_or(Cell::Null, Cell::Time),
            Values::Text(text) => Cell::Text(text.get(at, row)),
            Values::Json(text) => Cell::Json(text.get(at, row)),
            Values::Mixed { ends, bytes } => mixed(bytes.get(ends.range(at)).unwrap_or_default()).unwrap_or(Cell::Null),
        }
    }

    /// Appends the text of a row; false where it has none.
    pub(super) fn append(&self, row: usize, out: &mut Vec<u8>) -> bool {
        let Some(at) = self.position(row) else { return false };
        match &self.values {
            Values::Text(text) => {
                text.append(at, row, out);
                true
            }
            Values::Coded(dictionary) => {
                let code = dictionary.codes.get(at);
                let entry = code.checked_sub(dictionary.null.into());
                let entry = entry.map(|entry| entry as usize).filter(|entry| *entry < dictionary.entries.len);
                entry.zip(Self::parse(dictionary.entries)).is_some_and(|(entry, block)| block.append(entry, out))
            }
            Values::Mixed { .. } => match self.cell(row) {
                Cell::Text(text) => {
                    out.extend_from_slice(text.as_bytes());
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Appends the number of every row; NaN where there is none.
    pub(super) fn numbers(&self, out: &mut Vec<f64>) -> Numbers {
        let start = out.len();
        out.reserve(self.len);
        #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
        let found = match self.values {
            Values::Coded(dictionary) => dictionary.numbers(out),
            Values::Ints(ints) => {
                ints.each(self.count, |int| out.push(int as f64));
                Numbers::All
            }
            Values::Floats(floats) => {
                out.extend_from_slice(floats);
                Numbers::All
            }
            Values::Decimals { ints, divisor } => {
                ints.each(self.count, |int| out.push(decimal(int, divisor)));
                Numbers::All
            }
            Values::Numbers { floats, .. } => floats.parse().map_or(Numbers::Mixed, |block| block.numbers(out)),
            Values::Json(_) | Values::Mixed { .. } => return self.numbers_by_cell(out),
            _ => {
                out.resize(start + self.count, f64::NAN);
                if self.count == 0 { Numbers::All } else { Numbers::Mixed }
            }
        };
        self.spread(start, out);
        found
    }

    fn numbers_by_cell(&self, out: &mut Vec<f64>) -> Numbers {
        let mut found = Numbers::All;
        out.extend((0..self.len).map(|row| {
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

    /// Appends the Unix seconds of every row; NaN where there is no time.
    pub(super) fn seconds(&self, out: &mut Vec<f64>) -> Numbers {
        let start = out.len();
        #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
        match self.values {
            Values::Seconds(ints) => ints.each(self.count, |int| out.push(int as f64)),
            Values::Nanoseconds(ints) => ints.each(self.count, |int| out.push(int as f64 / 1e9)),
            Values::Coded(_) | Values::Mixed { .. } => {
                let mut found = Numbers::All;
                out.extend((0..self.len).map(|row| match self.cell(row) {
                    Cell::Time(time) => time.as_duration().as_secs_f64(),
                    Cell::Null => f64::NAN,
                    _ => {
                        found = Numbers::Mixed;
                        f64::NAN
                    }
                }));
                return found;
            }
            _ => {
                out.resize(start + self.len, f64::NAN);
                return if self.count == 0 { Numbers::All } else { Numbers::Mixed };
            }
        }
        self.spread(start, out);
        Numbers::All
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

    /// The blocks that this one refers to.
    pub(super) fn nested(&self) -> Vec<Handle<'a>> {
        match &self.values {
            Values::Coded(dictionary) => vec![dictionary.entries],
            Values::Numbers { floats, .. } => vec![*floats],
            Values::Text(text) | Values::Json(text) => text.nested(),
            _ => Vec::new(),
        }
    }
}

impl<'a> Handle<'a> {
    pub(super) fn parse(self) -> Option<Block<'a>> {
        Block::parse(self)
    }

    fn cell(self, row: usize) -> Cell<'a> {
        self.parse().map_or(Cell::Null, |block| block.cell(row))
    }
}

impl<'a> Dictionary<'a> {
    fn parse(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize) -> Option<Self> {
        let null = cursor.u8()? != 0;
        let width = cursor.u8()?;
        let entries = cursor.count()?;
        let codes = match width {
            0 => Codes::U8(ZEROS.get(..len)?),
            1 => Codes::U8(cursor.slice(len)?),
            2 => Codes::U16(cursor.slice(len)?),
            4 => Codes::U32(cursor.slice(len)?),
            _ => return None,
        };
        // More entries than values cannot be, and would make readers reserve for them.
        (entries <= len).then_some(())?;
        Some(Self { codes, null, entries: Handle { data, at: u32::try_from(cursor.at).ok()?, len: entries } })
    }

    /// The number of codes, null's included.
    pub(super) fn len(&self) -> usize {
        self.entries.len + usize::from(self.null)
    }

    pub(super) fn entry(&self, code: u32) -> Cell<'a> {
        match (code as usize).checked_sub(self.null.into()) {
            Some(entry) if entry < self.entries.len => self.entries.cell(entry),
            _ => Cell::Null,
        }
    }

    fn numbers(&self, out: &mut Vec<f64>) -> Numbers {
        let mut entries = Vec::with_capacity(self.len());
        if self.null {
            entries.push(f64::NAN);
        }
        let found = self.entries.parse().map_or(Numbers::Mixed, |block| block.numbers(&mut entries));
        let number = |code: usize| entries.get(code).copied().unwrap_or(f64::NAN);
        match self.codes {
            Codes::U8(codes) => out.extend(codes.iter().map(|code| number((*code).into()))),
            Codes::U16(codes) => out.extend(codes.iter().map(|code| number((*code).into()))),
            Codes::U32(codes) => out.extend(codes.iter().map(|code| number(*code as usize))),
        }
        found
    }
}

/// Division rounds once, as reading the decimal text did; multiplication by a tenth would round twice.
#[expect(clippy::cast_precision_loss, reason = "only integers below 2^53 are written")]
pub(super) fn decimal(int: i64, divisor: f64) -> f64 {
    int as f64 / divisor
}

#[expect(clippy::cast_possible_truncation, reason = "only whole numbers below 2^53 are written")]
fn integer(float: f64) -> i64 {
    float as i64
}

/// A value of a block of all types.
fn mixed(bytes: &[u8]) -> Option<Cell<'_>> {
    let (tag, bytes) = bytes.split_first()?;
    let text = || str::from_utf8(bytes).ok().map(Into::into);
    let int = || Some(i64::from_ne_bytes(bytes.try_into().ok()?));
    Some(match *tag {
        b'b' => Cell::Bool(*bytes.first()? != 0),
        b'i' => Cell::Int(int()?),
        b'f' => Cell::Float(f64::from_bits(int()?.cast_unsigned())),
        b't' => Cell::Time(Timestamp::from_nanosecond(i128::from_ne_bytes(bytes.try_into().ok()?)).ok()?),
        b's' => Cell::Text(text()?),
        b'j' => Cell::Json(text()?),
        _ => return None,
    })
}
