//! Metrics of what is asked of the clouds.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    metrics::counter::Counter,
    registry::{Registry, Unit},
};

use super::{registry::Dropped, series::Series};
use crate::provider::{Call, CallMeter, CallOutcome, Operation};

/// A counter of something that has fractions.
type Total = Counter<f64, AtomicU64>;

/// Counts requests to the providers' APIs.
#[derive(Clone, Debug)]
pub struct ApiMetrics {
    requests: Series<3, Counter>,
    errors: Series<3, Counter>,
    throttled: Series<3, Counter>,
    retries: Series<3, Counter>,
    waits: Series<3, Total>,
    /// Of operations that are charged for.
    dollars: Series<3, Total>,
}

impl ApiMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        const LABELS: [&str; 3] = ["provider", "service", "operation"];
        let mut register = |name: &'static str, help: &'static str| {
            let series = Series::new(LABELS, dropped.of(name, "_total"));
            registry.register(name, help, series.clone());
            series
        };
        let requests = register(
            "cloudgauge_api_requests",
            "Requests sent to the providers' APIs, retries included, whatever their outcome",
        );
        let errors = register(
            "cloudgauge_api_request_errors",
            "Requests to the providers' APIs that failed, throttled ones excluded",
        );
        let throttled =
            register("cloudgauge_api_throttled", "Requests that the providers' APIs refused because of their rate");
        let retries =
            register("cloudgauge_api_retries", "Requests to the providers' APIs that were sent again after a failure");
        let mut register = |name: &'static str, unit: &str, help: &'static str| {
            let series = Series::new(LABELS, dropped.of(&format!("{name}_{unit}"), "_total"));
            registry.register_with_unit(name, help, Unit::Other(unit.to_owned()), series.clone());
            series
        };
        let waits = register(
            "cloudgauge_api_wait",
            "seconds",
            "Time that requests were held back by limits on rates, and before they were sent again",
        );
        let dollars = register(
            "cloudgauge_api_cost",
            "dollars",
            "What the providers charge for the requests at most, without free allowances; only operations that cost anything",
        );
        Self { requests, errors, throttled, retries, waits, dollars }
    }
}

impl CallMeter for ApiMetrics {
    fn record(&self, call: &Call) {
        let labels = [call.provider.as_str(), call.service.as_str(), call.operation.as_str()];
        self.requests.get(labels).inc();
        // They exist from the first request on, so that the first error is an increase.
        self.errors.get(labels).inc_by(u64::from(call.outcome == CallOutcome::Failed));
        self.throttled.get(labels).inc_by(u64::from(call.outcome == CallOutcome::Throttled));
        self.retries.get(labels).inc_by(0);
        self.waits.get(labels).inc_by(0.0);
        if call.dollars > 0.0 {
            self.dollars.get(labels).inc_by(call.dollars);
        }
    }

    fn retried(&self, operation: Operation<'_>) {
        self.retries.get(labels(operation)).inc();
    }

    fn waited(&self, operation: Operation<'_>, time: Duration) {
        self.waits.get(labels(operation)).inc_by(time.as_secs_f64());
    }
}

fn labels(operation: Operation<'_>) -> [&str; 3] {
    [operation.provider, operation.service, operation.operation]
}
