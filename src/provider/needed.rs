//! The needed kinds: what is listed where the settings name no kinds.

use std::{collections::BTreeSet, sync::Arc};

use arc_swap::ArcSwap;

use crate::model::KindName;

/// The kinds that something is made of; clones share them, so that a reload reaches the providers.
#[derive(Clone, Debug)]
pub struct NeededKinds(Arc<ArcSwap<BTreeSet<KindName>>>);

impl NeededKinds {
    pub fn new(kinds: BTreeSet<KindName>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(kinds)))
    }

    /// Puts other kinds into force: providers look when they discover, so that a collection has one set.
    pub fn replace(&self, kinds: BTreeSet<KindName>) {
        self.0.store(Arc::new(kinds));
    }

    /// The kinds in force.
    pub fn current(&self) -> Arc<BTreeSet<KindName>> {
        self.0.load_full()
    }
}
