//! Coverage: how much of what a metric is made of was listed completely, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use crate::{
    graph::{AccountKey, AccountState, Inventory, Outcome},
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
    /// How many were listed completely at their last attempt, not too long ago; the resources of the others are older or
    /// partial.
    pub complete: usize,
    /// The oldest of their last complete listings; none if no scope ever had one. Scopes that never had one are not in
    /// it, they lower [`Coverage::ratio`].
    pub oldest_success: Option<Timestamp>,
}

impl Coverage {
    fn add(&mut self, other: Self) {
        self.feeding += other.feeding;
        self.complete += other.complete;
        self.oldest_success = match (self.oldest_success, other.oldest_success) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// The share of complete and fresh scopes; none where no scope could feed the metric.
    pub fn ratio(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share of so many scopes needs no more digits")]
        let ratio = |part: usize, whole: usize| part as f64 / whole as f64;
        (self.feeding > 0).then(|| ratio(self.complete, self.feeding))
    }
}

/// The scopes of an inventory by kind.
pub(super) struct Scopes<'a> {
    by_kind: BTreeMap<&'a KindName, OfKind<'a>>,
    accounts: Vec<ScopePlace<'a>>,
}

/// The scopes of one kind.
#[derive(Default)]
struct OfKind<'a> {
    coverage: Coverage,
    /// Where those are that were not listed completely.
    open: Vec<ScopePlace<'a>>,
}

/// Judges the groups of a metric that are not there.
pub(super) struct Fates<'s> {
    places: &'s [Option<Place>],
    accounts: &'s [ScopePlace<'s>],
    open: BTreeSet<ScopePlace<'s>>,
}

impl<'a> Scopes<'a> {
    /// The scopes as they are at a time; a complete listing counts as long as it is fresh.
    pub(super) fn new(inventory: &'a Inventory, now: Timestamp, fresh_for: Duration) -> Self {
        let fresh_for = SignedDuration::try_from(fresh_for).unwrap_or(SignedDuration::MAX);
        let is_fresh = |success: Timestamp| now.duration_since(success) <= fresh_for;
        let mut positions: FxHashMap<&KindName, usize> = FxHashMap::default();
        let mut kinds: Vec<(&KindName, OfKind<'a>)> = Vec::new();
        // There are many scopes, and those of an account follow each other.
        let mut last: Option<(AccountKey, Option<&AccountState>)> = None;
        for (key, entry) in inventory.ledger() {
            let state = match &last {
                Some((account, state)) if account.is_of(key) => *state,
                _ => {
                    let account = AccountKey::of(key);
                    let state = inventory.accounts.get(&account);
                    last = Some((account, state));
                    state
                }
            };
            // Of an account that could not be entered, the entries tell of an earlier attempt.
            let entered = state.is_none_or(|state| state.failure.is_none());
            let complete = entered && entry.outcome == Outcome::Complete;
            let position = *positions.entry(&key.kind).or_insert_with(|| {
                kinds.push((&key.kind, OfKind::default()));
                kinds.len() - 1
            });
            let of_kind = &mut kinds[position].1;
            // What is denied as expected feeds nothing. It stays open all the same, as nobody knows what it holds.
            if !entry.is_expected() {
                of_kind.coverage.add(Coverage {
                    feeding: 1,
                    complete: usize::from(complete && entry.last_success.is_some_and(is_fresh)),
                    oldest_success: entry.last_success,
                });
            }
            if !complete {
                let region = state.and_then(|state| state.regions.get(&key.region));
                let region_name = region.map_or(key.region.as_str(), |region| region.name.as_str());
                of_kind.open.push(ScopePlace {
                    cloud: &key.cloud,
                    account_id: &key.account,
                    account_name: state.map_or(&key.account, |state| &state.account.name),
                    region: (key.region != *RegionId::GLOBAL).then(|| (key.region.as_str(), region_name)),
                });
            }
        }
        let accounts = inventory.accounts.values().map(|state| ScopePlace {
            cloud: &state.account.cloud,
            account_id: &state.account.id,
            account_name: &state.account.name,
            region: None,
        });
        Self { by_kind: kinds.into_iter().collect(), accounts: accounts.collect() }
    }

    /// How far the scopes of these kinds cover a metric.
    pub(super) fn coverage(&self, kinds: &BTreeSet<KindName>) -> Coverage {
        let mut coverage = Coverage::default();
        for of_kind in self.feeding(kinds) {
            coverage.add(of_kind.coverage);
        }
        coverage
    }

    /// What becomes of groups of a metric that are not there.
    pub(super) fn fates<'s>(&'s self, kinds: &BTreeSet<KindName>, places: &'s [Option<Place>]) -> Fates<'s> {
        let open = self.feeding(kinds).flat_map(|of_kind| &of_kind.open).copied().collect();
        Fates { places, accounts: &self.accounts, open }
    }

    fn feeding(&self, kinds: &BTreeSet<KindName>) -> impl Iterator<Item = &OfKind<'a>> {
        self.by_kind.iter().filter(|(kind, _)| kinds.contains(**kind)).map(|(_, of_kind)| of_kind)
    }
}

impl Fates<'_> {
    /// What becomes of the group with these labels.
    pub(super) fn of(&self, labels: &[&str]) -> Fate {
        if !self.accounts.iter().any(|account| account.can_feed(self.places, labels)) {
            return Fate::Gone;
        }
        let is_open = self.open.iter().any(|scope| scope.can_feed(self.places, labels));
        if is_open { Fate::Unsettled } else { Fate::Settled }
    }

    /// The labels that decide; groups in which they are the same share their fate.
    pub(super) fn deciding(&self) -> impl Iterator<Item = usize> {
        self.places.iter().enumerate().filter_map(|(index, place)| place.map(|_| index))
    }
}
