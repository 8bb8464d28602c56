//! Layers: the places that definitions come from, and what is wrong there.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use crate::document::{Complaint, Document, Mistakes, Segment, Source};

use super::{
    Config, LoadError, MetricType, Note,
    config::DefinitionConfig,
    document::{RawDefinition, read},
};

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

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) at: At,
}

/// A definition, joined from all layers and not checked yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// With the prefix.
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) at: At,
    pub(super) help: Written<String>,
    pub(super) search: Written<String>,
    pub(super) kind: MetricType,
    pub(super) unit: Option<Written<String>>,
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

    /// Applies the definitions of the settings.
    pub(super) fn settings(&mut self, config: &Config) {
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

    /// Notes something that is allowed.
    pub(super) fn note(&mut self, at: &At, message: String) {
        let layer = &self.list[at.layer];
        let keys = || {
            at.path.iter().filter_map(|segment| match segment {
                Segment::Key(key) => Some(key.as_str()),
                Segment::Index(_) => None,
            })
        };
        let node = layer.document.as_ref().and_then(|document| {
            let root = document.root();
            keys().try_fold(root, |node, key| node.get(key))
        });
        self.notes.push(match node {
            Some(node) => Note::at(&node.span, message),
            None => Note { place: format!("metrics.{}", keys().collect::<Vec<_>>().join(".")), message },
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
                drafts.push(Draft::new(prefix, &key, raw, at));
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
        let written =
            |key: &str, value: &Option<String>| value.clone().map(|value| Written { value, at: at.field(key) });
        let (help, search) = (written("help", &config.help), written("search", &config.search));
        let unit = written("unit", &config.unit);
        match (existing, help, search) {
            (Some(draft), help, search) => Some(Draft {
                at: at.clone(),
                help: help.unwrap_or(draft.help),
                search: search.unwrap_or(draft.search),
                kind: config.kind.unwrap_or(draft.kind),
                unit: unit.or(draft.unit),
                ..draft
            }),
            (None, Some(help), Some(search)) => Some(Draft {
                name,
                prefix: prefix.to_owned(),
                at: at.clone(),
                help,
                search,
                kind: config.kind.unwrap_or_default(),
                unit,
            }),
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
        const LIKE: f64 = 0.7;
        let short = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
        let likeness = |other: &str| strsim::normalized_damerau_levenshtein(&short(name), &short(other));
        self.drafts
            .keys()
            .map(|other| (likeness(other), other))
            .filter(|(likeness, _)| *likeness >= LIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, other)| format!("did you mean `{}`?", short(other)))
    }
}

impl Draft {
    fn new(prefix: &str, key: &str, raw: RawDefinition, at: At) -> Self {
        Self {
            name: format!("{prefix}{key}"),
            prefix: prefix.to_owned(),
            help: Written { value: raw.help, at: at.field("help") },
            search: Written { value: raw.search, at: at.field("search") },
            kind: raw.kind,
            unit: raw.unit.map(|value| Written { value, at: at.field("unit") }),
            at,
        }
    }
}

impl At {
    fn field(&self, key: &str) -> Self {
        Self { layer: self.layer, path: self.path.iter().cloned().chain([key.into()]).collect() }
    }
}
