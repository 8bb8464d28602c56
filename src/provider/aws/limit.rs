//! Limits: how fast, and how many at a time.
//!
//! AWS counts requests per account, region and API. We stay below its limits, as people and other tools share them: a
//! token bucket for each class of operations of a service in a region of an account, by the table of what AWS
//! documents. A bucket that was refused slows down, and recovers. What is idle is forgotten, so that memory follows what
//! is under way and not the number of accounts.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

use super::retry::Quota;
use crate::model::{AccountId, RegionId};

mod bucket;
mod config;
mod pace;
mod table;

use bucket::Bucket;
pub use config::{Allowed, LimitsConfig};
pub use pace::{Pace, Paces};
use table::{Sized, Table};

/// Idle things are looked for when there are this many more than there were after the last look.
const SWEEP_STEP: usize = 1_024;

/// A request, as far as limits are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub account: &'a AccountId,
    pub region: &'a str,
    pub service: &'a str,
    pub operation: &'a str,
    /// Whether it asks for a page, or for some or single things, rather than for all at once.
    pub paginated: bool,
}

/// Holds requests back until they may be sent.
#[derive(Debug)]
pub struct Limiter {
    table: Table,
    all: Arc<Semaphore>,
    per_account: usize,
    per_service: usize,
    accounts: Shelf<AccountId, Semaphore>,
    services: Shelf<(Place, String), Semaphore>,
    lanes: Shelf<(Place, String, String), Mutex<Bucket>>,
    quotas: Shelf<Place, Quota>,
}

/// A region of an account.
type Place = (AccountId, RegionId);

/// The right to have one request under way.
#[derive(Debug)]
pub struct Permit {
    _slots: [OwnedSemaphorePermit; 3],
    bucket: Arc<Mutex<Bucket>>,
    /// How long it took to get.
    pub waited: Duration,
}

impl Limiter {
    pub fn new(config: LimitsConfig) -> Self {
        Self {
            all: Arc::new(Semaphore::new(config.concurrency.max(1))),
            per_account: config.concurrency_per_account.max(1),
            per_service: config.concurrency_per_service.max(1),
            table: Table::new(config),
            accounts: Shelf::default(),
            services: Shelf::default(),
            lanes: Shelf::default(),
            quotas: Shelf::default(),
        }
    }

    /// Waits for a token and a free slot.
    pub async fn acquire(&self, key: &Key<'_>) -> Permit {
        let began = Instant::now();
        let place = place(key);
        let service = (place.clone(), key.service.to_owned());
        let service = self.services.get(service, || Semaphore::new(self.per_service), idle_slots(self.per_service));
        let account =
            self.accounts.get(key.account.clone(), || Semaphore::new(self.per_account), idle_slots(self.per_account));
        let Sized { name, rate } = self.table.bucket(key.service, key.operation, key.paginated);
        let bucket = self.lanes.get(
            (place, key.service.to_owned(), name),
            || Mutex::new(Bucket::new(rate, began)),
            |bucket| bucket.lock().unwrap_or_else(PoisonError::into_inner).is_as_new(began),
        );
        // The narrowest first: what waits for its own lane must not hold a slot that others could use.
        let narrow = slot(service).await;
        let turn = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
        sleep_until(turn).await;
        let slots = [narrow, slot(account).await, slot(Arc::clone(&self.all)).await];
        Permit { _slots: slots, bucket, waited: began.elapsed() }
    }

    /// What is left for retries in the region of the account.
    pub fn quota(&self, key: &Key<'_>) -> Arc<Quota> {
        self.quotas.get(place(key), Quota::default, Quota::is_full)
    }
}

impl Permit {
    /// Slows the bucket down, as AWS refused the request because of its rate.
    pub fn throttled(&self) {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner).slow_down(Instant::now());
    }
}

fn place(key: &Key<'_>) -> Place {
    (key.account.clone(), key.region.into())
}

fn idle_slots(all: usize) -> impl Fn(&Semaphore) -> bool {
    move |slots| slots.available_permits() == all
}

async fn slot(slots: Arc<Semaphore>) -> OwnedSemaphorePermit {
    slots.acquire_owned().await.expect("the semaphore is never closed")
}

/// Things by name that are made when they are asked for, and forgotten when they are idle and nobody has them.
#[derive(Debug)]
struct Shelf<K, T>(Mutex<Shelved<K, T>>);

