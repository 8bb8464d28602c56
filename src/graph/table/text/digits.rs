//! Digits: texts that are decimal numbers between a stem.

use super::stem::Stem;
use crate::graph::table::{
    cursor::Cursor,
    ints::{Ints, Plan},
    sink::Sink,
};

/// `team-017`: numbers, padded with zeros to a length or not at all.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::table) struct Digits<'a> {
    stem: Stem<'a>,
    /// 0 for not at all.
    pad: usize,
    numbers: Ints<'a>,
}

/// Numbers of this many digits always fit.
const DIGITS_MAX: usize = 18;

impl<'a> Digits<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        let stem = Stem::parse(cursor)?;
        let pad = usize::from(cursor.u8()?);
        Some(Self { stem, pad, numbers: Ints::parse(cursor, len)? })
    }

    pub(super) fn append(&self, position: usize, out: &mut Vec<u8>) {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.numbers.get(position)).as_bytes();
        out.extend_from_slice(self.stem.before);
        out.resize(out.len() + self.pad.saturating_sub(digits.len()), b'0');
        out.extend_from_slice(digits);
        out.extend_from_slice(self.stem.after);
    }
}

/// How to write digits.
#[derive(Debug)]
pub(super) struct DigitsPlan<'t> {
    stem: Stem<'t>,
    pad: usize,
    numbers: Vec<i64>,
    plan: Plan,
}

impl<'t> DigitsPlan<'t> {
    /// None where a text is something else, or some are padded and some are not.
    pub(super) fn of(texts: &[&str], stem: &Stem<'t>) -> Option<Self> {
        let stem = stem.without_digits();
        let first = stem.middle(texts.first()?);
        let mut same_length = true;
        let mut padded = false;
        let mut numbers = Vec::new();
        for text in texts {
            let text = stem.middle(text);
            let digits = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits {
                return None;
            }
            same_length &= text.len() == first.len();
            padded |= text.len() > 1 && text.starts_with('0');
            numbers.push(text.bytes().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')));
        }
        if padded && !same_length {
            return None;
        }
        let plan = Plan::of(&numbers);
        Some(Self { stem, pad: if padded { first.len() } else { 0 }, numbers, plan })
    }

    pub(super) fn size(&self) -> usize {
        4 + self.stem.len() + self.plan.size()
    }

    pub(super) fn write(&self, sink: &mut Sink) {
        self.stem.write(sink);
        sink.u8(u8::try_from(self.pad).expect("digits are few"));
        self.plan.write(&self.numbers, sink);
    }
}
