//! YAML that knows where everything stands.
//!
//! A file is parsed to a tree of nodes with places, the tree is deserialised into any serde type, and what is wrong
//! is reported all at once, with line, column, the line itself and what would be right:
//!
//! ```text
//! text ─► Node (spans) ─► your type ─► Complaints ─► Mistakes ─► what a person reads
//! ```
//!
//! Settings, metric definitions and the documents of the predecessors are read this way. This module imports nothing
//! else of the crate and does no input: text comes in, mistakes go out.

mod complaint;
mod deserializer;
mod mistake;
mod node;
mod parse;
mod place;
mod problem;
mod read;
mod scalar;
mod source;
#[cfg(test)]
mod tests;

pub use complaint::{Complaint, Segment, Validate};
pub use mistake::{Mistake, Mistakes, Place};
pub use node::{Entry, Node, NodeValue};
pub use read::Document;
pub use scalar::Scalar;
pub use source::{Origin, Source, Span};
