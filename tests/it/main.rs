//! The one integration binary: everything that needs more than one module.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod architecture;
mod aws_protocols;
mod docs;
mod example;
mod golden;
mod metrics;
mod sources;
