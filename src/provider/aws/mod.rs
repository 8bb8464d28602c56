//! AWS.

pub mod kinds;
pub mod protocol;
pub mod schema;
