//! `collect`: lists everything and lays out the next graph.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;

use super::{
    super::{
        permissions,
        state::{Expired, Pending, State},
    },
    compute, outcome,
};
use crate::{
    collect::{Observer, Report},
    graph::{Draft, Entry, Inventory, Outcome},
    model::{Failure, ProviderName, ScopeKey},
    provider::Discovery,
    workflow::{Level, Phase, PhaseReport, Progress, RunContext, Step},
};

/// Failing scopes that the log of the run names; the metrics have them all.
const NAMED_MAX: usize = 20;

#[derive(Debug)]
pub(super) struct Collect(pub(super) Arc<State>);

#[async_trait]
impl Phase for Collect {
    fn step(&self) -> Step {
        Step::Collect
    }

    async fn run(&self, context: &RunContext) -> PhaseReport {
        let state = &self.0;
        if state.providers.is_empty() {
            return PhaseReport::skipped("no provider is enabled in the configuration");
        }
        let previous = state.store.current();
        let progress = Arc::new(CollectProgress::new(context.clone()));
        let collected = state.collector.collect(&previous.inventory, progress).await;
        state.show_prices();
        let collected_at = state.clock.now();
        permissions::show(state);
        let report = report(&collected.report, &collected.inventory);
        let expired = Expired { scopes: collected.report.expired_scopes, resources: collected.report.expired };
        let (changes, inventory) = (collected.report.changes, Arc::new(collected.inventory));
        let draft = compute(move || Draft::following(&previous, inventory)).await;
        state.leave(Pending { draft, collected_at, changes, expired });
        report
    }
}

fn report(collected: &Report, inventory: &Inventory) -> PhaseReport {
    let total = collected.complete + collected.partial + collected.failed + collected.expected;
    let mut report = PhaseReport { outcome: outcome(collected.outcome()), ..PhaseReport::ok() }
        .with("accounts", collected.accounts)
        .with("scopes", total)
        .with("scopes_complete", collected.complete)
        .with("scopes_partial", collected.partial)
        .with("scopes_failed", collected.failed)
        .with("scopes_expected_denial", collected.expected)
        .with("resources", collected.resources);
    if collected.outcome() != Outcome::Complete {
        let incomplete = collected.partial + collected.failed;
        report.reason = Some(match collected.unreachable.len() {
            0 => format!("{incomplete} of {total} scopes were not listed completely"),
            some => {
                format!("{some} accounts or providers were not reached, {incomplete} of {total} scopes are incomplete")
            }
        });
    }
    for (name, failure) in &collected.unreachable {
        report = report.message(Level::Error, format!("{name}: {failure}"));
    }
    let failing = inventory.ledger().filter(|(_, entry)| !entry.is_expected());
    let failing = failing.filter_map(|(scope, entry)| Some((scope, entry, entry.failure.as_ref()?)));
    for (scope, entry, failure) in failing.take(NAMED_MAX) {
        let level = if entry.outcome == Outcome::Failed { Level::Error } else { Level::Warn };
        report = report.message(level, format!("{scope}: {}, {failure}", entry.outcome.as_str()));
    }
    if collected.expired > 0 {
        let text = format!("{} resources were dropped: their scopes have failed for too long", collected.expired);
        report = report.message(Level::Warn, text);
    }
    report
}

/// Tells the run how far its collection is.
#[derive(Debug)]
struct CollectProgress {
    context: RunContext,
    scopes: AtomicUsize,
    listed: AtomicUsize,
}

impl CollectProgress {
    fn new(context: RunContext) -> Self {
        Self { context, scopes: AtomicUsize::new(0), listed: AtomicUsize::new(0) }
    }

    fn tell(&self) {
        let (scopes, listed) = (self.scopes.load(Ordering::Relaxed), self.listed.load(Ordering::Relaxed));
        // Providers are asked side by side, so that the total is complete when the first scope is listed.
        let percent = (listed * 100).checked_div(scopes).and_then(|percent| u8::try_from(percent).ok());
        self.context.progress(Progress { percent, text: format!("{listed} of {scopes} scopes") });
    }
}

impl Observer for CollectProgress {
    fn discovered(&self, _provider: &ProviderName, discovery: &Discovery) {
        let scopes = discovery.accounts.iter().map(|account| account.scopes.len()).sum();
        self.scopes.fetch_add(scopes, Ordering::Relaxed);
        self.tell();
    }

    fn started(&self, _scope: &ScopeKey) {}

    fn listed(&self, _scope: &ScopeKey, _entry: &Entry, _resources: usize) {
        self.listed.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    fn unreachable(&self, _scope: &ScopeKey, _failure: &Failure) {
        self.scopes.fetch_add(1, Ordering::Relaxed);
    }
}
