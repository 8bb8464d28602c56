//! The runner: executes one run, step by step.

use std::{any::Any, collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::{
    Event, HookResult, Level, Observer, OnError, Outcome, Phase, PhaseReport, Run, RunContext, RunEnd, Step,
    StepRecord, Summary, elapsed,
    hook::{Hook, Payload},
    phase::Recorder as _,
    shared::Shared,
};

/// Executes runs, one after the other.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) shared: Arc<Shared>,
    pub(super) phases: BTreeMap<Step, Arc<dyn Phase>>,
    pub(super) observers: Vec<Arc<dyn Observer>>,
}

impl Runner {
    /// Executes the steps of the active run, and puts it into the history.
    pub(super) async fn execute(&self, run: Run, stop: CancellationToken) {
        let started = Instant::now();
        tracing::info!(workflow = %run.workflow, run = %run.id, trigger = %run.trigger, "run started");
        self.shared.log(&run.id, None, Level::Info, format!("{} started: {}", run.workflow, run.trigger));
        self.observe(&Event::RunStarted(&run));

        let mut steps = Vec::new();
        let mut ended_by: Option<String> = None;
        for step in run.workflow.steps() {
            let context = RunContext::new(&run, step, Arc::clone(&self.shared) as _);
            let record = match &ended_by {
                Some(reason) => self.record(&context).ended(Outcome::Skipped, Some(reason.clone())),
                None => self.step(&context, &steps, &stop).await,
            };
            if ended_by.is_none() {
                ended_by = match record.outcome {
                    Outcome::Stopped => Some("the run was stopped".to_owned()),
                    outcome if outcome.is_failure() && self.shared.config.on_error(step) == OnError::Stop => {
                        Some(format!("the step {step} failed, and its `on_error` is `stop`"))
                    }
                    _ => None,
                };
            }
            self.shared.step_finished(record.clone());
            self.observe(&Event::StepFinished(&context, &record));
            steps.push(record);
        }

        let outcome = Outcome::of_run(steps.iter().map(|step| step.outcome));
        let duration = started.elapsed();
        self.shared.log(
            &run.id,
            None,
            level_of(outcome),
            format!("{} ended: {outcome} after {}", run.workflow, elapsed(duration)),
        );
        tracing::info!(workflow = %run.workflow, run = %run.id, %outcome, duration = elapsed(duration), "run finished");
        if let Some(run) = self.shared.run_finished(RunEnd { outcome, duration }) {
            self.observe(&Event::RunFinished(&run));
        }
    }

