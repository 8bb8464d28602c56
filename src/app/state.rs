//! The state of a server: what phases write and adapters read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::{
    cache::Pages,
    collect::Collector,
    graph::{Changes, Draft, Generation, Graph, Store},
    http::Overview,
    metrics::{ChangeTotals, Known},
    model::{AccountId, Clock, CloudId, KindModel, KindName, ProviderName},
    provider::{NeededKinds, Provider},
    telemetry::SelfMetrics,
};

use super::{
    front, overview,
    prepared::Prepared,
    storage::{LastPage, Storage},
};

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
    counted: Mutex<Counted>,
    /// Whether what is stored is in force, or found to be of no use; until then the store is empty for no good reason.
    is_restored: watch::Sender<bool>,
    /// Where generations and pages are kept, if anywhere.
    pub(super) storage: Option<Arc<Storage>>,
}

/// What was created, changed and deleted up to a generation.
#[derive(Debug, Default)]
struct Counted {
    generation: u64,
    totals: ChangeTotals,
}

/// What was collected and waits for its publication.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) draft: Draft,
    pub(super) collected_at: Timestamp,
    /// They count once they are published: a collection that never is will be found anew.
    pub(super) changes: BTreeMap<ChangedKind, Changes>,
    pub(super) expired: Expired,
}

/// Scopes that have failed for too long, and what was dropped with them; counted as changes are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expired {
    pub(super) scopes: usize,
    pub(super) resources: usize,
}

/// Of which cloud and account, and of which kind.
pub(super) type ChangedKind = (CloudId, AccountId, KindName);

/// What a state is made of.
pub(super) struct Parts {
    pub(super) kinds: Arc<KindModel>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) providers: Vec<Arc<dyn Provider>>,
    pub(super) collector: Collector,
    pub(super) pages: Arc<Pages>,
    pub(super) telemetry: Arc<SelfMetrics>,
    pub(super) prepared: Prepared,
    pub(super) own_metrics: bool,
    pub(super) needed: NeededKinds,
    pub(super) storage: Option<Arc<Storage>>,
}

impl State {
    pub(super) fn new(parts: Parts) -> Self {
        let graph = Graph::empty(parts.kinds.clone());
        Self {
            store: Store::new(graph),
            pages: parts.pages,
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
            counted: Mutex::default(),
            is_restored: watch::Sender::new(parts.storage.is_none()),
            storage: parts.storage,
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

    /// Shows where the prices are from that costs are computed from.
    pub(super) fn show_prices(&self) {
        let known = self.providers.iter().filter_map(|(name, provider)| Some((name, provider.prices()?)));
        self.telemetry.prices.set(known);
    }

    /// Renders cloudgauge's own metrics into the page; nobody waits for that but whoever changed them.
    pub(super) fn render_own(&self) {
        if !self.own_metrics {
            return;
        }
        front::render_own(&self.pages, &self.telemetry, &*self.clock);
    }

    /// Counts what a published generation has that the one before it had not.
    pub(super) fn count(&self, changes: &BTreeMap<ChangedKind, Changes>, generation: &Generation) {
        let mut counted = lock(&self.counted);
        counted.totals.add(changes, &generation.inventory);
        counted.generation = generation.number;
    }

    /// Counts on from where an earlier run of the program ended, whose generation is in force again.
    pub(super) fn take_up(&self, totals: &ChangeTotals, generation: &Generation) {
        lock(&self.counted).totals.raise(totals);
        self.count(&BTreeMap::new(), generation);
    }

    /// What was created, changed and deleted up to this generation; none while another one is being counted.
    pub(super) fn totals_of(&self, generation: &Generation) -> Option<ChangeTotals> {
        let counted = lock(&self.counted);
        (counted.generation == generation.number).then(|| counted.totals.clone())
    }

    /// The generation in force, once a stored one has had its chance.
    pub(super) async fn generation(&self) -> Arc<Generation> {
        // It fails only without a sender, which is here.
        drop(self.is_restored.subscribe().wait_for(|restored| *restored).await);
        self.store.current()
    }

    /// Says that nothing more is taken up from the storage.
    pub(super) fn restored(&self) {
        self.is_restored.send_replace(true);
    }

    /// Goes on from the page of an earlier run of the program, which is served already.
    pub(super) fn go_on_from(&self, page: LastPage) {
        lock(&self.counted).totals = page.totals;
        self.remember(page.known);
        self.overview.store(Arc::new(overview::of_last_page(page.generation, page.collected_at)));
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
