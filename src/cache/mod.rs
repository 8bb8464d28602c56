//! The cache: bodies that a scrape is answered with, rendered and compressed before anyone asks.
//!
//! A page consists of two [`Part`]s: the generation's metrics, which are large and change once per generation, and
//! cloudgauge's own, which are small and change often. A part consists of chunks, each of which is compressed on its own
//! and taken over by the next part where its text stays the same. A page is put together from parts without compressing
//! or copying anything again, and replaced whole, so that its encodings never disagree.

mod body;
mod chunk;
mod page;
mod pages;
mod part;
mod pieces;

pub use crate::metrics::exposition::Format;
pub use body::{Body, Encoding};
pub use page::Page;
pub use pages::Pages;
pub use part::Part;
