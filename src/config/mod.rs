//! What the user wrote: defaults, files, environment and flags, as one [`Settings`].
//!
//! ```text
//! defaults < --config.file (in order) < CLOUDGAUGE__SECTION__KEY < flags
//! ```
//!
//! Every layer is read alone first, so that a mistake is shown in the file, variable or flag that has it, even where
//! another layer would have hidden it; then the layers are merged and checked as a whole. Maps are merged key by
//! key, lists and single values are replaced.
//!
//! Each module owns its section, a `Config`; this module only composes them. A new section is two lines in
//! `settings.rs`: its field and its line in `validate`. Environment and file system enter through [`Input`].

mod environment;
mod flag;
mod input;
mod layers;
mod load;
mod settings;
#[cfg(test)]
mod tests;

pub use environment::PREFIX;
pub use flag::{Flag, FlagValue};
pub use input::{Input, ReadFile};
pub use load::{Loaded, load};
pub use settings::{Providers, Settings};
