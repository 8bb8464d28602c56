//! Encoding: which form of block holds some cells in the fewest bytes.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "only what is below 2^53 is converted"
)]

use jiff::Timestamp;

use super::{
    dictionary::Dictionary,
    ends::EndsPlan,
    ints,
    leaf::{DIVISORS, decimal},
    present::{self, Mode},
    scalar::Scalar,
    sink::Sink,
    tag::Tag,
    text::{self, Base},
};

/// What a block may consist of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allow {
    pub(super) coded: bool,
    /// Whether texts may be split into columns of their own.
    pub(super) split: bool,
}

impl Allow {
    /// A column of a table.
    pub(super) const COLUMN: Self = Self { coded: true, split: true };
    /// A part of each text of a column.
    pub(super) const PART: Self = Self { coded: true, split: false };
    /// The values behind codes.
    const ENTRIES: Self = Self { coded: false, split: false };
}

/// Up to this many distinct cells are always worth codes.
const FEW: usize = 3;

/// Writes one block; whether it refers to one of the bases.
pub(super) fn write(cells: &[Scalar<'_>], bases: &[Base<'_>], allow: Allow, sink: &mut Sink) -> bool {
    let present: Vec<u32> = (0u32..).zip(cells).filter(|(_, cell)| !cell.is_null()).map(|(row, _)| row).collect();
    let mode = present::mode(present.len(), cells.len());
    let limit = FEW.max(cells.len() / 2);
    let dictionary = if allow.coded && mode != Mode::Rows { Dictionary::of(cells, limit) } else { None };
    let start = sink.at();
    let mut coded = None;
    if let Some(dictionary) = dictionary {
        write_coded(&dictionary, sink);
        if dictionary.entries.len() <= FEW.max(cells.len() / 4) {
            return false;
        }
        coded = Some(sink.cut(start));
    }
    let head = Head { mode, present: &present, rows: cells.len() };
    let refers = if mode == Mode::All {
        write_values(cells, bases, head, allow, sink)
    } else {
        let values: Vec<_> = present.iter().map(|row| cells[*row as usize]).collect();
        let bases: Vec<_> = bases.iter().map(|base| base.of_rows(&present)).collect();
        write_values(&values, &bases, head, allow, sink)
    };
    // Codes are faster to read, so they win unless they are much larger.
    if let Some(coded) = coded
        && coded.len() <= (sink.at() - start) as usize * 5 / 4
    {
        sink.rewind(start);
        sink.extend(&coded);
        return false;
    }
    refers
}

/// Writes a block of text that every row has.
pub(super) fn write_texts(texts: &[&str], allow: Allow, sink: &mut Sink) {
    let cells: Vec<_> = texts.iter().map(|text| Scalar::Text(text)).collect();
    write(&cells, &[], allow, sink);
}

fn write_coded(dictionary: &Dictionary<'_>, sink: &mut Sink) {
    sink.u8(Tag::Coded.with(Mode::All));
    let entries = dictionary.write(sink);
    write(entries, &[], Allow::ENTRIES, sink);
}

/// Which of the rows the values belong to.
#[derive(Clone, Copy)]
struct Head<'p> {
    mode: Mode,
    present: &'p [u32],
    rows: usize,
}

impl Head<'_> {
    fn write(&self, tag: Tag, sink: &mut Sink) {
        sink.u8(tag.with(self.mode));
        present::write(self.present, self.rows, self.mode, sink);
    }
}

/// Writes values, none of which is null; whether they refer to one of the bases.
fn write_values(values: &[Scalar<'_>], bases: &[Base<'_>], head: Head<'_>, allow: Allow, sink: &mut Sink) -> bool {
    if allow.coded
        && head.mode == Mode::Rows
        && let Some(dictionary) = Dictionary::of(values, values.len() / 2)
    {
        head.write(Tag::Coded, sink);
        let entries = dictionary.write(sink);
        return write(entries, &[], Allow::ENTRIES, sink);
    }
    match values.first() {
        Some(Scalar::Bool(_)) => {
            if let Some(bools) =
                all(values, |value| if let Scalar::Bool(bool) = value { Some(u8::from(*bool)) } else { None })
            {
                head.write(Tag::Bools, sink);
                sink.extend(&bools);
                return false;
            }
        }
        Some(Scalar::Int(_) | Scalar::Float(_)) => {
            if write_numbers(values, head, sink) {
                return false;
            }
        }
        Some(Scalar::Time(_)) => {
            if write_times(values, head, sink) {
                return false;
            }
        }
        Some(Scalar::Text(_)) => {
            if let Some(texts) = all(values, |value| if let Scalar::Text(text) = value { Some(*text) } else { None }) {
                head.write(Tag::Text, sink);
                return text::write(&texts, bases, allow, sink);
            }
        }
        Some(Scalar::Json(_)) => {
            if let Some(texts) = all(values, |value| if let Scalar::Json(text) = value { Some(*text) } else { None }) {
                head.write(Tag::Json, sink);
                return text::write(&texts, bases, allow, sink);
            }
        }
        Some(Scalar::Null) | None => {}
    }
    head.write(Tag::Mixed, sink);
    write_mixed(values, sink);
    false
}

