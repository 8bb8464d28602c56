//! Ancestors: the nearest node of a kind above each row of a table.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashSet;

use crate::model::{EdgeType, KindName};

use super::{Direction, Graph, NodeId, Shard, shard::Role};

/// No path is followed further than this, as in the original.
pub(super) const DEPTH_MAX: usize = 250;

/// How many answers a shard keeps, for each of its tables; kinds that are asked for beyond are looked up each time.
const CACHED_MAX: usize = 16;

/// Stands for no ancestor.
const NONE: u32 = u32::MAX;

/// The nearest ancestor of every row of a table; cheap to clone.
#[derive(Clone, Debug)]
pub struct Ancestors(Of);

#[derive(Clone, Debug)]
enum Of {
    Same(Option<NodeId>),
    /// By row: the node less `base`, or [`NONE`].
    Rows {
        nodes: Arc<[u32]>,
        base: u32,
    },
}

impl Ancestors {
    pub(super) fn same(node: Option<NodeId>) -> Self {
        Self(Of::Same(node))
    }

    /// The ancestor of a row.
    pub fn get(&self, row: usize) -> Option<NodeId> {
        match &self.0 {
            Of::Same(node) => *node,
            Of::Rows { nodes, base } => Some(nodes[row]).filter(|node| *node != NONE).map(|node| NodeId(base + node)),
        }
    }

    /// The ancestor that all rows share, where it is known to be the same for all.
    pub fn shared(&self) -> Option<Option<NodeId>> {
        match &self.0 {
            Of::Same(node) => Some(*node),
            Of::Rows { .. } => None,
        }
    }
}

/// Answers that hold for a shard whatever lies around it, as far as no walk that found them met a crossing.
#[derive(Debug, Default)]
pub(super) struct AncestorCache(Mutex<BTreeMap<(usize, KindName), Cached>>);

#[derive(Clone, Debug)]
struct Cached {
    nodes: Arc<[u32]>,
    /// The tables whose nodes were walked on from; a crossing into one of them makes the answer invalid.
    passed: Arc<[usize]>,
}

/// Answers that hold for one graph.
#[derive(Debug, Default)]
pub(super) struct FarAncestors(Mutex<BTreeMap<(usize, usize, KindName), Ancestors>>);

impl FarAncestors {
    /// The most tables whose answers are kept.
    const MAX: usize = 100_000;

    fn get(&self, of: &(usize, usize, KindName)) -> Option<Ancestors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(of).cloned()
    }

    fn put(&self, of: (usize, usize, KindName), ancestors: &Ancestors) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < Self::MAX {
            known.insert(of, ancestors.clone());
        }
    }
}

impl AncestorCache {
    fn get(&self, table: usize, kind: &str) -> Option<Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(table, KindName::from(kind))).cloned()
    }

    fn put(&self, table: usize, kind: &str, tables: usize, answer: Cached) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() < tables * CACHED_MAX {
            cache.insert((table, kind.into()), answer);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.values().map(|cached| size_of_val(&*cached.nodes) + size_of::<((usize, KindName), Cached)>()).sum()
    }
}

