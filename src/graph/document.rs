//! Documents: a node as queries, hooks and people see it.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;

use crate::model::{Map, Resource, Value};

use super::{Generation, Node, NodeId, expires};

/// The part of a node's document that a path starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What the provider said.
    Reported,
    /// What cloudgauge knows beside it: protection, expiry, the provider's page.
    Metadata,
    /// What a rule or a person wants.
    Desired,
    /// The fields beside the sections: `id` and `kinds`.
    Root,
}

impl Generation {
    /// One top-level field of a section; null where the node does not have it.
    ///
    /// Times are RFC 3339 text in UTC. `age`, `last_update` and `last_access` are not fields: they are `ctime`,
    /// `mtime` and `atime` seen from now.
    pub fn field(&self, id: NodeId, section: Section, name: &str) -> Cow<'_, Value> {
        const NULL: Cow<'static, Value> = Cow::Owned(Value::Null);
        let node = self.graph.node(id);
        match section {
            Section::Reported => reported(&node.resource, name),
            Section::Metadata => match name {
                "protected" => Cow::Owned(Value::Bool(node.resource.protected)),
                "phantom" => Cow::Owned(Value::Bool(node.phantom)),
                "expires" => time(expires(&node.resource)),
                "provider_link" => text(node.resource.provider_link.as_deref()),
                "cleanup" => match self.mark(id) {
                    Some(mark) => Cow::Owned(serde_json::to_value(mark).expect("a mark is plain text and a time")),
                    None => NULL,
                },
                _ => NULL,
            },
            Section::Desired => match name {
                "clean" if self.mark(id).is_some() => Cow::Owned(Value::Bool(true)),
                _ => NULL,
            },
            Section::Root => match name {
                "id" => text(Some(&node.key)),
                "kinds" => Cow::Owned(kinds(node)),
                _ => NULL,
            },
        }
    }

    /// The whole document.
    pub fn document(&self, id: NodeId) -> Value {
        let node = self.graph.node(id);
        let section = |section, names: &[&str]| {
            let fields = names.iter().map(|name| ((*name).to_owned(), self.field(id, section, name).into_owned()));
            Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
        };
        let mut reported = node.resource.properties.clone();
        for name in ["kind", "id", "name", "tags", "ctime", "mtime", "atime"] {
            let value = self.field(id, Section::Reported, name).into_owned();
            if !value.is_null() {
                reported.insert(name.to_owned(), value);
            }
        }
        let mut ancestors = Map::new();
        for (name, ancestor) in
            [("cloud", node.cloud), ("account", node.account), ("region", node.region), ("zone", node.zone)]
        {
            let Some(ancestor) = ancestor else { continue };
            let resource = &self.graph.node(ancestor).resource;
            ancestors.insert(
                name.to_owned(),
                serde_json::json!({ "reported": { "id": resource.id, "name": resource.name } }),
            );
        }
        serde_json::json!({
            "id": &*node.key,
            "kinds": kinds(node),
            "reported": reported,
            "metadata": section(Section::Metadata, &["protected", "phantom", "expires", "provider_link", "cleanup"]),
            "desired": section(Section::Desired, &["clean"]),
            "ancestors": ancestors,
        })
    }
}

fn reported<'a>(resource: &'a Resource, name: &str) -> Cow<'a, Value> {
    match name {
        "kind" => text(Some(&resource.kind)),
        "id" => text(Some(&resource.id)),
        "name" => text(Some(&resource.name)),
        "tags" => Cow::Owned(tags(&resource.tags)),
        "ctime" => time(resource.ctime),
        "mtime" => time(resource.mtime),
        "atime" => time(resource.atime),
        _ => resource.properties.get(name).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
    }
}

fn tags(tags: &BTreeMap<String, String>) -> Value {
    Value::Object(tags.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect())
}

fn kinds(node: &Node) -> Value {
    Value::Array(node.lineage.iter().map(|kind| Value::String(kind.to_string())).collect())
}

fn time(time: Option<Timestamp>) -> Cow<'static, Value> {
    Cow::Owned(time.map_or(Value::Null, |time| Value::String(time.to_string())))
}

fn text(text: Option<&str>) -> Cow<'static, Value> {
    Cow::Owned(text.map_or(Value::Null, |text| Value::String(text.to_owned())))
}
