//! Metrics of what is asked of the clouds.

use prometheus_client::{metrics::counter::Counter, registry::Registry};

use super::{registry::Dropped, series::Series};
use crate::provider::{Call, CallMeter, CallOutcome};

/// Counts requests to the providers' APIs.
#[derive(Clone, Debug)]
pub struct ApiMetrics {
    requests: Series<3, Counter>,
    errors: Series<3, Counter>,
    throttled: Series<3, Counter>,
}

impl ApiMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        let mut register = |name: &'static str, help: &'static str| {
            let series = Series::new(["provider", "service", "operation"], dropped.of(name, "_total"));
            registry.register(name, help, series.clone());
            series
        };
        Self {
            requests: register(
                "cloudgauge_api_requests",
                "Requests sent to the providers' APIs, retries included, whatever their outcome",
            ),
            errors: register(
                "cloudgauge_api_request_errors",
                "Requests to the providers' APIs that failed, throttled ones excluded",
            ),
            throttled: register(
                "cloudgauge_api_throttled",
                "Requests that the providers' APIs refused because of their rate",
            ),
        }
    }
}

impl CallMeter for ApiMetrics {
    fn record(&self, call: &Call) {
        let labels = [call.provider.as_str(), call.service.as_str(), call.operation.as_str()];
        self.requests.get(labels).inc();
        // All three exist from the first request on, so that the first error is an increase.
        self.errors.get(labels).inc_by(u64::from(call.outcome == CallOutcome::Failed));
        self.throttled.get(labels).inc_by(u64::from(call.outcome == CallOutcome::Throttled));
    }
}
