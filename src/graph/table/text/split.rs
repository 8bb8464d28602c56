//! Splits: texts whose parts between a separator are columns of their own.

use crate::graph::table::{
    block::{Block, Rank},
    cursor::{Cursor, Data},
    sink::Sink,
};

/// `prod-web-app-17`: an environment, a role, a constant and a number.
#[derive(Clone, Debug)]
pub(in crate::graph::table) struct Split<'a> {
    separator: u8,
    parts: Box<[Block<'a>]>,
}

/// More parts than this make reading slow.
const PARTS_MAX: usize = 8;

const SEPARATORS: [u8; 8] = *b"-/.:_@ ,";

impl<'a> Split<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>, data: Data<'a>, len: usize) -> Option<Self> {
        let separator = cursor.u8().filter(u8::is_ascii)?;
        let parts = usize::from(cursor.u8()?);
        let parts = cursor.slice::<u32>(parts)?.iter().map(|at| Block::parse(data, *at, len, Rank::Part));
        Some(Self { separator, parts: parts.collect::<Option<_>>()? })
    }

    pub(in crate::graph::table) fn append(&self, position: usize, out: &mut Vec<u8>) {
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                out.push(self.separator);
            }
            part.append(position, out);
        }
    }
}

/// Where to split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SplitPlan {
    separator: u8,
    parts: usize,
    /// Whether what is left over, where texts have more parts, is the first part rather than the last.
    from_the_end: bool,
}

impl SplitPlan {
    /// The splits that are worth trying: the separator that every text has most often, from both ends.
    pub(super) fn candidates(texts: &[&str]) -> Vec<Self> {
        let mut best: Option<(u8, usize, usize)> = None;
        for separator in SEPARATORS {
            let count = |text: &&str| text.bytes().filter(|byte| *byte == separator).count();
            let Some(least) = texts.first().map(count).filter(|count| *count > 0) else { continue };
            let (least, most) = texts
                .iter()
                .map(count)
                .fold((least, least), |(least, most), count| (least.min(count), most.max(count)));
            if least > best.map_or(0, |(_, least, _)| least) {
                best = Some((separator, least, most));
            }
        }
        let Some((separator, least, most)) = best else { return Vec::new() };
        let parts = PARTS_MAX.min(least + 1);
        let first = Self { separator, parts, from_the_end: false };
        if most + 1 == parts { vec![first] } else { vec![first, Self { from_the_end: true, ..first }] }
    }

    /// The texts of each part.
    pub(super) fn split<'t>(&self, texts: &[&'t str]) -> Vec<Vec<&'t str>> {
        let mut parts = vec![Vec::with_capacity(texts.len()); self.parts];
        let separator = char::from(self.separator);
        for text in texts {
            if self.from_the_end {
                text.rsplitn(self.parts, separator)
                    .zip(parts.iter_mut().rev())
                    .for_each(|(text, part)| part.push(text));
            } else {
                text.splitn(self.parts, separator).zip(&mut parts).for_each(|(text, part)| part.push(text));
            }
        }
        parts
    }

    pub(super) fn write(&self, texts: &[&str], sink: &mut Sink, mut part: impl FnMut(&[&str], &mut Sink)) {
        sink.u8(self.separator);
        sink.u8(u8::try_from(self.parts).expect("parts are few"));
        let places = sink.reserve(self.parts);
        for (number, texts) in self.split(texts).iter().enumerate() {
            sink.fill(places, number, sink.at());
            part(texts, sink);
        }
    }
}
