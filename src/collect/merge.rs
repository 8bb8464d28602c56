//! Merging: what one listing may change of what is known of its scope.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    graph::{Changes, Entry, Outcome, ScopeState, Slice},
    model::{Failure, Link, Listing, RegionId, Resource, ScopeKey},
    provider::Asked,
};

/// A scope after an attempt, and what the attempt did to it.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) state: Arc<ScopeState>,
    pub(super) duplicates: usize,
    pub(super) expired: usize,
    /// Of complete listings only, against what was known by an earlier one.
    pub(super) changes: Changes,
}

/// When and for how long a scope was tried, and what that took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) at: Timestamp,
    pub(super) duration: Duration,
    pub(super) asked: Asked,
}

/// Complete replaces; partial adds and updates, and takes nothing away, neither resources nor what is known of one; failed
/// keeps, until `stale_after` has passed since the last success.
pub(super) fn merge(
    scope: &ScopeKey,
    previous: Option<&ScopeState>,
    listing: Listing,
    attempt: Attempt,
    stale_after: Duration,
) -> Merged {
    let merged = |outcome, failure: Option<Failure>, last_success, known_since, rows| Merged {
        state: Arc::new(ScopeState {
            entry: Entry {
                outcome,
                failure,
                last_attempt: attempt.at,
                last_success,
                known_since,
                duration: attempt.duration,
                calls: attempt.asked.calls,
                throttles: attempt.asked.throttles,
            },
            rows,
        }),
        duplicates: 0,
        expired: 0,
        changes: Changes::default(),
    };
    let last_success = previous.and_then(|state| state.entry.last_success);
    match listing {
        Listing::Complete(resources) => {
            let listed = resources.len();
            let resources = by_identity(scope, resources);
            let duplicates = listed - resources.len();
            let (rows, changes) = packed(scope, previous, &resources);
            let changes = if previous.is_some_and(was_listed) { changes } else { Changes::default() };
            let rows = merged(Outcome::Complete, None, Some(attempt.at), attempt.at, rows);
            Merged { duplicates, changes, ..rows }
        }
        Listing::Partial { mut resources, missing } => {
            let kept = Kept::of(previous, attempt.at, stale_after);
            let listed = by_identity(scope, std::mem::take(&mut resources));
            let (rows, changes) = packed(scope, previous, &completed(scope, listed, &kept.rows));
            let expired = if kept.dropped > 0 { usize::try_from(changes.deleted).unwrap_or(kept.dropped) } else { 0 };
            Merged { expired, ..merged(Outcome::Partial, Some(missing), last_success, kept.since, rows) }
        }
        Listing::Failed(failure) => {
            let Kept { rows, since, dropped } = Kept::of(previous, attempt.at, stale_after);
            Merged { expired: dropped, ..merged(Outcome::Failed, Some(failure), last_success, since, rows) }
        }
    }
}

/// What may be kept of a scope that was not listed completely.
struct Kept {
    rows: Slice,
    /// Since when nothing has gone from it.
    since: Timestamp,
    /// How many resources are too old to be kept.
    dropped: usize,
}

impl Kept {
    fn of(previous: Option<&ScopeState>, at: Timestamp, stale_after: Duration) -> Self {
        let Some(ScopeState { entry, rows }) = previous else {
            return Self { rows: Slice::default(), since: at, dropped: 0 };
        };
        let age = at.duration_since(entry.known_since);
        if SignedDuration::try_from(stale_after).is_ok_and(|limit| age > limit) {
            Self { rows: Slice::default(), since: at, dropped: rows.len() }
        } else {
            Self { rows: rows.clone(), since: entry.known_since, dropped: 0 }
        }
    }
}

/// Resources that were listed, and those that are known, each with all that either says; what was listed now wins.
///
/// Why a listing is partial may be that a detail could not be read: then what it would say is as it was.
fn completed(scope: &ScopeKey, listed: Vec<Resource>, known: &Slice) -> Vec<Resource> {
    let mut listed = listed.into_iter().peekable();
    let mut completed = Vec::new();
    for known in known.resources() {
        while let Some(new) = listed.next_if(|new| identity(scope, new) < identity(scope, &known)) {
            completed.push(new);
        }
        completed.push(match listed.next_if(|new| identity(scope, new) == identity(scope, &known)) {
            Some(new) => with_known(new, known),
            None => known,
        });
    }
    completed.extend(listed);
    completed
}

