//! The server: bytes from the cache onto the wire, and the few endpoints around them.
//!
//! | path | methods | answer |
//! |---|---|---|
//! | the telemetry path, `/metrics` | GET, HEAD | the current page, in the format and encoding asked for |
//! | `/-/healthy` | GET, HEAD | 200 while the process answers |
//! | `/-/ready` | GET, HEAD | 200 once a generation can be served, 503 before |
//! | `/-/reload` | PUT, POST | reads the configuration again; needs `enable_lifecycle` |
//! | `/-/quit` | PUT, POST | stops the process; needs `enable_lifecycle` |
//! | `/` | GET, HEAD | a page for people: version, links, state of the scopes |
//! | `/api/v1/…` | any | handed to the [`Api`]; see `access` for who may ask what |
//!
//! A scrape computes nothing, waits for no lock and calls no cloud: this module sees rendered pages and the traits
//! below, and nothing else of the crate.

mod access;
mod api;
mod client;
mod config;
mod deadline;
mod landing;
mod lifecycle;
mod listen;
mod negotiation;
mod outgoing;
mod scrape;
mod server;
mod site;
#[cfg(test)]
mod tests;

pub use access::CLIENT_HEADER;
pub use api::{Api, ApiRequest, ApiResponse};
pub use client::{Client, ClientError};
pub use config::{AddressError, Config, ListenAddress, PathError, TelemetryPath};
pub use landing::{Link, Overview, ScopeGroup, ScopeState, Status};
pub use lifecycle::Lifecycle;
pub use listen::{ListenError, listen};
pub use server::serve;
pub use site::{Parts, Site};
