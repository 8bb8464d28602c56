//! Metrics of the prices that costs are computed from.

use jiff::tz::TimeZone;
use prometheus_client::registry::{Registry, Unit};

use super::{
    known::{KnownGauge, count, unix_seconds},
    registry::Dropped,
    series::{LabelValues, Series},
};
use crate::{model::ProviderName, provider::PriceReport};

/// Where prices are from, how old they are, and whether they can be refreshed.
#[derive(Clone, Debug)]
pub struct PriceMetrics {
    prices: Series<4, KnownGauge>,
    timestamps: Series<4, KnownGauge>,
    refreshed: Series<1, KnownGauge>,
}

impl PriceMetrics {
    pub(super) fn new(registry: &mut Registry, dropped: &Dropped) -> Self {
        let labels = ["provider", "table", "source", "date"];
        let metrics = Self {
            prices: Series::new(labels, dropped.of("cloudgauge_price_table_prices", "")),
            timestamps: Series::new(labels, dropped.of("cloudgauge_price_table_timestamp_seconds", "")),
            refreshed: Series::new(["provider"], dropped.of("cloudgauge_price_refresh_successful", "")),
        };
        registry.register(
            "cloudgauge_price_table_prices",
            "Prices in a table, with its source and the day on which they were right",
            metrics.prices.clone(),
        );
        registry.register_with_unit(
            "cloudgauge_price_table_timestamp",
            "The day on which the prices of a table were right, in seconds since 1970",
            Unit::Seconds,
            metrics.timestamps.clone(),
        );
        registry.register(
            "cloudgauge_price_refresh_successful",
            "Whether the last attempt to ask for newer prices succeeded",
            metrics.refreshed.clone(),
        );
        metrics
    }

    /// What the providers know of prices now.
    pub fn set<'a>(&self, reports: impl IntoIterator<Item = (&'a ProviderName, PriceReport)>) {
        let (mut prices, mut timestamps, mut refreshed) = (Vec::new(), Vec::new(), Vec::new());
        for (provider, report) in reports {
            for source in &report.sources {
                let texts = [provider.as_str(), source.table, &source.source, &source.date.to_string()];
                let labels: LabelValues<4> = texts.map(Into::into);
                prices.push((labels.clone(), known(count(source.prices))));
                if let Ok(day) = source.date.to_zoned(TimeZone::UTC) {
                    timestamps.push((labels, known(unix_seconds(day.timestamp()))));
                }
            }
            let tried = report.refreshed.is_some() || report.failure.is_some();
            if report.refreshes && tried {
                let successful = if report.failure.is_none() { 1.0 } else { 0.0 };
                refreshed.push(([provider.as_str().into()], known(successful)));
            }
        }
        self.prices.replace(prices);
        self.timestamps.replace(timestamps);
        self.refreshed.replace(refreshed);
    }
}

fn known(value: f64) -> KnownGauge {
    let gauge = KnownGauge::default();
    gauge.set(value);
    gauge
}
