//! Metrics of the configuration that is in force.

use jiff::Timestamp;
use prometheus_client::registry::{Registry, Unit};

use super::known::{KnownGauge, unix_seconds};

/// The bits of a hash that a float holds exactly.
const HASH_MASK: u64 = (1 << 48) - 1;

/// Which configuration is in force, and whether the last attempt to replace it succeeded.
#[derive(Clone, Debug, Default)]
pub struct ConfigurationMetrics {
    hash: KnownGauge,
    successful: KnownGauge,
    last_success: KnownGauge,
}

impl ConfigurationMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "cloudgauge_config_hash",
            "48 bits of a hash of the configuration in force; equal for equal configurations",
            metrics.hash.clone(),
        );
        registry.register(
            "cloudgauge_config_last_reload_successful",
            "Whether the last attempt to read the configuration succeeded",
            metrics.successful.clone(),
        );
        registry.register_with_unit(
            "cloudgauge_config_last_reload_success_timestamp",
            "When the configuration in force was read, in seconds since 1970",
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        metrics
    }

    /// A configuration has been put into force.
    #[expect(clippy::cast_precision_loss, reason = "48 bits fit")]
    pub fn loaded(&self, hash: u64, at: Timestamp) {
        self.hash.set((hash & HASH_MASK) as f64);
        self.successful.set(1.0);
        self.last_success.set(unix_seconds(at));
    }

    /// A configuration was refused; the one before stays in force.
    pub fn refused(&self) {
        self.successful.set(0.0);
    }
}
