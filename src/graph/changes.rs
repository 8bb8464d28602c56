//! Changes: how far one complete listing of a scope differs from the one before.

use std::ops::AddAssign;

use serde::Serialize;

/// Counts of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    pub created: u64,
    pub changed: u64,
    pub deleted: u64,
}

impl Changes {
    /// Whether nothing is different.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Makes each count at least what it is in another.
    pub fn raise(&mut self, other: Self) {
        self.created = self.created.max(other.created);
        self.changed = self.changed.max(other.changed);
        self.deleted = self.deleted.max(other.deleted);
    }
}

impl AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.deleted += other.deleted;
    }
}
