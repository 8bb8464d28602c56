//! Leaves: values that refer to nothing else.

use std::str;

use jiff::Timestamp;

use super::{Cell, Numbers, cursor::Cursor, ends::Ends, ints::Ints, present::Mode, tag::Tag, text::Text};

/// Values one after the other. Reading one never fails: what a damaged buffer does not hold is null or empty.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf<'a> {
    Bools(&'a [u8]),
    Ints(Ints<'a>),
    Floats(Floats<'a>),
    /// Numbers of both types; a bit for each that is an integer.
    Numbers {
        whole: &'a [u8],
        floats: Floats<'a>,
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

#[derive(Clone, Copy, Debug)]
pub(super) enum Floats<'a> {
    Plain(&'a [f64]),
    /// Each is an integer divided by a power of ten.
    Decimals {
        ints: Ints<'a>,
        divisor: f64,
    },
}

/// The powers of ten that decimals are divided by.
pub(super) const DIVISORS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

impl<'a> Leaf<'a> {
    /// What follows a tag; none where the buffer is damaged, or the tag is that of no leaf.
    pub(super) fn parse(tag: Tag, cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        Some(match tag {
            Tag::Coded => return None,
            Tag::Bools => Self::Bools(cursor.take(len)?),
            Tag::Ints => Self::Ints(Ints::parse(cursor, len)?),
            Tag::Floats | Tag::Decimals => Self::Floats(Floats::parse(tag, cursor, len)?),
            Tag::Numbers => {
                let whole = cursor.take(len.div_ceil(8))?;
                let (tag, Mode::All) = Tag::of(cursor.u8()?)? else { return None };
                Self::Numbers { whole, floats: Floats::parse(tag, cursor, len)? }
            }
            Tag::Seconds => Self::Seconds(Ints::parse(cursor, len)?),
            Tag::Nanoseconds => Self::Nanoseconds(Ints::parse(cursor, len)?),
            Tag::Text => Self::Text(Text::parse(cursor, len)?),
            Tag::Json => Self::Json(Text::parse(cursor, len)?),
            Tag::Mixed => Self::Mixed { ends: Ends::parse(cursor, len)?, bytes: cursor.string()? },
        })
    }

    pub(super) fn cell(&self, position: usize) -> Cell<'a> {
        match self {
            Self::Bools(bools) => Cell::Bool(bools[position] != 0),
            Self::Ints(ints) => Cell::Int(ints.get(position)),
            Self::Numbers { whole, floats } if whole[position / 8] >> (position % 8) & 1 == 1 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "only whole numbers below 2^53 are marked")]
                Cell::Int(floats.get(position) as i64)
            }
            Self::Floats(floats) | Self::Numbers { floats, .. } => Cell::Float(floats.get(position)),
            Self::Seconds(ints) => Timestamp::from_second(ints.get(position)).map_or(Cell::Null, Cell::Time),
            Self::Nanoseconds(ints) => {
                Timestamp::from_nanosecond(ints.get(position).into()).map_or(Cell::Null, Cell::Time)
            }
            Self::Text(text) => Cell::Text(text.get(position)),
            Self::Json(text) => Cell::Json(text.get(position)),
            Self::Mixed { ends, bytes } => {
                mixed(bytes.get(ends.range(position)).unwrap_or_default()).unwrap_or(Cell::Null)
            }
        }
    }

    /// Appends the text at a position; false where it is none.
    pub(super) fn append(&self, position: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Text(text) => text.append(position, out),
            Self::Mixed { .. } => match self.cell(position) {
                Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// Appends the numbers of `len` values.
    pub(super) fn numbers(&self, len: usize, out: &mut Vec<f64>) -> Numbers {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
            Self::Ints(ints) => ints.each(len, |int| out.push(int as f64)),
            Self::Floats(floats) | Self::Numbers { floats, .. } => floats.each(len, |float| out.push(float)),
            Self::Json(_) | Self::Mixed { .. } => {
                let start = out.len();
                out.extend((0..len).map(|position| self.cell(position).number().unwrap_or(f64::NAN)));
                return if out[start..].iter().any(|number| number.is_nan()) { Numbers::Mixed } else { Numbers::All };
            }
            _ => {
                out.resize(out.len() + len, f64::NAN);
                return if len == 0 { Numbers::All } else { Numbers::Mixed };
            }
        }
        Numbers::All
    }

    /// Appends the Unix seconds of `len` values.
    pub(super) fn seconds(&self, len: usize, out: &mut Vec<f64>) -> Numbers {
        #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
        match self {
            Self::Seconds(ints) => ints.each(len, |int| out.push(int as f64)),
            Self::Nanoseconds(ints) => ints.each(len, |int| out.push(int as f64 / 1e9)),
            _ => {
                let start = out.len();
                out.extend((0..len).map(|position| match self.cell(position) {
                    Cell::Time(time) => time.as_duration().as_secs_f64(),
                    _ => f64::NAN,
                }));
                return if out[start..].iter().any(|second| second.is_nan()) { Numbers::Mixed } else { Numbers::All };
            }
        }
        Numbers::All
    }
}

impl<'a> Floats<'a> {
    fn parse(tag: Tag, cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        match tag {
            Tag::Floats => Some(Self::Plain(cursor.slice(len)?)),
            Tag::Decimals => {
                let divisor = *DIVISORS.get(usize::from(cursor.u8()?))?;
                Some(Self::Decimals { ints: Ints::parse(cursor, len)?, divisor })
            }
            _ => None,
        }
    }

    fn get(&self, position: usize) -> f64 {
        match self {
            Self::Plain(floats) => floats[position],
            Self::Decimals { ints, divisor } => decimal(ints.get(position), *divisor),
        }
    }

    fn each(&self, len: usize, mut each: impl FnMut(f64)) {
        match self {
            Self::Plain(floats) => floats[..len].iter().for_each(|float| each(*float)),
            Self::Decimals { ints, divisor } => ints.each(len, |int| each(decimal(int, *divisor))),
        }
    }
}

/// Division rounds once, as reading the decimal text did; multiplication by a tenth would round twice.
#[expect(clippy::cast_precision_loss, reason = "only integers below 2^53 are written")]
pub(super) fn decimal(int: i64, divisor: f64) -> f64 {
    int as f64 / divisor
}

/// A value of a leaf of all types.
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
