//! Nodes: the resources, and the clouds, accounts, regions and zones above them.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::model::{KindName, Resource, ScopeKey};

/// A node's place in one graph; it means nothing in another generation, a node's key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a graph has fewer than four billion nodes"))
    }

    /// The position in arrays that hold one entry a node, in the order of [`Graph::ids`](super::Graph::ids).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The same text in every generation for the same resource.
    pub key: Arc<str>,
    pub resource: Arc<Resource>,
    /// The node's kind and everything it inherits from.
    pub lineage: Arc<BTreeSet<KindName>>,
    /// Whether it describes something that is no resource: a cloud, a region, an instance type.
    pub phantom: bool,
    /// The scope it was listed in; none for clouds, accounts, regions and zones.
    pub scope: Option<ScopeKey>,
    /// The cloud, account, region and zone above it; itself, where it is one.
    pub cloud: Option<NodeId>,
    pub account: Option<NodeId>,
    pub region: Option<NodeId>,
    pub zone: Option<NodeId>,
}

impl Node {
    /// Whether the node is of this kind or inherits from it.
    pub fn is(&self, kind: &str) -> bool {
        self.lineage.contains(kind)
    }
}

/// The key of what these parts name: 128 bits of SHA-256 as URL-safe text.
pub(super) fn key(parts: &[&str]) -> Arc<str> {
    let mut hash = Sha256::new();
    for part in parts {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    BASE64_URL_SAFE_NO_PAD.encode(&hash.finalize()[..16]).into()
}
