//! Runs: which rows of a table live where.

use std::ops::Range;

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
