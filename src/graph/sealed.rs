//! The sealed graph: shards in a fixed order, and the edges between them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use rayon::prelude::*;

use crate::model::{CloudId, EdgeType, KindModel, KindName};

use super::{
    Direction, Neighbours, Node, NodeId, PlacedTable, Shard, ShardView, Topology, Unresolved,
    adjacency::End,
    ancestors::FarAncestors,
    crossing::Crossings,
    key::Key,
    shard::{NO_NODE, Role},
    table::Table,
};

/// All nodes and edges of one generation; it never changes.
#[derive(Debug)]
pub struct Graph {
    kinds: Arc<KindModel>,
    /// The root and the clouds, then the accounts by cloud, name and id.
    shards: Vec<Arc<Shard>>,
    /// The first node of each shard, and at the end the number of nodes.
    starts: Vec<u32>,
    /// The cloud that each shard is of.
    clouds: Vec<Option<NodeId>>,
    /// Shard and position of the tables of each kind, in order; base kinds are not in it.
    by_kind: BTreeMap<KindName, Vec<(u32, u32)>>,
    /// The kinds of which there are tables, by each of the kinds that they are.
    concrete: BTreeMap<KindName, Vec<KindName>>,
    crossings: Crossings,
    unresolved: Unresolved,
    /// Keys, by their first half; made when the first is looked for.
    keys: OnceLock<Box<[(u64, NodeId)]>>,
    far_ancestors: FarAncestors,
}

/// A table in its place in a graph.
#[derive(Clone, Copy, Debug)]
pub struct TablePlace<'a> {
    /// The node of row 0; the other rows follow it.
    pub start: NodeId,
    /// The position of the shard among [`Graph::shards`].
    pub shard: usize,
    /// The position of the table among [`Shard::tables`].
    pub position: usize,
    pub placed: &'a PlacedTable,
}

impl<'a> TablePlace<'a> {
    pub fn table(&self) -> &'a Table {
        &self.placed.table
    }

    /// The node of a row.
    pub fn node(&self, row: usize) -> NodeId {
        NodeId(self.start.0 + u32::try_from(row).expect("a table has fewer than 2^32 rows"))
    }

    /// The nodes of all rows, in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<'a> {
        let start = self.start.index();
        (start..start + self.placed.table.len()).map(NodeId::new)
    }
}

impl Graph {
    /// The graph of an inventory that has nothing in it.
    pub fn empty(kinds: Arc<KindModel>) -> Self {
        Self::new(kinds, Vec::new())
    }

    /// A graph whose shards are not joined yet.
    pub(super) fn new(kinds: Arc<KindModel>, shards: Vec<Arc<Shard>>) -> Self {
        let mut starts = vec![0];
        let mut by_kind: BTreeMap<KindName, Vec<(u32, u32)>> = BTreeMap::new();
        let mut nodes = 0_u32;
        for (shard, number) in shards.iter().zip(0..) {
            nodes += shard.len;
            starts.push(nodes);
            for (placed, position) in shard.tables.iter().zip(0..) {
                match by_kind.get_mut(placed.table.kind()) {
                    Some(tables) => tables.push((number, position)),
                    None => drop(by_kind.insert(placed.table.kind().clone(), vec![(number, position)])),
                }
            }
        }
        assert!(nodes < End::NODES_MAX, "a graph has fewer than 2^30 nodes");
        let clouds = clouds(&shards);
        let mut concrete: BTreeMap<KindName, Vec<KindName>> = BTreeMap::new();
        for kind in by_kind.keys() {
            for base in kinds.lineage(kind) {
                concrete.entry(base).or_default().push(kind.clone());
            }
        }
        Self {
            kinds,
            concrete,
            clouds: shards.iter().map(|shard| Some(clouds[&shard.account.as_ref()?.0])).collect(),
            shards,
            starts,
            by_kind,
            crossings: Crossings::default(),
            unresolved: Unresolved::new(),
            keys: OnceLock::new(),
            far_ancestors: FarAncestors::default(),
        }
    }

    /// Adds what was open until all shards were there.
    pub(super) fn complete(&mut self, crossings: Crossings, unresolved: Unresolved) {
        self.crossings = crossings;
        self.unresolved = unresolved;
    }

    /// Every kind that exists, whether or not a node has it.
    pub fn kinds(&self) -> &KindModel {
        &self.kinds
    }

    pub(super) fn kinds_shared(&self) -> &Arc<KindModel> {
        &self.kinds
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.starts[self.shards.len()] as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of edges of every type.
    pub fn edges(&self) -> usize {
        self.shards.iter().map(|shard| shard.edges()).sum::<usize>() + self.crossings.len()
    }

    /// Every node, in an order that is the same for the same inventory.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.len()).map(NodeId::new)
    }

