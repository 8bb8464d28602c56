//! Metrics: from definitions and a generation to families of samples, and their text.
//!
//! ```text
//! settings, documents ─► Definitions ─┐
//!                        (checked)    ├─► generate ─► Family ─► exposition
//! Generation, Known ──────────────────┘               samples   text
//! ```
//!
//! A definition is an aggregate search: its groups are labels, its functions are exported under the names behind
//! `as`, as in Resoto and Fix Inventory, whose documents load unchanged. What differs is repaired: definitions are
//! checked when they are loaded, a group that vanishes goes to 0, a search that fails takes nothing else down, and
//! the number of series is bounded. Two definitions may feed one family if its form is the same and all functions are
//! sums and counts; samples with equal labels are then added up.

mod bucket;
mod change_totals;
mod check;
mod config;
mod coverage;
mod definition;
mod document;
mod expectation;
pub mod exposition;
mod family;
mod files;
mod forecast;
mod generate;
mod known;
mod label;
mod label_sets;
mod labelling;
mod labels;
mod layer;
mod limit;
mod links;
mod load;
mod place;
mod policy;
mod remembered;
mod report;
mod rule;
mod samples;
mod tag;
mod texts;
mod translation;
mod values;

pub use bucket::Bound;
pub use change_totals::ChangeTotals;
pub use config::{Compat, Config, DefinitionConfig, MetricType};
pub use coverage::Coverage;
pub use definition::{Definition, Definitions};
pub use expectation::{Difference, Expectation, ExpectationError};
pub use family::{Family, FamilyError, FamilyKind};
pub use files::DefinitionFiles;
pub use forecast::{Forecast, MetricForecast};
pub use generate::{Generated, generate, generate_within};
pub use known::Known;
pub use layer::similar;
pub use load::{LoadError, Note};
pub use policy::{CoverageConfig, CoveragePolicy, CoverageRule};
pub use report::Report;
pub use rule::{Case, LabelRule};
pub use samples::{Histogram, Sample, Samples};
