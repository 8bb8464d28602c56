//! Entries: one node or edge as a file has it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer};

use crate::model::{EdgeType, KindName, Map, Resource, Value};

use super::{place::Place, problem::EntryError};

/// A node or an edge.
#[derive(Debug)]
pub(super) enum Entry {
    Node(Box<NodeEntry>),
    Edge(EdgeEntry),
}

/// A resource and what is said of where it lives.
#[derive(Debug)]
pub(super) struct NodeEntry {
    /// The id that edges name it by.
    pub(super) key: String,
    /// What it inherits from, as far as the file says.
    pub(super) bases: Vec<KindName>,
    pub(super) cloud: Option<String>,
    pub(super) account: Option<Named>,
    pub(super) region: Option<Named>,
    pub(super) content: Content,
}

/// What a resource says of itself.
#[derive(Debug)]
pub(super) enum Content {
    Whole(Box<Resource>),
    /// To be read when it is asked for.
    Line {
        kind: KindName,
        id: String,
        place: Place,
    },
}

impl NodeEntry {
    pub(super) fn kind(&self) -> &KindName {
        match &self.content {
            Content::Whole(resource) => &resource.kind,
            Content::Line { kind, .. } => kind,
        }
    }
}

/// An edge between two nodes.
#[derive(Debug)]
pub(super) struct EdgeEntry {
    pub(super) from: Reference,
    pub(super) to: Reference,
    pub(super) edge_type: EdgeType,
}

/// How an edge names a node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Reference {
    /// By the id of a node in one of the files.
    Key(Text),
    /// By what it is; it may come from any provider.
    Resource(ResourceReference),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceReference {
    pub(super) kind: String,
    pub(super) id: Text,
    #[serde(default)]
    pub(super) account: Option<Text>,
}

/// An account or region: an id, perhaps with a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

/// Text that may have been written without quotes: an account number is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl Entry {
    pub(super) fn read(value: Value) -> Result<Self, EntryError> {
        let Value::Object(map) = value else {
            return Err(shape("entry", &value, "an object with `id` and `kind`, or with `from` and `to`"));
        };
        if map.contains_key("from") || map.contains_key("to") {
            return Ok(Self::Edge(edge(map)?));
        }
        let node = if map.contains_key("reported") { exported(map)? } else { own(map)? };
        Ok(Self::Node(Box::new(node)))
    }
}

/// A node in this provider's own form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnNode {
    id: Option<Text>,
    kind: Option<String>,
    name: Option<Text>,
    cloud: Option<Text>,
    account: Option<Named>,
    region: Option<Named>,
    zone: Option<Text>,
    #[serde(default)]
    tags: BTreeMap<String, Option<Text>>,
    ctime: Option<String>,
    mtime: Option<String>,
    atime: Option<String>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    is: Vec<KindName>,
    #[serde(default)]
    protected: bool,
    provider_link: Option<String>,
}

/// An edge; exports have keys besides, which mean nothing here, and say `"type": "edge"` of the line itself.
fn edge(mut map: Map<String, Value>) -> Result<EdgeEntry, EntryError> {
    let mut end = |field: &'static str| match map.remove(field) {
        None => Err(EntryError::EdgeEnd(field)),
        Some(value) => Reference::deserialize(&value)
            .map_err(|_| shape(field, &value, "a node's id, or an object of `kind`, `id` and perhaps `account`")),
    };
    let (from, to) = (end("from")?, end("to")?);
    let edge_type = match map.get("edge_type").or_else(|| map.get("type")).and_then(Value::as_str) {
        None | Some("default" | "edge") => EdgeType::Default,
        Some("delete") => EdgeType::Delete,
        Some("iam") => EdgeType::Iam,
        Some(other) => return Err(EntryError::EdgeType(other.to_owned())),
    };
    Ok(EdgeEntry { from, to, edge_type })
}

fn own(map: Map<String, Value>) -> Result<NodeEntry, EntryError> {
    let node = OwnNode::deserialize(Value::Object(map))?;
    let id = node.id.ok_or(EntryError::Missing("id"))?.0;
    let kind = node.kind.ok_or(EntryError::Missing("kind"))?;
    let mut resource = Resource::new(kind, id.clone());
    if let Some(name) = node.name {
        resource.name = name.0;
    }
    resource.zone = node.zone.map(|zone| zone.0);
    resource.tags =
        node.tags.into_iter().map(|(key, value)| (key, value.map_or_else(String::new, |text| text.0))).collect();
    resource.ctime = time("ctime", node.ctime)?;
    resource.mtime = time("mtime", node.mtime)?;
    resource.atime = time("atime", node.atime)?;
    resource.properties = node.properties.into();
    resource.protected = node.protected;
    resource.provider_link = node.provider_link;
    Ok(NodeEntry {
        key: id,
        bases: node.is,
        cloud: node.cloud.map(|cloud| cloud.0),
        account: node.account,
        region: node.region,
        content: Content::Whole(Box::new(resource)),
    })
}

