//! The engine: starts the runs that are due, and executes them one at a time.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Config, Handle, Hooks, Observer, Phase, Schedule, Step, Trigger, Workflow, runner::Runner, shared::Shared,
};
use crate::model::Clock;

/// Executes workflows until it is told to end.
#[derive(Debug)]
pub struct Engine {
    runner: Runner,
}

impl Engine {
    /// Makes an engine that ends when `shutdown` is cancelled.
    ///
    /// A step without a phase consists of its hooks only; of two phases for one step the later counts.
    pub fn new(
        config: Config,
        hooks: Hooks,
        phases: impl IntoIterator<Item = Arc<dyn Phase>>,
        observers: Vec<Arc<dyn Observer>>,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
    ) -> Self {
        let phases: BTreeMap<Step, _> = phases.into_iter().map(|phase| (phase.step(), phase)).collect();
        let shared = Arc::new(Shared::new(config, hooks, clock, shutdown));
        Self { runner: Runner { shared, phases, observers } }
    }

    /// A handle to ask for runs and about them, from any task.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.runner.shared))
    }

    /// Works until the shutdown, which cancels the active run and forgets those that wait.
    pub async fn run(self) {
        let shared = &self.runner.shared;
        if shared.config.run_on_start {
            shared.submit(Workflow::CollectAndCleanup, Trigger::Startup);
        }
        tokio::join!(Self::trigger(shared), self.execute());
    }

    async fn execute(&self) {
        let shared = &self.runner.shared;
        loop {
            let taken = shared.state().take();
            match taken {
                // During a shutdown this only notes that nothing of it was done.
                Some((run, stop)) => self.runner.execute(run, stop).await,
                None if shared.shutdown.is_cancelled() => return,
                None => tokio::select! {
                    () = shared.shutdown.cancelled() => {}
                    () = shared.activated.notified() => {}
                },
            }
        }
    }

    /// Starts the workflows that come due.
    async fn trigger(shared: &Shared) {
        let scheduled =
            Workflow::ALL.into_iter().filter_map(|workflow| Some((workflow, shared.config.schedule(workflow)?)));
        let mut plan: Vec<Due> =
            scheduled.map(|(workflow, schedule)| Due::new(workflow, schedule, shared.now())).collect();
        loop {
            let now = shared.now();
            for due in &mut plan {
                if due.comes(now) {
                    shared.submit(due.workflow, Trigger::Schedule);
                }
            }
            let next: BTreeMap<_, _> = plan.iter().filter_map(|due| Some((due.workflow, due.next?))).collect();
            let wait = next.values().min().map_or(LOOK_AGAIN, |next| {
                Duration::try_from(next.duration_since(now))
                    .unwrap_or_default()
                    .clamp(Duration::from_millis(1), LOOK_AGAIN)
            });
            shared.state().next_due = next;
            tokio::select! {
                () = shared.shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Timers do not notice that the wall clock was set or that the machine slept, so it is looked at now and then.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// When a workflow is due.
#[derive(Debug)]
struct Due {
    workflow: Workflow,
    schedule: Schedule,
    next: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Due {
    fn new(workflow: Workflow, schedule: Schedule, now: Timestamp) -> Self {
        let next = schedule.next(now);
        Self { workflow, schedule, next, last: None }
    }

    /// Whether it is due, and if so, or if the clock was set back, plans the next time.
    ///
    /// However many times have passed since it was last asked, it is due once.
    fn comes(&mut self, now: Timestamp) -> bool {
        let comes = self.next.filter(|next| *next <= now);
        self.last = comes.or(self.last);
        // A time that has come does not come again when the clock is set back a little.
        self.next = self.schedule.next(self.last.map_or(now, |last| now.max(last)));
        comes.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::TimeZone;

    #[test]
    fn times_that_passed_unnoticed_come_once_and_none_comes_twice() {
        let at = |text: &str| format!("2026-11-22T{text}Z").parse::<Timestamp>().unwrap();
        let schedule = Schedule::new("0 * * * *".parse().unwrap(), TimeZone::utc());
        let mut due = Due::new(Workflow::Collect, schedule, at("10:30:00"));
        assert!(!due.comes(at("10:59:59")));
        assert!(due.comes(at("14:10:00")), "four hours passed");
        assert!(!due.comes(at("14:10:00")));
        assert!(due.comes(at("15:00:00")));
        assert!(!due.comes(at("14:59:58")), "the clock was set back");
        assert!(!due.comes(at("15:00:00")));
        assert_eq!(due.next, Some(at("16:00:00")));
    }
}
