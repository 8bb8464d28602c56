//! The inventory: what is known of every scope, before it becomes a graph.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::model::{Account, AccountId, CloudId, Failure, ProviderName, Region, RegionId, Resource, ScopeKey};

use super::{Entry, Slice, slice};

/// Resources and ledger of every scope, and the accounts they belong to.
///
/// Cheap to clone: scopes that did not change are shared with the inventory of the last collection. Every scope's
/// account is among the accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub accounts: BTreeMap<AccountKey, AccountState>,
    pub scopes: BTreeMap<ScopeKey, Arc<ScopeState>>,
}

/// Names an account as one provider sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    pub provider: ProviderName,
    pub cloud: CloudId,
    pub account: AccountId,
}

impl AccountKey {
    /// The account that a scope belongs to.
    pub fn of(scope: &ScopeKey) -> Self {
        Self { provider: scope.provider.clone(), cloud: scope.cloud.clone(), account: scope.account.clone() }
    }

    /// Whether a scope belongs to the account.
    pub fn is_of(&self, scope: &ScopeKey) -> bool {
        self.account == scope.account && self.cloud == scope.cloud && self.provider == scope.provider
    }
}

/// An account with its regions.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountState {
    pub account: Account,
    /// Most accounts have the same ones, and then share them.
    pub regions: Arc<BTreeMap<RegionId, Region>>,
    /// Why the account could not be entered at the last attempt.
    pub failure: Option<Failure>,
    /// Since when complete discoveries no longer name it.
    pub gone_since: Option<Timestamp>,
}

/// One scope: its last known resources and its line in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeState {
    pub entry: Entry,
    pub rows: Slice,
}

impl ScopeState {
    /// A scope and the resources that it was found to have, packed at once.
    pub fn listed<'a>(scope: &ScopeKey, entry: Entry, resources: impl IntoIterator<Item = &'a Resource>) -> Self {
        Self { entry, rows: Slice::pack(scope, resources) }
    }
}

impl Inventory {
    /// The ledger: every scope with how its last attempt went, in order of scope.
    pub fn ledger(&self) -> impl Iterator<Item = (&ScopeKey, &Entry)> {
        self.scopes.iter().map(|(key, scope)| (key, &scope.entry))
    }

    /// The number of resources, those of failed scopes included.
    pub fn resources(&self) -> usize {
        self.scopes.values().map(|scope| scope.rows.len()).sum()
    }

    /// Joins what was listed scope by scope into one table for each kind of an account.
    ///
    /// A table whose scopes all kept their rows stays as it is, so that a generation costs what changed.
    pub fn pack(&mut self) {
        let mut scopes: Vec<(&ScopeKey, &mut Arc<ScopeState>)> = self.scopes.iter_mut().collect();
        let same_account =
            |a: &ScopeKey, b: &ScopeKey| (&a.provider, &a.cloud, &a.account) == (&b.provider, &b.cloud, &b.account);
        let interner = Mutex::default();
        scopes.par_chunk_by_mut(|a, b| same_account(a.0, b.0)).for_each(|scopes| {
            let mut slices: Vec<Slice> = scopes.iter().map(|(_, state)| state.rows.clone()).collect();
            slice::pack(scopes.iter().map(|(scope, _)| *scope).zip(&mut slices), &interner);
            for ((_, state), rows) in scopes.iter_mut().zip(slices) {
                if !state.rows.is_same(&rows) {
                    Arc::make_mut(state).rows = rows;
                }
            }
        });
    }
}
