//! The search language: from the text of a query to nodes and numbers.
//!
//! ```text
//! text ─► Query ─► Plan ─► nodes, rows
//!        parser   compile   on a generation
//!        print    (kinds)   at a time
//! ```
//!
//! The language is that of Resoto and Fix Inventory, whose metric definitions load unchanged, with its defects
//! repaired: `!~` ignores case as `=~` does, `!=` and `not in` hold for missing values everywhere, `all` and `none`
//! work in every part, sizes have units, a duration compared with a time means its age, functions compute with several
//! properties, and no name is silently unknown.

mod accumulator;
mod aggregate;
pub mod ast;
mod compile;
mod config;
mod datum;
mod document;
mod engine;
mod error;
mod limits;
mod literal;
mod location;
mod merged;
mod operand;
mod order;
mod parser;
mod path;
mod phrase;
mod placeholder;
mod plan;
mod predicate;
mod print;
mod query;
mod route;
mod rows;
mod scanner;
mod single;
pub mod size;
mod template;
mod traverse;
mod unfold;

#[cfg(test)]
mod tests;

pub use aggregate::Row;
pub use config::Config;
pub use engine::{Batch, Explanation, How, Part, Read};
pub use error::{SearchError, Span, Spanned, Warning};
pub use limits::Limits;
pub use literal::{Literal, Number};
pub use merged::Found;
pub use path::{Index, Path, Segment};
pub use plan::Plan;
pub use query::{Query, aggregate, select};
pub use route::Route;
pub use rows::{Answers, Histograms, Pool, Rows};
pub use template::Templates;
