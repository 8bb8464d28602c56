//! Documents: a node as queries, hooks and people see it.

use crate::model::{Map, Value};

use super::{
    Generation, Node, NodeId,
    expiry::row_expires,
    table::{ColumnName, Field, Table},
};

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
    pub fn field(&self, id: NodeId, section: Section, name: &str) -> Value {
        let node = self.graph.node(id);
        let (table, row) = (node.table(), node.row());
        match (section, name) {
            (Section::Reported, name) => reported(table, row, name),
            (Section::Metadata, "protected") => Value::Bool(!table.field(Field::Protected, row).is_null()),
            (Section::Metadata, "phantom") => Value::Bool(node.phantom()),
            (Section::Metadata, "expires") => {
                row_expires(table, row).map_or(Value::Null, |time| Value::String(time.to_string()))
            }
            (Section::Metadata, "provider_link") => table.field(Field::ProviderLink, row).value(),
            (Section::Metadata, "cleanup") => self
                .mark(id)
                .map_or(Value::Null, |mark| serde_json::to_value(mark).expect("a mark is plain text and a time")),
            (Section::Desired, "clean") if self.mark(id).is_some() => Value::Bool(true),
            (Section::Root, "id") => Value::String(node.key().to_string()),
            (Section::Root, "kinds") => self.kinds(node),
            _ => Value::Null,
        }
    }

    /// The whole document.
    pub fn document(&self, id: NodeId) -> Value {
        let node = self.graph.node(id);
        let section = |section, names: &[&str]| {
            let fields = names.iter().map(|name| ((*name).to_owned(), self.field(id, section, name)));
            Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
        };
        let mut reported_fields = node.resource().properties.to_map();
        for name in ["kind", "id", "name", "tags", "ctime", "mtime", "atime"] {
            let value = reported(node.table(), node.row(), name);
            if !value.is_null() {
                reported_fields.insert(name.to_owned(), value);
            }
        }
        let mut ancestors = Map::new();
        let above = [node.cloud(), node.account(), node.region(), node.zone()];
        for (name, ancestor) in ["cloud", "account", "region", "zone"].into_iter().zip(above) {
            let Some(ancestor) = ancestor else { continue };
            let ancestor = self.graph.node(ancestor);
            ancestors.insert(
                name.to_owned(),
                serde_json::json!({ "reported": { "id": ancestor.id(), "name": ancestor.name() } }),
            );
        }
        serde_json::json!({
            "id": &*node.key(),
            "kinds": self.kinds(node),
            "reported": reported_fields,
            "metadata": section(Section::Metadata, &["protected", "phantom", "expires", "provider_link", "cleanup"]),
            "desired": section(Section::Desired, &["clean"]),
            "ancestors": ancestors,
        })
    }

    fn kinds(&self, node: Node<'_>) -> Value {
        let lineage = self.graph.kinds().lineage(node.kind());
        Value::Array(lineage.into_iter().map(|kind| Value::String(kind.to_string())).collect())
    }
}

/// A field of what the provider said of a row; fields that every resource has hide properties of the same name.
fn reported(table: &Table, row: usize, name: &str) -> Value {
    let field = |field| table.field(field, row).value();
    match name {
        "kind" => Value::String(table.kind().to_string()),
        "id" => field(Field::Id),
        "name" => field(Field::Name),
        "tags" => tags(table, row),
        "ctime" => field(Field::Ctime),
        "mtime" => field(Field::Mtime),
        "atime" => field(Field::Atime),
        _ => table.column(ColumnName::Property(name)).map_or(Value::Null, |column| column.value(row)),
    }
}

fn tags(table: &Table, row: usize) -> Value {
    let tags = table.columns().filter_map(|(name, column)| match name {
        ColumnName::Tag(key) => Some((key.to_owned(), column.value(row))),
        ColumnName::Field(_) | ColumnName::Property(_) => None,
    });
    Value::Object(tags.filter(|(_, value)| !value.is_null()).collect())
}
