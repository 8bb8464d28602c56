//! The landing page's and the self metrics' view of a generation.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    build,
    graph::{AccountKey, Generation, Outcome},
    http::{Overview, ScopeGroup, ScopeState, Status},
    model::FailureClass,
    telemetry::ScopeStatus,
};

use super::state::State;

/// Answers the server from what was prepared when a generation was published.
#[derive(Debug)]
pub(super) struct StatusOf(pub(super) Arc<State>);

impl Status for StatusOf {
    fn ready(&self) -> bool {
        self.0.pages.current().is_some_and(|page| page.generation().is_some())
    }

    fn overview(&self) -> Arc<Overview> {
        self.0.overview.load_full()
    }
}

pub(super) fn before_the_first_collection() -> Overview {
    Overview { version: build::LINE.to_owned(), ..Overview::default() }
}

pub(super) fn show(state: &State, generation: &Generation) {
    let scopes = scopes(generation);
    state.telemetry.scopes.set(&scopes);
    if let Some(collected_at) = generation.collected_at {
        state.telemetry.workflows.generation_published(generation.number, collected_at);
    }
    let overview = Overview {
        generation: generation.collected_at.map(|at| (generation.number, at)),
        scopes: groups(&scopes),
        ..before_the_first_collection()
    };
    state.overview.store(Arc::new(overview));
}

fn scopes(generation: &Generation) -> Vec<ScopeStatus> {
    let inventory = &generation.inventory;
    let status = inventory.scopes.iter().map(|(key, state)| {
        let account = inventory.accounts.get(&AccountKey::of(key));
        ScopeStatus {
            key: key.clone(),
            account_name: account.map_or_else(|| key.account.to_string(), |state| state.account.name.clone()),
            up: state.entry.outcome == Outcome::Complete,
            failure: state.entry.failure.as_ref().map(|failure| failure.class),
            last_attempt: state.entry.last_attempt,
            last_success: state.entry.last_success,
            duration: state.entry.duration,
            resources: state.rows.len(),
        }
    });
    status.collect()
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
