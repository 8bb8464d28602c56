//! Metrics of the scopes: what could be listed, when, and why not.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabel as _, EncodeLabelSet, LabelSetEncoder, NoLabelSet},
    metrics::{MetricType, counter::Counter},
    registry::{Registry, Unit},
};

use super::{
    fold::{self, LABEL_NAMES, Row},
    known::{Number, count, unix_seconds},
    series,
};
use crate::model::{FailureClass, ScopeKey};

/// Rows at most; each is at least 6 series, and all of them are rendered whenever a phase ends.
const ROWS_MAX: usize = 2_000;

/// How often a scope failed, by class.
pub(super) type Failures = BTreeMap<FailureClass, u64>;

/// One scope, as the ledger of the latest generation has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeStatus {
    pub key: ScopeKey,
    pub account_name: String,
    /// Whether the last attempt was complete.
    pub up: bool,
    /// Why the last attempt was not complete.
    pub failure: Option<FailureClass>,
    pub last_attempt: Timestamp,
    pub last_success: Option<Timestamp>,
    /// How long the last attempt took.
    pub duration: Duration,
    /// Requests of the last attempt, and those of them that were refused because of the rate.
    pub calls: u32,
    pub throttles: u32,
    /// The resources that are served, those of an earlier success included.
    pub resources: usize,
}

/// Shows the scopes that it was last told of; clones share them.
#[derive(Clone, Debug, Default)]
pub struct ScopeMetrics {
    state: Arc<Mutex<State>>,
    expired: Counter,
    expired_resources: Counter,
}

#[derive(Debug, Default)]
struct State {
    attempts: BTreeMap<ScopeKey, Timestamp>,
    failures: BTreeMap<fold::Labels, Failures>,
    rows: Arc<BTreeMap<fold::Labels, Row>>,
}

impl ScopeMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register_collector(Box::new(metrics.clone()));
        registry.register(
            "cloudgauge_scope_expirations",
            "Times that the resources of a scope were dropped because it had failed for longer than collect.stale_after",
            metrics.expired.clone(),
        );
        registry.register(
            "cloudgauge_scope_expired_resources",
            "Resources that were dropped because their scope had failed for longer than collect.stale_after",
            metrics.expired_resources.clone(),
        );
        metrics
    }

    /// Counts scopes whose resources were dropped, and the resources.
    pub fn expired(&self, scopes: usize, resources: usize) {
        self.expired.inc_by(scopes.try_into().unwrap_or(u64::MAX));
        self.expired_resources.inc_by(resources.try_into().unwrap_or(u64::MAX));
    }

    /// Replaces all scopes; an attempt that is newer than the scope's last one and failed counts as an error.
    pub fn set(&self, scopes: &[ScopeStatus]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = BTreeMap::new();
        let mut failures = BTreeMap::new();
        for scope in scopes {
            let labels = fold::labels(scope);
            // Counters live as long as their scope.
            if !failures.contains_key(&labels)
                && let Some(earlier) = state.failures.remove(&labels)
            {
                failures.insert(labels.clone(), earlier);
            }
            let is_new = state.attempts.get(&scope.key).is_none_or(|last| *last < scope.last_attempt);
            if let (true, Some(class)) = (is_new, scope.failure) {
                *failures.entry(labels).or_default().entry(class).or_default() += 1;
            }
            attempts.insert(scope.key.clone(), scope.last_attempt);
        }
        state.rows = Arc::new(fold::fold(scopes, &failures, ROWS_MAX));
        state.attempts = attempts;
        state.failures = failures;
    }
}

impl Collector for ScopeMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let rows = Arc::clone(&self.state.lock().unwrap_or_else(PoisonError::into_inner).rows);
        if rows.is_empty() {
            return Ok(());
        }
        let mut gauge = |name, help, unit: Option<Unit>, value: fn(&Row) -> Option<f64>| -> fmt::Result {
            let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
            for (labels, row) in &*rows {
                if let Some(value) = value(row) {
                    metric.encode_family(&row_labels(labels))?.encode_gauge(&Number(value))?;
                }
            }
            Ok(())
        };
        gauge(
            "cloudgauge_scope_up",
            "Whether the last listing of the scope was complete; absent where it is expected to be denied.",
            None,
            |row| (row.expected < row.scopes).then(|| f64::from(u8::from(row.up == row.scopes - row.expected))),
        )?;
        if rows.values().any(|row| row.expected > 0) {
            gauge(
                "cloudgauge_scope_expected_denials",
                "Scopes that were denied as the settings expect; what they hold is unknown.",
                None,
                |row| (row.expected > 0).then(|| count(row.expected)),
            )?;
        }
        gauge(
            "cloudgauge_scope_last_success_timestamp",
            "When the scope was last listed completely, in seconds since 1970; absent where it never was.",
            Some(Unit::Seconds),
            |row| row.last_success.map(unix_seconds),
        )?;
        gauge("cloudgauge_scope_duration", "How long the last listing took.", Some(Unit::Seconds), |row| {
            Some(row.duration.as_secs_f64())
        })?;
        gauge(
            "cloudgauge_scope_resources",
            "Resources of the scope that are served, those of an earlier listing included.",
            None,
            |row| Some(count(row.resources)),
        )?;
        gauge(
            "cloudgauge_scope_requests",
            "Requests of the last listing, retries included; what several scopes need is asked for by one of them.",
            None,
            |row| Some(count(row.calls)),
        )?;
        gauge(
            "cloudgauge_scope_throttled_requests",
            "Requests of the last listing that were refused because of the rate.",
            None,
            |row| Some(count(row.throttles)),
        )?;
        let mut errors = encoder.encode_descriptor(
            "cloudgauge_scope_errors",
            "Listings that failed or were incomplete, by class.",
            None,
            MetricType::Counter,
        )?;
        for (labels, row) in &*rows {
            // Every class of every scope would be most of the page; `scope_up` is there from the start.
            for (class, number) in &row.failures {
                let labels = ErrorLabels { row: row_labels(labels), class: *class };
                errors.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, u64>(number, None)?;
            }
        }
        Ok(())
    }
}

