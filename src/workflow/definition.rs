//! The four workflows and their steps.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Step, UnknownName};

/// A workflow: a fixed sequence of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Workflow {
    /// Everything: collect, plan and execute the cleanup, generate the metrics.
    CollectAndCleanup,
    /// Collect and generate the metrics.
    Collect,
    /// Plan and execute the cleanup on the last generation, and generate the metrics.
    Cleanup,
    /// Generate the metrics of the last generation.
    Metrics,
}

const COLLECT: [Step; 4] = [Step::PreCollect, Step::Collect, Step::MergeOuterEdges, Step::PostCollect];
const CLEANUP: [Step; 6] = [
    Step::PreCleanupPlan,
    Step::CleanupPlan,
    Step::PostCleanupPlan,
    Step::PreCleanup,
    Step::Cleanup,
    Step::PostCleanup,
];
const METRICS: [Step; 3] = [Step::PreGenerateMetrics, Step::GenerateMetrics, Step::PostGenerateMetrics];

impl Workflow {
    /// Every workflow, in the order they are listed.
    pub const ALL: [Self; 4] = [Self::CollectAndCleanup, Self::Collect, Self::Cleanup, Self::Metrics];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CollectAndCleanup => "collect_and_cleanup",
            Self::Collect => "collect",
            Self::Cleanup => "cleanup",
            Self::Metrics => "metrics",
        }
    }

    /// The steps, in the order they run.
    pub fn steps(self) -> Vec<Step> {
        match self {
            Self::CollectAndCleanup => [&COLLECT[..], &CLEANUP, &METRICS].concat(),
            Self::Collect => [&COLLECT[..], &METRICS].concat(),
            Self::Cleanup => [&CLEANUP[..], &METRICS].concat(),
            Self::Metrics => METRICS.to_vec(),
        }
    }
}

impl FromStr for Workflow {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|workflow| workflow.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str);
            UnknownName::new("workflow", name, known.to_vec(), &known)
        })
    }
}

impl TryFrom<String> for Workflow {
    type Error = UnknownName;

    fn try_from(name: String) -> Result<Self, UnknownName> {
        name.parse()
    }
}

impl From<Workflow> for &'static str {
    fn from(workflow: Workflow) -> Self {
        workflow.as_str()
    }
}

impl fmt::Display for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collect_and_cleanup_has_every_step_in_order() {
        assert_eq!(Workflow::CollectAndCleanup.steps(), Step::ALL);
    }

    #[test]
    fn every_workflow_ends_with_the_metrics() {
        for workflow in Workflow::ALL {
            assert!(workflow.steps().ends_with(&METRICS), "{workflow}");
        }
        assert_eq!(Workflow::Collect.steps().len(), 7);
        assert_eq!(Workflow::Cleanup.steps().len(), 9);
    }

    #[test]
    fn an_unknown_workflow_is_refused_with_a_suggestion() {
        assert_eq!(
            "colect".parse::<Workflow>().unwrap_err().to_string(),
            "unknown workflow `colect`; did you mean `collect`? (known: collect_and_cleanup, collect, cleanup, metrics)"
        );
    }
}
