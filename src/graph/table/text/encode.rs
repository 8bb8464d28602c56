//! Choosing how some texts are packed.

use super::{Encoding, digits::DigitsPlan, pattern::PatternPlan, split::SplitPlan, stem::Stem};
use crate::graph::table::{
    alphabet::Characters,
    encode::{self, Allow},
    ends::EndsPlan,
    sink::Sink,
};

/// A column whose text others may contain.
#[derive(Debug)]
pub(in crate::graph::table) struct Base<'t> {
    /// Its position among the columns of the table.
    pub(in crate::graph::table) column: usize,
    /// Its texts, of the rows that are written.
    pub(in crate::graph::table) texts: Vec<&'t str>,
}

impl Base<'_> {
    /// The same base.
    pub(in crate::graph::table) fn all(&self) -> Self {
        Self { column: self.column, texts: self.texts.clone() }
    }

    /// The same base for these rows alone.
    pub(in crate::graph::table) fn of_rows(&self, rows: &[u32]) -> Self {
        Self { column: self.column, texts: rows.iter().map(|row| self.texts[*row as usize]).collect() }
    }
}

/// Shorter texts are found in others by accident.
const BASE_MIN: usize = 4;

/// What is around a base in this many bytes a text needs no comparison.
const AFFIX_ENOUGH: usize = 2;

/// Below this many bytes a text, parts are not worth their own headers.
const SPLIT_MIN: usize = 3;

/// Fewer texts than this are not split.
const SPLIT_ROWS: usize = 8;

/// Writes texts in the smallest way; whether that refers to a base.
pub(in crate::graph::table) fn write(texts: &[&str], bases: &[Base<'_>], allow: Allow, sink: &mut Sink) -> bool {
    let start = sink.at();
    if !write_affix(texts, bases, sink) {
        write_alone(texts, allow, sink);
        return false;
    }
    let affix = sink.cut(start);
    if affix.len() <= texts.len() * AFFIX_ENOUGH {
        sink.extend(&affix);
        return true;
    }
    write_alone(texts, allow, sink);
    if affix.len() > (sink.at() - start) as usize {
        return false;
    }
    sink.rewind(start);
    sink.extend(&affix);
    true
}

/// Writes texts without reference to another column.
fn write_alone(texts: &[&str], allow: Allow, sink: &mut Sink) {
    let start = sink.at();
    let stem = Stem::of(texts);
    let middle = |text: &&str| stem.middle(text).len();
    let ends = EndsPlan::of(texts.iter().map(middle));
    let total: usize = texts.iter().map(middle).sum();
    let mut characters = Characters::default();
    for text in texts {
        stem.middle(text).bytes().for_each(|byte| characters.add(byte));
    }
    let around = 4 + stem.len() + ends.size();
    let plain = around + total;
    let packed = characters.bits().map(|bits| around + characters.size() + (total * bits).div_ceil(8));
    let pattern = PatternPlan::of(texts);
    let digits = DigitsPlan::of(texts, &stem);
    let sizes = [Some(plain), packed, pattern.as_ref().map(PatternPlan::size), digits.as_ref().map(DigitsPlan::size)];
    let smallest = sizes.into_iter().flatten().min().expect("there is always the plain way");
    if let Some(digits) = digits.filter(|digits| digits.size() == smallest) {
        sink.u8(Encoding::Digits as u8);
        digits.write(sink);
    } else if let Some(pattern) = pattern.filter(|pattern| pattern.size() == smallest) {
        sink.u8(Encoding::Pattern as u8);
        pattern.write(texts, sink);
    } else {
        let packed = packed == Some(smallest);
        sink.u8(if packed { Encoding::Packed } else { Encoding::Plain } as u8);
        stem.write(sink);
        ends.write(sink);
        let middles = texts.iter().map(|text| stem.middle(text));
        if packed {
            characters.write_all(middles, total, sink);
        } else {
            sink.count(total);
            middles.for_each(|middle| sink.extend(middle.as_bytes()));
        }
    }
    if allow.split && texts.len() >= SPLIT_ROWS && smallest > texts.len() * SPLIT_MIN {
        for candidate in SplitPlan::candidates(texts) {
            let best = sink.cut(start);
            sink.u8(Encoding::Split as u8);
            candidate.write(texts, sink, |part, sink| encode::write_texts(part, Allow::PART, sink));
            if best.len() <= (sink.at() - start) as usize {
                sink.rewind(start);
                sink.extend(&best);
            }
        }
    }
}

/// Writes texts as those of another column with something around, where they are that.
fn write_affix(texts: &[&str], bases: &[Base<'_>], sink: &mut Sink) -> bool {
    for Base { column, texts: base } in bases {
        if let Some((before, after)) = around(texts, base) {
            sink.u8(Encoding::Affix as u8);
            sink.count(*column);
            let place = sink.reserve(1);
            encode::write_texts(&before, Allow::PART, sink);
            sink.fill(place, 0, sink.at());
            encode::write_texts(&after, Allow::PART, sink);
            return true;
        }
    }
    false
}

/// What is before and after the text of the base in every text.
fn around<'t>(texts: &[&'t str], base: &[&str]) -> Option<(Vec<&'t str>, Vec<&'t str>)> {
    let mut before = Vec::with_capacity(texts.len());
    let mut after = Vec::with_capacity(texts.len());
    for (text, base) in texts.iter().zip(base) {
        let whole = text == base;
        if base.len() < BASE_MIN && !whole {
            return None;
        }
        let at = if text.ends_with(base) { text.len() - base.len() } else { text.rfind(base)? };
        before.push(&text[..at]);
        after.push(&text[at + base.len()..]);
    }
    Some((before, after))
}
