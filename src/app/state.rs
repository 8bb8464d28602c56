//! The state of a server: what phases write and adapters read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{
    cache::{Pages, Part},
    collect::Collector,
    graph::{Changes, Draft, Generation, Graph, Inventory, Store},
    http::Overview,
    metrics::{ChangeTotals, Known},
    model::{AccountId, Clock, CloudId, KindModel, KindName, ProviderName},
    provider::{NeededKinds, Provider},
    telemetry::SelfMetrics,
};

use super::{overview, prepared::Prepared};

/// Everything that lives as long as the server.
#[derive(Debug)]
pub(super) struct State {
    pub(super) kinds: Arc<KindModel>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) providers: BTreeMap<ProviderName, Arc<dyn Provider>>,
    pub(super) collector: Collector,
    pub(super) store: Store,
    pub(super) pages: Arc<Pages>,
    pub(super) telemetry: Arc<SelfMetrics>,
    /// Replaced whole by a reload; a phase uses the one it started with.
    pub(super) prepared: ArcSwap<Prepared>,
    pub(super) overview: ArcSwap<Overview>,
    /// The kinds that providers list where the settings name none; a reload replaces them.
    pub(super) needed: NeededKinds,
    /// Wakes whoever asks which permissions are missing.
    pub(super) probe: Notify,
    /// Whether the page shows cloudgauge's own metrics.
    own_metrics: bool,
    /// Wakes whoever renders cloudgauge's own metrics.
    pub(super) changed: Notify,
    /// Wakes whoever stores generations.
    pub(super) unsaved: Notify,
    /// What was collected and not yet published: `collect` leaves it for `merge_outer_edges`.
    pending: Mutex<Option<Pending>>,
    known: Mutex<Known>,
    change_totals: Mutex<ChangeTotals>,
}

/// What was collected and waits for its publication.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) draft: Draft,
    pub(super) collected_at: Timestamp,
    /// They count once they are published: a collection that never is will be found anew.
    pub(super) changes: BTreeMap<ChangedKind, Changes>,
}

/// Of which cloud and account, and of which kind.
pub(super) type ChangedKind = (CloudId, AccountId, KindName);

/// What a state is made of.
pub(super) struct Parts {
    pub(super) kinds: Arc<KindModel>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) providers: Vec<Arc<dyn Provider>>,
    pub(super) collector: Collector,
    pub(super) telemetry: Arc<SelfMetrics>,
    pub(super) prepared: Prepared,
    pub(super) own_metrics: bool,
    pub(super) needed: NeededKinds,
}

impl State {
    pub(super) fn new(parts: Parts) -> Self {
        let graph = Graph::empty(parts.kinds.clone());
        Self {
            store: Store::new(graph),
            pages: Arc::new(Pages::new(parts.clock.now())),
            overview: ArcSwap::from_pointee(overview::before_the_first_collection()),
            providers: parts.providers.into_iter().map(|provider| (provider.name(), provider)).collect(),
            kinds: parts.kinds,
            clock: parts.clock,
            collector: parts.collector,
            telemetry: parts.telemetry,
            prepared: ArcSwap::from_pointee(parts.prepared),
            needed: parts.needed,
            probe: Notify::new(),
            own_metrics: parts.own_metrics,
            changed: Notify::new(),
            unsaved: Notify::new(),
            pending: Mutex::default(),
            known: Mutex::default(),
            change_totals: Mutex::default(),
        }
    }

    /// Leaves what was collected for the publication; what was left before and not published is dropped.
    pub(super) fn leave(&self, pending: Pending) {
        *lock(&self.pending) = Some(pending);
    }

    /// Takes what was collected last, if it is not published yet.
    pub(super) fn take(&self) -> Option<Pending> {
        lock(&self.pending).take()
    }

    /// Shows a new generation on the landing page and in the metrics about scopes.
    pub(super) fn show(&self, generation: &Generation) {
        overview::show(self, generation);
    }

    /// Renders cloudgauge's own metrics into the page; nobody waits for that but whoever changed them.
    pub(super) fn render_own(&self) {
        if !self.own_metrics {
            return;
        }
        let rendered = self.telemetry.render();
        let part = Part::compress(&rendered.text, &rendered.openmetrics, self.pages.own().as_ref());
        self.pages.publish_own(part, self.clock.now());
    }

    /// Counts what a published generation has that the one before it had not.
    pub(super) fn count(&self, changes: &BTreeMap<ChangedKind, Changes>, inventory: &Inventory) {
        lock(&self.change_totals).add(changes, inventory);
    }

    /// What was created, changed and deleted since the program started.
    pub(super) fn change_totals(&self) -> ChangeTotals {
        lock(&self.change_totals).clone()
    }

    /// What earlier generations exported.
    pub(super) fn known(&self) -> Known {
        lock(&self.known).clone()
    }

    pub(super) fn remember(&self, known: Known) {
        *lock(&self.known) = known;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Every value is replaced whole, so that a writer that panicked left the old one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