#[derive(Debug)]
struct Shelved<K, T> {
    things: BTreeMap<K, Arc<T>>,
    sweep_at: usize,
}

impl<K, T> Default for Shelf<K, T> {
    fn default() -> Self {
        Self(Mutex::new(Shelved { things: BTreeMap::new(), sweep_at: SWEEP_STEP }))
    }
}

impl<K: Ord, T> Shelf<K, T> {
    fn get(&self, key: K, make: impl FnOnce() -> T, is_idle: impl Fn(&T) -> bool) -> Arc<T> {
        let mut shelved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thing) = shelved.things.get(&key) {
            return Arc::clone(thing);
        }
        if shelved.things.len() >= shelved.sweep_at {
            // Whoever has one got it from here, so that nobody can take it while the shelf is locked.
            shelved.things.retain(|_, thing| Arc::strong_count(thing) > 1 || !is_idle(thing));
            shelved.sweep_at = 2 * shelved.things.len() + SWEEP_STEP;
        }
        let thing = Arc::new(make());
        shelved.things.insert(key, Arc::clone(&thing));
        thing
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).things.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(LimitsConfig::default())
    }

    fn key<'a>(account: &'a AccountId, service: &'a str) -> Key<'a> {
        Key { account, region: "r", service, operation: "ListThings", paginated: true }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_the_rest_comes_at_the_rate() {
        let (limiter, account) = (limiter(), AccountId::from("1"));
        let start = Instant::now();
        for _ in 0..20 {
            drop(limiter.acquire(&key(&account, "sqs")).await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            drop(limiter.acquire(&key(&account, "sqs")).await);
        }
        assert_eq!(start.elapsed().as_millis(), 1000);
        assert_eq!(limiter.acquire(&key(&account, "sns")).await.waited, Duration::ZERO, "each service has its bucket");
        assert_eq!(limiter.acquire(&key(&"2".into(), "sqs")).await.waited, Duration::ZERO, "and each account");
        assert_eq!(limiter.acquire(&key(&account, "sqs")).await.waited.as_millis(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn operations_of_ec2_do_not_wait_for_each_other() {
        let (limiter, account) = (limiter(), AccountId::from("1"));
        let of = |operation| Key { operation, service: "ec2", ..key(&account, "ec2") };
        for _ in 0..60 {
            drop(limiter.acquire(&of("DescribeVolumes")).await);
        }
        assert_eq!(limiter.acquire(&of("DescribeVolumes")).await.waited.as_millis(), 100);
        assert_eq!(limiter.acquire(&of("DescribeVpcs")).await.waited, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_requests_of_a_service_are_under_way() {
        let (limiter, account) = (limiter(), AccountId::from("1"));
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(limiter.acquire(&key(&account, "ec2")).await);
        }
        let waiting = tokio::time::timeout(Duration::from_mins(1), limiter.acquire(&key(&account, "ec2"))).await;
        assert!(waiting.is_err());
        held.pop();
        drop(limiter.acquire(&key(&account, "ec2")).await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_idle_is_forgotten_and_what_was_refused_is_not() {
        let (limiter, refused) = (limiter(), AccountId::from("refused"));
        limiter.acquire(&key(&refused, "sqs")).await.throttled();
        for number in 0..100_000 {
            drop(limiter.acquire(&key(&number.to_string().into(), "sqs")).await);
            if number % 100 == 0 {
                tokio::time::advance(Duration::from_millis(10)).await;
            }
        }
        assert!(limiter.lanes.len() <= 4 * SWEEP_STEP, "{}", limiter.lanes.len());
        assert!(limiter.accounts.len() <= 2 * SWEEP_STEP && limiter.services.len() <= 2 * SWEEP_STEP);
        for _ in 0..20 {
            drop(limiter.acquire(&key(&refused, "sqs")).await);
        }
        let waited = limiter.acquire(&key(&refused, "sqs")).await.waited;
        assert!(waited > Duration::from_millis(100), "it is slower than a new one still: {waited:?}");
    }

    #[test]
    fn one_regions_retries_are_not_anothers() {
        let (limiter, account) = (limiter(), AccountId::from("1"));
        let here = key(&account, "sqs");
        while limiter.quota(&here).take(false) {}
        assert!(!limiter.quota(&here).take(false));
        assert!(limiter.quota(&Key { region: "other", ..here }).take(false));
    }
}
