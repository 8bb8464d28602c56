//! Tables of prices: from one source, of one day.

use std::{collections::BTreeMap, io::Read as _};

use flate2::read::GzDecoder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::volume::VolumePrice;
use crate::provider::PriceSource;

/// What instances cost; `ci/aws/gen_prices.py` derives it.
const INSTANCES: &[u8] = include_bytes!("instances.json.gz");
/// What volumes cost.
const VOLUMES: &str = include_str!("volumes.json");

/// Prices of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// Where they are from, for people.
    pub(super) source: String,
    /// The day on which they were right.
    pub(super) date: Date,
    pub(super) regions: BTreeMap<String, RegionPrices>,
}

/// What things cost in a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RegionPrices {
    /// An hour of Linux on shared hardware, by the instance's type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) instances: BTreeMap<String, f64>,
    /// By the volume's type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) volumes: BTreeMap<String, VolumePrice>,
}

/// The tables that are built in.
pub(super) fn bundled() -> Vec<Table> {
    let mut text = String::new();
    GzDecoder::new(INSTANCES).read_to_string(&mut text).expect("the embedded prices are compressed text");
    let mut tables: Vec<Table> = serde_json::from_str(&text).expect("the embedded prices of instances are valid");
    tables.push(serde_json::from_str(VOLUMES).expect("the embedded prices of volumes are valid"));
    tables
}

impl Table {
    /// What of this table can be shown: what kind of prices they are, how many, where from, and of when.
    pub(super) fn sources(&self) -> impl Iterator<Item = PriceSource> {
        let count = |of: fn(&RegionPrices) -> usize| self.regions.values().map(of).sum();
        let tables: [(&'static str, usize); 2] =
            [("instances", count(|region| region.instances.len())), ("volumes", count(|region| region.volumes.len()))];
        tables.into_iter().filter(|(_, prices)| *prices > 0).map(|(table, prices)| PriceSource {
            table,
            source: self.source.clone(),
            date: self.date,
            prices,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_tables_say_where_they_are_from_and_of_when() {
        let sources: Vec<_> = bundled().iter().flat_map(Table::sources).collect();
        let lines: Vec<_> =
            sources.iter().map(|of| format!("{} {} of {}: {}", of.prices, of.table, of.date, of.source)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        13094 instances of 2024-05-02: fixinventorydata 0.2.6
        1003 instances of 2025-03-02: apache-libcloud 3.9.1
        82 volumes of 2021-07-14: Amazon EBS price list, by hand, each price compared with a copy of the list
        ");
    }

    #[test]
    fn bundled_prices_are_positive_and_of_regions() {
        for table in bundled() {
            for (name, region) in &table.regions {
                assert!(name.matches('-').count() >= 2 && !name.contains(' '), "{name}");
                assert!(region.instances.values().all(|price| *price > 0.0), "{name}");
                for (volume_type, price) in &region.volumes {
                    assert!(price.gib.is_some_and(|price| price > 0.0 && price < 1.0), "{name} {volume_type}");
                    assert!(matches!(price.iops.len(), 0 | 1 | 3), "{name} {volume_type}");
                }
            }
        }
    }

    #[test]
    fn no_price_is_in_two_bundled_tables() {
        let mut seen = std::collections::BTreeSet::new();
        for table in bundled() {
            for (region, prices) in &table.regions {
                for name in prices.instances.keys().chain(prices.volumes.keys()) {
                    assert!(seen.insert((region.clone(), name.clone())), "{region} {name}");
                }
            }
        }
    }
}
