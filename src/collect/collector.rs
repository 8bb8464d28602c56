//! The collector: one collection over all providers.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::SignedDuration;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tracing::{Instrument, debug, info_span, warn};

use crate::{
    graph::{AccountKey, AccountState, Inventory, ScopeState},
    model::{Clock, Failure, FailureClass, Listing, Region, RegionId, ScopeKey},
    provider::{Asked, DiscoveredAccount, Discovery, Provider, Tally},
};

use super::{
    Config, Observer, Report,
    merge::{Attempt, Merged, merge},
    queue::{Next, Queue},
};

/// Resources that are merged at once rather than on a thread of their own.
const AT_ONCE_MAX: usize = 32;

/// Collects from a fixed set of providers.
#[derive(Debug)]
pub struct Collector {
    config: Config,
    providers: Vec<Arc<dyn Provider>>,
    clock: Arc<dyn Clock>,
}

/// The outcome of one collection.
#[derive(Debug)]
pub struct Collected {
    pub inventory: Inventory,
    pub report: Report,
}

impl Collector {
    pub fn new(config: Config, providers: Vec<Arc<dyn Provider>>, clock: Arc<dyn Clock>) -> Self {
        Self { config, providers, clock }
    }

    /// Lists every scope of every provider and merges it with what was known.
    ///
    /// Never fails as a whole: what could not be listed is in the ledger of the inventory. Dropping the future stops
    /// every request, and nothing of the collection remains.
    pub async fn collect(&self, previous: &Inventory, observer: Arc<dyn Observer>) -> Collected {
        let started = Instant::now();
        let discoveries = self.discover(&*observer).await;
        let scopes = self.list(previous, &discoveries, started, &observer).await;
        let Collected { mut inventory, report } = self.assemble(previous, &discoveries, scopes, &*observer);
        let inventory = away(move || {
            inventory.pack();
            // Built at once, the map has no gaps.
            inventory.scopes = std::mem::take(&mut inventory.scopes).into_iter().collect();
            inventory
        });
        Collected { inventory: inventory.await, report }
    }

    async fn discover(&self, observer: &dyn Observer) -> Vec<Discovery> {
        let limit = self.config.discover_timeout;
        let discover = self.providers.iter().map(|provider| {
            let name = provider.name();
            let span = info_span!("discover", provider = %name);
            async move {
                let discovery = timeout(limit, provider.discover()).await.unwrap_or_else(|_| Discovery {
                    accounts: Vec::new(),
                    failure: Some(Failure::new(
                        FailureClass::Timeout,
                        format!("finding accounts took longer than {}s", limit.as_secs()),
                    )),
                });
                if let Some(failure) = &discovery.failure {
                    warn!(class = %failure.class, error = failure.message, "not every account could be found");
                }
                observer.discovered(&name, &discovery);
                discovery
            }
            .instrument(span)
        });
        futures::future::join_all(discover).await
    }

    /// Lists all scopes in the order of the [`Queue`], so many at a time, and merges each as soon as it is there.
    async fn list(
        &self,
        previous: &Inventory,
        discoveries: &[Discovery],
        started: Instant,
        observer: &Arc<dyn Observer>,
    ) -> BTreeMap<ScopeKey, Merged> {
        let mut queue = Queue::new(&self.providers, discoveries, previous);
        let mut tasks = JoinSet::new();
        let mut under_way = BTreeMap::new();
        let mut scopes = BTreeMap::new();
        loop {
            while tasks.len() < self.config.concurrency.max(1)
                && let Some(Next { provider, scope, account }) = queue.next(previous)
            {
                let span = info_span!(
                    "list",
                    provider = %scope.provider,
                    account = %scope.account,
                    region = %scope.region,
                    kind = %scope.kind
                );
                let task = list_scope(ListScope {
                    provider: provider.clone(),
                    scope: scope.clone(),
                    scope_timeout: self.config.scope_timeout,
                    began: started,
                    deadline: started + self.config.account_timeout,
                    observer: observer.clone(),
                    clock: self.clock.clone(),
                    previous: previous.scopes.get(scope).cloned(),
                    stale_after: self.config.stale_after,
                });
                let handle = tasks.spawn(task.instrument(span));
                under_way.insert(handle.id(), (scope, account));
            }
            let Some(ended) = tasks.join_next_with_id().await else { return scopes };
            let (task, merged) = match ended {
                Ok((task, merged)) => (task, Ok(merged)),
                Err(error) => {
                    let failure = Failure::new(FailureClass::BadAnswer, format!("the provider's code failed: {error}"));
                    (error.id(), Err(failure))
                }
            };
            let (scope, account) = under_way.remove(&task).expect("every task was entered when it was spawned");
            queue.ended(account);
            let merged = merged.unwrap_or_else(|failure| {
                let attempt = Attempt { at: self.clock.now(), duration: started.elapsed(), asked: Asked::default() };
                self.fail(previous, scope, failure, attempt)
            });
            tell(scope, &merged, &**observer);
            scopes.insert(scope.clone(), merged);
        }
    }

