//! The engine: plans run on whole tables.
//!
//! ```text
//! Plan ─► Residual   what is left of a condition for a kind        per kind
//!      ─► Scan       conditions ─► Selection                       per table
//!      ─► Keys       groups ─► a small number for each row
//!      ─► Tally      functions ─► a state for each key
//!      ─► Collated   sorted rows over one pool                     per batch
//! ```
//!
//! Conditions on columns of few distinct values are asked once for each value, numbers in a loop, text row by row;
//! what is not a column's is read row by row through a [`View`](super::document::View), with the same meaning.

mod batch;
mod bits;
mod collate;
mod explain;
mod interner;
mod keys;
mod nodes;
mod numbers;
mod owners;
mod pass;
mod scan;
mod tally;
mod vector;
mod walk;

pub use batch::Batch;
pub use explain::{Explanation, How, Part, Read};
pub(super) use nodes::{Places, Search};
