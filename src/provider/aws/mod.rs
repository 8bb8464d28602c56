//! AWS.

pub mod protocol;
pub mod schema;
