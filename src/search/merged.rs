//! Merged values: what the sub-queries of a merge add to nodes.

use std::{collections::HashMap, sync::Arc};

use crate::{
    graph::{Generation, NodeId},
    model::{Map, Value},
};

use super::plan::MergePlan;

/// What a query finds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order that the query asks for.
    pub nodes: Vec<NodeId>,
    pub(super) merged: Merged,
}

/// The values that one merge adds to each of its nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged {
    /// Where each value is put in the document, from its root.
    names: Arc<[Vec<String>]>,
    values: HashMap<NodeId, Vec<Value>>,
}

impl Found {
    /// The whole document of one of the nodes, with what was merged into it.
    pub fn document(&self, generation: &Generation, node: NodeId) -> Value {
        self.merged.document(generation, node)
    }
}

impl Merged {
    pub(super) fn new(plan: Option<&MergePlan>) -> Self {
        let names = plan.into_iter().flat_map(|plan| &plan.queries).map(|query| query.name.clone());
        Self { names: names.collect(), values: HashMap::new() }
    }

    pub(super) fn insert(&mut self, node: NodeId, values: Vec<Value>) {
        self.values.insert(node, values);
    }

    /// What a sub-query found for a node.
    pub(super) fn value(&self, node: NodeId, query: usize) -> Option<&Value> {
        self.values.get(&node)?.get(query)
    }

    /// A node's document with its merged values.
    pub(super) fn document(&self, generation: &Generation, node: NodeId) -> Value {
        let mut document = generation.document(node);
        for (name, value) in self.names.iter().zip(self.values.get(&node).into_iter().flatten()) {
            put(&mut document, name, value.clone());
        }
        document
    }
}

/// Puts a value at a place in a document; what is in the way there makes room.
fn put(document: &mut Value, name: &[String], value: Value) {
    let Some((first, rest)) = name.split_first() else {
        *document = value;
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(fields) = document {
        put(fields.entry(first.as_str()).or_insert(Value::Null), rest, value);
    }
}
