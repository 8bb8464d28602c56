//! Layers: the places that definitions come from, and what is wrong there.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use crate::document::{Complaint, Document, Mistakes, Segment, Source};

use super::{Config, LoadError, Note, config::DefinitionConfig, document::read};

/// Everything that was read, and what was found wrong with it so far.
#[derive(Debug, Default)]
pub(super) struct Layers {
    list: Vec<Layer>,
    /// By name with prefix.
    drafts: BTreeMap<String, Draft>,
    mistakes: Mistakes,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Layer {
    origin: String,
    /// None for the settings, whose text others have.
    document: Option<Document>,
    complaints: Vec<Complaint>,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    layer: usize,
    path: Vec<Segment>,
}

/// A definition, joined from all layers and not checked yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// With the prefix.
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) at: At,
    pub(super) help: String,
    pub(super) search: String,
    /// What else is said of it.
    pub(super) options: DefinitionConfig,
    /// Where each field was written last.
    fields: BTreeMap<&'static str, At>,
}

impl Layers {
    /// Reads definitions that the program brings along.
    pub(super) fn shipped(&mut self, name: &str, text: &str, prefix: &str) {
        let source = Source::file(format!("config/metrics/{name} (shipped)"), text);
        for draft in self.drafts(&source, prefix) {
            self.drafts.insert(draft.name.clone(), draft);
        }
    }

    /// Reads a user's document.
    pub(super) fn document(&mut self, source: &Arc<Source>, prefix: &str) {
        let first = self.list.iter().position(|layer| !layer.origin.ends_with("(shipped)"));
        for draft in self.drafts(source, prefix) {
            match self.drafts.get(&draft.name) {
                Some(other) if first.is_some_and(|first| other.at.layer >= first) => {
                    let message = format!("`{}` is defined twice, also in {}", draft.name, self.origin(&other.at));
                    self.complain(&draft.at, None, message, Some("remove one of them, or rename it".to_owned()));
                }
                _ => drop(self.drafts.insert(draft.name.clone(), draft)),
            }
        }
    }

    /// Applies the definitions of the settings; returns where the rules for all labels are written.
    pub(super) fn settings(&mut self, config: &Config) -> At {
        let layer = self.list.len();
        self.list.push(Layer { origin: "the configuration".to_owned(), document: None, complaints: Vec::new() });
        for (key, definition) in &config.definitions {
            let at = At { layer, path: vec!["definitions".into(), key.as_str().into()] };
            // A name with its prefix reaches those of other prefixes.
            let name = if self.drafts.contains_key(key) { key.clone() } else { format!("{}{key}", config.prefix) };
            let existing = self.drafts.remove(&name);
            match (definition.enabled, existing) {
                (false, Some(_)) => {}
                (false, None) => {
                    let message = "there is no metric of this name to drop".to_owned();
                    let help = self.suggest(&name, &config.prefix);
                    self.complain(&at, None, message, help);
                }
                (true, existing) => {
                    if let Some(draft) = self.join(name.clone(), existing, definition, &at, &config.prefix) {
                        self.drafts.insert(name, draft);
                    }
                }
            }
        }
        At { layer, path: vec!["labels".into()] }
    }

    /// All definitions, those of earlier layers first, so that later ones are blamed for a clash.
    pub(super) fn take_drafts(&mut self) -> Vec<Draft> {
        let mut drafts: Vec<_> = std::mem::take(&mut self.drafts).into_values().collect();
        drafts.sort_by(|a, b| (a.at.layer, &a.name).cmp(&(b.at.layer, &b.name)));
        drafts
    }

    /// Notes what is wrong at a place, or with a part of the text there.
    pub(super) fn complain(&mut self, at: &At, within: Option<Range<usize>>, message: String, help: Option<String>) {
        let complaint = Complaint { path: at.path.clone(), message, help, within };
        self.list[at.layer].complaints.push(complaint);
    }

    /// Notes a complaint whose path starts at a place.
    pub(super) fn complain_under(&mut self, at: &At, mut complaint: Complaint) {
        complaint.path.splice(0..0, at.path.iter().cloned());
        self.list[at.layer].complaints.push(complaint);
    }

    /// Notes something that is allowed.
    pub(super) fn note(&mut self, at: &At, message: String) {
        let node = self.list[at.layer].document.as_ref().and_then(|document| document.root().at(&at.path));
        self.notes.push(match node {
            Some(node) => Note::at(&node.span, message),
            None => Note { place: format!("metrics.{}", at.keys()), message },
        });
    }

    /// The name of the layer.
    pub(super) fn origin(&self, at: &At) -> &str {
        &self.list[at.layer].origin
    }

