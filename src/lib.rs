//! Cloud inventory as Prometheus metrics.
//!
//! One hour in the house, which is also the order of start-up and of `ARCHITECTURE.md`:
//!
//! ```text
//! config ─► workflow ─► provider ─► collect ─► graph ─► search ─► cleanup ─► metrics ─► cache ─► http
//! ```
//!
//! Dependencies point one way; `tests/it/architecture.rs` holds the rule.

pub mod app;
pub mod build;
pub mod cache;
pub mod cleanup;
pub mod cli;
pub mod collect;
pub mod config;
pub mod document;
pub mod graph;
pub mod http;
pub mod metrics;
pub mod model;
pub mod provider;
pub mod search;
pub mod store;
pub mod telemetry;
pub mod workflow;
