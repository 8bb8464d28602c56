//! The store: generations and rendered pages on disk, so that a restart begins where the last run ended.
//!
//! ```text
//! Generation ─► generation-….cloudgauge   what was collected: tables as they are in memory, ledger, marks, totals
//! Bodies     ─► bodies.cloudgauge         what was rendered from it: served before the generation is read
//! ```
//!
//! A [`Directory`] holds the newest few generations. A file is written beside its place, synced, and then renamed, so
//! that there is never half of one. All of it is covered by checksums; a file that is damaged, or of another version,
//! is reported and skipped for the one before. Edges are not stored: links are, and the graph is sealed from them.

mod bodies;
mod config;
mod container;
mod directory;
mod error;
mod generation;
mod ledger;
#[cfg(test)]
mod tests;

pub use bodies::Bodies;
pub use config::Config;
pub use directory::{Directory, Loaded, Saved, Skipped, read_generation};
pub use error::{FileError, StoreError};
pub use ledger::{Ledger, LedgerLine};
