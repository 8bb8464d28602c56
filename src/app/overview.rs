//! The landing page's and the self metrics' view of a generation.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    build,
    graph::{self, AccountKey, Entry, Generation, Outcome},
    http::{Overview, ScopeGroup, ScopeState},
    model::{FailureClass, ScopeKey},
    store::{Ledger, LedgerLine},
    telemetry::{GoneAccount, ScopeStatus},
};

use super::state::State;

pub(super) fn before_the_first_collection() -> Overview {
    Overview { version: build::LINE.to_owned(), ..Overview::default() }
}

/// Before anything of an earlier run but its page was read.
pub(super) fn of_last_page(number: u64, collected_at: Timestamp) -> Overview {
    Overview { generation: Some((number, collected_at)), ..before_the_first_collection() }
}

pub(super) fn show(state: &State, generation: &Generation) {
    show_scopes(state, generation.number, generation.collected_at, &scopes(generation));
    state.telemetry.accounts.set_gone(&gone(generation));
}

/// Shows a stored generation whose resources are not read yet.
pub(super) fn show_ledger(state: &State, ledger: &Ledger) {
    let scopes = ledger.lines.iter().map(|LedgerLine { scope, account_name, entry, resources }| {
        status(scope.clone(), account_name.clone(), entry, *resources)
    });
    show_scopes(state, ledger.number, ledger.collected_at, &scopes.collect::<Vec<_>>());
}

fn show_scopes(state: &State, number: u64, collected_at: Option<Timestamp>, scopes: &[ScopeStatus]) {
    state.telemetry.scopes.set(scopes);
    if let Some(collected_at) = collected_at {
        state.telemetry.workflows.generation_published(number, collected_at);
    }
    let overview = Overview {
        generation: collected_at.map(|at| (number, at)),
        scopes: groups(scopes),
        ..before_the_first_collection()
    };
    state.overview.store(Arc::new(overview));
}

fn gone(generation: &Generation) -> Vec<GoneAccount> {
    let accounts = generation.inventory.accounts.iter();
    let gone = accounts.filter_map(|(key, state)| {
        Some(GoneAccount {
            cloud: key.cloud.to_string(),
            account: key.account.to_string(),
            account_name: state.account.name.clone(),
            since: state.gone_since?,
        })
    });
    gone.collect()
}

fn scopes(generation: &Generation) -> Vec<ScopeStatus> {
    let inventory = &generation.inventory;
    let of_scope = |(key, state): (&ScopeKey, &Arc<graph::ScopeState>)| {
        let account = inventory.accounts.get(&AccountKey::of(key));
        let name = account.map_or_else(|| key.account.to_string(), |state| state.account.name.clone());
        status(key.clone(), name, &state.entry, state.rows.len())
    };
    inventory.scopes.iter().map(of_scope).collect()
}

fn status(key: ScopeKey, account_name: String, entry: &Entry, resources: usize) -> ScopeStatus {
    ScopeStatus {
        key,
        account_name,
        up: entry.outcome == Outcome::Complete,
        failure: entry.failure.as_ref().map(|failure| failure.class),
        last_attempt: entry.last_attempt,
        last_success: entry.last_success,
        duration: entry.duration,
        calls: entry.calls,
        throttles: entry.throttles,
        resources,
    }
}

/// Sums scopes up per region of an account.
fn groups(scopes: &[ScopeStatus]) -> Vec<ScopeGroup> {
    let mut groups: BTreeMap<_, ScopeGroup> = BTreeMap::new();
    for scope in scopes {
        let key = &scope.key;
        let group = groups.entry((&key.cloud, &key.account, &key.region)).or_insert_with(|| ScopeGroup {
            cloud: key.cloud.to_string(),
            account: key.account.to_string(),
            account_name: scope.account_name.clone(),
            region: key.region.to_string(),
            state: ScopeState::Complete,
            scopes: 0,
            scopes_failing: 0,
            resources: 0,
            last_success: scope.last_success,
        });
        let expected = scope.failure.is_some_and(FailureClass::is_expected);
        group.scopes += 1;
        group.scopes_failing += usize::from(!scope.up && !expected);
        group.state = match group.scopes_failing {
            0 => ScopeState::Complete,
            failing if failing == group.scopes => ScopeState::Failed,
            _ => ScopeState::Partial,
        };
        group.resources += scope.resources;
        // None sorts first: a scope that never succeeded makes the group's age unknown.
        if !expected {
            group.last_success = group.last_success.min(scope.last_success);
        }
    }
    groups.into_values().collect()
}
