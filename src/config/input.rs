//! Everything that settings are made of, as plain data.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Flag;

/// Where settings are looked for when no file is named; the first that exists counts.
pub(super) const STANDARD_FILES: [&str; 3] =
    ["./cloudgauge.yaml", "./config/cloudgauge.yaml", "/etc/cloudgauge/cloudgauge.yaml"];

/// Reads a whole file; the process's own file system, or a test's.
pub type ReadFile = Arc<dyn Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync>;

/// What [`load`](super::load()) reads; `main` fills it from the process, tests fill it by hand.
///
/// Whoever keeps it can load again, which is how a reload works.
#[derive(Clone)]
pub struct Input {
    /// The files of `--config.file`, later ones over earlier ones. Empty: the first of the standard places.
    pub files: Vec<PathBuf>,
    /// All variables; those without the prefix are skipped.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags that stand for settings, as given.
    pub flags: Vec<Flag>,
    /// Reads a whole file.
    pub read: ReadFile,
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables of other programs hold secrets: they are counted, not shown.
        formatter
            .debug_struct("Input")
            .field("files", &self.files)
            .field("environment", &self.environment.len())
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}