/// A node as Resoto and Fix Inventory export it.
fn exported(mut map: Map<String, Value>) -> Result<NodeEntry, EntryError> {
    let key = map.remove("id").map(Text::deserialize).transpose()?.ok_or(EntryError::Missing("id"))?.0;
    let mut reported = match map.remove("reported") {
        Some(Value::Object(reported)) => reported,
        other => return Err(shape("reported", &other.unwrap_or_default(), "an object")),
    };
    let mut text =
        |field: &str| reported.remove(field).filter(|value| !value.is_null()).map(Text::deserialize).transpose();
    let kind = text("kind")?.ok_or(EntryError::Missing("reported.kind"))?.0;
    let id = text("id")?.ok_or(EntryError::Missing("reported.id"))?.0;
    let name = text("name")?;
    let (ctime, mtime, atime) = (text("ctime")?, text("mtime")?, text("atime")?);
    let tags: BTreeMap<String, Option<Text>> = reported
        .remove("tags")
        .filter(|tags| !tags.is_null())
        .map(BTreeMap::deserialize)
        .transpose()?
        .unwrap_or_default();
    // What is computed from the times when it is asked for.
    for computed in ["age", "last_update", "last_access"] {
        reported.remove(computed);
    }
    reported.retain(|_, value| !value.is_null());

    let bases: Vec<KindName> = map.remove("kinds").map(Vec::deserialize).transpose()?.unwrap_or_default();
    let mut resource = Resource::new(kind.as_str(), id);
    if let Some(name) = name {
        resource.name = name.0;
    }
    resource.tags = tags.into_iter().map(|(key, value)| (key, value.map_or_else(String::new, |text| text.0))).collect();
    resource.ctime = time("reported.ctime", ctime.map(|text| text.0))?;
    resource.mtime = time("reported.mtime", mtime.map(|text| text.0))?;
    resource.atime = time("reported.atime", atime.map(|text| text.0))?;
    resource.properties = reported.into();
    let metadata = map.remove("metadata").unwrap_or_default();
    resource.protected = metadata.get("protected").and_then(Value::as_bool).unwrap_or(false);
    resource.provider_link = metadata.get("provider_link").and_then(Value::as_str).map(str::to_owned);

    let ancestors = map.remove("ancestors").unwrap_or_default();
    let ancestor = |kind: &str| Named::of_ancestor(ancestors.get(kind)?.get("reported")?);
    resource.zone = ancestor("zone").map(|zone| zone.id);
    Ok(NodeEntry {
        key,
        bases: own_bases(bases, &resource.kind),
        cloud: ancestor("cloud").map(|cloud| cloud.id),
        account: ancestor("account"),
        region: ancestor("region"),
        content: Content::Whole(Box::new(resource)),
    })
}

/// The kinds that an export names, without the node's own and without what everything is.
pub(super) fn own_bases(mut kinds: Vec<KindName>, own: &KindName) -> Vec<KindName> {
    kinds.retain(|kind| kind != own && *kind != "resource");
    kinds
}

impl Named {
    fn of_ancestor(reported: &Value) -> Option<Self> {
        let text = |field: &str| reported.get(field)?.as_str().map(str::to_owned);
        Some(Self { id: text("id")?, name: text("name") })
    }
}

pub(super) fn time(field: &'static str, text: Option<String>) -> Result<Option<Timestamp>, EntryError> {
    let Some(text) = text else { return Ok(None) };
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp());
    match text.parse().ok().or_else(day) {
        Some(time) => Ok(Some(time)),
        None => Err(EntryError::Time { field, text }),
    }
}

fn shape(field: &str, found: &Value, wanted: &'static str) -> EntryError {
    let found = match found {
        Value::Null => "missing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    EntryError::Shape { field: field.to_owned(), found, wanted }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::Bool(truth) => Ok(Self(truth.to_string())),
            other => Err(serde::de::Error::custom(format_args!("{other} is no text"))),
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Both {
            id: Text,
            name: Option<Text>,
        }
        match Value::deserialize(deserializer)? {
            Value::Object(map) => {
                let both = Both::deserialize(Value::Object(map)).map_err(serde::de::Error::custom)?;
                Ok(Self { id: both.id.0, name: both.name.map(|name| name.0) })
            }
            other => {
                let id = Text::deserialize(other).map_err(serde::de::Error::custom)?.0;
                Ok(Self { id, name: None })
            }
        }
    }
}
