//! Columns of text, packed in whichever way is smallest.

mod digits;
mod encode;
mod pattern;
mod split;
mod stem;

use std::{borrow::Cow, str};

use super::{
    alphabet::Alphabet,
    block::{Block, Handle},
    cursor::{Cursor, Data},
    ends::Ends,
};
use digits::Digits;
use pattern::Pattern;
use split::Split;
use stem::Stem;

pub(super) use encode::{Base, write};

/// Some texts. Reading never fails: what a damaged buffer does not hold is empty.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text<'a> {
    /// One after the other.
    Plain { stem: Stem<'a>, ends: Ends<'a>, bytes: &'a [u8] },
    /// A few bits for each character.
    Packed { stem: Stem<'a>, ends: Ends<'a>, alphabet: Alphabet<'a>, data: &'a [u8] },
    /// All of one length and with the same characters in some places.
    Pattern(Pattern<'a>),
    /// Decimal numbers, padded with zeros to a length or not at all.
    Digits(Digits<'a>),
    /// The text of another column, with something before and after it.
    Affix { base: Handle<'a>, before: Handle<'a>, after: Handle<'a> },
    /// Parts between a separator, each a column.
    Split(Split<'a>),
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
    fn of(code: u8) -> Option<Self> {
        [Self::Plain, Self::Packed, Self::Pattern, Self::Digits, Self::Affix, Self::Split]
            .into_iter()
            .find(|encoding| *encoding as u8 == code)
    }
}

impl<'a> Text<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize) -> Option<Self> {
        Some(match Encoding::of(cursor.u8()?)? {
            Encoding::Plain => {
                let stem = Stem::parse(cursor)?;
                let ends = Ends::parse(cursor, len)?;
                Self::Plain { stem, ends, bytes: cursor.string()? }
            }
            Encoding::Packed => {
                let stem = Stem::parse(cursor)?;
                let ends = Ends::parse(cursor, len)?;
                Self::Packed { stem, ends, alphabet: Alphabet::parse(cursor)?, data: cursor.string()? }
            }
            Encoding::Pattern => Self::Pattern(Pattern::parse(cursor, len)?),
            Encoding::Digits => Self::Digits(Digits::parse(cursor, len)?),
            Encoding::Affix => {
                let base = *data.columns.get(cursor.count()?)?;
                let base = Handle { data, at: base, len: data.rows };
                let [after] = *cursor.slice(1)? else { return None };
                let before = Handle { data, at: u32::try_from(cursor.at).ok()?, len };
                Self::Affix { base, before, after: Handle { data, at: after, len } }
            }
            Encoding::Split => Self::Split(Split::parse(cursor, data, len)?),
        })
    }

    /// The blocks that this one refers to; of a base only where it is.
    pub(super) fn nested(&self) -> Vec<Handle<'a>> {
        match self {
            Self::Affix { before, after, .. } => vec![*before, *after],
            Self::Split(split) => split.parts().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn base(&self) -> Option<Handle<'a>> {
        match self {
            Self::Affix { base, .. } => Some(*base),
            _ => None,
        }
    }

    /// Appends the text at a position, which is that of `row`.
    pub(super) fn append(&self, position: usize, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Plain { stem, ends, bytes } => {
                out.extend_from_slice(stem.before);
                out.extend_from_slice(bytes.get(ends.range(position)).unwrap_or_default());
                out.extend_from_slice(stem.after);
            }
            Self::Packed { stem, ends, alphabet, data } => {
                out.extend_from_slice(stem.before);
                let range = ends.range(position);
                alphabet.unpack(data, range.start, range.len(), |character| out.push(character));
                out.extend_from_slice(stem.after);
            }
            Self::Pattern(pattern) => pattern.append(position, out),
            Self::Digits(digits) => digits.append(position, out),
            Self::Affix { base, before, after } => {
                before.append(position, out);
                base.append(row, out);
                after.append(position, out);
            }
            Self::Split(split) => split.append(position, out),
        }
    }

    /// The text at a position, borrowed where it is stored as it is.
    pub(super) fn get(&self, position: usize, row: usize) -> Cow<'a, str> {
        if let Some(text) = self.borrowed(position) {
            return Cow::Borrowed(text);
        }
        let mut text = Vec::new();
        self.append(position, row, &mut text);
        Cow::Owned(string(text))
    }

    /// The text where it needs no decoding.
    pub(super) fn borrowed(&self, position: usize) -> Option<&'a str> {
        match self {
            Self::Plain { stem, ends, bytes } if stem.is_empty() => {
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

impl Handle<'_> {
    /// Appends the text of a row; nothing where it is none.
    fn append(&self, row: usize, out: &mut Vec<u8>) {
        if let Some(block) = Block::parse(*self) {
            block.append(row, out);
        }
    }
}
