//! Interning: what equal tables have in common is held once.

use std::{collections::HashSet, sync::Arc};

use rustc_hash::FxBuildHasher;

use super::{Table, schema::Schema};
use crate::model::RegionId;

/// The schemas and regions of tables that were seen, so that tables of one kind share theirs.
///
/// It lives as long as one pass over an inventory and is no larger than what that holds: nothing is interned for good.
#[derive(Debug, Default)]
pub struct Interner {
    schemas: HashSet<Arc<Schema>, FxBuildHasher>,
    regions: HashSet<Arc<[RegionId]>, FxBuildHasher>,
}

impl Interner {
    /// Remembers what a table has, which stays as it is.
    pub fn keep(&mut self, table: &Table) {
        self.schemas.insert(table.schema.clone());
        self.regions.insert(table.regions.clone());
    }

    /// Makes a new table share what others have.
    pub fn intern(&mut self, table: &mut Table) {
        table.schema = share(&mut self.schemas, &table.schema);
        table.regions = share(&mut self.regions, &table.regions);
    }
}

fn share<T: ?Sized + Eq + std::hash::Hash>(known: &mut HashSet<Arc<T>, FxBuildHasher>, own: &Arc<T>) -> Arc<T> {
    if let Some(known) = known.get(own) {
        return known.clone();
    }
    known.insert(own.clone());
    own.clone()
}
