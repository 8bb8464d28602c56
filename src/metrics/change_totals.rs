//! Totals of changes: what was created, changed and deleted, as counters.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    graph::{AccountKey, Changes, Inventory},
    model::{AccountId, CloudId, KindName},
};

use super::{Family, FamilyKind, limit::OTHER};

/// How many resources came, changed and went, by cloud, account and kind, since the totals began.
///
/// Counted are the differences between two complete listings of a scope, so that nothing counts when a scope is first
/// seen, while it fails, or when it is dropped because it has failed for too long. A resource that moves to another
/// region was deleted and created. The totals of an account end when it is no longer collected.
///
/// They are bounded: what comes when there are [`ChangeTotals::MAX`] is counted together, under `__other__`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub struct ChangeTotals {
    totals: BTreeMap<Key, Changes>,
    other: Option<Changes>,
}

type Key = (CloudId, AccountId, KindName);

/// One line of the totals as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    /// None for what is counted together.
    of: Option<Key>,
    created: u64,
    changed: u64,
    deleted: u64,
}

impl ChangeTotals {
    /// How many combinations of cloud, account and kind have totals of their own.
    pub const MAX: usize = 10_000;

    /// Adds what one collection found, and starts the totals of what it listed completely for the first time at zero.
    pub fn add(&mut self, changes: &BTreeMap<Key, Changes>, inventory: &Inventory) {
        self.add_at_most(changes, inventory, Self::MAX);
    }

    fn add_at_most(&mut self, changes: &BTreeMap<Key, Changes>, inventory: &Inventory, max: usize) {
        let accounts: BTreeSet<(&CloudId, &AccountId)> =
            inventory.accounts.keys().map(|AccountKey { cloud, account, .. }| (cloud, account)).collect();
        self.totals.retain(|(cloud, account, _), _| accounts.contains(&(cloud, account)));
        let listed = inventory.ledger().filter(|(_, entry)| entry.last_success.is_some());
        let listed = listed.map(|(scope, _)| (scope.cloud.clone(), scope.account.clone(), scope.kind.clone()));
        for key in listed.collect::<BTreeSet<Key>>() {
            if self.totals.len() < max {
                self.totals.entry(key).or_default();
            } else if !self.totals.contains_key(&key) {
                self.other.get_or_insert_default();
            }
        }
        for (key, changes) in changes {
            match self.totals.get_mut(key) {
                Some(total) => *total += *changes,
                None => *self.other.get_or_insert_default() += *changes,
            }
        }
    }

    /// Makes every total at least what it is in another, which counts the same resources: so that totals taken up from
    /// several files are never less than what was shown.
    pub fn raise(&mut self, other: &Self) {
        for (key, changes) in &other.totals {
            self.totals.entry(key.clone()).or_default().raise(*changes);
        }
        if let Some(changes) = other.other {
            self.other.get_or_insert_default().raise(changes);
        }
    }

    /// The three families; accounts are named as the inventory names them.
    pub fn families(&self, inventory: &Inventory) -> Vec<Arc<Family>> {
        let names: BTreeMap<(&CloudId, &AccountId), &str> = inventory
            .accounts
            .iter()
            .map(|(key, state)| ((&key.cloud, &key.account), state.account.name.as_str()))
            .collect();
        let family = |name: &str, help: &str, count: fn(&Changes) -> u64| {
            #[expect(clippy::cast_precision_loss, reason = "changes are counted far below 2^53")]
            let number = |changes: &Changes| count(changes) as f64;
            let own = self.totals.iter().map(|(key, changes)| {
                let (cloud, account, kind) = key;
                let name = names.get(&(cloud, account)).copied().unwrap_or(account);
                ([&**cloud, name, &**account, &**kind], number(changes))
            });
            let other = self.other.iter().map(|changes| ([OTHER; 4], number(changes)));
            Family::new(name, help, FamilyKind::Counter, ["cloud", "account", "account_id", "kind"])
                .and_then(|family| family.with_samples(own.chain(other)))
                .map(Arc::new)
                .expect("the names are valid and the totals are a map")
        };
        let families = [
            family(
                "cloudgauge_resources_created_total",
                "Resources that a complete listing had and the complete one before it had not.",
                |changes| changes.created,
            ),
            family(
                "cloudgauge_resources_changed_total",
                "Resources that differed between two complete listings.",
                |changes| changes.changed,
            ),
            family(
                "cloudgauge_resources_deleted_total",
                "Resources that a complete listing no longer had.",
                |changes| changes.deleted,
            ),
        ];
        families.into_iter().filter(|family| !family.samples().is_empty()).collect()
    }
}

impl From<Vec<Row>> for ChangeTotals {
    fn from(rows: Vec<Row>) -> Self {
        let mut totals = Self::default();
        for Row { of, created, changed, deleted } in rows {
            let changes = Changes { created, changed, deleted };
            match of {
                Some(key) => drop(totals.totals.insert(key, changes)),
                None => totals.other = Some(changes),
            }
        }
        totals
    }
}

