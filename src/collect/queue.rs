//! The queue: which scope is listed next.
//!
//! The account with the fewest listings under way has the next turn, so that one giant account does not delay the
//! rest; of those with equally many, the one with the most left to do. Within an account the longest listing of the
//! last collection comes first, so that it does not begin when all others are done.

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    graph::Inventory,
    model::ScopeKey,
    provider::{Discovery, Provider},
};

/// Scopes that wait, account by account.
#[derive(Debug)]
pub(super) struct Queue<'a> {
    accounts: Vec<Waiting<'a>>,
    turns: BTreeSet<Turn>,
}

/// One account's part.
#[derive(Debug)]
struct Waiting<'a> {
    provider: &'a Arc<dyn Provider>,
    /// The next one is the last.
    scopes: Vec<&'a ScopeKey>,
    /// How long the scopes took the last time, together.
    rest: Duration,
    under_way: usize,
}

/// The order of accounts that have scopes left: listings under way, what is left to do, and the position.
type Turn = (usize, Reverse<(Duration, usize)>, usize);

/// A scope whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next<'a> {
    pub(super) provider: &'a Arc<dyn Provider>,
    pub(super) scope: &'a ScopeKey,
    /// To be told when its listing has ended.
    pub(super) account: usize,
}

impl<'a> Queue<'a> {
    /// Every scope once, of whatever discovery.
    pub(super) fn new(providers: &'a [Arc<dyn Provider>], discoveries: &'a [Discovery], previous: &Inventory) -> Self {
        let took = |scope: &ScopeKey| previous.scopes.get(scope).map(|state| state.entry.duration);
        let mut seen = BTreeSet::new();
        let mut accounts = Vec::new();
        for (provider, discovery) in providers.iter().zip(discoveries) {
            for found in &discovery.accounts {
                let scopes = found.scopes.iter().filter(|scope| seen.insert(*scope));
                // What has not been listed yet may take long.
                let mut order: Vec<_> = scopes.map(|scope| (took(scope).unwrap_or(Duration::MAX), scope)).collect();
                order.sort_by_key(|(took, _)| Reverse(*took));
                let scopes: Vec<&ScopeKey> = order.into_iter().rev().map(|(_, scope)| scope).collect();
                let rest = scopes.iter().filter_map(|scope| took(scope)).sum();
                accounts.push(Waiting { provider, scopes, rest, under_way: 0 });
            }
        }
        let mut queue = Self { accounts, turns: BTreeSet::new() };
        for position in 0..queue.accounts.len() {
            queue.turns.extend(queue.turn(position));
        }
        queue
    }

    /// Takes the scope whose turn it is.
    pub(super) fn next(&mut self, previous: &Inventory) -> Option<Next<'a>> {
        let (_, _, position) = self.turns.pop_first()?;
        let account = &mut self.accounts[position];
        let scope = account.scopes.pop().expect("an account without scopes has no turn");
        let took = previous.scopes.get(scope).map(|state| state.entry.duration).unwrap_or_default();
        account.rest = account.rest.saturating_sub(took);
        account.under_way += 1;
        let next = Next { provider: account.provider, scope, account: position };
        self.turns.extend(self.turn(position));
        Some(next)
    }

    /// Notes that a listing of the account has ended.
    pub(super) fn ended(&mut self, account: usize) {
        if let Some(turn) = self.turn(account) {
            self.turns.remove(&turn);
        }
        self.accounts[account].under_way -= 1;
        self.turns.extend(self.turn(account));
    }

    fn turn(&self, position: usize) -> Option<Turn> {
        let account = &self.accounts[position];
        let left = account.scopes.len();
        (left > 0).then_some((account.under_way, Reverse((account.rest, left)), position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graph::{Entry, Outcome, ScopeState},
        model::Account,
        provider::{
            DiscoveredAccount,
            example::{Config, ExampleProvider},
        },
    };

    fn scope(account: &str, kind: &str) -> ScopeKey {
        ScopeKey {
            provider: "p".into(),
            cloud: "sky".into(),
            account: account.into(),
            region: "west".into(),
            kind: kind.into(),
        }
    }

    fn found(account: &str, kinds: &[&str]) -> DiscoveredAccount {
        DiscoveredAccount {
            account: Account {
                cloud: "sky".into(),
                id: account.into(),
                name: account.to_owned(),
                kind: "account".into(),
                properties: crate::model::Map::new(),
            },
            regions: Vec::new(),
            scopes: kinds.iter().map(|kind| scope(account, kind)).collect(),
            failure: None,
        }
    }

    fn took(seconds: &[(&str, &str, u64)]) -> Inventory {
        let scopes = seconds.iter().map(|(account, kind, seconds)| {
            let entry = Entry {
                outcome: Outcome::Complete,
                failure: None,
                last_attempt: jiff::Timestamp::UNIX_EPOCH,
                last_success: None,
                known_since: jiff::Timestamp::UNIX_EPOCH,
                duration: Duration::from_secs(*seconds),
                calls: 0,
                throttles: 0,
            };
            let scope = scope(account, kind);
            let state = ScopeState::listed(&scope, entry, []);
            (scope, Arc::new(state))
        });
        Inventory { scopes: scopes.collect(), ..Inventory::default() }
    }

    /// The order in which scopes are taken, with `at_a_time` under way and the first one ending first.
    fn order(accounts: Vec<DiscoveredAccount>, previous: &Inventory, at_a_time: usize) -> Vec<String> {
        let clock = Arc::new(crate::model::FixedClock(jiff::Timestamp::UNIX_EPOCH));
        let provider: Arc<dyn Provider> = Arc::new(ExampleProvider::new(Config::default(), clock));
        let (providers, discoveries) = ([provider], [Discovery { accounts, failure: None }]);
        let mut queue = Queue::new(&providers, &discoveries, previous);
        let (mut order, mut under_way) = (Vec::new(), std::collections::VecDeque::new());
        while let Some(next) = queue.next(previous) {
            order.push(format!("{}/{}", next.scope.account, next.scope.kind));
            under_way.push_back(next.account);
            if under_way.len() == at_a_time {
                queue.ended(under_way.pop_front().unwrap());
            }
        }
        order
    }

    #[test]
    fn the_longest_of_the_last_time_and_what_is_new_come_first() {
        let previous = took(&[("a", "image", 2), ("a", "instance", 90), ("a", "volume", 30)]);
        let order = order(vec![found("a", &["image", "instance", "queue", "volume"])], &previous, 1);
        assert_eq!(order, ["a/queue", "a/instance", "a/volume", "a/image"]);
    }

    #[test]
    fn without_a_last_time_the_order_is_the_providers() {
        let order = order(vec![found("a", &["x", "b"]), found("b", &["x", "b"])], &Inventory::default(), 2);
        assert_eq!(order, ["a/x", "b/x", "a/b", "b/b"]);
    }

    #[test]
    fn accounts_take_turns_and_the_one_with_most_to_do_begins() {
        let previous = took(&[("a", "image", 1), ("b", "image", 60), ("b", "volume", 60), ("c", "image", 5)]);
        let accounts = vec![found("a", &["image"]), found("b", &["image", "volume"]), found("c", &["image"])];
        assert_eq!(order(accounts, &previous, 3), ["b/image", "c/image", "a/image", "b/volume"]);
    }

    #[test]
    fn a_scope_that_is_named_twice_is_taken_once() {
        let accounts = vec![found("a", &["image", "image"]), found("a", &["image"])];
        assert_eq!(order(accounts, &Inventory::default(), 1), ["a/image"]);
    }
}
