//! What this program was built from.

/// The version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit, abbreviated; `unknown` when built outside a repository.
pub const REVISION: &str = env!("CLOUDGAUGE_REVISION");

/// The version of the compiler.
pub const RUSTC: &str = env!("CLOUDGAUGE_RUSTC");

/// Version, revision and compiler in one line, as `--version` prints them behind the name.
pub const LINE: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (revision ",
    env!("CLOUDGAUGE_REVISION"),
    ", rustc ",
    env!("CLOUDGAUGE_RUSTC"),
    ")"
);
