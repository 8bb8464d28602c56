//! The sections, each the `Config` of the module that it belongs to.

use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};
use crate::workflow::{HookConfig, check_hooks};
use crate::{cleanup, collect, http, metrics, provider, telemetry, workflow};

/// All settings; every section has defaults, so that an empty file is a good one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where metrics are served, and who may do what there.
    pub web: http::Config,
    /// What is logged, and how.
    pub log: telemetry::Config,
    /// When what happens.
    pub workflows: workflow::Config,
    /// What of yours happens with it.
    pub hooks: Vec<HookConfig>,
    /// What is collected.
    pub providers: Providers,
    /// How the inventory is collected.
    pub collect: collect::Config,
    /// What is counted.
    pub metrics: metrics::Config,
    /// What is deleted.
    pub cleanup: cleanup::Config,
}

/// The sources of resources, each with a switch of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Providers {
    /// Amazon Web Services.
    pub aws: provider::aws::Config,
    /// Resources from files.
    pub file: provider::file::Config,
    /// A made-up inventory.
    pub example: provider::example::Config,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Complaint> {
        let hooks = check_hooks(&self.hooks, &self.workflows)
            .into_iter()
            .map(|error| Complaint::new(error.problem).at("hooks").at(error.index).at(error.field));
        let metrics = self.metrics.validate().into_iter().map(|complaint| complaint.under("metrics"));
        hooks.chain(metrics).collect()
    }
}
