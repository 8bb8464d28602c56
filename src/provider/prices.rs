//! Prices, as providers show them: where they are from, and single ones.

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// Prices from one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceSource {
    /// What has these prices: `instances`, `volumes`.
    pub table: &'static str,
    /// Where they are from, for people.
    pub source: String,
    /// The day on which they were right.
    pub date: Date,
    /// How many there are.
    pub prices: usize,
}

/// The prices that a provider knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PriceReport {
    /// The first that has a price is right.
    pub sources: Vec<PriceSource>,
    /// Whether it asks for newer prices by itself.
    pub refreshes: bool,
    /// When it asked last with success.
    pub refreshed: Option<Timestamp>,
    /// Why it could not the last time.
    pub failure: Option<String>,
}

/// What something costs in a region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceRow {
    /// The type of an instance or volume.
    pub name: String,
    pub region: String,
    /// What the price is for: `hour`, `GiB and month`.
    pub unit: &'static str,
    pub dollars: f64,
    pub source: String,
    pub date: Date,
}
