//! Workflows: when what happens, for how long, and what became of it.
//!
//! | workflow | steps |
//! |---|---|
//! | `collect_and_cleanup` | `pre_collect`, `collect`, `merge_outer_edges`, `post_collect`, then those of `cleanup` |
//! | `collect` | the first four of `collect_and_cleanup`, then those of `metrics` |
//! | `cleanup` | `pre_cleanup_plan`, `cleanup_plan`, `post_cleanup_plan`, `pre_cleanup`, `cleanup`, `post_cleanup`, then those of `metrics` |
//! | `metrics` | `pre_generate_metrics`, `generate_metrics`, `post_generate_metrics` |
//!
//! A run is started by its schedule, at start-up, or on request. All runs write the generation, so there is one at a
//! time; the others wait in the order they came, at most one per workflow: a trigger that finds its workflow waiting
//! adds nothing. Nothing that was missed while the program was down is made up for, except by `run_on_start`.
//!
//! A step consists of its [`Phase`], which the rest of the program provides, followed by the user's [hooks](HookConfig)
//! on its event. Its timeout covers both. When the timeout expires, or the run is stopped, the futures are dropped: the
//! phase's partial results with them, and the hook's process is killed. A step that fails, times out or panics does not
//! keep the following ones from running, unless `on_error` says so.
//!
//! This module knows nothing of what phases do. It keeps its history in memory: nothing here survives a restart.

mod api;
mod config;
mod definition;
mod elapsed;
mod engine;
#[cfg(test)]
mod fifo;
mod handle;
mod history;
mod hook;
mod lock;
mod log;
mod observer;
mod outcome;
mod phase;
mod run;
mod runner;
mod schedule;
mod shared;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod unknown;

pub use self::{
    api::{
        HistoryEntry, HistoryFilter, HistorySummary, QueuedRun, RequestError, RunAnswer, RunLog, Running, RunningRun,
        ShowStep, ShowTrigger, ShowWorkflow, StopAnswer,
    },
    config::{Config, OnError, Timeout},
    definition::Workflow,
    elapsed::elapsed,
    engine::Engine,
    handle::Handle,
    hook::{
        Events, HookConfig, HookError, HookResult, HookStatus, Hooks, HttpConfig, Method, OnHookError, Secret,
        check as check_hooks,
    },
    log::{Level, Line, Log},
    observer::{Event, Observer},
    outcome::Outcome,
    phase::{Phase, PhaseReport, Progress, RunContext},
    run::{Run, RunEnd, RunId, StepRecord, Summary, Trigger},
    schedule::{CronExpression, CronExpressionError, Schedule, TimeZone, UnknownTimeZone},
    step::Step,
    unknown::UnknownName,
};
