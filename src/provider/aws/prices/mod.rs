//! Prices: what instances and volumes cost, from tables that are built in and from AWS's Price List API.
//!
//! What is not in a table has no price here, and resources without a price have no cost: never 0.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing::{info, warn};

use crate::{
    model::{Failure, FailureClass, Listing, Property, RegionId, Resource, duration},
    provider::{PriceReport, PriceRow},
};

mod file;
mod offer;
mod refresh;
mod table;
mod volume;

pub use file::FileError;
use file::Kept;
pub(super) use refresh::Asking;
use table::{RegionPrices, Table};
use volume::Provisioned;

/// The property that holds what something costs: an instance or volume an hour, a type of volume a GiB and month.
const COST: &str = "ondemand_cost";
/// How long asking for all regions may take.
const LIMIT: Duration = Duration::from_mins(10);

/// Where prices come from, beside the tables that are built in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PricesConfig {
    /// How old prices may be before AWS's Price List API is asked for those of the regions in use, at the start of a
    /// collection: `7d`. Needs `pricing:GetProducts`, which costs nothing.
    /// Default: none, which means never.
    #[serde(with = "duration::optional_text")]
    pub refresh: Option<Duration>,
    /// The file that these prices are kept in.
    /// Default: none, which means `prices-aws.json` in `storage.path`, where that is set.
    pub file: Option<PathBuf>,
}

/// All prices, as they are known now.
#[derive(Debug)]
pub(super) struct Prices {
    config: PricesConfig,
    known: ArcSwap<Known>,
    /// Why the last refresh failed.
    failure: Mutex<Option<String>>,
}

/// Why prices could not be refreshed.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    #[error("{}: {}", .0.class, .0.message)]
    Asking(Failure),
    #[error("the prices are newer now, but cannot be kept: {0}")]
    Keeping(#[from] FileError),
}

#[derive(Debug)]
struct Known {
    /// When AWS was asked last.
    refreshed: Option<Timestamp>,
    /// The first that has a price is right.
    tables: Vec<Table>,
    /// How many of them are not built in.
    kept: usize,
}

impl Prices {
    /// What is built in and what is in the file; a file that cannot be used is told and counts as none.
    pub(super) fn new(config: PricesConfig) -> Self {
        let kept = match config.file.as_deref().map(Kept::read).transpose() {
            Ok(kept) => kept.flatten(),
            Err(error) => {
                warn!(%error, "prices that were kept cannot be used");
                None
            }
        };
        Self { config, known: ArcSwap::from_pointee(Known::new(kept)), failure: Mutex::default() }
    }

    /// Gives what a listing found its costs.
    pub(super) fn apply(&self, listing: &mut Listing, region: &RegionId) {
        let resources = match listing {
            Listing::Complete(resources) | Listing::Partial { resources, .. } => resources,
            Listing::Failed(_) => return,
        };
        let known = self.known.load();
        for resource in resources {
            let region = resource.region.as_ref().unwrap_or(region);
            if let Some(cost) = known.cost(resource, region) {
                resource.properties.insert(COST, json!(cost));
            }
        }
    }

    /// Where the prices are from, and whether they could be refreshed.
    pub(super) fn report(&self) -> PriceReport {
        let known = self.known.load();
        PriceReport {
            sources: known.tables.iter().flat_map(Table::sources).collect(),
            refreshed: known.refreshed,
            failure: self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            refreshes: self.config.refresh.is_some(),
        }
    }

    /// The prices of a type of instance or volume, region by region.
    pub(super) fn of(&self, name: &str) -> Vec<PriceRow> {
        self.known.load().rows(name)
    }

