//! One tree from many: the `config` crate merges, the places are put back afterwards.

use std::collections::BTreeSet;

use config::{Config, ConfigError, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use crate::document::{Entry, Node, NodeValue};

/// Merges trees, the later over the earlier: maps key by key, everything else as a whole.
pub(super) fn merge(layers: &[Node]) -> Result<Node, ConfigError> {
    let mut builder = Config::builder();
    for layer in layers {
        builder = builder.add_source(Layer(values(layer)));
    }
    let merged = builder.build()?;
    let upper_first: Vec<&Node> = layers.iter().rev().collect();
    Ok(located(&merged.cache, &upper_first))
}

/// Takes out keys without a value where a map belongs: a section whose lines are all commented out says nothing,
/// and must not wipe out what a lower layer says.
pub(super) fn without_empty_sections(mut node: Node, defaults: &Json) -> Node {
    if let NodeValue::Map(entries) = &mut node.value {
        let kept = std::mem::take(entries).into_iter().filter_map(|entry| {
            let default = defaults.get(&entry.key).unwrap_or(&Json::Null);
            match (&entry.node.value, default) {
                (NodeValue::Null, Json::Object(_)) => None,
                _ => Some(Entry { node: without_empty_sections(entry.node, default), ..entry }),
            }
        });
        *entries = kept.collect();
    }
    node
}

/// A layer as the `config` crate wants it.
#[derive(Clone, Debug)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn values(node: &Node) -> Map<String, Value> {
    node.entries().iter().map(|entry| (entry.key.clone(), value(&entry.node))).collect()
}

fn value(node: &Node) -> Value {
    let origin = node.span.source.origin.to_string();
    let kind = match &node.value {
        NodeValue::Null => ValueKind::Nil,
        NodeValue::Scalar(scalar) => ValueKind::String(scalar.text.clone()),
        NodeValue::List(items) => ValueKind::Array(items.iter().map(value).collect()),
        NodeValue::Map(_) => ValueKind::Table(values(node)),
    };
    Value::new(Some(&origin), kind)
}

/// The merged value as a tree: every part that is not a map stands where the uppermost layer that has it wrote it.
fn located(value: &Value, upper_first: &[&Node]) -> Node {
    let uppermost = upper_first.first().expect("a merged value comes from at least one layer");
    let ValueKind::Table(table) = &value.kind else { return (*uppermost).clone() };
    let keys: BTreeSet<&String> = table.keys().collect();
    let entries = keys.into_iter().filter_map(|key| {
        let written: Vec<&Entry> = upper_first.iter().filter_map(|node| node.entry(key)).collect();
        let nodes: Vec<&Node> = written.iter().map(|entry| &entry.node).collect();
        let key_span = written.first()?.key_span.clone();
        Some(Entry { key: key.clone(), key_span, node: located(&table[key], &nodes) })
    });
    Node { span: uppermost.span.clone(), value: NodeValue::Map(entries.collect()) }
}
