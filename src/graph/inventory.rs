//! The inventory: what is known of every scope, before it becomes a graph.

use std::{collections::BTreeMap, sync::Arc};

use crate::model::{Account, AccountId, CloudId, Failure, ProviderName, Region, RegionId, Resource, ScopeKey};

use super::Entry;

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
}

/// An account with its regions.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountState {
    pub account: Account,
    pub regions: BTreeMap<RegionId, Region>,
    /// Why the account could not be entered at the last attempt.
    pub failure: Option<Failure>,
}

/// One scope: its last known resources and its line in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeState {
    pub entry: Entry,
    /// Sorted by region and id.
    pub resources: Vec<Arc<Resource>>,
}

impl Inventory {
    /// The ledger: every scope with how its last attempt went, in order of scope.
    pub fn ledger(&self) -> impl Iterator<Item = (&ScopeKey, &Entry)> {
        self.scopes.iter().map(|(key, scope)| (key, &scope.entry))
    }

    /// The number of resources, those of failed scopes included.
    pub fn resources(&self) -> usize {
        self.scopes.values().map(|scope| scope.resources.len()).sum()
    }
}
