//! Definition documents: ours, and the configurations of Resoto and Fix Inventory.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, de::IgnoredAny};

use crate::{
    document::{Document, Mistakes, Node, Segment, Source},
    model::duration,
};

use super::{
    Bound, CoverageRule, LabelRule,
    config::{DefinitionConfig, MetricType},
    load::Note,
};

/// One definition as a document has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefinition {
    pub(super) help: String,
    pub(super) search: String,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<MetricType>,
    #[serde(default)]
    pub(super) unit: Option<String>,
    #[serde(default)]
    pub(super) buckets: Option<Vec<Bound>>,
    #[serde(default)]
    pub(super) tags: Option<Vec<String>>,
    #[serde(default)]
    pub(super) labels: Option<Vec<LabelRule>>,
    #[serde(default)]
    pub(super) collects: Option<bool>,
    #[serde(default)]
    pub(super) series_max: Option<usize>,
    #[serde(default)]
    pub(super) coverage: Option<CoverageRule>,
    #[serde(default, with = "duration::optional_text")]
    pub(super) timeout: Option<Duration>,
}

impl From<RawDefinition> for DefinitionConfig {
    fn from(raw: RawDefinition) -> Self {
        let RawDefinition { help, search, kind, unit, buckets, tags, labels, collects, series_max, coverage, timeout } =
            raw;
        let (help, search) = (Some(help), Some(search));
        Self { enabled: true, help, search, kind, unit, buckets, tags, labels, collects, series_max, coverage, timeout }
    }
}

/// Definitions that stand together: one prefix for all.
#[derive(Debug, PartialEq)]
pub(super) struct RawGroup {
    /// Where they stand in the document.
    pub(super) path: Vec<Segment>,
    /// The prefix of the product whose configuration this is; none for our own.
    pub(super) prefix: Option<&'static str>,
    pub(super) definitions: BTreeMap<String, RawDefinition>,
}

/// Reads a document: the definitions, with what of it is not used as notes.
pub(super) fn read(
    source: &Arc<Source>,
    mistakes: &mut Mistakes,
    notes: &mut Vec<Note>,
) -> Option<(Document, Vec<RawGroup>)> {
    let mut document = Document::parse(source, mistakes)?;
    let top: Top = document.read(mistakes)?;
    let mut groups = Vec::new();
    groups.extend(top.metrics.map(|definitions| RawGroup { path: vec!["metrics".into()], prefix: None, definitions }));
    for (key, prefix, section) in
        [("resotometrics", "resoto_", top.resotometrics), ("fixmetrics", "fix_", top.fixmetrics)]
    {
        let Some(section) = section else { continue };
        for entry in document.root().get(key).into_iter().flat_map(Node::entries) {
            if entry.key != "metrics" {
                let message = format!("`{key}.{}` has no meaning here and is ignored", entry.key);
                notes.push(Note::at(&entry.key_span, message));
            }
        }
        let path = vec![key.into(), "metrics".into()];
        groups.push(RawGroup { path, prefix: Some(prefix), definitions: section.metrics });
    }
    Some((document, groups))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
    metrics: Option<BTreeMap<String, RawDefinition>>,
    resotometrics: Option<Section>,
    fixmetrics: Option<Section>,
}

/// The predecessors' section: what is not `metrics` set up their own process.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[serde(default)]
    metrics: BTreeMap<String, RawDefinition>,
    #[serde(default, rename = "graph")]
    _graph: IgnoredAny,
    #[serde(default, rename = "timeout")]
    _timeout: IgnoredAny,
    #[serde(default, rename = "no_tls")]
    _no_tls: IgnoredAny,
    #[serde(default, rename = "web_host")]
    _web_host: IgnoredAny,
    #[serde(default, rename = "web_port")]
    _web_port: IgnoredAny,
    #[serde(default, rename = "web_path")]
    _web_path: IgnoredAny,
}
