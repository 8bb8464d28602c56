//! Settings from environment variables: `CLOUDGAUGE__WEB__MAX_REQUESTS=10`.
//!
//! Two underscores separate the keys. One underscore after the program's name would not do: in Kubernetes a service
//! called `cloudgauge` puts `CLOUDGAUGE_PORT` and its like into every pod.

use std::ffi::OsString;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::document::{Document, Entry, Mistake, Mistakes, Node, NodeValue, Origin, Scalar, Source, Span};

/// What every variable begins with.
pub const PREFIX: &str = "CLOUDGAUGE__";

const SEPARATOR: &str = "__";

/// The tree of the variables.
///
/// A value is taken literally; where `defaults` has a list it is split at commas, and one that begins with `[` or
/// `{` is read as YAML. An empty value counts as not set, as compose files and unit files write it.
pub(super) fn tree(variables: &[(OsString, OsString)], defaults: &Json, mistakes: &mut Mistakes) -> Node {
    let mut root =
        Node { span: Span::new(&Source::variable("environment", ""), 0..0), value: NodeValue::Map(Vec::new()) };
    let mut ours: Vec<_> = variables
        .iter()
        .filter_map(|(name, value)| name.to_str().filter(|name| name.starts_with(PREFIX)).map(|name| (name, value)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    ours.sort();
    for (name, value) in ours {
        let Some(value) = value.to_str() else {
            mistakes.push(Mistake::of(Origin::Variable(name.to_owned()), "the value is not UTF-8"));
            continue;
        };
        let source = Source::variable(name, value);
        let keys = keys(&source, name);
        let wanted = keys.iter().try_fold(defaults, |here, (key, _)| here.get(key));
        let Some(node) = value_node(&source, name, value, wanted, mistakes) else { continue };
        insert(&mut root, &keys, &node, mistakes);
    }
    root
}

/// The keys in a variable's name, each with its place there.
fn keys(source: &Arc<Source>, name: &str) -> Vec<(String, Span)> {
    let mut start = PREFIX.len();
    name[PREFIX.len()..]
        .split(SEPARATOR)
        .map(|part| {
            let span = Span::new(source, start..start + part.len());
            start += part.len() + SEPARATOR.len();
            (part.to_lowercase(), span)
        })
        .collect()
}

fn value_node(
    source: &Arc<Source>,
    name: &str,
    value: &str,
    wanted: Option<&Json>,
    mistakes: &mut Mistakes,
) -> Option<Node> {
    let start = name.len() + 1;
    let whole = Span::new(source, start..source.text.len());
    if value.starts_with(['[', '{']) {
        let alone = Arc::new(Source { origin: source.origin.clone(), text: value.to_owned() });
        return Document::parse(&alone, mistakes).map(|document| document.root().clone());
    }
    if !wanted.is_some_and(Json::is_array) {
        return Some(Node { span: whole, value: NodeValue::Scalar(Scalar::plain(value)) });
    }
    let mut position = start;
    let items = value.split(',').map(|item| {
        let trimmed = item.trim();
        let begin = position + (item.len() - item.trim_start().len());
        position += item.len() + 1;
        let span = Span::new(source, begin..begin + trimmed.len());
        Node { span, value: NodeValue::Scalar(Scalar::plain(trimmed)) }
    });
    let items = items.collect();
    Some(Node { span: whole, value: NodeValue::List(items) })
}

fn insert(root: &mut Node, keys: &[(String, Span)], value: &Node, mistakes: &mut Mistakes) {
    let mut here = root;
    for (depth, (key, span)) in keys.iter().enumerate() {
        let NodeValue::Map(entries) = &mut here.value else {
            let message = format!("`{key}` has no place here: a shorter variable already gives the whole value");
            mistakes.push(Mistake::at(span.clone(), message).help("keep only one of the two"));
            return;
        };
        let known = entries.iter().position(|entry| entry.key == *key);
        let is_last = depth + 1 == keys.len();
        let position = match known {
            Some(_) if is_last => {
                let message = format!("`{key}` is given by several variables");
                mistakes.push(Mistake::at(span.clone(), message).help("keep only one of them"));
                return;
            }
            Some(position) => position,
            None => {
                let node = if is_last {
                    value.clone()
                } else {
                    Node { span: span.clone(), value: NodeValue::Map(Vec::new()) }
                };
                entries.push(Entry { key: key.clone(), key_span: span.clone(), node });
                entries.len() - 1
            }
        };
        here = &mut entries[position].node;
    }
}
