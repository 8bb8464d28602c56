//! Metrics: families of samples, and their text.

pub mod exposition;
mod family;

pub use family::{Family, FamilyError, FamilyKind, Sample};
