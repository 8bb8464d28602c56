//! Runs: which rows of a table live where.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only what was checked is read")]

use std::ops::Range;

use super::{
    cursor::Cursor,
    ints::{self, Ints},
    sink::Sink,
};
use crate::model::RegionId;

/// Consecutive rows with the same regions; as long as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// The region of the scope that listed the rows.
    pub scope_region: &'a RegionId,
    /// Where the rows live: their own region, or the scope's. Empty for directly below the account.
    pub region: &'a RegionId,
    pub start: u32,
    pub end: u32,
}

impl Run<'_> {
    pub fn rows(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The runs of a table as they lie in its buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs<'a> {
    len: usize,
    scope_regions: Ints<'a>,
    regions: Ints<'a>,
    ends: Ints<'a>,
}

impl<'a> Runs<'a> {
    pub(super) fn parse(mut cursor: Cursor<'a>) -> Option<Self> {
        let len = cursor.count()?;
        let scope_regions = Ints::parse(&mut cursor, len)?;
        let regions = Ints::parse(&mut cursor, len)?;
        Some(Self { len, scope_regions, regions, ends: Ints::parse(&mut cursor, len)? })
    }

    /// Whether they cover all rows in order, with regions that exist.
    pub(super) fn is_sound(&self, rows: usize, regions: usize) -> bool {
        let mut before = 0;
        let sound = |position| {
            let (_, _, end) = self.get(position);
            let grows = end > before;
            before = end;
            let exists = |region: Ints<'_>| usize::try_from(region.get(position)).is_ok_and(|region| region < regions);
            grows && exists(self.scope_regions) && exists(self.regions)
        };
        // Each run has a row at least, so a number of them that cannot be is not walked through.
        self.len <= rows && (0..self.len).all(sound) && before as usize == rows
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The positions of both regions, and the end.
    pub(super) fn get(&self, position: usize) -> (usize, usize, u32) {
        let number = |ints: Ints<'_>| ints.get(position);
        (number(self.scope_regions) as usize, number(self.regions) as usize, number(self.ends) as u32)
    }

    /// The position of a run's own region, and the end.
    pub(super) fn region(&self, position: usize) -> (usize, u32) {
        (self.regions.get(position) as usize, self.ends.get(position) as u32)
    }

    /// The run that a row is in.
    pub(super) fn find(&self, row: usize) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).2 as usize <= row { low = middle + 1 } else { high = middle }
        }
        low
    }
}

pub(super) fn write(runs: &[(u32, u32, u32)], sink: &mut Sink) {
    sink.count(runs.len());
    ints::write(&runs.iter().map(|run| run.0.into()).collect::<Vec<_>>(), sink);
    ints::write(&runs.iter().map(|run| run.1.into()).collect::<Vec<_>>(), sink);
    ints::write(&runs.iter().map(|run| run.2.into()).collect::<Vec<_>>(), sink);
}
