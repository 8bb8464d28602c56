//! Flags that stand for settings.

use crate::document::{Entry, Node, NodeValue, Scalar, Source, Span};

/// A flag as it was given, and the setting that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// With its dashes: `--log.level`.
    pub name: &'static str,
    /// The keys down to the setting: `["log", "level"]`.
    pub path: &'static [&'static str],
    pub value: FlagValue,
}

/// A flag's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagValue {
    One(String),
    /// Of a flag that may be repeated; replaces the whole list.
    Many(Vec<String>),
}

impl Flag {
    pub fn one(name: &'static str, path: &'static [&'static str], value: &impl ToString) -> Self {
        Self { name, path, value: FlagValue::One(value.to_string()) }
    }

    pub fn many(name: &'static str, path: &'static [&'static str], values: Vec<String>) -> Self {
        Self { name, path, value: FlagValue::Many(values) }
    }
}

/// The tree of the flags; two flags never stand for the same setting.
pub(super) fn tree(flags: &[Flag]) -> Node {
    let mut root = Node { span: Span::new(&Source::flag("flags", ""), 0..0), value: NodeValue::Map(Vec::new()) };
    for flag in flags {
        let (span, value) = match &flag.value {
            FlagValue::One(text) => {
                let node = scalar(flag.name, text);
                (node.span, node.value)
            }
            FlagValue::Many(texts) => {
                let items: Vec<Node> = texts.iter().map(|text| scalar(flag.name, text)).collect();
                (Span::new(&Source::flag(flag.name, &texts.join(",")), 0..flag.name.len()), NodeValue::List(items))
            }
        };
        let name = Span::new(&span.source, 0..flag.name.len());
        let mut here = &mut root;
        for key in flag.path {
            here = child(here, key, &name);
        }
        *here = Node { span, value };
    }
    root
}

fn scalar(name: &str, text: &str) -> Node {
    let source = Source::flag(name, text);
    let span = Span::new(&source, name.len() + 1..source.text.len());
    Node { span, value: NodeValue::Scalar(Scalar::plain(text)) }
}

fn child<'a>(node: &'a mut Node, key: &str, name: &Span) -> &'a mut Node {
    if !matches!(node.value, NodeValue::Map(_)) {
        node.value = NodeValue::Map(Vec::new());
    }
    let NodeValue::Map(entries) = &mut node.value else { unreachable!("it was made a map above") };
    let position = entries.iter().position(|entry| entry.key == key).unwrap_or(entries.len());
    if position == entries.len() {
        let node = Node { span: name.clone(), value: NodeValue::Map(Vec::new()) };
        entries.push(Entry { key: key.to_owned(), key_span: name.clone(), node });
    }
    &mut entries[position].node
}
