//! Telemetry: what cloudgauge says of itself, in logs and in its own metrics.
//!
//! The metrics are rendered when a phase ends and now and then in between, never by a scrape.

mod accounts;
mod api;
mod build_info;
mod cleanup;
mod configuration;
mod conversion;
mod exposition;
mod fold;
mod known;
mod logging;
mod permissions;
mod phases;
mod prices;
mod process;
mod registry;
mod scopes;
mod series;

pub use accounts::{AccountMetrics, GoneAccount};
pub use api::ApiMetrics;
pub use build_info::BuildInfo;
pub use cleanup::{CleanupMetrics, Target};
pub use configuration::ConfigurationMetrics;
pub use exposition::ExpositionMetrics;
pub use logging::{Config, Level, LogFormat, LoggingError, init_logging};
pub use permissions::PermissionMetrics;
pub use phases::{PhaseOutcome, WorkflowMetrics};
pub use prices::PriceMetrics;
pub use registry::{Rendered, SelfMetrics};
pub use scopes::{ScopeMetrics, ScopeStatus};
