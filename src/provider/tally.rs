//! The tally: what one piece of work asked of the clouds.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::CallOutcome;

tokio::task_local! {
    /// Whose requests those of the current task are.
    ///
    /// Between whoever wants to know and the client that sends stand layers that have nothing to do with it.
    static CURRENT: Arc<Tally>;
}

/// Counts the requests of one piece of work, which may be dropped at any await point.
///
/// An answer that several pieces of work wait for is counted for the one that asked.
#[derive(Debug, Default)]
pub struct Tally {
    calls: AtomicU32,
    throttles: AtomicU32,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requests, retries included.
    pub calls: u32,
    /// Those of them that were refused because of the rate.
    pub throttles: u32,
}

impl Tally {
    /// Does a piece of work, whose requests count here as far as it does not spawn tasks for them.
    pub async fn of<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// Counts a request of the current task, if anybody wants to know.
    pub fn count(outcome: CallOutcome) {
        // Nobody does outside of a listing.
        let _ = CURRENT.try_with(|tally| {
            tally.calls.fetch_add(1, Ordering::Relaxed);
            if outcome == CallOutcome::Throttled {
                tally.throttles.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// What was counted so far.
    pub fn asked(&self) -> Asked {
        Asked { calls: self.calls.load(Ordering::Relaxed), throttles: self.throttles.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_piece_of_work_has_its_own_requests_even_when_it_is_dropped() {
        let tallies = [Arc::new(Tally::default()), Arc::new(Tally::default())];
        let quick = tallies[0].of(async {
            Tally::count(CallOutcome::Ok);
            tokio::task::yield_now().await;
            Tally::count(CallOutcome::Failed);
        });
        let endless = tallies[1].of(async {
            loop {
                Tally::count(CallOutcome::Throttled);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let dropped = tokio::time::timeout(Duration::from_millis(2500), endless);
        let ((), ended): ((), Result<(), _>) = tokio::join!(quick, dropped);
        assert!(ended.is_err());
        Tally::count(CallOutcome::Ok);
        assert_eq!(tallies[0].asked(), Asked { calls: 2, throttles: 0 });
        assert_eq!(tallies[1].asked(), Asked { calls: 3, throttles: 3 });
    }
}
