//! The graph: one immutable generation of everything that is known.
//!
//! ```text
//! collect ─► Inventory ─► Draft ─► Graph ─► Generation ─► Store
//!            per scope    shards   edges    + marks       one pointer
//! ```
//!
//! An [`Inventory`] holds the ledger and the resources, scope by scope, as slices of [`table::Table`]s. A [`Draft`] makes a
//! [`Shard`] of each account and resolves the links within it; sealing adds the edges between shards. A [`Graph`] never
//! changes; readers hold an `Arc` of a [`Generation`] for as long as they like. What did not change is shared from one
//! generation to the next: tables, and with them whole shards.

mod adjacency;
mod ancestors;
mod changes;
mod crossing;
mod document;
mod draft;
mod expiry;
mod generation;
mod inventory;
mod key;
mod layout;
mod ledger;
mod marks;
mod neighbours;
mod node;
mod sealed;
mod selectors;
mod shard;
mod slice;
mod store;
pub mod table;
mod topology;
mod unresolved;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use adjacency::Direction;
pub use ancestors::Ancestors;
pub use changes::Changes;
pub use document::Section;
pub use draft::Draft;
pub use expiry::{EXPIRATION_TAGS, EXPIRES_TAG, expires};
pub use generation::Generation;
pub use inventory::{AccountKey, AccountState, Inventory, ScopeState};
pub use ledger::{Entry, Outcome};
pub use marks::{Mark, Marks};
pub use neighbours::Neighbours;
pub use node::{Node, NodeId};
pub use sealed::{Graph, TablePlace};
pub use shard::{PlacedTable, Shard, ShardView};
pub use slice::Slice;
pub use store::Store;
pub use topology::{Topology, Visited};
pub use unresolved::{Reason, Unresolved};
