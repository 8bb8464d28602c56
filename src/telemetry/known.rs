//! Gauges that are shown once they are known: what is unknown is left out rather than 0.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use prometheus_client::{
    encoding::{EncodeGaugeValue, EncodeMetric, GaugeValueEncoder, MetricEncoder},
    metrics::{MetricType, TypedMetric},
};

/// A gauge that may be unknown; clones share the value.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownGauge(Arc<RwLock<Option<f64>>>);

impl KnownGauge {
    pub(super) fn set(&self, value: f64) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn get(&self) -> Option<f64> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TypedMetric for KnownGauge {
    const TYPE: MetricType = MetricType::Gauge;
}

impl EncodeMetric for KnownGauge {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        match self.get() {
            Some(value) => encoder.encode_gauge(&Number(value)),
            None => Ok(()),
        }
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }

    fn is_empty(&self) -> bool {
        self.get().is_none()
    }
}

/// A value that is written as an integer where it is one: `7` and not `7.0`, as the generation's metrics are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(pub(super) f64);

impl EncodeGaugeValue for Number {
    fn encode(&self, encoder: &mut GaugeValueEncoder) -> fmt::Result {
        const EXACT_BELOW: f64 = 1e15;
        let Self(number) = *self;
        if number.fract() == 0.0 && number.abs() < EXACT_BELOW {
            #[expect(clippy::cast_possible_truncation, reason = "an integer below 10^15 fits")]
            let integer = number as i64;
            integer.encode(encoder)
        } else {
            number.encode(encoder)
        }
    }
}

/// Seconds since 1970, with their fraction.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact for 285,000 years")]
pub(super) fn unix_seconds(timestamp: Timestamp) -> f64 {
    timestamp.as_millisecond() as f64 / 1000.0
}

/// A count as a metric's value.
#[expect(clippy::cast_precision_loss, reason = "counts of things in memory are below 2^53")]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}