    fn assemble(
        &self,
        previous: &Inventory,
        discoveries: &[Discovery],
        mut scopes: BTreeMap<ScopeKey, Merged>,
        observer: &dyn Observer,
    ) -> Collected {
        let mut collected = Collected { inventory: Inventory::default(), report: Report::default() };
        let mut sets = RegionSets::default();
        for (provider, discovery) in self.providers.iter().zip(discoveries) {
            let name = provider.name();
            if let Some(failure) = &discovery.failure {
                collected.report.provider_failed(&name, &failure.to_string());
            }
            for found in &discovery.accounts {
                let key = AccountKey {
                    provider: name.clone(),
                    cloud: found.account.cloud.clone(),
                    account: found.account.id.clone(),
                };
                let before = previous.accounts.get(&key);
                enter(&mut collected, found, &key, before, &mut sets);
                for scope in found.scopes.iter().collect::<BTreeSet<_>>() {
                    if let Some(merged) = scopes.remove(scope) {
                        record(&mut collected, scope, merged);
                    }
                }
                if let Some(failure) = &found.failure {
                    self.keep(&mut collected, previous, &key, failure, observer);
                }
            }
            for (key, before) in previous.accounts.iter().filter(|(key, _)| key.provider == name) {
                if collected.inventory.accounts.contains_key(key) {
                    continue;
                }
                let state = match &discovery.failure {
                    Some(failure) => AccountState { failure: Some(failure.clone()), ..before.clone() },
                    None => match self.leaving(before) {
                        Some(state) => state,
                        None => continue,
                    },
                };
                let failure = state.failure.clone().expect("it is kept because of a failure");
                collected.inventory.accounts.insert(key.clone(), state);
                self.keep(&mut collected, previous, key, &failure, observer);
            }
        }
        collected.report.accounts = collected.inventory.accounts.len();
        collected
    }

    /// An account that a complete discovery does not name; none once the grace period is over.
    fn leaving(&self, before: &AccountState) -> Option<AccountState> {
        let now = self.clock.now();
        let since = before.gone_since.unwrap_or(now);
        let grace = SignedDuration::try_from(self.config.grace).unwrap_or(SignedDuration::MAX);
        if now.duration_since(since) >= grace {
            warn!(account = %before.account.id, %since, "the account is no longer found, and its resources are dropped");
            return None;
        }
        let message = format!("the account has not been found since {since}; it stays for the time of `collect.grace`");
        let failure = Some(Failure::new(FailureClass::Gone, message));
        Some(AccountState { gone_since: Some(since), failure, ..before.clone() })
    }

    /// Keeps the scopes of an account that were not tried, as failed.
    fn keep(
        &self,
        collected: &mut Collected,
        previous: &Inventory,
        account: &AccountKey,
        failure: &Failure,
        observer: &dyn Observer,
    ) {
        let scopes = previous.scopes.keys().filter(|scope| AccountKey::of(scope) == *account);
        for scope in scopes {
            if collected.inventory.scopes.contains_key(scope) {
                continue;
            }
            observer.unreachable(scope, failure);
            let attempt =
                Attempt { at: self.clock.now(), duration: std::time::Duration::ZERO, asked: Asked::default() };
            let merged = self.fail(previous, scope, failure.clone(), attempt);
            tell(scope, &merged, observer);
            record(collected, scope, merged);
        }
    }

    /// A scope that could not be listed.
    fn fail(&self, previous: &Inventory, scope: &ScopeKey, failure: Failure, attempt: Attempt) -> Merged {
        let before = previous.scopes.get(scope).map(|state| &**state);
        merge(scope, before, Listing::Failed(failure), attempt, self.config.stale_after)
    }
}

fn tell(scope: &ScopeKey, merged: &Merged, observer: &dyn Observer) {
    observer.listed(scope, &merged.state.entry, merged.state.rows.len());
    if merged.duplicates > 0 {
        warn!(%scope, duplicates = merged.duplicates, "resources were listed twice; the first ones count");
    }
    if merged.expired > 0 {
        warn!(%scope, resources = merged.expired, "the scope has failed for too long; its resources are dropped");
    }
}

fn record(collected: &mut Collected, scope: &ScopeKey, merged: Merged) {
    let Merged { state, duplicates, expired, changes } = merged;
    collected.report.count(&state.entry, state.rows.len());
    collected.report.duplicates += duplicates;
    collected.report.expired += expired;
    collected.report.expired_scopes += usize::from(expired > 0);
    collected.report.change(scope, changes);
    collected.inventory.scopes.insert(scope.clone(), state);
}