impl Graph {
    /// The nearest node of a kind above every row of a table, against the default edges; the row itself included.
    ///
    /// Answers are kept with the shard. Between generations they stay valid where the shard is the same and no walk
    /// meets an edge from another account.
    pub fn ancestors(&self, shard: usize, table: usize, kind: &str) -> Ancestors {
        let view = self.shard(shard);
        let placed = &view.shard.tables[table];
        match (kind, placed.role) {
            ("cloud", Role::Cloud) => {}
            ("cloud", _) => return Ancestors::same(self.cloud_of(shard)),
            ("account", Role::Root | Role::Cloud) | ("region", Role::Root | Role::Cloud | Role::Account) => {
                return Ancestors::same(None);
            }
            ("account", _) => return Ancestors::same(Some(view.start)),
            _ => {}
        }
        let rows = |nodes, base| Ancestors(Of::Rows { nodes, base });
        let crossed = self.tables_crossed_into(shard);
        let holds = |cached: &Cached| cached.passed.iter().all(|table| !crossed.contains(table));
        if let Some(Cached { nodes, .. }) = view.shard.ancestors.get(table, kind).filter(holds) {
            return rows(nodes, view.start.0);
        }
        let of = (shard, table, KindName::from(kind));
        if let Some(known) = self.far_ancestors().get(&of) {
            return known;
        }
        let mut walk = Walk::new(self, shard, kind);
        let near = match kind {
            "region" | "zone" => Some(walk.by_construction(table)),
            _ => walk.within(table),
        };
        if let Some(nodes) = near {
            let cached = Cached { nodes: Arc::clone(&nodes), passed: walk.passed() };
            view.shard.ancestors.put(table, kind, view.shard.tables.len(), cached);
            return rows(nodes, view.start.0);
        }
        let wherever = |local| match walk.nearest(local) {
            Walked::To(node) => view.start.0 + node,
            Walked::Nowhere => NONE,
            Walked::Away => {
                let far = self.breadth_first(view.node(local), kind, Direction::In);
                far.map_or(NONE, |node| node.0)
            }
        };
        let found = rows(placed.locals().map(wherever).collect(), 0);
        self.far_ancestors().put(of, &found);
        found
    }

    /// The nearest node of a kind in breadth-first order, the start included.
    pub(super) fn breadth_first(&self, start: NodeId, kind: &str, direction: Direction) -> Option<NodeId> {
        if !self.has(kind) {
            return None;
        }
        if self.node(start).is(kind) {
            return Some(start);
        }
        let mut seen = FxHashSet::from_iter([start]);
        let mut open = VecDeque::from([(start, 0)]);
        while let Some((next, depth)) = open.pop_front() {
            if depth == DEPTH_MAX {
                return None;
            }
            for neighbour in self.neighbours(next, direction, EdgeType::Default) {
                if seen.insert(neighbour) {
                    if self.node(neighbour).is(kind) {
                        return Some(neighbour);
                    }
                    open.push_back((neighbour, depth + 1));
                }
            }
        }
        None
    }

    /// The tables of a shard that other accounts' edges lead into.
    fn tables_crossed_into(&self, shard: usize) -> Vec<usize> {
        let view = self.shard(shard);
        let mut tables: Vec<usize> = self
            .crossings()
            .of_shard(shard, Direction::In)
            .iter()
            .filter(|(_, end)| end.edge_type() == EdgeType::Default as u32 && !self.is_own_cloud(shard, end.node()))
            .map(|(node, _)| view.shard.table_of(node - view.start.0))
            .collect();
        tables.dedup();
        if self
            .crossings()
            .of_shard(0, Direction::In)
            .iter()
            .any(|(_, end)| end.edge_type() == EdgeType::Default as u32)
        {
            // Whatever reaches the account can go on from its cloud.
            tables.push(0);
        }
        tables
    }

    /// Whether a walk upwards from an account can find the kind.
    fn reaches_above(&self, kind: &str) -> bool {
        self.kinds().is_a("cloud", kind)
            || self.kinds().is_a("graph_root", kind)
            || !self.crossings().of_shard(0, Direction::In).is_empty()
    }

    fn is_own_cloud(&self, shard: usize, node: u32) -> bool {
        self.cloud_of(shard) == Some(NodeId(node))
    }
}

/// How a walk within a shard ended.
enum Walked {
    To(u32),
    Nowhere,
    /// It would have to go on in another shard.
    Away,
}

