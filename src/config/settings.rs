//! The sections, each the `Config` of the module that it belongs to.

use serde::{Deserialize, Serialize};

use crate::collect;
use crate::document::{Complaint, Validate};

/// All settings; every section has defaults, so that an empty file is a good one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How the inventory is collected.
    pub collect: collect::Config,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Complaint> {
        // A section's own complaints: `.chain(section("web", self.web.validate()))`.
        Vec::new()
    }
}
