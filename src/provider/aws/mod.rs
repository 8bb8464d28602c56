//! AWS.

mod account;
mod api;
pub mod charges;
pub mod client;
mod config;
pub mod credentials;
pub mod endpoint;
pub mod error;
pub mod http_client;
pub mod kinds;
pub mod limit;
mod organization;
pub mod paginate;
pub mod protocol;
mod provider;
mod region;
pub mod retry;
pub mod schema;
mod selection;
pub mod sign;

pub use config::{AccountConfig, Config};
pub use organization::{AccountFilter, OrganizationConfig};
pub use provider::{AwsProvider, AwsProviderError};

/// How we introduce ourselves to AWS.
const USER_AGENT: &str = concat!("cloudgauge/", env!("CARGO_PKG_VERSION"));