fn row_labels(values: &fold::Labels) -> series::Labels<'_> {
    series::Labels { names: &LABEL_NAMES, values }
}

struct ErrorLabels<'a> {
    row: series::Labels<'a>,
    class: FailureClass,
}

impl EncodeLabelSet for ErrorLabels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> fmt::Result {
        self.row.encode(encoder)?;
        ("class", self.class.as_str()).encode(encoder.encode_label())
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode_registry;

    use super::*;

    fn scope(second: i64, failure: Option<FailureClass>) -> ScopeStatus {
        let attempt = Timestamp::from_second(second).unwrap();
        ScopeStatus {
            key: ScopeKey {
                provider: "aws".into(),
                cloud: "aws".into(),
                account: "1".into(),
                region: "eu-west-1".into(),
                kind: "aws_vpc".into(),
            },
            account_name: "prod".to_owned(),
            up: failure.is_none(),
            failure,
            last_attempt: attempt,
            last_success: failure.is_none().then_some(attempt),
            duration: Duration::from_millis(1500),
            calls: 5,
            throttles: 2,
            resources: 4,
        }
    }

    fn text(metrics: &ScopeMetrics) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(metrics.clone()));
        let mut text = String::new();
        encode_registry(&mut text, &registry).unwrap();
        text
    }

    fn denied(metrics: &ScopeMetrics) -> String {
        let text = text(metrics);
        text.lines().find(|line| line.contains("class=\"denied\"")).unwrap().rsplit_once(' ').unwrap().1.to_owned()
    }

    #[test]
    fn a_scope_shows_its_state_and_the_classes_of_its_errors() {
        let metrics = ScopeMetrics::default();
        assert_eq!(text(&metrics), "");
        metrics.set(&[scope(100, Some(FailureClass::Throttled))]);
        metrics.set(&[scope(200, None)]);
        insta::assert_snapshot!(text(&metrics));
    }

    #[test]
    fn a_scope_that_is_denied_as_expected_is_neither_up_nor_down() {
        let metrics = ScopeMetrics::default();
        metrics.set(&[scope(100, Some(FailureClass::ExpectedDenial))]);
        let text = text(&metrics);
        let shown: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let labels = "{cloud=\"aws\",account=\"1\",account_name=\"prod\",region=\"eu-west-1\",kind=\"aws_vpc\"";
        assert!(shown.contains(&format!("cloudgauge_scope_expected_denials{labels}}} 1").as_str()), "{text}");
        assert!(
            shown.contains(&format!("cloudgauge_scope_errors_total{labels},class=\"expected_denial\"}} 1").as_str())
        );
        assert!(!shown.iter().any(|line| line.starts_with("cloudgauge_scope_up")), "{text}");
    }

    #[test]
    fn each_failed_attempt_counts_once() {
        let metrics = ScopeMetrics::default();
        metrics.set(&[scope(100, Some(FailureClass::Denied))]);
        assert_eq!(denied(&metrics), "1");
        // The same ledger again, after a reload or a restart of a phase.
        metrics.set(&[scope(100, Some(FailureClass::Denied))]);
        assert_eq!(denied(&metrics), "1");
        metrics.set(&[scope(200, Some(FailureClass::Denied))]);
        metrics.set(&[scope(300, None)]);
        assert_eq!(denied(&metrics), "2");
    }

    #[test]
    fn a_scope_that_never_succeeded_has_no_time_of_success() {
        let metrics = ScopeMetrics::default();
        metrics.set(&[scope(100, Some(FailureClass::Timeout))]);
        assert!(!text(&metrics).contains("cloudgauge_scope_last_success_timestamp_seconds{"));
        assert!(text(&metrics).contains("cloudgauge_scope_up{cloud=\"aws\",account=\"1\",account_name=\"prod\",region=\"eu-west-1\",kind=\"aws_vpc\"} 0"));
    }

    #[test]
    fn a_scope_that_is_gone_is_not_shown() {
        let metrics = ScopeMetrics::default();
        metrics.set(&[scope(100, Some(FailureClass::Denied))]);
        metrics.set(&[]);
        assert_eq!(text(&metrics), "");
        assert!(metrics.state.lock().unwrap().failures.is_empty());
    }
}