    /// Executes a step: its phase, then its hooks, until they are done, time is up or the run is stopped.
    async fn step(&self, context: &RunContext, over: &[StepRecord], stop: &CancellationToken) -> StepRecord {
        let phase = self.phases.get(&context.step);
        let hooks = self.shared.hooks.of(context.step);
        let mut open = self.record(context);
        if phase.is_none() && hooks.is_empty() && !stop.is_cancelled() {
            return open.ended(Outcome::Skipped, Some("it has neither work nor hooks".to_owned()));
        }
        self.shared.step_started(context.step, open.started_at);
        self.observe(&Event::StepStarted(context));

        let limit = self.shared.config.timeout(context.step);
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = timeout(limit, self.work(context, over, phase, hooks, &mut open)) => Some(ended),
        };
        let record = match ended {
            Some(Ok(report)) => {
                open.summary = report.summary;
                open.ended(report.outcome, report.reason)
            }
            Some(Err(_)) => {
                open.ended(Outcome::TimedOut, Some(format!("it exceeded its timeout of {}", elapsed(limit))))
            }
            None if self.shared.shutdown.is_cancelled() => {
                open.ended(Outcome::Stopped, Some("the program is ending".to_owned()))
            }
            None => open.ended(Outcome::Stopped, Some("on request".to_owned())),
        };
        let reason = record.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let text = match record.outcome {
            Outcome::Skipped => format!("skipped{reason}"),
            outcome => format!("{outcome} after {}{reason}", elapsed(record.duration)),
        };
        log(context, level_of(record.outcome), text);
        record
    }

    /// The work of a step; what it leaves in `open` is kept even if the work is cancelled.
    async fn work(
        &self,
        context: &RunContext,
        over: &[StepRecord],
        phase: Option<&Arc<dyn Phase>>,
        hooks: &[Arc<Hook>],
        open: &mut OpenStep,
    ) -> PhaseReport {
        let mut report = PhaseReport::ok();
        let mut own = None;
        if let Some(phase) = phase {
            let span = info_span!("phase", phase = %context.step, workflow = %context.workflow, run = %context.run);
            report = match AssertUnwindSafe(phase.run(context).instrument(span)).catch_unwind().await {
                Ok(report) => report,
                Err(panic) => PhaseReport::failed(format!("it panicked: {}", panic_text(&*panic))),
            };
            for (level, text) in std::mem::take(&mut report.messages) {
                log(context, level, text);
            }
            own = Some((report.clone(), open.started.elapsed()));
        }
        for hook in hooks {
            let own = own.as_ref().map(|(report, duration)| (report, *duration));
            let result = hook.run(&Payload::new(context, over, open.started_at, own)).await;
            log_hook(context, hook, &result);
            if !result.status.is_success() && hook.fails_step() && report.outcome != Outcome::Failed {
                report.outcome = Outcome::Failed;
                report.reason = Some(format!("hook `{}`: {}", result.hook, result.status));
            }
            open.hooks.push(result);
        }
        report
    }

    fn record(&self, context: &RunContext) -> OpenStep {
        OpenStep {
            step: context.step,
            started_at: self.shared.now(),
            started: Instant::now(),
            summary: Summary::new(),
            hooks: Vec::new(),
        }
    }

    /// Tells the observers; one that panics must not take the engine with it.
    fn observe(&self, event: &Event<'_>) {
        for observer in &self.observers {
            if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(|| observer.observe(event))) {
                tracing::error!(?observer, panic = panic_text(&*panic), "an observer panicked");
            }
        }
    }
}

/// A step that is not over yet.
#[derive(Debug)]
struct OpenStep {
    step: Step,
    started_at: jiff::Timestamp,
    started: Instant,
    summary: Summary,
    hooks: Vec<HookResult>,
}

impl OpenStep {
    fn ended(self, outcome: Outcome, reason: Option<String>) -> StepRecord {
        StepRecord {
            step: self.step,
            outcome,
            reason,
            started_at: self.started_at,
            duration: self.started.elapsed(),
            summary: self.summary,
            hooks: self.hooks,
        }
    }
}

fn log_hook(context: &RunContext, hook: &Hook, result: &HookResult) {
    let level = match result.status.is_success() {
        true => Level::Info,
        false if hook.fails_step() => Level::Error,
        false => Level::Warn,
    };
    for line in &result.output {
        log(context, Level::Info, format!("hook `{}` | {line}", result.hook));
    }
    log(context, level, format!("hook `{}`: {} after {}", result.hook, result.status, elapsed(result.duration)));
}

/// Adds a line to the log of the run, and to the program's.
fn log(context: &RunContext, level: Level, text: String) {
    let (workflow, run, step) = (context.workflow, &context.run, context.step);
    match level {
        Level::Info => tracing::info!(%workflow, %run, %step, message = text),
        Level::Warn => tracing::warn!(%workflow, %run, %step, message = text),
        Level::Error => tracing::error!(%workflow, %run, %step, message = text),
    }
    context.log(level, text);
}

fn level_of(outcome: Outcome) -> Level {
    match outcome {
        Outcome::Ok | Outcome::Skipped => Level::Info,
        Outcome::Partial | Outcome::Stopped => Level::Warn,
        Outcome::TimedOut | Outcome::Failed => Level::Error,
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}
