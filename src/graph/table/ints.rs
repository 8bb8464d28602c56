//! Integers: a base, a scale, and a code of as few bytes as fit for each.

#![expect(clippy::cast_possible_truncation, reason = "the width is that of the largest code")]

use super::{cursor::Cursor, sink::Sink};

/// Packed integers; each is `base + scale * code`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ints<'a> {
    base: i64,
    scale: i64,
    codes: Codes<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Codes<'a> {
    /// All are the base.
    Zero,
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

impl<'a> Ints<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        let width = cursor.u8()?;
        let base = cursor.signed()?;
        if width == 0 {
            return Some(Self { base, scale: 0, codes: Codes::Zero });
        }
        let scale = cursor.signed()?;
        let codes = match width {
            1 => Codes::U8(cursor.slice(len)?),
            2 => Codes::U16(cursor.slice(len)?),
            4 => Codes::U32(cursor.slice(len)?),
            8 => Codes::U64(cursor.slice(len)?),
            _ => return None,
        };
        Some(Self { base, scale, codes })
    }

    /// The number at a position, which must be below the length they were parsed with.
    pub(super) fn get(&self, position: usize) -> i64 {
        self.number(match self.codes {
            Codes::Zero => 0,
            Codes::U8(codes) => codes[position].into(),
            Codes::U16(codes) => codes[position].into(),
            Codes::U32(codes) => codes[position].into(),
            Codes::U64(codes) => codes[position],
        })
    }

    /// Calls `each` with the first `len` numbers in order.
    pub(super) fn each(&self, len: usize, mut each: impl FnMut(i64)) {
        match self.codes {
            Codes::Zero => (0..len).for_each(|_| each(self.base)),
            Codes::U8(codes) => codes[..len].iter().for_each(|code| each(self.number((*code).into()))),
            Codes::U16(codes) => codes[..len].iter().for_each(|code| each(self.number((*code).into()))),
            Codes::U32(codes) => codes[..len].iter().for_each(|code| each(self.number((*code).into()))),
            Codes::U64(codes) => codes[..len].iter().for_each(|code| each(self.number(*code))),
        }
    }

    fn number(&self, code: u64) -> i64 {
        self.base.wrapping_add(self.scale.wrapping_mul(code.cast_signed()))
    }
}

/// How to pack some integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    base: i64,
    scale: u64,
    width: usize,
    len: usize,
}

impl Plan {
    pub(super) fn of(values: &[i64]) -> Self {
        let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
            return Self { base: 0, scale: 1, width: 0, len: 0 };
        };
        let range = max.abs_diff(min);
        let mut scale = 1;
        if range > 0xff {
            let mut common = range;
            for value in values {
                common = gcd(common, value.abs_diff(min));
                if common == 1 {
                    break;
                }
            }
            scale = common;
        }
        let width = match range / scale {
            0 => 0,
            1..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        // With eight bytes a scale gains nothing, and not having one keeps the arithmetic within range.
        Self { base: min, scale: if width == 8 { 1 } else { scale }, width, len: values.len() }
    }

    /// About the bytes it takes.
    pub(super) fn size(&self) -> usize {
        4 + self.width * (self.len + 1)
    }

    pub(super) fn write(&self, values: &[i64], sink: &mut Sink) {
        sink.u8(u8::try_from(self.width).expect("a width is at most eight"));
        sink.signed(self.base);
        if self.width == 0 {
            return;
        }
        sink.signed(self.scale.cast_signed());
        let codes = values.iter().map(|value| value.abs_diff(self.base) / self.scale);
        match self.width {
            1 => sink.slice(&codes.map(|code| code as u8).collect::<Vec<_>>()),
            2 => sink.slice(&codes.map(|code| code as u16).collect::<Vec<_>>()),
            4 => sink.slice(&codes.map(|code| code as u32).collect::<Vec<_>>()),
            _ => sink.slice(&codes.collect::<Vec<_>>()),
        }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

pub(super) fn write(values: &[i64], sink: &mut Sink) {
    Plan::of(values).write(values, sink);
}
