//! Metrics of permissions: what the clouds refuse to us.

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};

use super::{registry::Dropped, series::Series};
use crate::provider::MissingPermission;

/// Shows the permissions that are missing at the moment.
#[derive(Clone, Debug)]
pub struct PermissionMetrics {
    missing: Series<3, Gauge>,
}

impl PermissionMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        const NAME: &str = "cloudgauge_permission_missing";
        let missing = Series::new(["provider", "account", "action"], dropped.of(NAME, ""));
        let help = "Actions that an account refuses and that something collected needs, expected denials excluded";
        registry.register(NAME, help, missing.clone());
        Self { missing }
    }

    /// Replaces what was missing, given by provider.
    pub fn set<'a>(&self, missing: impl IntoIterator<Item = (&'a str, &'a MissingPermission)>) {
        let one = || {
            let gauge = Gauge::default();
            gauge.set(1);
            gauge
        };
        let series = missing.into_iter().map(|(provider, missing)| {
            ([provider.into(), missing.account.as_str().into(), missing.action.as_str().into()], one())
        });
        self.missing.replace(series);
    }
}