impl From<ChangeTotals> for Vec<Row> {
    fn from(totals: ChangeTotals) -> Self {
        let own = totals.totals.into_iter().map(|(key, changes)| (Some(key), changes));
        let rows = own.chain(totals.other.map(|changes| (None, changes)));
        rows.map(|(of, Changes { created, changed, deleted })| Row { of, created, changed, deleted }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graph::fixture,
        metrics::exposition::{Exposition, Format},
        model::Resource,
    };

    fn inventory(accounts: &[&str]) -> Arc<Inventory> {
        let resources = || vec![Resource::new("volume", "v"), Resource::new("instance", "i")];
        fixture::inventory(&accounts.iter().map(|account| (*account, resources())).collect::<Vec<_>>())
    }

    fn changes(account: &str, kind: &str, created: u64, changed: u64, deleted: u64) -> BTreeMap<Key, Changes> {
        BTreeMap::from([(("sky".into(), account.into(), kind.into()), Changes { created, changed, deleted })])
    }

    fn text(totals: &ChangeTotals, inventory: &Inventory) -> String {
        let page = Exposition::new(totals.families(inventory)).unwrap().encode(Format::Text004);
        let text = String::from_utf8(page).unwrap();
        text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn changes_add_up_and_what_is_listed_starts_at_zero() {
        let inventory = inventory(&["dev"]);
        let mut totals = ChangeTotals::default();
        totals.add(&BTreeMap::new(), &inventory);
        totals.add(&changes("dev", "volume", 2, 1, 0), &inventory);
        totals.add(&changes("dev", "volume", 1, 0, 3), &inventory);
        insta::assert_snapshot!(text(&totals, &inventory), @r#"
        cloudgauge_resources_changed_total{cloud="sky",account="name of dev",account_id="dev",kind="instance"} 0
        cloudgauge_resources_changed_total{cloud="sky",account="name of dev",account_id="dev",kind="volume"} 1
        cloudgauge_resources_created_total{cloud="sky",account="name of dev",account_id="dev",kind="instance"} 0
        cloudgauge_resources_created_total{cloud="sky",account="name of dev",account_id="dev",kind="volume"} 3
        cloudgauge_resources_deleted_total{cloud="sky",account="name of dev",account_id="dev",kind="instance"} 0
        cloudgauge_resources_deleted_total{cloud="sky",account="name of dev",account_id="dev",kind="volume"} 3
        "#);
    }

    #[test]
    fn an_account_that_is_no_longer_collected_takes_its_totals_along() {
        let (both, one) = (inventory(&["dev", "prod"]), inventory(&["prod"]));
        let mut totals = ChangeTotals::default();
        totals.add(&changes("dev", "volume", 1, 0, 0), &both);
        totals.add(&changes("prod", "volume", 0, 0, 1), &one);
        assert!(!text(&totals, &one).contains("dev"));
    }

    #[test]
    fn what_comes_beyond_the_limit_is_counted_together_and_never_gets_less() {
        let first = inventory(&["prod"]);
        let mut totals = ChangeTotals::default();
        totals.add_at_most(&changes("prod", "volume", 1, 0, 0), &first, 2);
        // `dev` comes first in the alphabet and second in time.
        let both = inventory(&["dev", "prod"]);
        totals.add_at_most(&changes("dev", "volume", 5, 0, 0), &both, 2);
        totals.add_at_most(&changes("prod", "volume", 1, 0, 0), &both, 2);
        let created: Vec<_> =
            text(&totals, &both).lines().filter(|line| line.contains("created")).map(str::to_owned).collect();
        assert_eq!(
            created,
            [
                r#"cloudgauge_resources_created_total{cloud="__other__",account="__other__",account_id="__other__",kind="__other__"} 5"#,
                r#"cloudgauge_resources_created_total{cloud="sky",account="name of prod",account_id="prod",kind="instance"} 0"#,
                r#"cloudgauge_resources_created_total{cloud="sky",account="name of prod",account_id="prod",kind="volume"} 2"#,
            ]
        );
    }

    #[test]
    fn totals_of_two_files_become_the_greater_ones() {
        let inventory = inventory(&["dev"]);
        let (mut totals, mut other) = (ChangeTotals::default(), ChangeTotals::default());
        totals.add(&changes("dev", "volume", 3, 0, 1), &inventory);
        other.add(&changes("dev", "volume", 1, 2, 1), &inventory);
        totals.raise(&other);
        let mut expected = ChangeTotals::default();
        expected.add(&changes("dev", "volume", 3, 2, 1), &inventory);
        assert_eq!(totals, expected);
    }

    #[test]
    fn totals_are_stored_and_read_alike() {
        let mut totals = ChangeTotals::default();
        totals.add_at_most(&changes("dev", "volume", 1, 2, 3), &inventory(&["dev"]), 1);
        let text = serde_json::to_string(&totals).unwrap();
        assert_eq!(serde_json::from_str::<ChangeTotals>(&text).unwrap(), totals);
    }
}
