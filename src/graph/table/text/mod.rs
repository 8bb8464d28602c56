//! Columns of text, packed in whichever way is smallest.

mod affix;
mod digits;
mod encode;
mod pattern;
mod split;
mod stem;

use std::{borrow::Cow, str};

use super::{
    alphabet::Alphabet,
    cursor::{Cursor, Data},
    ends::Ends,
};
use digits::Digits;
use pattern::Pattern;
use stem::Stem;

pub(super) use affix::Affix;
pub(super) use encode::{Base, write};
pub(super) use split::Split;

/// Texts that consist of nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(Packing<'a>);

#[derive(Clone, Copy, Debug)]
enum Packing<'a> {
    /// One after the other.
    Plain { stem: Stem<'a>, ends: Ends<'a>, bytes: &'a [u8] },
    /// A few bits for each character.
    Packed { stem: Stem<'a>, ends: Ends<'a>, alphabet: Alphabet<'a>, data: &'a [u8] },
    /// All of one length and with the same characters in some places.
    Pattern(Pattern<'a>),
    /// Decimal numbers between a stem.
    Digits(Digits<'a>),
}

/// How a text is packed, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Plain = 0,
    Packed = 1,
    Pattern = 2,
    Digits = 3,
    Affix = 4,
    Split = 5,
}

impl Encoding {
    const ALL: [Self; 6] = [Self::Plain, Self::Packed, Self::Pattern, Self::Digits, Self::Affix, Self::Split];

    fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        Self::ALL.get(usize::from(cursor.u8()?)).copied()
    }
}

/// Texts that consist of other blocks.
#[derive(Clone, Debug)]
pub(super) enum Composed<'a> {
    /// The text of another column, with something before and after it.
    Affix(Box<Affix<'a>>),
    /// Parts between a separator.
    Split(Split<'a>),
}

impl<'a> Composed<'a> {
    /// Whether the texts that come next are composed.
    pub(super) fn is_next(mut cursor: Cursor<'_>) -> bool {
        matches!(Encoding::parse(&mut cursor), Some(Encoding::Affix | Encoding::Split))
    }

    /// None where the buffer is damaged, or refers to another column although it must not.
    pub(super) fn parse(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize, refers: bool) -> Option<Self> {
        match Encoding::parse(cursor)? {
            Encoding::Affix if refers => Some(Self::Affix(Box::new(Affix::read(cursor, data, len)?))),
            Encoding::Split => Some(Self::Split(Split::read(cursor, data, len)?)),
            _ => None,
        }
    }

    /// Appends the text at a position, which is that of `row`.
    pub(super) fn append(&self, position: usize, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Affix(affix) => affix.append(position, row, out),
            Self::Split(split) => split.append(position, out),
        }
    }
}

impl<'a> Text<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        Some(Self(match Encoding::parse(cursor)? {
            Encoding::Plain => {
                let stem = Stem::parse(cursor)?;
                let ends = Ends::parse(cursor, len)?;
                Packing::Plain { stem, ends, bytes: cursor.string()? }
            }
            Encoding::Packed => {
                let stem = Stem::parse(cursor)?;
                let ends = Ends::parse(cursor, len)?;
                Packing::Packed { stem, ends, alphabet: Alphabet::parse(cursor)?, data: cursor.string()? }
            }
            Encoding::Pattern => Packing::Pattern(Pattern::parse(cursor, len)?),
            Encoding::Digits => Packing::Digits(Digits::parse(cursor, len)?),
            Encoding::Affix | Encoding::Split => return None,
        }))
    }

    /// Appends the text at a position.
    pub(super) fn append(&self, position: usize, out: &mut Vec<u8>) {
        match &self.0 {
            Packing::Plain { stem, ends, bytes } => {
                out.extend_from_slice(stem.before);
                out.extend_from_slice(bytes.get(ends.range(position)).unwrap_or_default());
                out.extend_from_slice(stem.after);
            }
            Packing::Packed { stem, ends, alphabet, data } => {
                out.extend_from_slice(stem.before);
                let range = ends.range(position);
                alphabet.unpack(data, range.start, range.len(), |character| out.push(character));
                out.extend_from_slice(stem.after);
            }
            Packing::Pattern(pattern) => pattern.append(position, out),
            Packing::Digits(digits) => digits.append(position, out),
        }
    }

    /// The text at a position, borrowed where it is stored as it is.
    pub(super) fn get(&self, position: usize) -> Cow<'a, str> {
        if let Some(text) = self.borrowed(position) {
            return Cow::Borrowed(text);
        }
        let mut text = Vec::new();
        self.append(position, &mut text);
        Cow::Owned(string(text))
    }

    /// The text where it needs no decoding.
    pub(super) fn borrowed(&self, position: usize) -> Option<&'a str> {
        match &self.0 {
            Packing::Plain { stem, ends, bytes } if stem.is_empty() => {
                str::from_utf8(bytes.get(ends.range(position))?).ok()
            }
            _ => None,
        }
    }
}

/// Text that only a damaged buffer makes invalid.
pub(super) fn string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
