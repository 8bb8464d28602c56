//! Limits: how much one evaluation may do.

use std::time::Duration;

use tokio::time::Instant;

/// How much work a query may cause before it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes and edges that are looked at, in all parts together.
    pub steps: u64,
    /// Rows of an aggregate.
    pub groups: usize,
    /// Nodes between two parts of a query, and documents that merges add.
    pub rows: usize,
    /// Wall clock of one query; looked at every few thousand steps.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000_000, groups: 1_000_000, rows: 100_000_000, time: Duration::from_mins(1) }
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exhausted {
    #[error("the query looks at more than {0} nodes and edges")]
    Steps(u64),
    #[error("the query yields more than {0} groups")]
    Groups(usize),
    #[error("a part of the query finds more than {0} nodes")]
    Rows(usize),
    #[error("merges add more than {0} documents")]
    Documents(usize),
    #[error("the query takes longer than {0:?}")]
    Time(Duration),
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    left: u64,
    documents: usize,
    began: Instant,
}

impl Budget {
    /// The clock is looked at once in so many steps.
    const STEPS_A_LOOK: u64 = 1 << 13;

    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, left: limits.steps, documents: 0, began: Instant::now() }
    }

    /// Pays for one node or edge.
    pub(super) fn step(&mut self) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted::Steps(self.limits.steps))?;
        if self.left.is_multiple_of(Self::STEPS_A_LOOK) && self.began.elapsed() > self.limits.time {
            return Err(Exhausted::Time(self.limits.time));
        }
        Ok(())
    }

    /// Pays for many nodes at once.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(count as u64).ok_or(Exhausted::Steps(self.limits.steps))?;
        if self.began.elapsed() > self.limits.time {
            return Err(Exhausted::Time(self.limits.time));
        }
        Ok(())
    }

    /// Whether a part of a query may find so many nodes.
    pub(super) fn rows(&self, count: usize) -> Result<(), Exhausted> {
        if count > self.limits.rows { Err(Exhausted::Rows(self.limits.rows)) } else { Ok(()) }
    }

    /// Pays for documents that a merge adds.
    pub(super) fn documents(&mut self, count: usize) -> Result<(), Exhausted> {
        self.documents += count;
        if self.documents > self.limits.rows { Err(Exhausted::Documents(self.limits.rows)) } else { Ok(()) }
    }

    /// Whether an aggregate may have so many rows.
    pub(super) fn groups(&self, count: usize) -> Result<(), Exhausted> {
        if count > self.limits.groups { Err(Exhausted::Groups(self.limits.groups)) } else { Ok(()) }
    }
}
