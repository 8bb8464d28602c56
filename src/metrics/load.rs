//! Loading: from settings and documents to checked definitions, with all mistakes of all of them at once.

use std::{fmt, sync::Arc};

use crate::{
    document::{Complaint, Mistakes, Source, Span},
    model::KindModel,
    search::{Batch, Templates},
};

use super::{Compat, Config, Definitions, check::Checker, definition::Limits, labelling::GlobalRules, layer::Layers};

/// Groups of one search at least that are computed before series are folded.
const GROUPS_MAX: usize = 1_000_000;

/// Our own definitions.
const BUILTIN: &str = include_str!("../../config/metrics/default.yaml");

/// Those of Resoto and Fix Inventory.
const COMPAT: &str = include_str!("../../config/metrics/resoto-compat.yaml");

impl Definitions {
    /// Joins the shipped definitions, the documents and the settings, and checks them against the kinds.
    ///
    /// A later layer changes what an earlier one has under the same name; the order is shipped, documents, settings.
    /// Two documents with the same name are a mistake, because nobody could tell which one counts.
    pub fn load(config: &Config, documents: &[Arc<Source>], kinds: &KindModel) -> Result<(Self, Vec<Note>), LoadError> {
        Self::load_with(config, documents, kinds, &Templates::default())
    }

    /// As [`load`](Self::load), for searches that may use templates.
    pub fn load_with(
        config: &Config,
        documents: &[Arc<Source>],
        kinds: &KindModel,
        templates: &Templates,
    ) -> Result<(Self, Vec<Note>), LoadError> {
        let mut layers = Layers::default();
        if config.builtin {
            layers.shipped("default.yaml", BUILTIN, &config.prefix);
        }
        match config.compat {
            Compat::None => {}
            Compat::Resoto => layers.shipped("resoto-compat.yaml", COMPAT, "resoto_"),
            Compat::Fix => layers.shipped("resoto-compat.yaml", COMPAT, "fix_"),
        }
        for source in documents {
            layers.document(source, &config.prefix);
        }
        let rules_at = layers.settings(config);

        let rules = GlobalRules::new(&config.labels, &rules_at, &mut layers);
        let mut checker = Checker::new(kinds, templates, rules);
        for draft in layers.take_drafts() {
            checker.check(&draft, &mut layers);
        }
        let (list, plans) = checker.finish(&mut layers);
        let limits = Limits {
            zero_retention: config.zero_retention,
            coverage: config.coverage,
            timeout: config.timeout,
            series_max: config.series_max,
            series_total_max: config.series_total_max,
            groups: GROUPS_MAX.max(config.series_total_max),
        };
        let notes = layers.finish()?;
        let batch = Batch::new(list.iter().map(|definition| definition.plan.clone()).collect());
        Ok((Self { list, plans, batch, limits }, notes))
    }
}

/// Everything that is wrong with the definitions.
#[derive(Debug, PartialEq)]
pub struct LoadError {
    /// In the settings; paths start in the section `metrics`.
    pub settings: Vec<Complaint>,
    /// In the documents.
    pub documents: Mistakes,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for complaint in &self.settings {
            writeln!(f, "metrics: {}", complaint.message)?;
        }
        fmt::Display::fmt(&self.documents, f)
    }
}

impl std::error::Error for LoadError {}

/// Something in the definitions that is allowed and worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// File, line and column; the setting's path for what stands in the configuration.
    pub place: String,
    pub message: String,
}

impl Note {
    pub(super) fn at(span: &Span, message: impl Into<String>) -> Self {
        let (line, column) = span.position();
        Self { place: format!("{}:{line}:{column}", span.source.origin), message: message.into() }
    }
}

#[cfg(test)]
mod tests;