    /// The notes, if nothing is wrong.
    pub(super) fn finish(self) -> Result<Vec<Note>, LoadError> {
        let mut error = LoadError { settings: Vec::new(), documents: self.mistakes };
        for layer in self.list {
            match layer.document {
                Some(document) => error.documents.extend(document.locate(layer.complaints)),
                None => error.settings.extend(layer.complaints),
            }
        }
        let is_clean = error.settings.is_empty() && error.documents.is_empty();
        if is_clean { Ok(self.notes) } else { Err(error) }
    }

    fn drafts(&mut self, source: &Arc<Source>, prefix: &str) -> Vec<Draft> {
        let Some((document, groups)) = read(source, &mut self.mistakes, &mut self.notes) else { return Vec::new() };
        let layer = self.list.len();
        self.list.push(Layer { origin: source.origin.to_string(), document: Some(document), complaints: Vec::new() });
        let mut drafts = Vec::new();
        for group in groups {
            let prefix = group.prefix.unwrap_or(prefix);
            for (key, raw) in group.definitions {
                let at = At { layer, path: group.path.iter().cloned().chain([key.as_str().into()]).collect() };
                drafts.push(Draft::new(format!("{prefix}{key}"), prefix, &raw.into(), &at));
            }
        }
        drafts
    }

    /// Puts the settings of a definition over what there is.
    fn join(
        &mut self,
        name: String,
        existing: Option<Draft>,
        config: &DefinitionConfig,
        at: &At,
        prefix: &str,
    ) -> Option<Draft> {
        match (existing, &config.help, &config.search) {
            (Some(draft), ..) => Some(draft.overlaid(config, at)),
            (None, Some(_), Some(_)) => Some(Draft::new(name, prefix, config, at)),
            (None, help, _) => {
                let missing = if help.is_some() { "`search`" } else { "`help`" };
                let message = format!("a new metric needs `help` and `search`; {missing} is missing");
                let suggestion = self.suggest(&name, prefix);
                self.complain(at, None, message, suggestion);
                None
            }
        }
    }

    fn suggest(&self, name: &str, prefix: &str) -> Option<String> {
        let meant = similar(name, self.drafts.keys().map(String::as_str))?;
        Some(format!("did you mean `{}`?", meant.strip_prefix(prefix).unwrap_or(meant)))
    }
}

impl Draft {
    fn new(name: String, prefix: &str, config: &DefinitionConfig, at: &At) -> Self {
        let draft = Self {
            name,
            prefix: prefix.to_owned(),
            at: at.clone(),
            help: String::new(),
            search: String::new(),
            options: DefinitionConfig::default(),
            fields: BTreeMap::new(),
        };
        draft.overlaid(config, at)
    }

    /// Where a field was written; of one that was not, the whole definition.
    pub(super) fn at(&self, field: &str) -> &At {
        self.fields.get(field).unwrap_or(&self.at)
    }

    /// Puts what a later layer says over what there is.
    fn overlaid(mut self, config: &DefinitionConfig, at: &At) -> Self {
        self.at = at.clone();
        let options = &mut self.options;
        let given = [
            ("help", overlay(&mut options.help, config.help.as_ref())),
            ("search", overlay(&mut options.search, config.search.as_ref())),
            ("type", overlay(&mut options.kind, config.kind.as_ref())),
            ("unit", overlay(&mut options.unit, config.unit.as_ref())),
            ("buckets", overlay(&mut options.buckets, config.buckets.as_ref())),
            ("tags", overlay(&mut options.tags, config.tags.as_ref())),
            ("labels", overlay(&mut options.labels, config.labels.as_ref())),
            ("collects", overlay(&mut options.collects, config.collects.as_ref())),
            ("series_max", overlay(&mut options.series_max, config.series_max.as_ref())),
            ("coverage", overlay(&mut options.coverage, config.coverage.as_ref())),
            ("timeout", overlay(&mut options.timeout, config.timeout.as_ref())),
        ];
        self.fields.extend(given.into_iter().filter(|(_, given)| *given).map(|(field, _)| (field, at.field(field))));
        self.help = self.options.help.clone().unwrap_or_default();
        self.search = self.options.search.clone().unwrap_or_default();
        self
    }
}

/// The name that somebody most likely meant; none where no name is like it.
pub fn similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    const LIKE: f64 = 0.8;
    known
        .map(|other| (strsim::normalized_damerau_levenshtein(name, other), other))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

/// Replaces a value by what is given; says whether something was.
fn overlay<T: Clone>(value: &mut Option<T>, given: Option<&T>) -> bool {
    if let Some(given) = given {
        *value = Some(given.clone());
    }
    given.is_some()
}

impl At {
    /// The path as settings are named; positions in lists are left out.
    fn keys(&self) -> String {
        let keys = self.path.iter().filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Index(_) => None,
        });
        keys.collect::<Vec<_>>().join(".")
    }

    pub(super) fn field(&self, segment: impl Into<Segment>) -> Self {
        Self { layer: self.layer, path: self.path.iter().cloned().chain([segment.into()]).collect() }
    }
}