/// A resource with what it lacks of what was known of it.
fn with_known(mut new: Resource, known: Resource) -> Resource {
    if new.name == new.id {
        new.name = known.name;
    }
    for (tag, value) in known.tags {
        new.tags.entry(tag).or_insert(value);
    }
    for (property, value) in known.properties.iter() {
        if !new.properties.contains_key(property) {
            new.properties.set_property(property, value);
        }
    }
    let is_about =
        |a: &Link, b: &Link| a.end == b.end && (&a.other.kind, &a.other.property) == (&b.other.kind, &b.other.property);
    let lost = known.links.into_iter().filter(|link| !new.links.iter().any(|other| is_about(link, other)));
    let lost: Vec<Link> = lost.collect();
    new.links.extend(lost);
    Resource {
        ctime: new.ctime.or(known.ctime),
        mtime: new.mtime.or(known.mtime),
        atime: new.atime.or(known.atime),
        zone: new.zone.or(known.zone),
        provider_link: new.provider_link.or(known.provider_link),
        protected: new.protected || known.protected,
        ..new
    }
}

/// Whether what is known stems from a complete listing; nothing is known any more of what was dropped.
fn was_listed(state: &ScopeState) -> bool {
    let dropped = state.entry.outcome != Outcome::Complete && state.rows.is_empty();
    state.entry.last_success.is_some() && !dropped
}

/// Where a resource of a scope lives, and its id there.
fn identity<'a>(scope: &'a ScopeKey, resource: &'a Resource) -> (&'a RegionId, &'a str) {
    (resource.region.as_ref().unwrap_or(&scope.region), &resource.id)
}

/// Resources in order of region and id, as tables keep them; of two with the same identity the first one stays.
fn by_identity(scope: &ScopeKey, mut resources: Vec<Resource>) -> Vec<Resource> {
    resources.sort_by(|a, b| identity(scope, a).cmp(&identity(scope, b)));
    resources.dedup_by(|b, a| identity(scope, a) == identity(scope, b));
    for resource in &mut resources {
        // A property that is null is missing; tables do not tell the two apart.
        resource.properties.drop_nulls();
    }
    resources
}

