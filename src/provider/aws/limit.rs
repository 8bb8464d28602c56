//! Limits: how fast, and how many at a time.
//!
//! AWS counts requests per account, region and API. We stay below its limits, as people and other tools share them:
//! a token bucket per account, region and service; a bucket that was refused slows down, and recovers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

use crate::model::{AccountId, RegionId};

const CONCURRENCY: usize = 256;
const CONCURRENCY_PER_ACCOUNT: usize = 64;
const CONCURRENCY_PER_SERVICE: usize = 16;
/// The share of its rate that a bucket keeps when it is refused.
const BACK_OFF: f64 = 0.7;
/// A bucket never gets slower than this, in requests a second.
const RATE_MIN: f64 = 0.5;
/// How long a bucket must go without a refusal before it gets faster, and again for each step.
const RECOVERY: Duration = Duration::from_secs(10);
/// How much faster it gets in a step, in requests a second.
const RECOVERY_STEP: f64 = 1.0;

/// What shares a bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub account: AccountId,
    pub region: RegionId,
    pub service: String,
    /// Calls that change something have a smaller bucket in EC2.
    pub mutating: bool,
}

/// Holds requests back until they may be sent.
#[derive(Debug)]
pub struct Limiter {
    all: Arc<Semaphore>,
    accounts: Mutex<BTreeMap<AccountId, Arc<Semaphore>>>,
    lanes: Mutex<BTreeMap<Key, Arc<Lane>>>,
}

/// The right to have one request under way.
#[derive(Debug)]
pub struct Permit {
    _slots: [OwnedSemaphorePermit; 3],
    lane: Arc<Lane>,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(CONCURRENCY)), accounts: Mutex::default(), lanes: Mutex::default() }
    }
}

impl Limiter {
    /// Waits for a token and a free slot.
    pub async fn acquire(&self, key: &Key) -> Permit {
        let lane = self.lane(key);
        let account = self.account(&key.account);
        // The narrowest first: what waits for its own lane must not hold a slot that others could use.
        let narrow = slot(&lane.slots).await;
        lane.bucket_turn().await;
        let slots = [narrow, slot(&account).await, slot(&self.all).await];
        Permit { _slots: slots, lane }
    }

    fn lane(&self, key: &Key) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(key) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane::new(Rate::of(key)));
        lanes.insert(key.clone(), Arc::clone(&lane));
        lane
    }

    fn account(&self, account: &AccountId) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = accounts.entry(account.clone());
        Arc::clone(slots.or_insert_with(|| Arc::new(Semaphore::new(CONCURRENCY_PER_ACCOUNT))))
    }
}

impl Permit {
    /// Slows the bucket down, as AWS refused the request because of its rate.
    pub fn throttled(&self) {
        self.lane.bucket.lock().unwrap_or_else(PoisonError::into_inner).slow_down(Instant::now());
    }
}

async fn slot(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed")
}

/// Tokens at most, and tokens a second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    burst: f64,
    per_second: f64,
}

impl Rate {
    /// Half of what AWS documents for EC2, so that others have the rest; a guess on the safe side elsewhere.
    fn of(key: &Key) -> Self {
        match (key.service.as_str(), key.mutating) {
            ("ec2", false) => Self { burst: 50.0, per_second: 10.0 },
            ("ec2", true) => Self { burst: 25.0, per_second: 2.5 },
            ("route53", _) => Self { burst: 5.0, per_second: 2.5 },
            _ => Self { burst: 20.0, per_second: 10.0 },
        }
    }
}

/// How long so many calls of a service take in one region of an account, at the rates that we keep to; in seconds.
pub fn seconds(service: &str, calls: u64) -> f64 {
    let key = Key { account: "".into(), region: "".into(), service: service.to_owned(), mutating: false };
    let rate = Rate::of(&key);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let calls = calls as f64;
    (calls - rate.burst).max(0.0) / rate.per_second
}

#[derive(Debug)]
struct Lane {
    slots: Arc<Semaphore>,
    bucket: Mutex<Bucket>,
}

impl Lane {
    fn new(rate: Rate) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(CONCURRENCY_PER_SERVICE)),
            bucket: Mutex::new(Bucket::new(rate, Instant::now())),
        }
    }

    async fn bucket_turn(&self) {
        let turn = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
        sleep_until(turn).await;
    }
}

/// A token bucket that may go into debt: each debtor is told when its token will be there.
#[derive(Debug)]
struct Bucket {
    full: Rate,
    per_second: f64,
    tokens: f64,
    filled: Instant,
    changed: Instant,
}

impl Bucket {
    fn new(rate: Rate, now: Instant) -> Self {
        Self { full: rate, per_second: rate.per_second, tokens: rate.burst, filled: now, changed: now }
    }

    fn take(&mut self, now: Instant) -> Instant {
        self.fill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { now } else { now + Duration::from_secs_f64(-self.tokens / self.per_second) }
    }

    fn slow_down(&mut self, now: Instant) {
        self.fill(now);
        self.per_second = (self.per_second * BACK_OFF).max(RATE_MIN);
        self.tokens = self.tokens.min(0.0);
        self.changed = now;
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.full.burst);
        self.filled = now;
        while self.per_second < self.full.per_second && now.saturating_duration_since(self.changed) >= RECOVERY {
            self.per_second = (self.per_second + RECOVERY_STEP).min(self.full.per_second);
            self.changed += RECOVERY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(service: &str) -> Key {
        Key { account: "1".into(), region: "r".into(), service: service.to_owned(), mutating: false }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_the_rest_comes_at_the_rate() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..20 {
            drop(limiter.acquire(&key("sqs")).await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..10 {
            drop(limiter.acquire(&key("sqs")).await);
        }
        assert_eq!(start.elapsed().as_millis(), 1000);
        drop(limiter.acquire(&key("sns")).await);
        assert_eq!(start.elapsed().as_millis(), 1000, "another service has a bucket of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_the_bucket_and_time_mends_it() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Rate { burst: 20.0, per_second: 10.0 }, now);
        bucket.slow_down(now);
        assert_eq!(bucket.per_second, 7.0);
        let turn = bucket.take(now);
        assert_eq!((turn - now).as_millis(), 142);
        bucket.fill(now + Duration::from_secs(25));
        assert_eq!(bucket.per_second, 9.0);
        bucket.fill(now + Duration::from_secs(1000));
        assert_eq!(bucket.per_second, 10.0);
        for _ in 0..100 {
            bucket.slow_down(now + Duration::from_secs(1000));
        }
        assert_eq!(bucket.per_second, RATE_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_requests_of_a_service_are_under_way() {
        let limiter = Limiter::default();
        let mut held = Vec::new();
        for _ in 0..CONCURRENCY_PER_SERVICE {
            held.push(limiter.acquire(&key("ec2")).await);
        }
        let waiting = tokio::time::timeout(Duration::from_mins(1), limiter.acquire(&key("ec2"))).await;
        assert!(waiting.is_err());
        held.pop();
        drop(limiter.acquire(&key("ec2")).await);
    }
}
