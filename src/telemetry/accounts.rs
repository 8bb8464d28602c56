//! Metrics of the accounts.

use jiff::Timestamp;
use prometheus_client::registry::{Registry, Unit};

use super::{
    known::{KnownGauge, unix_seconds},
    registry::Dropped,
    series::Series,
};

/// An account that its provider no longer names, and that is kept for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneAccount {
    pub cloud: String,
    pub account: String,
    pub account_name: String,
    pub since: Timestamp,
}

/// Shows which accounts are on their way out.
#[derive(Clone, Debug)]
pub struct AccountMetrics {
    gone_since: Series<3, KnownGauge>,
}

impl AccountMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        let name = "cloudgauge_account_gone_timestamp_seconds";
        let gone_since = Series::new(["cloud", "account", "account_name"], dropped.of(name, ""));
        registry.register_with_unit(
            "cloudgauge_account_gone_timestamp",
            "Since when the account is no longer found, in seconds since 1970; it leaves after the grace period",
            Unit::Seconds,
            gone_since.clone(),
        );
        Self { gone_since }
    }

    /// Replaces all accounts that are on their way out.
    pub fn set_gone(&self, accounts: &[GoneAccount]) {
        self.gone_since.replace(accounts.iter().map(|gone| {
            let since = KnownGauge::default();
            since.set(unix_seconds(gone.since));
            ([gone.cloud.as_str(), &gone.account, &gone.account_name].map(Into::into), since)
        }));
    }
}
