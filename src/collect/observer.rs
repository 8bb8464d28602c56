//! Observers: who is told how a collection goes on.

use crate::{
    graph::Entry,
    model::{Failure, ProviderName, ScopeKey},
    provider::Discovery,
};

/// Hears of every step of a collection, for progress displays and logs.
pub trait Observer: Send + Sync {
    /// A provider said what it can see.
    fn discovered(&self, provider: &ProviderName, discovery: &Discovery);

    /// A scope's listing began.
    fn started(&self, scope: &ScopeKey);

    /// A scope's listing ended; `resources` are those now known, kept ones included.
    fn listed(&self, scope: &ScopeKey, entry: &Entry, resources: usize);

    /// A scope was not tried, because its account or provider could not be entered.
    fn unreachable(&self, scope: &ScopeKey, failure: &Failure);
}

/// An observer that does not listen.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn discovered(&self, _provider: &ProviderName, _discovery: &Discovery) {}
    fn started(&self, _scope: &ScopeKey) {}
    fn listed(&self, _scope: &ScopeKey, _entry: &Entry, _resources: usize) {}
    fn unreachable(&self, _scope: &ScopeKey, _failure: &Failure) {}
}
