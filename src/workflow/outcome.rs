//! Outcomes: how a step or a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a step or a run ended, from the best to the worst.
///
/// A run is as bad as its worst step; what was skipped makes it no worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was nothing to do, and the reason is known.
    Skipped,
    Ok,
    /// A part failed and the rest is good: some accounts, some deletions.
    Partial,
    /// Cancelled because it exceeded its timeout; what it had done so far was discarded. Only of steps.
    TimedOut,
    Failed,
    /// Cancelled by request, or because the program ends.
    Stopped,
}

impl Outcome {
    pub const ALL: [Self; 6] = [Self::Skipped, Self::Ok, Self::Partial, Self::TimedOut, Self::Failed, Self::Stopped];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// The outcome of a run with steps of these outcomes.
    pub fn of_run(steps: impl IntoIterator<Item = Self>) -> Self {
        match steps.into_iter().max() {
            None | Some(Self::Skipped) => Self::Ok,
            Some(Self::TimedOut) => Self::Failed,
            Some(worst) => worst,
        }
    }

    /// Whether the step did not do its work: the case for `on_error`.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::TimedOut | Self::Failed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_as_bad_as_its_worst_step() {
        assert_eq!(Outcome::of_run([]), Outcome::Ok);
        assert_eq!(Outcome::of_run([Outcome::Skipped]), Outcome::Ok);
        assert_eq!(Outcome::of_run([Outcome::Ok, Outcome::Partial, Outcome::Skipped]), Outcome::Partial);
        assert_eq!(Outcome::of_run([Outcome::TimedOut, Outcome::Partial]), Outcome::Failed);
        assert_eq!(Outcome::of_run([Outcome::Failed, Outcome::Stopped]), Outcome::Stopped);
    }
}
