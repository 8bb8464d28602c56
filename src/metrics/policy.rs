//! Policies: what becomes of a metric whose scopes were not all listed completely and lately.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Coverage;
use crate::{
    document::{Complaint, Validate},
    model::duration,
};

/// Settings of the section `metrics.coverage`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageConfig {
    /// How long a complete listing of a scope counts as fresh when metrics are generated. A scope whose last attempt
    /// failed, or whose last listing is older, lowers `cloudgauge_metric_coverage_ratio`.
    #[serde(with = "duration::text")]
    pub fresh_for: Duration,
    /// What becomes of a metric whose ratio is below `min_ratio`: `keep` exports it as it is, `mark` exports it and sets
    /// `cloudgauge_metric_incomplete` to 1, `withhold` also leaves it out of the page, which is counted in
    /// `cloudgauge_metric_withheld`.
    pub policy: CoveragePolicy,
    /// The share of a metric's scopes that must be complete and fresh, from 0 to 1.
    pub min_ratio: f64,
}

/// What one definition says of its coverage; what is left out is as in `metrics.coverage`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverageRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<CoveragePolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ratio: Option<f64>,
}

/// What becomes of a metric whose coverage is too low; the later, the stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoveragePolicy {
    #[default]
    Keep,
    Mark,
    Withhold,
}

impl Default for CoverageConfig {
    fn default() -> Self {
        Self { fresh_for: Duration::from_hours(3), policy: CoveragePolicy::Keep, min_ratio: 1.0 }
    }
}

impl Validate for CoverageConfig {
    fn validate(&self) -> Vec<Complaint> {
        let mut complaints = Vec::from_iter(ratio_complaint(self.min_ratio));
        if self.fresh_for.is_zero() {
            complaints.push(Complaint::new("no listing is fresh for no time").at("fresh_for").help("for example `3h`"));
        }
        complaints
    }
}

impl CoverageRule {
    /// What is wrong with it.
    pub(super) fn complaint(&self) -> Option<Complaint> {
        ratio_complaint(self.min_ratio?)
    }

    /// The stricter of both, for a metric that two definitions feed.
    pub(super) fn stricter(self, other: Self) -> Self {
        let min_ratio = match (self.min_ratio, other.min_ratio) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        Self { policy: self.policy.max(other.policy), min_ratio }
    }

    /// The policy of a metric, and whether its coverage is too low for it.
    pub(super) fn judge(self, default: CoverageConfig, coverage: Coverage) -> (CoveragePolicy, bool) {
        let min_ratio = self.min_ratio.unwrap_or(default.min_ratio);
        (self.policy.unwrap_or(default.policy), coverage.ratio().is_some_and(|ratio| ratio < min_ratio))
    }
}

fn ratio_complaint(ratio: f64) -> Option<Complaint> {
    let complaint = || Complaint::new("a ratio is between 0 and 1").at("min_ratio").help("for example `0.9`");
    (!(0.0..=1.0).contains(&ratio)).then(complaint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(feeding: usize, complete: usize) -> Coverage {
        Coverage { feeding, complete, ..Coverage::default() }
    }

    #[test]
    fn a_metric_is_judged_by_its_own_rule_and_else_by_the_default() {
        let default = CoverageConfig { policy: CoveragePolicy::Mark, min_ratio: 0.5, ..CoverageConfig::default() };
        let rule = CoverageRule::default();
        assert_eq!(rule.judge(default, coverage(4, 2)), (CoveragePolicy::Mark, false));
        assert_eq!(rule.judge(default, coverage(4, 1)), (CoveragePolicy::Mark, true));
        let own = CoverageRule { policy: Some(CoveragePolicy::Withhold), min_ratio: Some(1.0) };
        assert_eq!(own.judge(default, coverage(4, 3)), (CoveragePolicy::Withhold, true));
        assert_eq!(own.judge(default, coverage(0, 0)), (CoveragePolicy::Withhold, false), "nothing is missing");
    }

    #[test]
    fn of_two_definitions_of_a_metric_the_stricter_counts() {
        let rule = |policy, min_ratio| CoverageRule { policy, min_ratio };
        let withhold = Some(CoveragePolicy::Withhold);
        let both = rule(Some(CoveragePolicy::Keep), Some(0.9)).stricter(rule(withhold, Some(0.5)));
        assert_eq!(both, rule(withhold, Some(0.9)));
        assert_eq!(rule(None, Some(0.2)).stricter(CoverageRule::default()), rule(None, Some(0.2)));
    }

    #[test]
    fn a_ratio_beyond_one_and_no_time_are_refused() {
        let wrong = CoverageConfig { fresh_for: Duration::ZERO, min_ratio: 90.0, ..CoverageConfig::default() };
        assert_eq!(wrong.validate().len(), 2);
        assert_eq!(CoverageConfig { min_ratio: f64::NAN, ..CoverageConfig::default() }.validate().len(), 1);
        assert!(CoverageConfig::default().validate().is_empty());
    }
}