    /// The node; its id must come from this graph.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id)
    }

    /// The shards, in order of their nodes.
    pub fn shards(&self) -> impl ExactSizeIterator<Item = ShardView<'_>> + Clone {
        self.shards.iter().zip(&self.starts).map(|(shard, start)| ShardView { shard, start: NodeId(*start) })
    }

    /// One of the shards, by its position.
    pub fn shard(&self, position: usize) -> ShardView<'_> {
        ShardView { shard: &self.shards[position], start: NodeId(self.starts[position]) }
    }

    /// Where a node is: the positions of its shard and of its table there, and its row.
    pub fn locate(&self, id: NodeId) -> (usize, usize, usize) {
        let shard = self.shard_of(id);
        let local = id.0 - self.starts[shard];
        let table = self.shards[shard].table_of(local);
        (shard, table, (local - self.shards[shard].tables[table].start) as usize)
    }

    /// Whether there is a node that is of the kind or inherits from it.
    pub fn has(&self, kind: &str) -> bool {
        self.concrete.contains_key(kind)
    }

    /// The tables whose nodes are of the kind or inherit from it, in order of their nodes.
    pub fn tables_of(&self, kind: &str) -> impl Iterator<Item = TablePlace<'_>> {
        let concrete = self.concrete.get(kind).into_iter().flatten();
        let mut places: Vec<(u32, u32)> = concrete.flat_map(|kind| &self.by_kind[kind]).copied().collect();
        places.sort_unstable();
        places.into_iter().map(|(shard, position)| self.place(shard as usize, position as usize))
    }

    /// A table, by the positions of its shard and of the table there.
    pub fn place(&self, shard: usize, position: usize) -> TablePlace<'_> {
        let placed = &self.shards[shard].tables[position];
        TablePlace { start: NodeId(self.starts[shard] + placed.start), shard, position, placed }
    }

    /// The nodes that are of the kind or inherit from it, in order.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = NodeId> {
        self.tables_of(kind).flat_map(|place| place.nodes())
    }

    /// The node with this key.
    ///
    /// The first question to a graph computes the keys of all nodes.
    pub fn by_key(&self, key: &str) -> Option<NodeId> {
        let key = Key::parse(key)?;
        let keys = self.keys.get_or_init(|| {
            let mut keys: Vec<(u64, NodeId)> = self
                .shards
                .par_iter()
                .zip(&self.starts)
                .flat_map_iter(|(shard, start)| (*start..*start + shard.len).map(NodeId))
                .map(|id| (self.node(id).hash().prefix(), id))
                .collect();
            keys.par_sort_unstable();
            keys.into()
        });
        let first = keys.partition_point(|(prefix, _)| *prefix < key.prefix());
        let mut same = keys[first..].iter().take_while(|(prefix, _)| *prefix == key.prefix());
        same.find(|(_, id)| self.node(*id).hash() == key).map(|(_, id)| *id)
    }

    /// The nodes one step away over edges of one type, in order.
    pub fn neighbours(&self, id: NodeId, direction: Direction, edge_type: EdgeType) -> Neighbours<'_> {
        let shard = self.shard_of(id);
        let start = self.starts[shard];
        let near = self.shards[shard].adjacency.ends(id.0 - start, direction, edge_type);
        Neighbours::new(near, start, self.crossings.of(shard, id, direction, edge_type))
    }

    /// The nearest node of a kind against the default edges, the node itself included.
    pub fn ancestor(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        let node = self.node(id);
        // Known from the place of the node; nothing nearer can exist.
        match kind {
            "cloud" => node.cloud(),
            "account" => node.account(),
            "region" => node.region(),
            "zone" => node.zone(),
            _ => self.breadth_first(id, kind, Direction::In),
        }
    }

    /// The nearest node of a kind along the default edges, the node itself included.
    pub fn descendant(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        self.breadth_first(id, kind, Direction::Out)
    }

    /// Where each run of a table ends, and the region node of its rows; none for what is in no region.
    pub fn regions_of(&self, shard: usize, table: usize) -> Vec<(usize, Option<NodeId>)> {
        let view = self.shard(shard);
        let mut regions = Vec::new();
        view.shard.each_region(table, |end, local| {
            regions.push((end as usize, (local != NO_NODE).then(|| view.node(local))));
        });
        regions
    }

    /// The regions of a shard's account, in order of their ids.
    pub fn regions(&self, shard: usize) -> impl ExactSizeIterator<Item = NodeId> {
        let view = self.shard(shard);
        view.shard.regions.iter().map(move |(_, local)| view.node(*local))
    }

    /// The cloud of a shard's account; none for the shard of the root and the clouds.
    pub fn cloud_of(&self, shard: usize) -> Option<NodeId> {
        self.clouds[shard]
    }

    /// The links that became no edge.
    pub fn unresolved(&self) -> &Unresolved {
        &self.unresolved
    }

    /// The edges of one type as petgraph sees them, for its algorithms.
    pub fn topology(&self, edge_type: EdgeType) -> Topology<'_> {
        Topology::new(self, edge_type)
    }

    /// The bytes on the heap for everything but the tables.
    pub fn heap_bytes(&self) -> usize {
        let shards: usize = self.shards.iter().map(|shard| shard.heap_bytes() + size_of::<Shard>()).sum();
        let by_kind: usize = self.by_kind.values().map(|tables| size_of_val(&**tables)).sum();
        let keys = self.keys.get().map_or(0, |keys| size_of_val(&**keys));
        shards + by_kind + keys + self.crossings.heap_bytes()
    }

    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    pub(super) fn crossings(&self) -> &Crossings {
        &self.crossings
    }

    pub(super) fn far_ancestors(&self) -> &FarAncestors {
        &self.far_ancestors
    }

    /// The position of the shard that a node is in.
    fn shard_of(&self, id: NodeId) -> usize {
        self.starts.partition_point(|start| *start <= id.0) - 1
    }
}

/// The nodes of the clouds.
fn clouds(shards: &[Arc<Shard>]) -> BTreeMap<CloudId, NodeId> {
    let tables = shards.first().into_iter().flat_map(|shard| &shard.tables);
    let clouds = tables.filter(|placed| placed.role == Role::Cloud);
    clouds
        .flat_map(|placed| placed.locals().zip(0..).map(|(id, row)| ((*placed.table.id(row)).into(), NodeId(id))))
        .collect()
}
