//! The sections, each the `Config` of the module that it belongs to.

use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};
use crate::workflow::{HookConfig, check_hooks};
use crate::{cleanup, collect, http, metrics, provider, search, store, telemetry, workflow};

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
    /// What outlives a restart.
    pub storage: store::Config,
    /// What searches may use.
    pub search: search::Config,
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
        let under = |complaints: Vec<Complaint>, path: &'static [&'static str]| {
            let under = |complaint: Complaint| path.iter().rev().fold(complaint, |inner, key| inner.under(*key));
            complaints.into_iter().map(under).collect::<Vec<_>>()
        };
        let mut complaints: Vec<Complaint> = hooks.collect();
        complaints.extend(under(self.providers.aws.validate(), &["providers", "aws"]));
        complaints.extend(under(self.providers.file.validate(), &["providers", "file"]));
        complaints.extend(under(self.collect.validate(), &["collect"]));
        complaints.extend(under(self.storage.validate(), &["storage"]));
        let templates = self.search.templates.problems();
        complaints.extend(
            templates.into_iter().map(|(name, problem)| Complaint::new(problem).at("search").at("templates").at(name)),
        );
        complaints.extend(under(self.metrics.validate(), &["metrics"]));
        complaints.extend(under(self.cleanup.validate(), &["cleanup"]));
        complaints
    }
}
