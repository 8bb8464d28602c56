//! Collecting: asks every provider for every scope and brings the inventory up to date.
//!
//! Failed is never empty: what a listing may change is decided scope by scope in `merge`, and what a provider no
//! longer mentions goes only when its discovery was complete.

mod collector;
mod config;
mod merge;
mod observer;
mod queue;
mod report;

pub use collector::{Collected, Collector};
pub use config::Config;
pub use observer::{NoObserver, Observer};
pub use report::Report;
