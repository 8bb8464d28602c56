//! The registry: all of cloudgauge's own metrics.

use prometheus_client::{
    encoding::text::encode_registry,
    metrics::{counter::Counter, info::Info},
    registry::Registry,
};

use super::{
    AccountMetrics, ApiMetrics, BuildInfo, CleanupMetrics, ConfigurationMetrics, ExpositionMetrics, PermissionMetrics,
    PriceMetrics, ScopeMetrics, WorkflowMetrics, conversion, process::Process, series::Series,
};

/// Holds the metrics about cloudgauge itself and renders them.
#[derive(Debug)]
pub struct SelfMetrics {
    pub accounts: AccountMetrics,
    pub api: ApiMetrics,
    pub cleanup: CleanupMetrics,
    pub configuration: ConfigurationMetrics,
    pub exposition: ExpositionMetrics,
    pub permissions: PermissionMetrics,
    pub prices: PriceMetrics,
    pub scopes: ScopeMetrics,
    pub workflows: WorkflowMetrics,
    registry: Registry,
}

/// The metrics as text, without the end of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub text: Vec<u8>,
    pub openmetrics: Vec<u8>,
}

impl SelfMetrics {
    pub fn new(build: BuildInfo) -> Self {
        let mut registry = Registry::default();
        let labels = vec![("version", build.version), ("revision", build.revision), ("rustc", build.rustc)];
        registry.register("cloudgauge_build", "What this program was built from", Info::new(labels));
        let dropped = Dropped::new(&mut registry);
        Self {
            configuration: ConfigurationMetrics::new(&mut registry),
            workflows: WorkflowMetrics::new(&mut registry, &dropped),
            scopes: ScopeMetrics::new(&mut registry),
            accounts: AccountMetrics::new(&mut registry, &dropped),
            api: ApiMetrics::new(&mut registry, &dropped),
            permissions: PermissionMetrics::new(&mut registry, &dropped),
            exposition: ExpositionMetrics::new(&mut registry, &dropped),
            prices: PriceMetrics::new(&mut registry, &dropped),
            cleanup: CleanupMetrics::new(&mut registry, &dropped),
            registry: {
                registry.register_collector(Box::new(Process));
                registry
            },
        }
    }

    /// Whether a metric's name belongs to cloudgauge itself, so that no definition may take it.
    ///
    /// Takes both the name that is queried and OpenMetrics' name of the family, which lacks `_total` and `_info`.
    pub fn is_reserved(name: &str) -> bool {
        let family = ["_total", "_info"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        RESERVED.contains(&family)
    }

    /// Renders both formats; reads `/proc`, so not to be called while somebody waits.
    pub fn render(&self) -> Rendered {
        let mut openmetrics = String::new();
        encode_registry(&mut openmetrics, &self.registry).expect("writing to a string cannot fail");
        Rendered { text: conversion::text_004(&openmetrics).into_bytes(), openmetrics: openmetrics.into_bytes() }
    }
}

/// Every family, by its name in OpenMetrics.
const RESERVED: &[&str] = &[
    "cloudgauge_account_gone_timestamp_seconds",
    "cloudgauge_api_cost_dollars",
    "cloudgauge_api_request_errors",
    "cloudgauge_api_requests",
    "cloudgauge_api_retries",
    "cloudgauge_api_throttled",
    "cloudgauge_api_wait_seconds",
    "cloudgauge_build",
    "cloudgauge_cleanup_candidates",
    "cloudgauge_cleanup_deleted",
    "cloudgauge_cleanup_enabled",
    "cloudgauge_cleanup_failed",
    "cloudgauge_cleanup_skipped",
    "cloudgauge_config_hash",
    "cloudgauge_config_last_reload_success_timestamp_seconds",
    "cloudgauge_config_last_reload_successful",
    "cloudgauge_exposition_series",
    "cloudgauge_exposition_size_bytes",
    "cloudgauge_generation",
    "cloudgauge_generation_collected_timestamp_seconds",
    "cloudgauge_permission_missing",
    "cloudgauge_price_refresh_successful",
    "cloudgauge_price_table_prices",
    "cloudgauge_price_table_timestamp_seconds",
    "cloudgauge_scope_duration_seconds",
    "cloudgauge_scope_errors",
    "cloudgauge_scope_expected_denials",
    "cloudgauge_scope_expirations",
    "cloudgauge_scope_expired_resources",
    "cloudgauge_scope_last_success_timestamp_seconds",
    "cloudgauge_scope_requests",
    "cloudgauge_scope_resources",
    "cloudgauge_scope_throttled_requests",
    "cloudgauge_scope_up",
    "cloudgauge_series_dropped",
    "cloudgauge_workflow_last_success_timestamp_seconds",
    "cloudgauge_workflow_phase_duration_seconds",
    "cloudgauge_workflow_phase_outcomes",
    "process_cpu_seconds",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
];

/// Counts what does not fit, for every metric that has a limit.
#[derive(Clone, Debug)]
pub(super) struct Dropped(Series<1, Counter>);

impl Dropped {
    fn new(registry: &mut Registry) -> Self {
        let series = Series::new(["metric"], Counter::default());
        registry.register(
            "cloudgauge_series_dropped",
            "Updates that were dropped because the metric has too many series",
            series.clone(),
        );
        Self(series)
    }

    /// The counter for one metric, named as it is queried.
    pub(super) fn of(&self, name: &str, suffix: &str) -> Counter {
        self.0.get([&format!("{name}{suffix}")])
    }
}

#[cfg(test)]
mod tests;
