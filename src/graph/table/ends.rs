//! Ends: where each of many pieces that follow one another ends.

#![expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a buffer is smaller than 4 GiB")]

use std::ops::Range;

use super::{
    cursor::Cursor,
    ints::{Ints, Plan},
    sink::Sink,
};

/// A piece's end is what the average length foretells, and a small difference.
///
/// Pieces of one length therefore cost nothing, and most others a byte each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<'a> {
    slope: u64,
    differences: Ints<'a>,
}

impl<'a> Ends<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        Some(Self { slope: cursor.varint()?, differences: Ints::parse(cursor, len)? })
    }

    /// Where the piece at a position ends; nonsense, not a panic, in what never was written so.
    pub(super) fn end(&self, position: usize) -> usize {
        let end = foretold(self.slope, position).wrapping_add(self.differences.get(position));
        usize::try_from(end).unwrap_or(usize::MAX)
    }

    pub(super) fn range(&self, position: usize) -> Range<usize> {
        let start = position.checked_sub(1).map_or(0, |before| self.end(before));
        start..self.end(position).max(start)
    }
}

fn foretold(slope: u64, position: usize) -> i64 {
    (((position as u128 + 1) * u128::from(slope)) >> SHIFT) as i64
}

/// The slope is in parts of this power of two.
const SHIFT: u32 = 16;

/// How to write some ends.
#[derive(Debug)]
pub(super) struct EndsPlan {
    slope: u64,
    differences: Vec<i64>,
    plan: Plan,
}

impl EndsPlan {
    /// Of pieces of these lengths.
    pub(super) fn of(lengths: impl ExactSizeIterator<Item = usize> + Clone) -> Self {
        let len = lengths.len();
        let total: usize = lengths.clone().sum();
        let slope = if len == 0 { 0 } else { ((total as u64) << SHIFT).div_ceil(len as u64) };
        let mut end = 0;
        let difference = |(position, length)| {
            end += length;
            end as i64 - foretold(slope, position)
        };
        let differences: Vec<_> = lengths.enumerate().map(difference).collect();
        let plan = Plan::of(&differences);
        Self { slope, differences, plan }
    }

    pub(super) fn size(&self) -> usize {
        2 + self.plan.size()
    }

    pub(super) fn write(&self, sink: &mut Sink) {
        sink.varint(self.slope);
        self.plan.write(&self.differences, sink);
    }
}
