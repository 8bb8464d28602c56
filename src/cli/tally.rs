//! The tally: what a collection found and what failed, by account and region.

use std::collections::BTreeMap;
use std::fmt;

use super::table::Cells;
use crate::graph::{Entry, Outcome};
use crate::model::{AccountId, CloudId, Failure, FailureClass, ProviderName, RegionId, ScopeKey};
use crate::provider::Discovery;

/// Failures shown; thousands of equal ones do not help.
const FAILURES_SHOWN_MAX: usize = 30;

/// An account and one of its regions.
pub(super) type Place = (CloudId, AccountId, RegionId);

/// Counts, filled while a collection goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    places: BTreeMap<Place, Counts>,
    /// Who failed with what, and in which kinds.
    failures: BTreeMap<(String, FailureClass, String), Vec<String>>,
}

/// The scopes of one place, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Scopes that are to be listed.
    pub(super) expected: usize,
    pub(super) complete: usize,
    pub(super) partial: usize,
    pub(super) failed: usize,
    /// Scopes that were denied as the settings expect.
    pub(super) denied: usize,
    pub(super) resources: usize,
}

impl Counts {
    pub(super) fn done(&self) -> usize {
        self.complete + self.partial + self.failed + self.denied
    }
}

impl Tally {
    pub(super) fn expect(&mut self, provider: &ProviderName, discovery: &Discovery) {
        if let Some(failure) = &discovery.failure {
            self.note(format!("provider {provider}"), failure, "finding accounts");
        }
        for found in &discovery.accounts {
            if let Some(failure) = found.failure.as_ref().filter(|failure| !failure.class.is_expected()) {
                self.note(format!("{}/{}", found.account.cloud, found.account.id), failure, "entering the account");
            }
            for scope in &found.scopes {
                self.places.entry(place(scope)).or_default().expected += 1;
            }
        }
    }

    /// Counts an attempt and returns how the place stands.
    pub(super) fn count(&mut self, scope: &ScopeKey, entry: &Entry, resources: usize) -> Counts {
        if let Some(failure) = entry.failure.as_ref().filter(|failure| !failure.class.is_expected()) {
            self.note(where_of(scope), failure, &scope.kind);
        }
        let counts = self.places.entry(place(scope)).or_default();
        match entry.outcome {
            _ if entry.is_expected() => counts.denied += 1,
            Outcome::Complete => counts.complete += 1,
            Outcome::Partial => counts.partial += 1,
            Outcome::Failed => counts.failed += 1,
        }
        counts.resources += resources;
        *counts
    }

    pub(super) fn unreachable(&mut self, scope: &ScopeKey, failure: &Failure) -> Counts {
        if !failure.class.is_expected() {
            self.note(where_of(scope), failure, &scope.kind);
        }
        let counts = self.places.entry(place(scope)).or_default();
        if failure.class.is_expected() {
            counts.denied += 1;
        } else {
            counts.failed += 1;
        }
        *counts
    }

    pub(super) fn counts(&self, place: &Place) -> Counts {
        self.places.get(place).copied().unwrap_or_default()
    }

    pub(super) fn total(&self) -> Counts {
        self.places.values().fold(Counts::default(), |sum, counts| Counts {
            expected: sum.expected + counts.expected,
            complete: sum.complete + counts.complete,
            partial: sum.partial + counts.partial,
            failed: sum.failed + counts.failed,
            denied: sum.denied + counts.denied,
            resources: sum.resources + counts.resources,
        })
    }

    pub(super) fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.total().partial + self.total().failed == 0
    }

    fn note(&mut self, place: String, failure: &Failure, what: &str) {
        self.failures.entry((place, failure.class, failure.message.clone())).or_default().push(what.to_owned());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |names: [String; 3], counts: &Counts| {
            let numbers = [counts.complete, counts.partial, counts.failed, counts.resources];
            names.into_iter().chain(numbers.map(|number| number.to_string()))
        };
        let mut found =
            Cells::new(["cloud", "account", "region", "complete", "partial", "failed", "resources"]).numeric(3..=6);
        for ((cloud, account, region), counts) in &self.places {
            found.push(row([cloud.to_string(), account.to_string(), region.to_string()], counts));
        }
        found.push(row(["total".to_owned(), String::new(), String::new()], &self.total()));
        write!(formatter, "{found}")?;
        match self.total().denied {
            0 => {}
            denied => writeln!(formatter, "\n{denied} denied as expected, and not in these numbers")?,
        }
        if self.failures.is_empty() {
            return Ok(());
        }
        let mut failed = Cells::new(["failed", "class", "kinds", "reason"]);
        for ((place, class, message), kinds) in self.failures.iter().take(FAILURES_SHOWN_MAX) {
            failed.push([place.clone(), class.to_string(), some(kinds), message.clone()]);
        }
        write!(formatter, "\n{failed}")?;
        match self.failures.len().checked_sub(FAILURES_SHOWN_MAX) {
            Some(more @ 1..) => writeln!(formatter, "and {more} more"),
            _ => Ok(()),
        }
    }
}

/// One name, and how many more.
fn some(kinds: &[String]) -> String {
    match kinds {
        [] => String::new(),
        [only] => only.clone(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    }
}

pub(super) fn place(scope: &ScopeKey) -> Place {
    (scope.cloud.clone(), scope.account.clone(), scope.region.clone())
}

fn where_of(scope: &ScopeKey) -> String {
    format!("{}/{}/{}", scope.cloud, scope.account, scope.region)
}
