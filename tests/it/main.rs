//! The one integration binary: everything that needs more than one module.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod architecture;
mod aws_protocols;
mod docs;
mod metrics;
mod sources;
