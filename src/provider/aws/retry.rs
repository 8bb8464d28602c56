//! Retries: how often, how long to wait, and when a region of an account is given up for a while.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The longest wait that a server's `Retry-After` is followed for.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(1);

/// How a request is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Tries in all, the first one included.
    pub attempts_max: u32,
    pub base: Duration,
    pub cap: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { attempts_max: 5, base: Duration::from_millis(100), cap: Duration::from_secs(20) }
    }
}

impl Policy {
    /// The wait before the next try, after `failures` of them; `share` between 0 and 1 is the jitter.
    ///
    /// All of the wait is jitter, so that many clients that failed together do not come back together.
    pub fn delay(&self, failures: u32, share: f64, retry_after: Option<Duration>) -> Duration {
        if let Some(asked) = retry_after {
            return asked.min(RETRY_AFTER_MAX);
        }
        let doubled = self.base.saturating_mul(1 << failures.saturating_sub(1).min(20));
        doubled.min(self.cap).mul_f64(share.clamp(0.0, 1.0))
    }
}

/// A number between 0 and 1 that nobody can foresee; good enough to spread retries.
pub fn jitter() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are as many as a double has")]
    let share = (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

/// What is left for retries: when most requests fail, trying them all again would only add to the load.
#[derive(Debug)]
pub struct Quota {
    tokens: Mutex<u32>,
}

impl Quota {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;
    const TIMEOUT: u32 = 10;

    /// Takes what a retry costs; `false` if there is not enough.
    pub fn take(&self, timeout: bool) -> bool {
        let cost = if timeout { Self::TIMEOUT } else { Self::RETRY };
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.checked_sub(cost) {
            Some(rest) => {
                *tokens = rest;
                true
            }
            None => false,
        }
    }

    /// Whether nothing has been taken that was not given back.
    pub fn is_full(&self) -> bool {
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner) == Self::FULL
    }

    /// Gives back after a success: much after one that was retried, a little after any other.
    pub fn succeeded(&self, retried: bool) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens = (*tokens + if retried { Self::RETRY } else { 1 }).min(Self::FULL);
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self { tokens: Mutex::new(Self::FULL) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = Policy::default();
        let waits: Vec<u128> = (1..=10).map(|failures| policy.delay(failures, 1.0, None).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000]);
        assert_eq!(policy.delay(u32::MAX, 0.5, None), Duration::from_secs(10));
    }

    #[test]
    fn the_servers_own_wait_is_followed_within_reason() {
        let policy = Policy::default();
        assert_eq!(policy.delay(1, 0.0, Some(Duration::from_secs(3))), Duration::from_secs(3));
        assert_eq!(policy.delay(1, 0.0, Some(Duration::from_hours(24))), RETRY_AFTER_MAX);
    }

    #[test]
    fn the_quota_runs_out_and_fills_again() {
        let quota = Quota::default();
        assert_eq!((0..1000).filter(|_| quota.take(false)).count(), 100);
        assert!(!quota.take(true));
        quota.succeeded(true);
        assert!(quota.take(false));
        assert!(!quota.take(false));
    }

    #[test]
    fn jitter_is_a_share() {
        let shares: Vec<f64> = (0..100).map(|_| jitter()).collect();
        assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
        assert!(shares.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
