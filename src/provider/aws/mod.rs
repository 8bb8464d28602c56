//! AWS.

mod account;
pub mod action;
mod api;
pub mod charges;
pub mod client;
mod config;
pub mod credentials;
mod denial;
pub mod endpoint;
pub mod error;
pub mod http_client;
pub mod kinds;
pub mod limit;
mod organization;
pub mod paginate;
mod permission;
pub mod policy;
mod prices;
mod probe;
pub mod protocol;
mod provider;
mod quota;
pub mod region;
pub mod retry;
pub mod schema;
mod selection;
pub mod sign;
mod skew;

pub use config::{AccountConfig, Config};
pub use denial::ExpectedDenial;
pub use limit::{Allowed, LimitsConfig};
pub use organization::{AccountFilter, OrganizationConfig};
pub use prices::{FileError as PriceFileError, PriceError, PricesConfig};
pub use provider::{AwsProvider, AwsProviderError};
pub use selection::{Choice, Selection};

/// How we introduce ourselves to AWS.
const USER_AGENT: &str = concat!("cloudgauge/", env!("CARGO_PKG_VERSION"));
