//! The meter: counts what providers ask of the clouds.

use std::{fmt::Debug, time::Duration};

use crate::model::{AccountId, ProviderName, RegionId};

/// One request to a provider's API, as it ended.
#[derive(Clone, Debug)]
pub struct Call {
    pub provider: ProviderName,
    pub account: AccountId,
    pub region: RegionId,
    /// The API's service, for example `ec2`.
    pub service: String,
    /// The operation, for example `DescribeInstances`.
    pub operation: String,
    pub outcome: CallOutcome,
    pub duration: Duration,
    /// What the provider charges for it at most, in dollars; 0 where it is free.
    pub dollars: f64,
}

/// How a request ended. A retried request is a request each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    Ok,
    /// Refused because of the rate; it will be tried again, or was the last try.
    Throttled,
    /// Any other error, expected ones (a bucket without tags) excluded.
    Failed,
}

/// An operation of a provider's API, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation<'a> {
    pub provider: &'a str,
    pub service: &'a str,
    pub operation: &'a str,
}

/// Hears of every request; the self metrics are fed from it.
pub trait CallMeter: Debug + Send + Sync {
    /// A request has ended.
    fn record(&self, call: &Call);

    /// A request that failed is sent once more.
    fn retried(&self, operation: Operation<'_>);

    /// A request was held back for so long: by our own limits, or before it was tried again.
    fn waited(&self, operation: Operation<'_>, time: Duration);
}

/// A meter for tests and one-off commands.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMeter;

impl CallMeter for NoMeter {
    fn record(&self, _call: &Call) {}

    fn retried(&self, _operation: Operation<'_>) {}

    fn waited(&self, _operation: Operation<'_>, _time: Duration) {}
}
