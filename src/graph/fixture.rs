//! Small inventories for the unit tests of every module that reads a graph.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{AccountKey, AccountState, Draft, Entry, Generation, Inventory, Outcome, ScopeState};
use crate::model::{Account, KindModel, KindName, Map, Region, Resource, ScopeKey};

/// When everything in a fixture was collected.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Accounts of the cloud `sky`, each with resources in its region `west`, every scope complete.
pub(crate) fn inventory(accounts: &[(&str, Vec<Resource>)]) -> Arc<Inventory> {
    let mut inventory = Inventory::default();
    for (account, resources) in accounts {
        let key = AccountKey { provider: "test".into(), cloud: "sky".into(), account: (*account).into() };
        let region = Region::named("west", "region");
        inventory.accounts.insert(
            key,
            AccountState {
                account: Account {
                    cloud: "sky".into(),
                    id: (*account).into(),
                    name: format!("name of {account}"),
                    kind: "account".into(),
                    properties: Map::new(),
                },
                regions: BTreeMap::from([(region.id.clone(), region)]).into(),
                failure: None,
                gone_since: None,
            },
        );
        let mut by_kind: BTreeMap<&KindName, Vec<&Resource>> = BTreeMap::new();
        for resource in resources {
            by_kind.entry(&resource.kind).or_default().push(resource);
        }
        for (kind, resources) in by_kind {
            let scope = ScopeKey {
                provider: "test".into(),
                cloud: "sky".into(),
                account: (*account).into(),
                region: "west".into(),
                kind: kind.clone(),
            };
            let entry = Entry {
                outcome: Outcome::Complete,
                failure: None,
                last_attempt: now(),
                last_success: Some(now()),
                known_since: now(),
                duration: Duration::ZERO,
                calls: 0,
                throttles: 0,
            };
            let state = ScopeState::listed(&scope, entry, resources);
            inventory.scopes.insert(scope, Arc::new(state));
        }
    }
    Arc::new(inventory)
}

/// The first generation of such an inventory, over the base kinds.
pub(crate) fn generation(accounts: &[(&str, Vec<Resource>)]) -> Generation {
    let (inventory, graph) = Draft::new(inventory(accounts), Arc::new(KindModel::base())).seal();
    Generation::new(1, Some(now()), inventory, graph)
}
