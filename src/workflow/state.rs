//! The state of an engine: the active run, the runs that wait, the runs that were.

use std::{collections::BTreeMap, collections::VecDeque};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Progress, Run, RunId, Step, Trigger, Workflow, history::History};

/// All that changes while an engine lives.
///
/// There is at most one active run, and at most one that waits per workflow. Every method leaves it whole.
#[derive(Debug)]
pub(super) struct State {
    pub(super) active: Option<Active>,
    /// The runs that wait, in the order they were asked for.
    pub(super) queue: VecDeque<Queued>,
    pub(super) history: History,
    pub(super) next_due: BTreeMap<Workflow, Timestamp>,
}

/// The run that is executed, or is about to be.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) run: Run,
    /// Whether the engine has begun with it.
    taken: bool,
    pub(super) stop: CancellationToken,
    pub(super) current: Option<Current>,
}

/// The step that is being executed.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) step: Step,
    pub(super) started_at: Timestamp,
    pub(super) progress: Option<Progress>,
}

/// A run that waits for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queued {
    pub(super) id: RunId,
    pub(super) workflow: Workflow,
    pub(super) trigger: Trigger,
    pub(super) since: Timestamp,
}

/// What became of a wish for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Submitted {
    Started(RunId),
    /// It waits; `behind` is active.
    Queued {
        run: RunId,
        behind: RunId,
    },
    /// One of its workflow waits already and will do for both.
    Collapsed {
        run: RunId,
        behind: RunId,
    },
}

impl State {
    pub(super) fn new(history: History) -> Self {
        Self { active: None, queue: VecDeque::new(), history, next_due: BTreeMap::new() }
    }

    /// Starts a run, or lets it wait.
    pub(super) fn submit(
        &mut self,
        workflow: Workflow,
        trigger: Trigger,
        now: Timestamp,
        stop: &CancellationToken,
    ) -> Submitted {
        let Some(active) = &self.active else {
            let id = RunId::new(now);
            self.activate(Queued { id: id.clone(), workflow, trigger, since: now }, now, stop);
            return Submitted::Started(id);
        };
        let behind = active.run.id.clone();
        if let Some(waiting) = self.queue.iter().find(|queued| queued.workflow == workflow) {
            return Submitted::Collapsed { run: waiting.id.clone(), behind };
        }
        let run = RunId::new(now);
        self.queue.push_back(Queued { id: run.clone(), workflow, trigger, since: now });
        Submitted::Queued { run, behind }
    }

    /// Hands out the active run to be executed, once.
    pub(super) fn take(&mut self) -> Option<(Run, CancellationToken)> {
        let active = self.active.as_mut().filter(|active| !active.taken)?;
        active.taken = true;
        Some((active.run.clone(), active.stop.clone()))
    }

    /// Puts the active run into the history and makes the next one active.
    pub(super) fn finish(&mut self, now: Timestamp, stop: &CancellationToken) {
        if let Some(active) = self.active.take() {
            self.history.add(active.run);
        }
        if stop.is_cancelled() {
            self.queue.clear();
        }
        if let Some(next) = self.queue.pop_front() {
            self.activate(next, now, stop);
        }
    }

    /// Stops the active run, or takes a waiting one out of the queue. False if it is neither.
    pub(super) fn stop(&mut self, id: &RunId) -> bool {
        if let Some(active) = self.active.as_ref().filter(|active| active.run.id == *id) {
            active.stop.cancel();
            return true;
        }
        let before = self.queue.len();
        self.queue.retain(|queued| queued.id != *id);
        self.queue.len() < before
    }

    fn activate(&mut self, queued: Queued, now: Timestamp, stop: &CancellationToken) {
        self.active = Some(Active {
            run: Run::new(queued.id, queued.workflow, queued.trigger, now),
            taken: false,
            stop: stop.child_token(),
            current: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_wait_in_order_and_at_most_once_per_workflow() {
        let (now, shutdown) = (Timestamp::UNIX_EPOCH, CancellationToken::new());
        let mut state = State::new(History::new(9));
        let mut submit = |workflow| match state.submit(workflow, Trigger::Request, now, &shutdown) {
            Submitted::Started(run) => ("started", run),
            Submitted::Queued { run, .. } => ("queued", run),
            Submitted::Collapsed { run, .. } => ("collapsed", run),
        };
        let (first, collect) = submit(Workflow::Collect);
        let (second, metrics) = submit(Workflow::Metrics);
        let (third, again) = submit(Workflow::Collect);
        assert_eq!([first, second, third], ["started", "queued", "queued"]);
        assert_eq!(submit(Workflow::Collect), ("collapsed", again.clone()));
        assert_eq!(submit(Workflow::Metrics), ("collapsed", metrics.clone()));

        let mut order = Vec::new();
        while let Some((run, _)) = state.take() {
            assert_eq!(state.take(), None, "a run is handed out once");
            order.push(run.id);
            state.finish(now, &shutdown);
        }
        assert_eq!(order, [collect, metrics, again]);
    }

    #[test]
    fn a_waiting_run_can_be_stopped() {
        let (now, shutdown) = (Timestamp::UNIX_EPOCH, CancellationToken::new());
        let mut state = State::new(History::new(9));
        state.submit(Workflow::Collect, Trigger::Request, now, &shutdown);
        let Submitted::Queued { run, .. } = state.submit(Workflow::Metrics, Trigger::Request, now, &shutdown) else {
            panic!("one is active");
        };
        assert!(state.stop(&run));
        assert!(!state.stop(&run));
        assert!(state.queue.is_empty());
    }
}
