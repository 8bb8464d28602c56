//! Nodes: the resources, and the clouds, accounts, regions and zones above them.

use std::{borrow::Cow, fmt, sync::Arc};

use crate::model::{KindName, Resource, ScopeKey};

use super::{Graph, PlacedTable, Shard, key::Key, shard::Role, table::Table};

/// A node's place in one graph; it means nothing in another generation, a node's key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The node at a position, as [`index`](Self::index) gives it.
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a graph has fewer than 2^30 nodes"))
    }

    /// The position in arrays that hold one entry a node, in the order of [`Graph::ids`](super::Graph::ids).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One node of a graph; cheap to copy, and decoded as it is asked.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    graph: &'a Graph,
    id: NodeId,
    shard: usize,
    table: usize,
    row: usize,
}

impl<'a> Node<'a> {
    pub(super) fn new(graph: &'a Graph, id: NodeId) -> Self {
        let (shard, table, row) = graph.locate(id);
        Self { graph, id, shard, table, row }
    }

    /// The table that holds it.
    pub fn table(&self) -> &'a Table {
        &self.placed().table
    }

    /// Its row in the table.
    pub fn row(&self) -> usize {
        self.row
    }

    /// The kind itself, not what it inherits from.
    pub fn kind(&self) -> &'a KindName {
        self.table().kind()
    }

    /// The provider's id.
    pub fn id(&self) -> Cow<'a, str> {
        self.table().id(self.row)
    }

    /// The name that people use.
    pub fn name(&self) -> Cow<'a, str> {
        self.table().name(self.row)
    }

    /// The whole resource, decoded.
    pub fn resource(&self) -> Resource {
        self.table().resource(self.row)
    }

    /// Whether the node is of this kind or inherits from it.
    pub fn is(&self, kind: &str) -> bool {
        self.graph.kinds().is_a(self.kind(), kind)
    }

    /// Whether it describes something that is no resource: a cloud, a region, an instance type.
    pub fn phantom(&self) -> bool {
        self.placed().phantom
    }

    /// Whether a scope listed it; clouds, accounts, regions and zones come of themselves.
    pub fn is_listed(&self) -> bool {
        !self.placed().structural
    }

    /// The scope it was listed in; none for clouds, accounts, regions and zones.
    pub fn scope(&self) -> Option<ScopeKey> {
        let table = self.table();
        self.is_listed().then(|| ScopeKey {
            provider: table.provider().clone(),
            cloud: table.cloud().clone(),
            account: table.account().clone(),
            region: table.run_of(self.row).scope_region.clone(),
            kind: table.kind().clone(),
        })
    }

    /// The cloud above it; itself, where it is one.
    pub fn cloud(&self) -> Option<NodeId> {
        if self.placed().role == Role::Cloud { Some(self.id) } else { self.graph.cloud_of(self.shard) }
    }

    /// The account above it; itself, where it is one.
    pub fn account(&self) -> Option<NodeId> {
        let view = self.graph.shard(self.shard);
        view.shard.account().map(|_| view.start)
    }

    /// The region above it; itself, where it is one.
    pub fn region(&self) -> Option<NodeId> {
        self.own_shard().region_of(self.table, self.row).map(|region| self.graph.shard(self.shard).node(region))
    }

    /// The zone above it; itself, where it is one.
    pub fn zone(&self) -> Option<NodeId> {
        self.own_shard().zone_of(self.table, self.row).map(|zone| self.graph.shard(self.shard).node(zone))
    }

    /// The same text in every generation for the same resource.
    pub fn key(&self) -> Arc<str> {
        self.hash().text()
    }

    pub(super) fn hash(&self) -> Key {
        let (shard, id) = (self.own_shard(), self.id());
        let region = || self.table().run_of(self.row).region;
        match (&shard.account, self.placed().role) {
            (_, Role::Root) => Key::of(&["root"]),
            (Some((cloud, _)), Role::Account) => Key::of(&[cloud, &id]),
            (Some((cloud, account)), Role::Region) => Key::of(&[cloud, account, &id]),
            (Some((cloud, account)), Role::Zone) => Key::of(&[cloud, account, region(), "zone", &id]),
            (Some((cloud, account)), Role::Resource) => Key::of(&[cloud, account, region(), self.kind(), &id]),
            (_, _) => Key::of(&[&id]),
        }
    }

    fn own_shard(&self) -> &'a Shard {
        self.graph.shard(self.shard).shard
    }

    fn placed(&self) -> &'a PlacedTable {
        &self.own_shard().tables[self.table]
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({:?})", self.kind(), self.id(), self.id)
    }
}
