//! The report: what one collection amounted to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    graph::{Changes, Entry, Outcome},
    model::{AccountId, CloudId, FailureClass, KindName, ProviderName, ScopeKey},
};

/// Counts of one collection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub accounts: usize,
    /// Accounts and providers that could not be entered, or not completely.
    pub unreachable: BTreeMap<String, String>,
    pub complete: usize,
    pub partial: usize,
    pub failed: usize,
    /// Scopes that were denied as the settings expect; they are neither partial nor failed here.
    pub expected: usize,
    /// Scopes that were not complete, by class of failure.
    pub classes: BTreeMap<FailureClass, usize>,
    /// Resources now known, those of failed scopes included.
    pub resources: usize,
    /// Resources dropped because their scope has failed for too long.
    pub expired: usize,
    /// The scopes that they were of.
    pub expired_scopes: usize,
    /// Resources that were listed twice in one scope; the first one counts.
    pub duplicates: usize,
    /// How complete listings differ from the ones before them; only where they do.
    #[serde(skip)]
    pub changes: BTreeMap<(CloudId, AccountId, KindName), Changes>,
}

impl Report {
    pub(super) fn count(&mut self, entry: &Entry, resources: usize) {
        match entry.outcome {
            _ if entry.is_expected() => self.expected += 1,
            Outcome::Complete => self.complete += 1,
            Outcome::Partial => self.partial += 1,
            Outcome::Failed => self.failed += 1,
        }
        if let Some(failure) = &entry.failure {
            *self.classes.entry(failure.class).or_default() += 1;
        }
        self.resources += resources;
    }

    pub(super) fn change(&mut self, scope: &ScopeKey, changes: Changes) {
        if !changes.is_empty() {
            let of = (scope.cloud.clone(), scope.account.clone(), scope.kind.clone());
            *self.changes.entry(of).or_default() += changes;
        }
    }

    pub(super) fn provider_failed(&mut self, provider: &ProviderName, message: &str) {
        self.unreachable.insert(format!("provider {provider}"), message.to_owned());
    }

    /// What the collection amounted to as a whole: complete only if every part was.
    pub fn outcome(&self) -> Outcome {
        let all_failed = self.complete + self.partial == 0 && self.failed > 0;
        match () {
            () if self.unreachable.is_empty() && self.partial + self.failed == 0 => Outcome::Complete,
            () if all_failed || (self.complete + self.partial + self.failed == 0) => Outcome::Failed,
            () => Outcome::Partial,
        }
    }
}
