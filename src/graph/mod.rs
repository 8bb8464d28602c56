//! The graph: one immutable generation of everything that is known.
//!
//! ```text
//! collect ─► Inventory ─► Draft ─► Graph ─► Generation ─► Store
//!            per scope    nodes    edges    + marks       one pointer
//! ```
//!
//! An [`Inventory`] holds the resources and the ledger, scope by scope. A [`Draft`] lays its nodes out and resolves
//! the links within each account; sealing it adds the outer edges. A [`Graph`] never changes; readers hold an `Arc`
//! of a [`Generation`] for as long as they like.

mod document;
mod draft;
mod expiry;
mod generation;
mod inventory;
mod ledger;
mod marks;
mod node;
mod sealed;
mod store;
pub mod table;
mod unresolved;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use document::Section;
pub use draft::Draft;
pub use expiry::{EXPIRATION_TAGS, EXPIRES_TAG, expires};
pub use generation::Generation;
pub use inventory::{AccountKey, AccountState, Inventory, ScopeState};
pub use ledger::{Entry, Outcome};
pub use marks::{Mark, Marks};
pub use node::{Node, NodeId};
pub use sealed::{Direction, Graph};
pub use store::Store;
pub use unresolved::{Reason, Unresolved};
