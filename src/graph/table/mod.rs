//! Tables: the resources of one kind of one account, by column.
//!
//! A [`Table`] holds what one provider lists of one kind in one account. It is built once by a [`TableBuilder`] and
//! never changes. Rows are sorted by region of the scope, own region and id; [`Table::runs`] names the ranges in
//! which both regions are the same. What a resource says is spread over [`Column`]s: the fields that every resource
//! has, a column for each tag and one for each top-level property. A column that is missing is null in every row.
//!
//! Equal resources make equal tables, byte for byte, whatever the order in which they were pushed.

mod alphabet;
mod block;
mod builder;
mod cell;
mod coded;
mod column;
mod cursor;
mod dictionary;
mod draft;
mod encode;
mod ends;
mod interner;
mod ints;
mod leaf;
mod link_drafts;
mod links;
mod name;
mod parts;
mod present;
mod runs;
mod scalar;
mod schema;
mod sink;
#[expect(clippy::module_inception, reason = "the table is the noun of this module; its face is re-exported")]
mod table;
mod tag;
mod text;

#[cfg(test)]
mod tests;

pub use builder::TableBuilder;
pub use cell::Cell;
pub use coded::{Coded, Codes};
pub use column::{Column, Numbers};
pub use interner::Interner;
pub use links::{LinkColumn, LinkReader, LinkRef, LinkShape};
pub use name::{ColumnName, Field};
pub use parts::{TableParts, Unsound};
pub use runs::Run;
pub use schema::Schema;
pub use table::Table;