/// The packed resources, and how they differ from what was known.
///
/// Where nothing changed they are the very rows as before, so that a generation costs what changed.
fn packed(scope: &ScopeKey, previous: Option<&ScopeState>, resources: &[Resource]) -> (Slice, Changes) {
    let mut changes = Changes::default();
    let mut before = previous.into_iter().flat_map(|state| state.rows.resources()).peekable();
    for resource in resources {
        let gone = |known: &Resource| identity(scope, known) < identity(scope, resource);
        while before.next_if(gone).is_some() {
            changes.deleted += 1;
        }
        match before.next_if(|known| identity(scope, known) == identity(scope, resource)) {
            Some(known) => changes.changed += u64::from(known != *resource),
            None => changes.created += 1,
        }
    }
    changes.deleted += u64::try_from(before.count()).expect("a scope has fewer than 2^64 resources");
    match previous {
        Some(state) if changes.is_empty() => (state.rows.clone(), changes),
        _ => (Slice::pack(scope, resources), changes),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{DeleteOrder, FailureClass, LinkEnd, Selector};

    const STALE_AFTER: Duration = Duration::from_hours(24);

    fn attempt(at: &str) -> Attempt {
        Attempt { at: at.parse().unwrap(), duration: Duration::from_secs(1), asked: Asked { calls: 3, throttles: 1 } }
    }

    fn volumes(ids: &[&str]) -> Vec<Resource> {
        ids.iter().map(|id| Resource::new("volume", *id)).collect()
    }

    fn scope() -> ScopeKey {
        ScopeKey {
            provider: "test".into(),
            cloud: "sky".into(),
            account: "a".into(),
            region: "west".into(),
            kind: "volume".into(),
        }
    }

    fn merged(previous: Option<&ScopeState>, listing: Listing, at: &str) -> Merged {
        merge(&scope(), previous, listing, attempt(at), STALE_AFTER)
    }

    fn known() -> Arc<ScopeState> {
        merged(None, Listing::Complete(volumes(&["a", "b"])), "2026-01-01T00:00:00Z").state
    }

    fn denied() -> Failure {
        Failure::new(FailureClass::Denied, "not allowed")
    }

    fn ids(state: &ScopeState) -> Vec<String> {
        state.rows.resources().map(|resource| resource.id).collect()
    }

    #[test]
    fn a_complete_listing_replaces_the_scope() {
        let merged = merged(Some(&known()), Listing::Complete(volumes(&["c", "b"])), "2026-01-01T01:00:00Z");
        assert_eq!(ids(&merged.state), ["b", "c"]);
        assert_eq!(merged.state.entry.last_success, Some(merged.state.entry.last_attempt));
    }

    #[test]
    fn a_complete_empty_listing_empties_the_scope() {
        let merged = merged(Some(&known()), Listing::Complete(vec![]), "2026-01-01T01:00:00Z");
        assert!(merged.state.rows.is_empty());
    }

    #[test]
    fn a_partial_listing_adds_and_updates_and_removes_nothing() {
        let renamed = Resource { name: "new name".into(), ..Resource::new("volume", "b") };
        let listing = Listing::Partial { resources: vec![renamed, Resource::new("volume", "c")], missing: denied() };
        let merged = merged(Some(&known()), listing, "2026-01-01T01:00:00Z");
        assert_eq!(ids(&merged.state), ["a", "b", "c"]);
        assert_eq!(merged.state.rows.resources().nth(1).unwrap().name, "new name");
        assert_eq!(merged.state.entry.outcome, Outcome::Partial);
        assert_eq!(merged.state.entry.last_success, known().entry.last_success);
    }

    #[test]
    fn a_partial_listing_takes_nothing_away_of_what_is_known_of_a_resource() {
        let link = |kind: &str, value: &str| Link {
            end: LinkEnd::From,
            other: Selector { kind: kind.into(), property: "id".into(), value: value.into() },
            delete: DeleteOrder::None,
            outer: false,
        };
        let resource = |properties: serde_json::Value, tags: &[(&str, &str)], links: Vec<Link>| Resource {
            properties: properties.as_object().unwrap().clone().into(),
            tags: tags.iter().map(|(tag, value)| ((*tag).to_owned(), (*value).to_owned())).collect(),
            links,
            ..Resource::new("volume", "i")
        };
        let both = vec![link("instance_type", "small"), link("network", "n")];
        let whole = Resource {
            name: "web".into(),
            protected: true,
            ..resource(serde_json::json!({"cores": 2, "state": "running"}), &[("owner", "ada"), ("stage", "dev")], both)
        };
        let known = merged(None, Listing::Complete(vec![whole]), "2026-01-01T00:00:00Z").state;
        // Its type, its name and a tag could not be read; it was stopped and moved.
        let lacking =
            resource(serde_json::json!({"state": "stopped"}), &[("stage", "prod")], vec![link("network", "m")]);
        let listing = |missing| Listing::Partial { resources: vec![lacking.clone()], missing };
        let merged_now = merged(Some(&known), listing(denied()), "2026-01-01T01:00:00Z").state;
        let now = merged_now.rows.resources().next().unwrap();
        assert_eq!(
            serde_json::Value::Object(now.properties.to_map()),
            serde_json::json!({"cores": 2, "state": "stopped"})
        );
        assert_eq!(
            now.tags,
            [("owner", "ada"), ("stage", "prod")].map(|(tag, value)| (tag.into(), value.into())).into()
        );
        assert_eq!((now.name.as_str(), now.protected), ("web", true));
        let links: BTreeSet<_> = now.links.into_iter().map(|link| link.other.value).collect();
        assert_eq!(links, ["m", "small"].map(String::from).into());
        let complete = merged(Some(&merged_now), Listing::Complete(vec![lacking.clone()]), "2026-01-01T02:00:00Z");
        assert_eq!(complete.state.rows.resources().next().unwrap(), lacking, "a complete listing says all there is");
    }

    #[test]
    fn a_failed_listing_keeps_the_last_good_resources_and_their_age() {
        let merged = merged(Some(&known()), Listing::Failed(denied()), "2026-01-02T00:00:00Z");
        assert_eq!(ids(&merged.state), ["a", "b"]);
        assert_eq!(merged.state.entry.last_success, known().entry.last_success);
        assert_eq!(merged.state.entry.failure, Some(denied()));
        assert_eq!(merged.expired, 0);
    }

    #[test]
    fn a_scope_that_fails_for_too_long_is_dropped_and_counted() {
        let merged = merged(Some(&known()), Listing::Failed(denied()), "2026-01-02T00:00:01Z");
        assert!(merged.state.rows.is_empty());
        assert_eq!(merged.expired, 2);
    }

    #[test]
    fn what_partial_listings_no_longer_have_is_dropped_too_and_counted_once() {
        let partial = |ids| Listing::Partial { resources: volumes(ids), missing: denied() };
        let first = merged(None, partial(&["a", "b"]), "2026-01-01T00:00:00Z");
        let second = merged(Some(&first.state), partial(&["b", "c"]), "2026-01-02T00:00:00Z");
        assert_eq!((ids(&second.state), second.expired), (vec!["a".into(), "b".into(), "c".into()], 0));
        let third = merged(Some(&second.state), partial(&["b", "c"]), "2026-01-02T01:00:00Z");
        assert_eq!((ids(&third.state), third.expired), (vec!["b".into(), "c".into()], 1));
        let fourth = merged(Some(&third.state), partial(&["b"]), "2026-01-02T02:00:00Z");
        assert_eq!((ids(&fourth.state), fourth.expired), (vec!["b".into(), "c".into()], 0));
    }

    #[test]
    fn a_resource_listed_twice_counts_once() {
        let merged = merged(None, Listing::Complete(volumes(&["a", "a"])), "2026-01-01T00:00:00Z");
        assert_eq!((merged.state.rows.len(), merged.duplicates), (1, 1));
    }

    #[test]
    fn unchanged_resources_are_shared_with_the_last_inventory() {
        let mut null = Resource::new("volume", "b");
        null.properties.insert("nothing", serde_json::Value::Null);
        let before = known();
        let listing = Listing::Complete(vec![null, Resource::new("volume", "a")]);
        let merged = merged(Some(&before), listing, "2026-01-01T01:00:00Z");
        assert!(Arc::ptr_eq(before.rows.table().unwrap(), merged.state.rows.table().unwrap()));
    }

    #[test]
    fn changes_are_counted_between_complete_listings() {
        let first = merged(None, Listing::Complete(volumes(&["a", "b"])), "2026-01-01T00:00:00Z");
        assert_eq!(first.changes, Changes::default(), "nothing is known to have been created");
        let renamed = Resource { name: "new name".into(), ..Resource::new("volume", "b") };
        let listing = || Listing::Complete(vec![renamed.clone(), Resource::new("volume", "c")]);
        let second = merged(Some(&first.state), listing(), "2026-01-01T01:00:00Z");
        assert_eq!(second.changes, Changes { created: 1, changed: 1, deleted: 1 });

        let failed = merged(Some(&first.state), Listing::Failed(denied()), "2026-01-01T01:00:00Z");
        assert_eq!(failed.changes, Changes::default());
        let after = merged(Some(&failed.state), listing(), "2026-01-01T02:00:00Z");
        assert_eq!(after.changes, second.changes, "a failure in between hides nothing");

        let dropped = merged(Some(&first.state), Listing::Failed(denied()), "2026-01-03T00:00:00Z");
        let after = merged(Some(&dropped.state), listing(), "2026-01-03T01:00:00Z");
        assert_eq!(after.changes, Changes::default(), "what was dropped was not deleted, and is not created anew");
    }
}