/// What every value is, or none.
fn all<'a, T>(values: &[Scalar<'a>], each: impl Fn(&Scalar<'a>) -> Option<T>) -> Option<Vec<T>> {
    values.iter().map(each).collect()
}

fn write_numbers(values: &[Scalar<'_>], head: Head<'_>, sink: &mut Sink) -> bool {
    if let Some(numbers) = all(values, |value| if let Scalar::Int(int) = value { Some(*int) } else { None }) {
        head.write(Tag::Ints, sink);
        ints::write(&numbers, sink);
        return true;
    }
    if let Some(floats) = all(values, |value| if let Scalar::Float(float) = value { Some(*float) } else { None }) {
        write_floats(&floats, head, sink);
        return true;
    }
    let both = all(values, |value| match value {
        Scalar::Int(int) if int.unsigned_abs() <= EXACT => Some((true, *int as f64)),
        Scalar::Float(float) => Some((false, *float)),
        _ => None,
    });
    let Some(both) = both else { return false };
    head.write(Tag::Numbers, sink);
    let mut whole = vec![0u8; both.len().div_ceil(8)];
    for (position, (is_whole, _)) in both.iter().enumerate() {
        whole[position / 8] |= u8::from(*is_whole) << (position % 8);
    }
    sink.extend(&whole);
    let floats: Vec<_> = both.iter().map(|(_, float)| *float).collect();
    write_floats(&floats, Head { mode: Mode::All, present: &[], rows: floats.len() }, sink);
    true
}

/// Integers up to here are floats without loss.
const EXACT: u64 = 1 << 53;

fn write_floats(floats: &[f64], head: Head<'_>, sink: &mut Sink) {
    if let Some((exponent, numbers)) = decimals(floats) {
        head.write(Tag::Decimals, sink);
        sink.u8(u8::try_from(exponent).expect("exponents are few"));
        ints::write(&numbers, sink);
    } else {
        head.write(Tag::Floats, sink);
        sink.slice(floats);
    }
}

/// The floats as integers divided by the least power of ten that gives them back to the bit.
fn decimals(floats: &[f64]) -> Option<(usize, Vec<i64>)> {
    let mut exponent = 0;
    for float in floats {
        while scaled(*float, exponent).is_none() {
            exponent += 1;
            if exponent == DIVISORS.len() {
                return None;
            }
        }
    }
    let numbers: Option<Vec<_>> = floats.iter().map(|float| scaled(*float, exponent)).collect();
    Some((exponent, numbers?))
}

fn scaled(float: f64, exponent: usize) -> Option<i64> {
    let number = (float * DIVISORS[exponent]).round();
    if number.abs() > EXACT as f64 {
        return None;
    }
    let number = number as i64;
    (decimal(number, DIVISORS[exponent]).to_bits() == float.to_bits()).then_some(number)
}

fn write_times(values: &[Scalar<'_>], head: Head<'_>, sink: &mut Sink) -> bool {
    let Some(times) = all(values, |value| if let Scalar::Time(time) = value { Some(*time) } else { None }) else {
        return false;
    };
    if times.iter().all(|time| time.subsec_nanosecond() == 0) {
        head.write(Tag::Seconds, sink);
        ints::write(&times.iter().map(|time| time.as_second()).collect::<Vec<_>>(), sink);
        return true;
    }
    let nanoseconds: Option<Vec<i64>> = times.iter().map(|time| time.as_nanosecond().try_into().ok()).collect();
    let Some(nanoseconds) = nanoseconds else { return false };
    head.write(Tag::Nanoseconds, sink);
    ints::write(&nanoseconds, sink);
    true
}

fn write_mixed(values: &[Scalar<'_>], sink: &mut Sink) {
    let mut bytes = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let start = bytes.len();
        match value {
            Scalar::Null => {}
            Scalar::Bool(bool) => bytes.extend([b'b', (*bool).into()]),
            Scalar::Int(int) => extend(&mut bytes, b'i', &int.to_ne_bytes()),
            Scalar::Float(float) => extend(&mut bytes, b'f', &float.to_ne_bytes()),
            Scalar::Time(time) => extend(&mut bytes, b't', &Timestamp::as_nanosecond(*time).to_ne_bytes()),
            Scalar::Text(text) => extend(&mut bytes, b's', text.as_bytes()),
            Scalar::Json(text) => extend(&mut bytes, b'j', text.as_bytes()),
        }
        lengths.push(bytes.len() - start);
    }
    EndsPlan::of(lengths.iter().copied()).write(sink);
    sink.string(&bytes);
}

fn extend(bytes: &mut Vec<u8>, tag: u8, value: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(value);
}
