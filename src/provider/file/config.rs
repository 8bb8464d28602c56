//! What the user may say about files with resources.

use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};

/// Settings of the file provider, section `providers.file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the files are read.
    pub enabled: bool,
    /// The files, as glob patterns: `inventory/*.yaml`, `/var/lib/exports/**/*.ndjson`. Relative ones start at the
    /// folder of the configuration file. A pattern that matches no file is a failure, not an empty inventory.
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

impl Validate for Config {
    fn validate(&self) -> Vec<Complaint> {
        if self.enabled && self.files.is_empty() {
            let complaint = Complaint::new("the provider is enabled, but no file is named").at("files");
            return vec![complaint.help("name files or glob patterns, for example `inventory/*.yaml`")];
        }
        Vec::new()
    }
}
