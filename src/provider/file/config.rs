//! What the user may say about files with resources.

use serde::{Deserialize, Serialize};

/// Settings of the file provider, section `providers.file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the files are read.
    pub enabled: bool,
    /// The files, as glob patterns: `/etc/cloudgauge/inventory/*.yaml`, `/var/lib/exports/**/*.ndjson`. A pattern that
    /// matches no file is a failure, not an empty inventory.
    pub files: Vec<String>,
    /// The cloud of resources that name none.
    pub cloud: String,
    /// The account of resources that name none, and that no account leads to.
    pub account: String,
    /// The longest line of an NDJSON file, in bytes; a longer one is refused.
    pub line_bytes_max: u64,
    /// The largest YAML or JSON document, in bytes; write NDJSON where this is too small.
    pub document_bytes_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: false,
            files: Vec::new(),
            cloud: "file".to_owned(),
            account: "file".to_owned(),
            line_bytes_max: 1024 * 1024,
            document_bytes_max: 64 * 1024 * 1024,
        }
    }
}
