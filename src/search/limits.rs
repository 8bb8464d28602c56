//! Limits: how much one evaluation may do.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

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
    /// Wall clock that also holds for queries with a limit of their own.
    pub hurry: Option<Duration>,
}

impl Limits {
    /// The wall clock of a query that has a limit of its own, or none.
    pub(super) fn within(self, own: Option<Duration>) -> Self {
        let time = own.unwrap_or(self.time);
        Self { time: self.hurry.map_or(time, |hurry| hurry.min(time)), ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000_000, groups: 1_000_000, rows: 100_000_000, time: Duration::from_mins(1), hurry: None }
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
        self.look()
    }

    /// Looks at the clock.
    pub(super) fn look(&self) -> Result<(), Exhausted> {
        if self.began.elapsed() > self.limits.time { Err(Exhausted::Time(self.limits.time)) } else { Ok(()) }
    }

    /// A clock for what reads values and cannot pay for each of them.
    pub(super) fn clock(&self) -> Clock {
        Clock::until(self.began.checked_add(self.limits.time))
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

/// Says when the time of a query is over, so that nothing more is read: whoever then has nulls for values must ask the
/// [`Budget`] before it answers.
#[derive(Debug)]
pub(super) struct Clock {
    /// None where it is further away than clocks count.
    end: Option<Instant>,
    reads: AtomicU32,
    is_over: AtomicBool,
}

impl Clock {
    /// The time is looked at once in so many reads.
    const READS_A_LOOK: u32 = 1 << 8;

    /// A clock that ends so long from now.
    pub(super) fn of(time: Duration) -> Self {
        Self::until(Instant::now().checked_add(time))
    }

    fn until(end: Option<Instant>) -> Self {
        Self { end, reads: AtomicU32::new(0), is_over: AtomicBool::new(false) }
    }

    /// Whether the time is over; looks now and then.
    pub(super) fn is_over(&self) -> bool {
        let reads = self.reads.load(Ordering::Relaxed).wrapping_add(1);
        // Two threads that count one read together do no harm.
        self.reads.store(reads, Ordering::Relaxed);
        if reads.is_multiple_of(Self::READS_A_LOOK) { self.look() } else { self.is_over.load(Ordering::Relaxed) }
    }

    /// Whether the time is over, for what takes long itself.
    pub(super) fn look(&self) -> bool {
        let is_over = self.end.is_some_and(|end| Instant::now() > end);
        self.is_over.store(is_over, Ordering::Relaxed);
        is_over
    }
}
