//! What settings amount to once everything they refer to was read and checked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    cleanup::{self, Rule},
    config::{Loaded, Settings},
    document::{Complaint, Mistakes},
    metrics::{DefinitionFiles, Definitions, Note},
    model::KindModel,
    search::Templates,
};

use super::needs::Needs;

/// Definitions and rules, compiled: the part of the settings that a reload replaces.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) definitions: Definitions,
    pub(super) rules: Vec<Rule>,
    pub(super) cleanup: cleanup::Config,
    pub(super) templates: Templates,
    /// The kinds that definitions and rules need.
    pub(super) needs: Needs,
    /// Changes when a setting changes.
    pub(super) fingerprint: u64,
    /// What is allowed and worth a line in the log.
    pub(super) notes: Vec<Note>,
}

impl Prepared {
    /// Reads and compiles everything; needs no credentials and no network.
    ///
    /// # Errors
    /// All mistakes of all definitions and rules at once.
    pub(super) fn new(loaded: &Loaded<Settings>, kinds: &Arc<KindModel>) -> Result<Self, Mistakes> {
        let settings = &loaded.settings;
        let mut complaints: Vec<Complaint> = Vec::new();
        let files = DefinitionFiles::read(&settings.metrics.files, &directory(&loaded.files));
        let mut mistakes = Mistakes::new();
        complaints.extend(files.complaints.into_iter().map(|complaint| complaint.under("metrics")));
        mistakes.extend(files.mistakes);
        let definitions = Definitions::load_with(&settings.metrics, &files.sources, kinds, &settings.search.templates)
            .map_err(|error| {
                complaints.extend(error.settings.into_iter().map(|complaint| complaint.under("metrics")));
                mistakes.extend(error.documents);
            });
        let rules = cleanup::rules(&settings.cleanup, kinds, &settings.search.templates).map_err(|errors| {
            complaints.extend(errors.into_iter().map(|complaint| complaint.under("cleanup")));
        });
        mistakes.extend(loaded.locate(complaints));
        match (definitions, rules) {
            (Ok((definitions, notes)), Ok(rules)) => mistakes.or(Self {
                needs: Needs::new(&definitions, &rules, settings.cleanup.enabled, kinds),
                definitions,
                rules,
                cleanup: settings.cleanup.clone(),
                templates: settings.search.templates.clone(),
                fingerprint: loaded.fingerprint,
                notes,
            }),
            _ => Err(mistakes),
        }
    }
}

/// Where relative paths in the settings start: the folder of the last configuration file.
pub(super) fn directory(files: &[PathBuf]) -> PathBuf {
    files.last().and_then(|file| file.parent()).map_or_else(PathBuf::new, Path::to_path_buf)
}
