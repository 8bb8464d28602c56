//! The words of the inventory: kinds, resources, scopes, listings and what links them.
//!
//! Everything here is plain data. This module imports nothing else of the crate; every other module imports it.

mod account;
mod clock;
pub mod duration;
mod kind;
mod link;
mod listing;
mod name;
mod properties;
mod resource;
mod scope;

pub use account::{Account, Region};
pub use clock::{Clock, FixedClock, SystemClock};
pub use kind::{Kind, KindError, KindModel, PropertyType};
pub use link::{DeleteOrder, EdgeType, Link, LinkEnd, Selector};
pub use listing::{Failure, FailureClass, Listing};
pub use name::{AccountId, CloudId, KindName, PropertyName, ProviderName, RegionId};
pub(crate) use properties::{DEPTH_MAX, Written};
pub use properties::{Properties, Property};
pub use resource::Resource;
pub use scope::ScopeKey;

/// A property's value: JSON, as every provider delivers it.
pub use serde_json::{Map, Value};
