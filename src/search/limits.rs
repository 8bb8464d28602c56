//! Limits: how much one evaluation may do.

use std::time::{Duration, Instant};

/// How much work a query may cause before it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes and edges that are looked at, in all parts together.
    pub steps: u64,
    /// Rows of an aggregate.
    pub groups: usize,
    /// Wall clock of one query; looked at every few thousand steps.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000_000, groups: 1_000_000, time: Duration::from_secs(60) }
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exhausted {
    #[error("the query looks at more than {0} nodes and edges")]
    Steps(u64),
    #[error("the query yields more than {0} groups")]
    Groups(usize),
    #[error("the query takes longer than {0:?}")]
    Time(Duration),
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    left: u64,
    began: Instant,
}

impl Budget {
    /// The clock is looked at once in so many steps.
    const STEPS_A_LOOK: u64 = 1 << 13;

    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, left: limits.steps, began: Instant::now() }
    }

    /// Pays for one node or edge.
    pub(super) fn step(&mut self) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted::Steps(self.limits.steps))?;
        if self.left.is_multiple_of(Self::STEPS_A_LOOK) && self.began.elapsed() > self.limits.time {
            return Err(Exhausted::Time(self.limits.time));
        }
        Ok(())
    }

    /// Allows one more group beside those that exist.
    pub(super) fn group(&self, existing: usize) -> Result<(), Exhausted> {
        if existing < self.limits.groups { Ok(()) } else { Err(Exhausted::Groups(self.limits.groups)) }
    }
}
