//! Settings of the section `collect`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    document::{Complaint, Validate},
    model::duration,
};

/// How resources are collected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many scopes (one kind in one region of one account) are listed at the same time, over all providers.
    pub concurrency: usize,
    /// How long a provider may take to find its accounts and regions.
    #[serde(with = "duration::text")]
    pub discover_timeout: Duration,
    /// How long one scope may take. One that takes longer has failed, and its resources stay as they were.
    #[serde(with = "duration::text")]
    pub scope_timeout: Duration,
    /// How long all scopes of one account may take, from the start of the collection.
    #[serde(with = "duration::text")]
    pub account_timeout: Duration,
    /// How long resources of a scope that keeps failing are kept, counted from its last complete listing.
    #[serde(with = "duration::text")]
    pub stale_after: Duration,
    /// How long an account is kept that its provider no longer names.
    #[serde(with = "duration::text")]
    pub grace: Duration,
}

impl Validate for Config {
    fn validate(&self) -> Vec<Complaint> {
        let nothing_at_a_time = Complaint::new("at least one scope must be listed at a time").at("concurrency");
        if self.concurrency == 0 { vec![nothing_at_a_time] } else { Vec::new() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: 64,
            discover_timeout: Duration::from_mins(5),
            scope_timeout: Duration::from_mins(15),
            account_timeout: Duration::from_hours(1),
            stale_after: Duration::from_hours(7 * 24),
            grace: Duration::from_hours(24),
        }
    }
}
