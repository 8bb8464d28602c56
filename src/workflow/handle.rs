//! The handle: asks for runs, and about them.

use std::{sync::Arc, time::Duration};

use super::{
    HistoryEntry, HistoryFilter, HistorySummary, QueuedRun, RequestError, Run, RunAnswer, RunId, RunLog, Running,
    RunningRun, ShowStep, ShowTrigger, ShowWorkflow, StopAnswer, Timeout, Trigger, Workflow,
    shared::Shared,
    state::{State, Submitted},
};

/// Asks an engine for runs and about them. Cheap to clone; never waits for a run unless asked to.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The workflows there are.
    pub fn list(&self) -> Vec<Workflow> {
        Workflow::ALL.to_vec()
    }

    /// A workflow's steps and triggers, with their settings.
    pub fn show(&self, workflow: Workflow) -> ShowWorkflow {
        let config = &self.shared.config;
        let steps = workflow.steps().into_iter().map(|step| ShowStep {
            name: step,
            timeout: Timeout(config.timeout(step)),
            on_error: config.on_error(step),
            hooks: self.shared.hooks.names(step),
        });
        let schedule = config.schedule(workflow).map(|schedule| ShowTrigger::Schedule {
            cron: schedule.cron().to_string(),
            time_zone: schedule.zone().to_string(),
            next_due: self.shared.state().next_due.get(&workflow).copied(),
        });
        let startup = config.run_on_start && workflow == Workflow::CollectAndCleanup;
        ShowWorkflow {
            id: workflow,
            steps: steps.collect(),
            triggers: schedule.into_iter().chain(startup.then_some(ShowTrigger::Startup)).collect(),
            on_surpass: "wait".to_owned(),
        }
    }

    /// Starts a run, or queues it behind the active one.
    ///
    /// # Errors
    ///
    /// [`RequestError::ShuttingDown`].
    pub fn run(&self, workflow: Workflow) -> Result<RunAnswer, RequestError> {
        let submitted = self.shared.submit(workflow, Trigger::Request).ok_or(RequestError::ShuttingDown)?;
        Ok(match submitted {
            Submitted::Started(run) => RunAnswer { workflow, run, behind: None, was_queued: false },
            Submitted::Queued { run, behind } => RunAnswer { workflow, run, behind: Some(behind), was_queued: false },
            Submitted::Collapsed { run, behind } => RunAnswer { workflow, run, behind: Some(behind), was_queued: true },
        })
    }

    /// The active run and those that wait.
    pub fn running(&self) -> Running {
        let state = self.shared.state();
        let active = state.active.as_ref().map(|active| RunningRun {
            workflow: active.run.workflow,
            run: active.run.id.clone(),
            trigger: active.run.trigger,
            started_at: active.run.started_at,
            step: active.current.as_ref().map(|current| current.step),
            step_started_at: active.current.as_ref().map(|current| current.started_at),
            progress: active.current.as_ref().and_then(|current| current.progress.clone()),
            steps_done: active.run.steps.len(),
            steps: active.run.workflow.steps().len(),
            warnings: active.run.log.warnings(),
            errors: active.run.log.errors(),
        });
        let queued = state.queue.iter().map(|queued| QueuedRun {
            workflow: queued.workflow,
            run: queued.id.clone(),
            trigger: queued.trigger,
            queued_at: queued.since,
        });
        Running { active, queued: queued.collect() }
    }

    /// What the history says of each workflow.
    pub fn history(&self) -> Vec<HistorySummary> {
        let state = self.shared.state();
        let summary = |workflow| {
            let durations: Vec<Duration> =
                state.history.of(workflow).filter_map(|run| Some(run.end?.duration)).collect();
            let last = state.history.of(workflow).next_back();
            HistorySummary {
                workflow,
                count: state.history.of(workflow).count(),
                last_run: last.map(|run| run.started_at),
                last_outcome: last.and_then(|run| run.end).map(|end| end.outcome),
                runs_with_errors: state.history.of(workflow).filter(|run| run.has_errors()).count(),
                average_duration: u32::try_from(durations.len())
                    .ok()
                    .and_then(|count| durations.iter().sum::<Duration>().checked_div(count)),
            }
        };
        Workflow::ALL.into_iter().map(summary).collect()
    }

    /// The runs of a workflow, the active one included, oldest first.
    pub fn history_of(&self, workflow: Workflow, filter: &HistoryFilter) -> Vec<HistoryEntry> {
        let state = self.shared.state();
        let active = state.active.as_ref().map(|active| &active.run).filter(|run| run.workflow == workflow);
        let mut newest: Vec<_> = state
            .history
            .of(workflow)
            .map(AsRef::as_ref)
            .chain(active)
            .filter(|run| filter.started_after.is_none_or(|after| run.started_at > after))
            .filter(|run| filter.started_before.is_none_or(|before| run.started_at < before))
            .filter(|run| !filter.has_errors || run.has_errors())
            .map(entry)
            .collect();
        newest.split_off(newest.len().saturating_sub(filter.limit))
    }

    /// A run with all that is remembered of it, active or finished.
    ///
    /// # Errors
    ///
    /// [`RequestError::UnknownRun`], also for a run that waits or is forgotten.
    pub fn find(&self, run: &RunId) -> Result<Run, RequestError> {
        find(&self.shared.state(), run).ok_or_else(|| RequestError::UnknownRun { run: run.clone() })
    }

    /// The log of a run, active or finished.
    ///
    /// # Errors
    ///
    /// [`RequestError::UnknownRun`], also for a run that waits or is forgotten.
    pub fn log(&self, run: &RunId) -> Result<RunLog, RequestError> {
        let run = self.find(run)?;
        Ok(RunLog {
            run: run.id,
            workflow: run.workflow,
            outcome: run.end.map(|end| end.outcome),
            dropped: run.log.dropped(),
            lines: run.log.lines().to_vec(),
        })
    }

    /// Stops the active run, or takes a waiting one out of the queue.
    ///
    /// # Errors
    ///
    /// [`RequestError::NotRunning`] for a finished run, [`RequestError::UnknownRun`].
    pub fn stop(&self, run: &RunId) -> Result<StopAnswer, RequestError> {
        let mut state = self.shared.state();
        if state.stop(run) {
            tracing::info!(%run, "a run is stopped on request");
            drop(state);
            self.shared.ended.send_replace(());
            return Ok(StopAnswer { run: run.clone() });
        }
        match state.history.find(run) {
            Some(_) => Err(RequestError::NotRunning { run: run.clone() }),
            None => Err(RequestError::UnknownRun { run: run.clone() }),
        }
    }

    /// Waits until a run is over; none if it never will be: unknown, taken out of the queue, or forgotten.
    pub async fn wait(&self, run: &RunId) -> Option<Run> {
        let mut ended = self.shared.ended.subscribe();
        loop {
            {
                let state = self.shared.state();
                if let Some(run) = state.history.find(run) {
                    return Some(run.as_ref().clone());
                }
                let active = state.active.as_ref().is_some_and(|active| active.run.id == *run);
                if !active && !state.queue.iter().any(|queued| queued.id == *run) {
                    return None;
                }
            }
            ended.changed().await.ok()?;
        }
    }
}

fn find(state: &State, id: &RunId) -> Option<Run> {
    let active = state.active.as_ref().map(|active| &active.run).filter(|run| run.id == *id);
    active.or_else(|| state.history.find(id).map(AsRef::as_ref)).cloned()
}

fn entry(run: &Run) -> HistoryEntry {
    HistoryEntry {
        run: run.id.clone(),
        workflow: run.workflow,
        trigger: run.trigger,
        started_at: run.started_at,
        duration: run.end.map(|end| end.duration),
        outcome: run.end.map(|end| end.outcome),
        warnings: run.log.warnings(),
        errors: run.log.errors(),
    }
}
