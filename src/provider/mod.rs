//! Providers: where resources come from, and who can delete them.
//!
//! A provider finds its accounts, regions and scopes, and lists one scope at a time. It keeps no inventory: what a
//! failed listing means for the nodes that are there already is decided in `collect`.
//!
//! Providers only read. The one exception is [`Provider::delete`], which `cleanup` alone calls.

use std::{collections::BTreeSet, fmt::Debug};

use async_trait::async_trait;
use serde::Serialize;

use crate::model::{
    Account, AccountId, Failure, KindName, Listing, ProviderName, Region, RegionId, Resource, ScopeKey,
};

pub mod aws;
pub mod catalogue;
pub mod example;
pub mod file;
mod kinds;
mod meter;
mod needed;
mod prices;
mod tally;

pub use kinds::known_kinds;
pub use meter::{Call, CallMeter, CallOutcome, NoMeter, Operation};
pub use needed::NeededKinds;
pub use prices::{PriceReport, PriceRow, PriceSource};
pub use tally::{Asked, Tally};

/// A source of resources.
///
/// Every future may be dropped at any await point: that is how a phase's timeout cancels.
#[async_trait]
pub trait Provider: Debug + Send + Sync {
    /// The name it has in the configuration, in logs and in scopes.
    fn name(&self) -> ProviderName;

    /// Finds the accounts and what can be listed in each; called once at the start of every collection.
    async fn discover(&self) -> Discovery;

    /// Lists one scope that the last [`discover`](Self::discover) named.
    async fn list(&self, scope: &ScopeKey) -> Listing;

    /// Asks which of the actions that listing takes would be refused, where a cloud can say so beforehand; returns the
    /// accounts that do not say.
    ///
    /// What it finds is in [`missing_permissions`](Self::missing_permissions) from then on.
    async fn probe(&self) -> Vec<(AccountId, Failure)> {
        Vec::new()
    }

    /// The actions that are refused, by what is known at the moment; asks nobody. Those that the settings expect to be
    /// refused are left out.
    fn missing_permissions(&self) -> Vec<MissingPermission> {
        Vec::new()
    }

    /// Whether resources of this kind can be deleted at all.
    fn deletes(&self, kind: &str) -> bool;

    /// The kinds whose resources may have to go before one of this kind can: their scopes must be complete first.
    fn dependants(&self, _kind: &str) -> Vec<KindName> {
        Vec::new()
    }

    /// Whether the resource vanishes with what it belongs to and cannot be deleted on its own, as a VPC's default
    /// security group does. Such a resource does not stand in the way of its owner.
    fn goes_with_its_owner(&self, _resource: &Resource) -> bool {
        false
    }

    /// What it knows of prices; none where it has none.
    fn prices(&self) -> Option<PriceReport> {
        None
    }

    /// Deletes one resource, and returns when it is gone.
    ///
    /// A resource that no longer exists counts as deleted.
    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure>;
}

/// What a provider can see at the moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    pub accounts: Vec<DiscoveredAccount>,
    /// Set where accounts may be missing from the list: then no account counts as gone.
    pub failure: Option<Failure>,
}

/// One account and what can be listed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscoveredAccount {
    pub account: Account,
    pub regions: Vec<Region>,
    pub scopes: Vec<ScopeKey>,
    /// Set where regions or scopes may be missing: then none of the account's scopes counts as gone.
    pub failure: Option<Failure>,
}

/// An action that an account refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingPermission {
    pub account: AccountId,
    /// As a policy names it, for example `ec2:DescribeVpcs`.
    pub action: String,
    /// Where it was refused; none where it would be refused, but was not asked for yet.
    pub regions: BTreeSet<RegionId>,
    /// The kinds that cannot be listed, or not completely, without it; none where it is about the account itself.
    pub kinds: BTreeSet<KindName>,
}

/// A resource that is to be deleted, with all that a provider needs for the call.
#[derive(Clone, Debug)]
pub struct DeleteTarget {
    /// The scope it was listed in.
    pub scope: ScopeKey,
    pub resource: Resource,
    /// The successors and predecessors that pre-delete steps loop over: detach, release, revoke.
    pub neighbours: Vec<Resource>,
}
