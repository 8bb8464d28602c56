//! Coverage: how much of what a metric is made of was listed completely, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    graph::{AccountKey, Inventory, Outcome},
    model::{KindName, RegionId},
};

use super::{
    known::Fate,
    place::{Place, ScopePlace},
};

/// The scopes that could feed a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many there are.
    pub feeding: usize,
    /// How many were listed completely at their last attempt; the resources of the others are older or partial.
    pub complete: usize,
    /// The oldest of their last complete listings; none if no scope ever had one. Scopes that never had one are not in
    /// it, they lower [`Coverage::ratio`].
    pub oldest_success: Option<Timestamp>,
}

impl Coverage {
    /// The share of complete scopes; none where no scope could feed the metric.
    pub fn ratio(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share of so many scopes needs no more digits")]
        let ratio = |part: usize, whole: usize| part as f64 / whole as f64;
        (self.feeding > 0).then(|| ratio(self.complete, self.feeding))
    }
}

/// The scopes of an inventory by kind.
pub(super) struct Scopes<'a> {
    by_kind: BTreeMap<&'a KindName, Vec<Scope<'a>>>,
    accounts: Vec<ScopePlace<'a>>,
}

struct Scope<'a> {
    place: ScopePlace<'a>,
    complete: bool,
    last_success: Option<Timestamp>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut by_kind: BTreeMap<&KindName, Vec<Scope<'a>>> = BTreeMap::new();
        for (key, entry) in inventory.ledger() {
            let state = inventory.accounts.get(&AccountKey::of(key));
            let region_name = state.and_then(|state| state.regions.get(&key.region)).map(|region| region.name.as_str());
            let place = ScopePlace {
                cloud: &key.cloud,
                account_id: &key.account,
                account_name: state.map_or(&key.account, |state| &state.account.name),
                region: (key.region != *RegionId::GLOBAL)
                    .then(|| (key.region.as_str(), region_name.unwrap_or(&key.region))),
            };
            // Of an account that could not be entered, the entries tell of an earlier attempt.
            let entered = state.is_none_or(|state| state.failure.is_none());
            by_kind.entry(&key.kind).or_default().push(Scope {
                place,
                complete: entered && entry.outcome == Outcome::Complete,
                last_success: entry.last_success,
            });
        }
        let accounts = inventory.accounts.values().map(|state| ScopePlace {
            cloud: &state.account.cloud,
            account_id: &state.account.id,
            account_name: &state.account.name,
            region: None,
        });
        Self { by_kind, accounts: accounts.collect() }
    }

    /// How far the scopes of these kinds cover a metric.
    pub(super) fn coverage(&self, kinds: &BTreeSet<KindName>) -> Coverage {
        let mut coverage = Coverage::default();
        for scope in self.feeding(kinds) {
            coverage.feeding += 1;
            coverage.complete += usize::from(scope.complete);
            coverage.oldest_success = match (coverage.oldest_success, scope.last_success) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        coverage
    }

    /// Judges groups of a metric that are not there.
    pub(super) fn fates<'s>(
        &'s self,
        kinds: &BTreeSet<KindName>,
        places: &'s [Option<Place>],
    ) -> impl Fn(&[Arc<str>]) -> Fate + use<'s, 'a> {
        let open: BTreeSet<ScopePlace<'_>> =
            self.feeding(kinds).filter(|scope| !scope.complete).map(|scope| scope.place).collect();
        move |labels| {
            if !self.accounts.iter().any(|account| account.can_feed(places, labels)) {
                return Fate::Gone;
            }
            let is_open = open.iter().any(|scope| scope.can_feed(places, labels));
            if is_open { Fate::Unsettled } else { Fate::Settled }
        }
    }

    fn feeding(&self, kinds: &BTreeSet<KindName>) -> impl Iterator<Item = &Scope<'a>> {
        self.by_kind.iter().filter(|(kind, _)| kinds.contains(**kind)).flat_map(|(_, scopes)| scopes)
    }
}
