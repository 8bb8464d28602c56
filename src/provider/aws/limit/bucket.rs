//! A token bucket that slows down when it was refused, and recovers.

use std::time::Duration;

use tokio::time::Instant;

/// The share of its rate that a bucket keeps when it is refused.
const BACK_OFF: f64 = 0.7;
/// A bucket never gets slower than this, in requests a second, unless it was from the start.
const RATE_MIN: f64 = 0.5;
/// How long a bucket must go without a refusal before it gets faster, and again for each step.
const RECOVERY: Duration = Duration::from_secs(10);
/// How much faster it gets in a step, in requests a second.
const RECOVERY_STEP: f64 = 1.0;

/// Tokens at most, and tokens a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub(super) burst: f64,
    pub(super) per_second: f64,
}

/// A token bucket that may go into debt: each debtor is told when its token will be there.
#[derive(Debug)]
pub(super) struct Bucket {
    full: Rate,
    per_second: f64,
    tokens: f64,
    filled: Instant,
    changed: Instant,
}

impl Bucket {
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self { full: rate, per_second: rate.per_second, tokens: rate.burst, filled: now, changed: now }
    }

    /// Takes a token; tells when it may be used.
    pub(super) fn take(&mut self, now: Instant) -> Instant {
        self.fill(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { now } else { now + Duration::from_secs_f64(-self.tokens / self.per_second) }
    }

    pub(super) fn slow_down(&mut self, now: Instant) {
        self.fill(now);
        self.per_second = (self.per_second * BACK_OFF).max(RATE_MIN.min(self.full.per_second));
        self.tokens = self.tokens.min(0.0);
        self.changed = now;
    }

    /// Whether it is as a new one would be, so that nothing is lost with it.
    pub(super) fn is_as_new(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.full.burst && self.per_second >= self.full.per_second
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

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_the_bucket_and_time_mends_it() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Rate { burst: 20.0, per_second: 10.0 }, now);
        assert!(bucket.is_as_new(now));
        bucket.slow_down(now);
        assert_eq!(bucket.per_second, 7.0);
        let turn = bucket.take(now);
        assert_eq!((turn - now).as_millis(), 142);
        assert!(!bucket.is_as_new(now + Duration::from_secs(25)), "it is full, and slow still");
        assert_eq!(bucket.per_second, 9.0);
        assert!(bucket.is_as_new(now + Duration::from_secs(1000)));
        assert_eq!(bucket.per_second, 10.0);
        for _ in 0..100 {
            bucket.slow_down(now + Duration::from_secs(1000));
        }
        assert_eq!(bucket.per_second, RATE_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_bucket_does_not_get_faster_by_a_refusal() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Rate { burst: 1.0, per_second: 0.25 }, now);
        bucket.slow_down(now);
        assert_eq!(bucket.per_second, 0.25);
    }
}