/// Walks of one shard, all for the same kind.
struct Walk<'a> {
    shard: &'a Shard,
    kind: &'a str,
    /// The local ids of the nodes of the kind.
    targets: Vec<Range<u32>>,
    /// Whether a walk that reaches the account can find the kind further up.
    above: bool,
    /// Nodes that edges of other accounts lead to, sorted.
    crossed: Vec<u32>,
    passed: Vec<bool>,
    /// The number of the walk that saw a node last.
    stamps: Vec<u32>,
    walks: u32,
    open: Vec<u32>,
    next: Vec<u32>,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph, shard: usize, kind: &'a str) -> Self {
        let view = graph.shard(shard);
        let of_kind = view.shard.tables.iter().filter(|placed| graph.kinds().is_a(placed.table.kind(), kind));
        let crossings = graph.crossings().of_shard(shard, Direction::In).iter();
        let crossed = crossings
            .filter(|(_, end)| end.edge_type() == EdgeType::Default as u32 && !graph.is_own_cloud(shard, end.node()))
            .map(|(node, _)| node - view.start.0);
        Self {
            shard: view.shard,
            kind,
            targets: of_kind.map(super::PlacedTable::locals).collect(),
            above: shard > 0 && graph.reaches_above(kind),
            crossed: crossed.collect(),
            passed: vec![false; view.shard.tables.len()],
            stamps: Vec::new(),
            walks: 0,
            open: Vec::new(),
            next: Vec::new(),
        }
    }

    fn is_target(&self, local: u32) -> bool {
        self.targets.iter().any(|range| range.contains(&local))
    }

    fn passed(&self) -> Arc<[usize]> {
        self.passed.iter().enumerate().filter(|(_, passed)| **passed).map(|(table, _)| table).collect()
    }

    /// Regions and zones, which every row has by its place.
    fn by_construction(&self, table: usize) -> Arc<[u32]> {
        let placed = &self.shard.tables[table];
        let rows = placed.table.runs().flat_map(|run| {
            let region = self.shard.region(run.region).filter(|_| placed.role != Role::Account);
            let of_row = move |row| if self.kind == "region" { region } else { self.shard.zone_of(table, row) };
            run.rows().map(move |row| of_row(row).unwrap_or(NONE))
        });
        rows.collect()
    }

    /// The nearest of every row; none where a walk may go on in another shard.
    fn within(&mut self, table: usize) -> Option<Arc<[u32]>> {
        let locals = self.shard.tables[table].locals();
        if self.is_target(locals.start) {
            return Some(locals.collect());
        }
        if self.targets.is_empty() && self.crossed.is_empty() && !self.above {
            // Nothing of the kind can be reached, as long as no crossing leads here.
            self.passed.fill(true);
            return Some(locals.map(|_| NONE).collect());
        }
        let walk = |local| match self.nearest(local) {
            Walked::To(node) => Some(node),
            Walked::Nowhere => Some(NONE),
            Walked::Away => None,
        };
        locals.map(walk).collect()
    }

    fn nearest(&mut self, local: u32) -> Walked {
        if self.leaves(local) {
            return Walked::Away;
        }
        let parents = self.shard.adjacency.ends(local, Direction::In, EdgeType::Default);
        // Usually the kind is right above.
        if let Some(found) = parents.iter().map(|end| end.node()).find(|node| self.is_target(*node)) {
            return Walked::To(found);
        }
        if self.stamps.is_empty() {
            self.stamps = vec![0; self.shard.len()];
        }
        self.walks += 1;
        self.stamps[local as usize] = self.walks;
        self.open.clear();
        self.open.extend(parents.iter().map(|end| end.node()));
        for node in parents {
            self.stamps[node.node() as usize] = self.walks;
        }
        for _ in 1..DEPTH_MAX {
            self.next.clear();
            for position in 0..self.open.len() {
                let node = self.open[position];
                if self.leaves(node) {
                    return Walked::Away;
                }
                for end in self.shard.adjacency.ends(node, Direction::In, EdgeType::Default) {
                    let parent = end.node();
                    if std::mem::replace(&mut self.stamps[parent as usize], self.walks) == self.walks {
                        continue;
                    }
                    if self.is_target(parent) {
                        return Walked::To(parent);
                    }
                    self.next.push(parent);
                }
            }
            if self.next.is_empty() {
                break;
            }
            std::mem::swap(&mut self.open, &mut self.next);
        }
        Walked::Nowhere
    }

    /// Notes that a walk goes on from a node, and says whether it could then leave the shard.
    fn leaves(&mut self, local: u32) -> bool {
        self.passed[self.shard.table_of(local)] = true;
        (self.above && local == 0) || self.crossed.binary_search(&local).is_ok()
    }
}
