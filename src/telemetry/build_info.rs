//! What was built, and from what.

use std::fmt;

/// The version of this program, the revision it was built from, and the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    pub version: &'static str,
    /// A commit, or `unknown`.
    pub revision: &'static str,
    pub rustc: &'static str,
}

impl fmt::Display for BuildInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (revision {}, rustc {})", self.version, self.revision, self.rustc)
    }
}
