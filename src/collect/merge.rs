//! Merging: what one listing may change of what is known of its scope.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    graph::{Entry, Outcome, ScopeState},
    model::{Failure, Listing, RegionId, Resource},
};

/// A scope after an attempt, and what the attempt did to it.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) state: ScopeState,
    pub(super) duplicates: usize,
    pub(super) expired: usize,
}

/// When and for how long a scope was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) at: Timestamp,
    pub(super) duration: Duration,
}

/// Complete replaces; partial adds and updates; failed keeps, until `stale_after` has passed since the last success.
pub(super) fn merge(
    previous: Option<&ScopeState>,
    listing: Listing,
    attempt: Attempt,
    stale_after: Duration,
) -> Merged {
    let entry = |outcome, failure: Option<Failure>, last_success| Entry {
        outcome,
        failure,
        last_attempt: attempt.at,
        last_success,
        duration: attempt.duration,
    };
    let last_success = previous.and_then(|state| state.entry.last_success);
    match listing {
        Listing::Complete(resources) => {
            let listed = resources.len();
            let resources = by_identity(resources.into_iter().map(Arc::new), BTreeMap::new());
            let duplicates = listed - resources.len();
            let entry = entry(Outcome::Complete, None, Some(attempt.at));
            Merged { state: ScopeState { entry, resources: shared(previous, resources) }, duplicates, expired: 0 }
        }
        Listing::Partial { resources, missing } => {
            // What was listed now comes first, so that it wins over what was known.
            let now = by_identity(resources.into_iter().map(Arc::new), BTreeMap::new());
            let (known, expired) = kept(previous, attempt.at, stale_after);
            let resources = by_identity(known.iter().cloned(), now);
            let entry = entry(Outcome::Partial, Some(missing), last_success);
            Merged { state: ScopeState { entry, resources: shared(previous, resources) }, duplicates: 0, expired }
        }
        Listing::Failed(failure) => {
            let (resources, expired) = kept(previous, attempt.at, stale_after);
            let entry = entry(Outcome::Failed, Some(failure), last_success);
            Merged { state: ScopeState { entry, resources: resources.to_vec() }, duplicates: 0, expired }
        }
    }
}

/// What may be kept of a scope that was not listed completely, and how many resources are dropped.
fn kept(previous: Option<&ScopeState>, at: Timestamp, stale_after: Duration) -> (&[Arc<Resource>], usize) {
    let Some(state) = previous else { return (&[], 0) };
    let too_old = state.entry.last_success.is_some_and(|success| {
        SignedDuration::try_from(stale_after).is_ok_and(|limit| at.duration_since(success) > limit)
    });
    if too_old { (&[], state.resources.len()) } else { (&state.resources, 0) }
}

type Identity = (Option<RegionId>, String);

/// Resources in order of region and id; of two with the same identity the one that is there already stays.
fn by_identity(
    resources: impl Iterator<Item = Arc<Resource>>,
    mut known: BTreeMap<Identity, Arc<Resource>>,
) -> BTreeMap<Identity, Arc<Resource>> {
    for resource in resources {
        known.entry((resource.region.clone(), resource.id.clone())).or_insert(resource);
    }
    known
}

/// Resources that did not change are the same allocation as before, so that a generation costs what changed.
fn shared(previous: Option<&ScopeState>, resources: BTreeMap<Identity, Arc<Resource>>) -> Vec<Arc<Resource>> {
    let mut before = previous.map_or(&[][..], |state| &state.resources).iter().peekable();
    let same = |(identity, resource): (Identity, Arc<Resource>)| {
        let of = |known: &Arc<Resource>| (known.region.clone(), known.id.clone());
        while before.next_if(|known| of(known) < identity).is_some() {}
        match before.peek() {
            Some(known) if **known == resource => (*known).clone(),
            _ => resource,
        }
    };
    resources.into_iter().map(same).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureClass;

    const STALE_AFTER: Duration = Duration::from_hours(24);

    fn attempt(at: &str) -> Attempt {
        Attempt { at: at.parse().unwrap(), duration: Duration::from_secs(1) }
    }

    fn volumes(ids: &[&str]) -> Vec<Resource> {
        ids.iter().map(|id| Resource::new("volume", *id)).collect()
    }

    fn known() -> ScopeState {
        merge(None, Listing::Complete(volumes(&["a", "b"])), attempt("2026-01-01T00:00:00Z"), STALE_AFTER).state
    }

    fn denied() -> Failure {
        Failure::new(FailureClass::Denied, "not allowed")
    }

    fn ids(state: &ScopeState) -> Vec<&str> {
        state.resources.iter().map(|resource| resource.id.as_str()).collect()
    }

    #[test]
    fn a_complete_listing_replaces_the_scope() {
        let merged = merge(
            Some(&known()),
            Listing::Complete(volumes(&["c", "b"])),
            attempt("2026-01-01T01:00:00Z"),
            STALE_AFTER,
        );
        assert_eq!(ids(&merged.state), ["b", "c"]);
        assert_eq!(merged.state.entry.last_success, Some(merged.state.entry.last_attempt));
    }

    #[test]
    fn a_complete_empty_listing_empties_the_scope() {
        let merged = merge(Some(&known()), Listing::Complete(vec![]), attempt("2026-01-01T01:00:00Z"), STALE_AFTER);
        assert!(merged.state.resources.is_empty());
    }

    #[test]
    fn a_partial_listing_adds_and_updates_and_removes_nothing() {
        let renamed = Resource { name: "new name".into(), ..Resource::new("volume", "b") };
        let listing = Listing::Partial { resources: vec![renamed, Resource::new("volume", "c")], missing: denied() };
        let merged = merge(Some(&known()), listing, attempt("2026-01-01T01:00:00Z"), STALE_AFTER);
        assert_eq!(ids(&merged.state), ["a", "b", "c"]);
        assert_eq!(merged.state.resources[1].name, "new name");
        assert_eq!(merged.state.entry.outcome, Outcome::Partial);
        assert_eq!(merged.state.entry.last_success, known().entry.last_success);
    }

    #[test]
    fn a_failed_listing_keeps_the_last_good_resources_and_their_age() {
        let merged = merge(Some(&known()), Listing::Failed(denied()), attempt("2026-01-02T00:00:00Z"), STALE_AFTER);
        assert_eq!(ids(&merged.state), ["a", "b"]);
        assert_eq!(merged.state.entry.last_success, known().entry.last_success);
        assert_eq!(merged.state.entry.failure, Some(denied()));
        assert_eq!(merged.expired, 0);
    }

    #[test]
    fn a_scope_that_fails_for_too_long_is_dropped_and_counted() {
        let merged = merge(Some(&known()), Listing::Failed(denied()), attempt("2026-01-02T00:00:01Z"), STALE_AFTER);
        assert!(merged.state.resources.is_empty());
        assert_eq!(merged.expired, 2);
    }

    #[test]
    fn a_resource_listed_twice_counts_once() {
        let merged = merge(None, Listing::Complete(volumes(&["a", "a"])), attempt("2026-01-01T00:00:00Z"), STALE_AFTER);
        assert_eq!((merged.state.resources.len(), merged.duplicates), (1, 1));
    }

    #[test]
    fn unchanged_resources_are_shared_with_the_last_inventory() {
        let before = known();
        let merged =
            merge(Some(&before), Listing::Complete(volumes(&["a", "b"])), attempt("2026-01-01T01:00:00Z"), STALE_AFTER);
        assert!(Arc::ptr_eq(&before.resources[0], &merged.state.resources[0]));
        assert!(Arc::ptr_eq(&before.resources[1], &merged.state.resources[1]));
    }
}
