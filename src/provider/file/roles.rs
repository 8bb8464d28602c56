//! Roles: what a node is in the hierarchy.

use crate::{
    model::{KindModel, KindName},
    provider::known_kinds,
};

/// What a node is; all but resources are described elsewhere than in scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Root,
    Cloud,
    Account,
    Region,
    Resource,
}

/// Knows the roles of kinds.
#[derive(Debug)]
pub(super) struct Roles(KindModel);

impl Roles {
    pub(super) fn new() -> Self {
        Self(KindModel::new(known_kinds(&|_| false)).expect("the known kinds fit together, says a test"))
    }

    /// The role of a kind that says itself what it inherits from, or that is known.
    pub(super) fn of(&self, kind: &KindName, bases: &[KindName]) -> Role {
        let is = |base: &str| self.0.is_a(kind, base) || bases.iter().any(|own| self.0.is_a(own, base));
        match () {
            () if is("graph_root") => Role::Root,
            () if is("base_cloud") => Role::Cloud,
            () if is("account") => Role::Account,
            () if is("region") => Role::Region,
            () => Role::Resource,
        }
    }
}
