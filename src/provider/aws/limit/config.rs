//! Settings of the limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Complaint;

/// How much of what AWS allows is used, and how many requests are under way at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The share of AWS's limits that is used; people and other tools have the rest. Default: 0.5.
    pub share: f64,
    /// What AWS allows where that is not as usual, for example because you asked for more: by service (`ec2`) or by
    /// operation (`ec2:DescribeVolumes`), for each account and region.
    /// Default: none.
    pub rates: BTreeMap<String, Allowed>,
    /// Requests that are under way at a time, in all accounts together. Default: 256.
    pub concurrency: usize,
    /// Requests that are under way at a time in one account. Default: 64.
    pub concurrency_per_account: usize,
    /// Requests that are under way at a time to one service in one region of one account. Default: 16.
    pub concurrency_per_service: usize,
}

/// What AWS allows of something: the size of a token bucket, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Requests at once.
    pub burst: f64,
    /// Requests a second.
    pub rate: f64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            share: 0.5,
            rates: BTreeMap::new(),
            concurrency: 256,
            concurrency_per_account: 64,
            concurrency_per_service: 16,
        }
    }
}

impl LimitsConfig {
    /// What is wrong with the numbers.
    pub(in crate::provider::aws) fn complaints(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if !(self.share > 0.0 && self.share <= 1.0) {
            complaints.push(Complaint::new("the share must be above 0 and at most 1").at("limits").at("share"));
        }
        for (name, allowed) in &self.rates {
            let positive = |number: f64| number > 0.0 && number.is_finite();
            if !positive(allowed.burst) || !positive(allowed.rate) {
                let complaint = Complaint::new("burst and rate must be above 0");
                complaints.push(complaint.at("limits").at("rates").at(name.as_str()));
            }
        }
        let counts = [
            ("concurrency", self.concurrency),
            ("concurrency_per_account", self.concurrency_per_account),
            ("concurrency_per_service", self.concurrency_per_service),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count == 0);
        complaints.extend(none.map(|(field, _)| {
            Complaint::new("at least one request must be under way at a time").at("limits").at(field)
        }));
        complaints
    }
}
