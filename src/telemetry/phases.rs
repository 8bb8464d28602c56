//! Metrics of workflows and their phases.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use prometheus_client::{
    metrics::counter::Counter,
    registry::{Registry, Unit},
};

use super::{
    known::{KnownGauge, count, unix_seconds},
    registry::Dropped,
    series::Series,
};

/// How a phase ended; a metric label, so the set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseOutcome {
    Ok,
    Partial,
    Skipped,
    Failed,
    TimedOut,
    Cancelled,
}

impl PhaseOutcome {
    pub const ALL: [Self; 6] = [Self::Ok, Self::Partial, Self::Skipped, Self::Failed, Self::TimedOut, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for PhaseOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Durations, outcomes and successes of workflows, and the generation they arrived at.
#[derive(Clone, Debug)]
pub struct WorkflowMetrics {
    durations: Series<2, KnownGauge>,
    outcomes: Series<3, Counter>,
    last_success: Series<1, KnownGauge>,
    generation: KnownGauge,
    collected: KnownGauge,
}

impl WorkflowMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        let metrics = Self {
            durations: Series::new(["workflow", "phase"], dropped.of("cloudgauge_workflow_phase_duration_seconds", "")),
            outcomes: Series::new(
                ["workflow", "phase", "outcome"],
                dropped.of("cloudgauge_workflow_phase_outcomes", "_total"),
            ),
            last_success: Series::new(
                ["workflow"],
                dropped.of("cloudgauge_workflow_last_success_timestamp_seconds", ""),
            ),
            generation: KnownGauge::default(),
            collected: KnownGauge::default(),
        };
        registry.register_with_unit(
            "cloudgauge_workflow_phase_duration",
            "How long the phase took when it last ended",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register(
            "cloudgauge_workflow_phase_outcomes",
            "Phases that ended, by how they ended",
            metrics.outcomes.clone(),
        );
        registry.register_with_unit(
            "cloudgauge_workflow_last_success_timestamp",
            "When the workflow last succeeded, in seconds since 1970",
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        registry.register(
            "cloudgauge_generation",
            "Number of the generation that is served; absent before the first one",
            metrics.generation.clone(),
        );
        registry.register_with_unit(
            "cloudgauge_generation_collected_timestamp",
            "When the generation that is served was collected, in seconds since 1970",
            Unit::Seconds,
            metrics.collected.clone(),
        );
        metrics
    }

    /// Shows the outcomes of a phase as 0 before it first ends, so that its first failure is an increase.
    pub fn declare(&self, workflow: &str, phase: &str) {
        for outcome in PhaseOutcome::ALL {
            // Getting a series is what creates it.
            drop(self.outcomes.get([workflow, phase, outcome.as_str()]));
        }
    }

    pub fn phase_ended(&self, workflow: &str, phase: &str, outcome: PhaseOutcome, duration: Duration) {
        self.declare(workflow, phase);
        self.durations.get([workflow, phase]).set(duration.as_secs_f64());
        self.outcomes.get([workflow, phase, outcome.as_str()]).inc();
    }

    pub fn workflow_succeeded(&self, workflow: &str, at: Timestamp) {
        self.last_success.get([workflow]).set(unix_seconds(at));
    }

    pub fn generation_published(&self, number: u64, collected_at: Timestamp) {
        self.generation.set(count(usize::try_from(number).unwrap_or(usize::MAX)));
        self.collected.set(unix_seconds(collected_at));
    }
}