    /// Whether prices are older than they may be.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let Some(after) = self.config.refresh.and_then(|after| SignedDuration::try_from(after).ok()) else {
            return false;
        };
        self.known.load().refreshed.is_none_or(|at| now.duration_since(at) >= after)
    }

    /// Asks AWS for the prices of these regions, and keeps them; what cannot be had leaves everything as it was.
    pub(super) async fn refresh(
        &self,
        asking: Asking<'_>,
        regions: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), PriceError> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let asked = match tokio::time::timeout(LIMIT, asking.ask(regions, today)).await {
            Ok(asked) => asked,
            Err(_) => Err(Failure::new(FailureClass::Timeout, "asking what things cost takes too long")),
        };
        let result = match asked {
            Ok(table) => self.keep(table, now).await.map_err(PriceError::from),
            Err(failure) => Err(PriceError::Asking(failure)),
        };
        let failure = result.as_ref().err().map(ToString::to_string);
        if let Some(error) = &failure {
            warn!(error, "prices are not refreshed");
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        result
    }

    async fn keep(&self, table: Table, now: Timestamp) -> Result<(), FileError> {
        let known = self.known.load_full();
        // What is asked for replaces what was known of these regions, and nothing of others.
        let mut tables = known.tables[..known.kept].to_vec();
        for older in &mut tables {
            older.regions.retain(|region, _| !table.regions.contains_key(region));
        }
        tables.retain(|older| !older.regions.is_empty());
        info!(regions = table.regions.len(), "prices are refreshed");
        tables.insert(0, table);
        let kept = Kept::new(now, tables);
        self.known.store(Arc::new(Known::new(Some(kept.clone()))));
        let Some(path) = self.config.file.clone() else { return Ok(()) };
        tokio::task::spawn_blocking(move || kept.write(&path)).await.expect("writing a file does not panic")
    }
}

impl Known {
    fn new(kept: Option<Kept>) -> Self {
        let (refreshed, mut tables) = kept.map_or((None, Vec::new()), |kept| (Some(kept.refreshed), kept.tables));
        let kept = tables.len();
        tables.extend(table::bundled());
        Self { refreshed, tables, kept }
    }

    fn cost(&self, resource: &Resource, region: &RegionId) -> Option<f64> {
        let text = |name: &str| resource.properties.get(name).and_then(Property::as_str);
        let number = |name: &str| resource.properties.get(name).and_then(Property::as_f64);
        match resource.kind.as_str() {
            "aws_ec2_instance_type" => {
                let name = text("instance_type")?;
                self.find(region, |prices| prices.instances.get(name).copied())
            }
            "aws_ec2_volume_type" => {
                let name = text("volume_type")?;
                self.find(region, |prices| prices.volumes.get(name)?.gib)
            }
            "aws_ec2_volume" => {
                let name = text("volume_type")?;
                let volume = Provisioned {
                    gib: number("volume_size")?,
                    iops: number("volume_iops"),
                    mibps: number("volume_throughput"),
                };
                self.find(region, |prices| Some(prices.volumes.get(name)?.hourly(name, volume)))?
            }
            _ => None,
        }
    }

    fn find<T>(&self, region: &RegionId, price: impl Fn(&RegionPrices) -> Option<T>) -> Option<T> {
        self.tables.iter().find_map(|table| price(table.regions.get(&**region)?))
    }

    fn rows(&self, name: &str) -> Vec<PriceRow> {
        let mut seen = BTreeSet::new();
        let mut rows = Vec::new();
        for table in &self.tables {
            for (region, prices) in &table.regions {
                let instance = prices.instances.get(name).map(|price| ("hour", *price));
                let volume = prices.volumes.get(name);
                let parts = volume.into_iter().flat_map(|price| {
                    let iops = price.iops.first().map(|price| ("IOPS and month", *price));
                    let storage = price.gib.map(|price| ("GiB and month", price));
                    [storage, iops, price.mibps.map(|price| ("MiB/s and month", price))].into_iter().flatten()
                });
                let found: Vec<_> = instance.into_iter().chain(parts).collect();
                if !found.is_empty() && seen.insert(region.clone()) {
                    rows.extend(found.into_iter().map(|(unit, dollars)| PriceRow {
                        name: name.to_owned(),
                        region: region.clone(),
                        unit,
                        dollars,
                        source: table.source.clone(),
                        date: table.date,
                    }));
                }
            }
        }
        rows.sort_by(|a, b| a.region.cmp(&b.region));
        rows
    }
}

#[cfg(test)]
mod tests;
