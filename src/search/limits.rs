//! Limits: how much one evaluation may do.

/// How much work a query may cause before it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes and edges that are looked at, in all parts together.
    pub steps: u64,
    /// Rows of an aggregate.
    pub groups: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000_000, groups: 1_000_000 }
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exhausted {
    #[error("the query looks at more than {0} nodes and edges")]
    Steps(u64),
    #[error("the query yields more than {0} groups")]
    Groups(usize),
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    left: u64,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, left: limits.steps }
    }

    /// Pays for one node or edge.
    pub(super) fn step(&mut self) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted::Steps(self.limits.steps))?;
        Ok(())
    }

    /// Allows one more group beside those that exist.
    pub(super) fn group(&self, existing: usize) -> Result<(), Exhausted> {
        if existing < self.limits.groups { Ok(()) } else { Err(Exhausted::Groups(self.limits.groups)) }
    }
}
