//! What the engine and its handles share.

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Config, Hooks, Level, Line, Progress, Run, RunEnd, RunId, Step, StepRecord, Trigger, Workflow,
    history::History,
    lock::lock,
    phase::Recorder,
    state::{Current, State, Submitted},
};
use crate::model::Clock;

/// The state behind its lock, with what never changes.
///
/// The lock is never held across an await point or a call to foreign code.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) hooks: Hooks,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) shutdown: CancellationToken,
    state: Mutex<State>,
    /// A run became active.
    pub(super) activated: Notify,
    /// A run left the state `active` or `queued`.
    pub(super) ended: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(config: Config, hooks: Hooks, clock: Arc<dyn Clock>, shutdown: CancellationToken) -> Self {
        let state = Mutex::new(State::new(History::new(config.history)));
        Self { config, hooks, clock, shutdown, state, activated: Notify::new(), ended: watch::Sender::new(()) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Starts a run or lets it wait; none once the program is ending.
    pub(super) fn submit(&self, workflow: Workflow, trigger: Trigger) -> Option<Submitted> {
        if self.shutdown.is_cancelled() {
            return None;
        }
        let submitted = self.state().submit(workflow, trigger, self.now(), &self.shutdown);
        match &submitted {
            Submitted::Started(_) => self.activated.notify_one(),
            Submitted::Queued { run, behind } => {
                tracing::info!(%workflow, %run, %behind, %trigger, "a run waits for another");
            }
            Submitted::Collapsed { run, .. } => {
                tracing::info!(%workflow, %run, %trigger, "a run of the workflow waits already");
            }
        }
        Some(submitted)
    }

    /// Notes which step the active run is at.
    pub(super) fn step_started(&self, step: Step, started_at: Timestamp) {
        if let Some(active) = &mut self.state().active {
            active.current = Some(Current { step, started_at, progress: None });
        }
    }

    pub(super) fn step_finished(&self, record: StepRecord) {
        if let Some(active) = &mut self.state().active {
            active.current = None;
            active.run.steps.push(record);
        }
    }

    /// Ends the active run, makes the next one active, and returns what is remembered.
    pub(super) fn run_finished(&self, end: RunEnd) -> Option<Run> {
        let now = self.now();
        let mut state = self.state();
        let active = state.active.as_mut()?;
        active.run.end = Some(end);
        let run = active.run.clone();
        state.finish(now, &self.shutdown);
        drop(state);
        self.ended.send_replace(());
        Some(run)
    }
}

impl Recorder for Shared {
    fn progress(&self, run: &RunId, step: Step, progress: Progress) {
        let mut state = self.state();
        let current =
            state.active.as_mut().filter(|active| active.run.id == *run).and_then(|active| active.current.as_mut());
        if let Some(current) = current.filter(|current| current.step == step) {
            let percent = progress.percent.map(|percent| percent.min(100));
            current.progress =
                Some(Progress { percent, text: super::log::printable(&progress.text, PROGRESS_CHARS_MAX) });
        }
    }

    fn log(&self, run: &RunId, step: Option<Step>, level: Level, text: String) {
        let at = self.now();
        let lines_max = self.config.log_lines;
        if let Some(active) = self.state().active.as_mut().filter(|active| active.run.id == *run) {
            active.run.log.add(Line { at, level, step, text }, lines_max);
        }
    }
}

/// What is kept of the text of a progress.
const PROGRESS_CHARS_MAX: usize = 300;
