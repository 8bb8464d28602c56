//! The sections, each the `Config` of the module that it belongs to.

use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};
use crate::workflow::{HookConfig, check_hooks};
use crate::{collect, provider, workflow};

/// All settings; every section has defaults, so that an empty file is a good one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When what happens.
    pub workflows: workflow::Config,
    /// What of yours happens with it.
    pub hooks: Vec<HookConfig>,
    /// What is collected.
    pub providers: Providers,
    /// How the inventory is collected.
    pub collect: collect::Config,
}

/// The sources of resources, each with a switch of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Providers {
    /// Resources from files.
    pub file: provider::file::Config,
    /// A made-up inventory.
    pub example: provider::example::Config,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Complaint> {
        // Of a section that checks itself: `complaints.extend(under("web", self.web.validate()))`.
        check_hooks(&self.hooks, &self.workflows)
            .into_iter()
            .map(|error| Complaint::new(error.problem).at("hooks").at(error.index).at(error.field))
            .collect()
    }
}