/// Takes an account in. One that could not be looked into completely keeps the regions it had.
fn enter(
    collected: &mut Collected,
    found: &DiscoveredAccount,
    key: &AccountKey,
    before: Option<&AccountState>,
    sets: &mut RegionSets,
) {
    let mut regions: BTreeMap<_, _> = found.regions.iter().map(|region| (region.id.clone(), region.clone())).collect();
    if let Some(failure) = &found.failure {
        if !failure.class.is_expected() {
            warn!(
                provider = %key.provider,
                account = %key.account,
                class = %failure.class,
                error = failure.message,
                "the account could not be looked into completely"
            );
            collected.report.unreachable.insert(format!("{} {}", key.cloud, key.account), failure.to_string());
        }
        for (id, region) in before.iter().flat_map(|state| &*state.regions) {
            regions.entry(id.clone()).or_insert_with(|| region.clone());
        }
    }
    let regions = sets.share(regions);
    let state =
        AccountState { account: found.account.clone(), regions, failure: found.failure.clone(), gone_since: None };
    collected.inventory.accounts.insert(key.clone(), state);
}

/// The last few different sets of regions that accounts have.
#[derive(Debug, Default)]
struct RegionSets(VecDeque<Arc<BTreeMap<RegionId, Region>>>);

impl RegionSets {
    /// More than organizations have; and to look through more would take longer than it is worth.
    const MAX: usize = 16;

    fn share(&mut self, regions: BTreeMap<RegionId, Region>) -> Arc<BTreeMap<RegionId, Region>> {
        if let Some(known) = self.0.iter().find(|known| ***known == regions) {
            return Arc::clone(known);
        }
        let regions = Arc::new(regions);
        self.0.truncate(Self::MAX - 1);
        self.0.push_front(Arc::clone(&regions));
        regions
    }
}

struct ListScope {
    provider: Arc<dyn Provider>,
    scope: ScopeKey,
    scope_timeout: std::time::Duration,
    /// When the collection began to list.
    began: Instant,
    deadline: Instant,
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    previous: Option<Arc<ScopeState>>,
    stale_after: std::time::Duration,
}

/// Lists a scope and merges what it yields with what is known, so that raw listings do not wait for each other.
async fn list_scope(task: ListScope) -> Merged {
    let (listing, attempt) = attempt(&task).await;
    let ListScope { scope, previous, stale_after, .. } = task;
    let listed = match &listing {
        Listing::Complete(resources) | Listing::Partial { resources, .. } => resources.len(),
        Listing::Failed(_) => 0,
    };
    let known = previous.as_ref().map_or(0, |state| state.rows.len());
    let merge = move || merge(&scope, previous.as_deref(), listing, attempt, stale_after);
    // Most scopes are empty, and a thread for each would cost more than the work.
    if listed + known <= AT_ONCE_MAX { merge() } else { away(merge).await }
}

/// Computes away from the threads that wait for answers; a panic goes on here.
async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and with it whoever waits.
            Err(_) => std::future::pending().await,
        },
    }
}

async fn attempt(task: &ListScope) -> (Listing, Attempt) {
    let late = |seconds: u64, of: &str| {
        Listing::Failed(Failure::new(FailureClass::Timeout, format!("not listed within the {seconds}s of {of}")))
    };
    if task.deadline <= Instant::now() {
        // As long as it waited, so that the next collection begins with it.
        let waited = task.began.elapsed();
        let attempt = Attempt { at: task.clock.now(), duration: waited, asked: Asked::default() };
        return (late(waited.as_secs(), "collect.account_timeout"), attempt);
    }
    let started = Instant::now();
    task.observer.started(&task.scope);
    let end = task.deadline.min(started + task.scope_timeout);
    let tally = Arc::new(Tally::default());
    let listing = timeout_at(end, tally.of(task.provider.list(&task.scope))).await.unwrap_or_else(|_| {
        let setting = if end == task.deadline { "collect.account_timeout" } else { "collect.scope_timeout" };
        late(started.elapsed().as_secs(), setting)
    });
    let duration = started.elapsed();
    match &listing {
        Listing::Complete(resources) => debug!(resources = resources.len(), ?duration, "listed"),
        Listing::Partial { missing: failure, .. } | Listing::Failed(failure) if failure.class.is_expected() => {
            debug!(class = %failure.class, error = failure.message, "not listed completely, as expected");
        }
        Listing::Partial { resources, missing } => {
            warn!(resources = resources.len(), class = %missing.class, error = missing.message, "listed in part");
        }
        Listing::Failed(failure) => warn!(class = %failure.class, error = failure.message, "not listed"),
    }
    (listing, Attempt { at: task.clock.now(), duration, asked: tally.asked() })
}

#[cfg(test)]
mod tests;
