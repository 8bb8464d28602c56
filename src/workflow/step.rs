//! The steps of the workflows, which are also the events that hooks wait for.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::UnknownName;

/// A step of a workflow.
///
/// Its name is also the event that a hook names in `on`, the key of its timeout, and a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Step {
    PreCollect,
    Collect,
    MergeOuterEdges,
    PostCollect,
    PreCleanupPlan,
    CleanupPlan,
    PostCleanupPlan,
    PreCleanup,
    Cleanup,
    PostCleanup,
    PreGenerateMetrics,
    GenerateMetrics,
    PostGenerateMetrics,
}

/// Names of the original's that mean one of ours.
const ALIASES: [(&str, Step); 2] =
    [("merge_deferred_edges", Step::MergeOuterEdges), ("collect_done", Step::PostCollect)];

impl Step {
    /// Every step, in the order of `collect_and_cleanup`.
    pub const ALL: [Self; 13] = [
        Self::PreCollect,
        Self::Collect,
        Self::MergeOuterEdges,
        Self::PostCollect,
        Self::PreCleanupPlan,
        Self::CleanupPlan,
        Self::PostCleanupPlan,
        Self::PreCleanup,
        Self::Cleanup,
        Self::PostCleanup,
        Self::PreGenerateMetrics,
        Self::GenerateMetrics,
        Self::PostGenerateMetrics,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreCollect => "pre_collect",
            Self::Collect => "collect",
            Self::MergeOuterEdges => "merge_outer_edges",
            Self::PostCollect => "post_collect",
            Self::PreCleanupPlan => "pre_cleanup_plan",
            Self::CleanupPlan => "cleanup_plan",
            Self::PostCleanupPlan => "post_cleanup_plan",
            Self::PreCleanup => "pre_cleanup",
            Self::Cleanup => "cleanup",
            Self::PostCleanup => "post_cleanup",
            Self::PreGenerateMetrics => "pre_generate_metrics",
            Self::GenerateMetrics => "generate_metrics",
            Self::PostGenerateMetrics => "post_generate_metrics",
        }
    }

    /// How long the step, its hooks included, may take where the configuration says nothing.
    pub fn default_timeout(self) -> Duration {
        match self {
            Self::Collect | Self::Cleanup => Duration::from_hours(3),
            Self::MergeOuterEdges | Self::CleanupPlan | Self::GenerateMetrics => Duration::from_mins(10),
            Self::PreCollect
            | Self::PostCollect
            | Self::PreCleanupPlan
            | Self::PostCleanupPlan
            | Self::PreCleanup
            | Self::PostCleanup
            | Self::PreGenerateMetrics
            | Self::PostGenerateMetrics => Duration::from_mins(5),
        }
    }
}

impl FromStr for Step {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let own = Self::ALL.into_iter().map(|step| (step.as_str(), step));
        own.clone().chain(ALIASES).find(|(known, _)| *known == name).map(|(_, step)| step).ok_or_else(|| {
            let known = own.clone().map(|(name, _)| name).collect();
            let accepted: Vec<_> = own.chain(ALIASES).map(|(name, _)| name).collect();
            UnknownName::new("event", name, known, &accepted)
        })
    }
}

impl TryFrom<String> for Step {
    type Error = UnknownName;

    fn try_from(name: String) -> Result<Self, UnknownName> {
        name.parse()
    }
}

impl From<Step> for &'static str {
    fn from(step: Step) -> Self {
        step.as_str()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_step() {
        for step in Step::ALL {
            assert_eq!(step.as_str().parse(), Ok(step));
            assert_eq!(serde_json::from_value::<Step>(serde_json::to_value(step).unwrap()).unwrap(), step);
        }
    }

    #[test]
    fn names_of_the_original_are_aliases() {
        assert_eq!("merge_deferred_edges".parse(), Ok(Step::MergeOuterEdges));
        assert_eq!("collect_done".parse(), Ok(Step::PostCollect));
    }

    #[test]
    fn an_unknown_event_is_refused_with_a_suggestion() {
        let error = "post_colect".parse::<Step>().unwrap_err().to_string();
        assert!(error.starts_with("unknown event `post_colect`; did you mean `post_collect`? (known: pre_collect, "));
        let error = "collet_done".parse::<Step>().unwrap_err().to_string();
        assert!(error.starts_with("unknown event `collet_done`; did you mean `collect_done`?"), "{error}");
        let error = "lunch".parse::<Step>().unwrap_err().to_string();
        assert!(error.starts_with("unknown event `lunch` (known: "), "{error}");
    }
}
