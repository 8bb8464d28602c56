//! Drafts: an inventory on its way to becoming a graph.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use rayon::prelude::*;

use crate::model::{AccountId, CloudId, EdgeType, KindModel, KindName, LinkEnd, ScopeKey};

use super::{
    Generation, Graph, Inventory, NodeId, PlacedTable, Reason, Shard, Unresolved,
    adjacency::Edges,
    ancestors::AncestorCache,
    crossing::Crossings,
    layout::{AccountParts, Layout},
    selectors::{Found, Index, each_value},
    shard::Links,
    table::{LinkShape, Table},
};

/// Nodes laid out, and the links within each account resolved; what reaches beyond is still open.
#[derive(Debug)]
pub struct Draft {
    inventory: Arc<Inventory>,
    kinds: Arc<KindModel>,
    shards: Vec<Arc<Shard>>,
}

impl Draft {
    /// Lays out the nodes of an inventory and joins them within their accounts.
    pub fn new(inventory: Arc<Inventory>, kinds: Arc<KindModel>) -> Self {
        Self::lay_out(inventory, kinds, None)
    }

    /// As [`new`](Self::new), over the kinds of the generation before, and with its shards of the accounts that did
    /// not change.
    pub fn following(previous: &Generation, inventory: Arc<Inventory>) -> Self {
        Self::lay_out(inventory, previous.graph.kinds_shared().clone(), Some(previous))
    }

    fn lay_out(inventory: Arc<Inventory>, kinds: Arc<KindModel>, previous: Option<&Generation>) -> Self {
        let accounts = accounts(&inventory);
        if accounts.is_empty() {
            return Self { inventory, kinds, shards: Vec::new() };
        }
        let known: HashMap<_, _> = previous
            .into_iter()
            .flat_map(|previous| previous.graph.shards().map(move |view| (previous, view.shard)))
            .filter_map(|(previous, shard)| Some((shard.account()?, (previous, shard))))
            .collect();
        let clouds: BTreeSet<&CloudId> = accounts.keys().map(|(cloud, _)| *cloud).collect();
        let mut in_order: Vec<(&CloudId, &AccountId, &AccountParts<'_>)> =
            accounts.iter().map(|((cloud, account), parts)| (*cloud, *account, parts)).collect();
        let name = |parts: &AccountParts<'_>| parts.states[0].1.account.name.clone();
        in_order.sort_by_cached_key(|(cloud, account, parts)| ((*cloud).clone(), name(parts), (*account).clone()));
        let shard = |(cloud, account, parts): &(&CloudId, &AccountId, &AccountParts<'_>)| {
            let tables = parts.tables();
            match known.get(&(*cloud, *account)) {
                Some((previous, shard)) if unchanged(parts, &tables, &previous.inventory, shard) => Arc::clone(shard),
                _ => Arc::new(account_shard((*cloud).clone(), (*account).clone(), parts, tables, &kinds)),
            }
        };
        let mut shards = vec![Arc::new(Shard::seal(None, Layout::of_clouds(&clouds, &kinds), &kinds))];
        shards.par_extend(in_order.par_iter().map(shard));
        drop(known);
        drop(accounts);
        Self { inventory, kinds, shards }
    }

    /// The number of links that wait for [`seal`](Self::seal).
    pub fn outer(&self) -> usize {
        self.shards.iter().map(|shard| shard.links.outer.len()).sum()
    }

    /// Resolves the outer edges (the work of `merge_outer_edges`) and freezes the graph.
    pub fn seal(self) -> (Arc<Inventory>, Graph) {
        let mut graph = Graph::new(self.kinds, self.shards);
        let mut crossings = cloud_edges(&graph);
        let mut unresolved = Unresolved::new();
        let mut count = |from: &KindName, to: &KindName, reason: Reason, links: u64| {
            *unresolved.entry((from.clone(), to.clone(), reason)).or_default() += links;
        };
        let absent = |kind: &str| if graph.has(kind) { Reason::MissingTarget } else { Reason::KindNotCollected };
        let targets = Targets::of(&graph);
        for view in graph.shards() {
            let links = &view.shard.links;
            for ((from, to), number) in &links.missing {
                count(from, to, absent(to), *number);
            }
            for ((from, to), number) in &links.ambiguous {
                count(from, to, Reason::Ambiguous, *number);
            }
            for (local, position) in &links.outer {
                let (placed, row) = at(view.shard, *local);
                let link = placed.table.links(row).nth(*position as usize).expect("the shard noted a link that it has");
                match targets.find(link.shape, &link.value) {
                    Found::None => count(placed.table.kind(), &link.shape.kind, absent(&link.shape.kind), 1),
                    Found::Several => count(placed.table.kind(), &link.shape.kind, Reason::Ambiguous, 1),
                    Found::One(other) => {
                        join(view.node(*local).0, other.0, link.shape, |from, to, edge_type| {
                            crossings.push((NodeId(from), NodeId(to), edge_type));
                        });
                    }
                }
            }
        }
        drop(targets);
        let crossings = Crossings::new(&crossings, graph.starts());
        graph.complete(crossings, unresolved);
        (self.inventory, graph)
    }
}

impl Shard {
    /// Joins the nodes of a layout and freezes it.
    fn seal(account: Option<(CloudId, AccountId)>, layout: Layout, kinds: &KindModel) -> Self {
        let Layout { tables, len, regions, edges } = layout;
        let mut shard = Self {
            account,
            tables: tables.into(),
            len,
            regions: regions.into(),
            providers: Box::default(),
            sources: Box::default(),
            adjacency: super::adjacency::Adjacency::default(),
            links: Links::default(),
            ancestors: AncestorCache::default(),
        };
        let (edges, links) = shard.resolve(edges, kinds);
        shard.adjacency = edges.into_adjacency(len);
        shard.links = links;
        shard
    }

    /// Finds the other ends of all links within the account.
    fn resolve(&self, mut edges: Edges, kinds: &KindModel) -> (Edges, Links) {
        let mut indexes: BTreeMap<(&KindName, &str), Index<'_>> = BTreeMap::new();
        let (mut outer, mut missing, mut ambiguous) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for (position, placed) in self.tables.iter().enumerate() {
            let shapes = placed.table.link_shapes();
            for shape in shapes {
                let index = || Index::new(self, kinds, &shape.kind, &shape.property);
                indexes.entry((&shape.kind, &shape.property)).or_insert_with(index);
            }
            if shapes.is_empty() {
                continue;
            }
            let of_shape: Vec<&Index<'_>> =
                shapes.iter().map(|shape| &indexes[&(&shape.kind, &*shape.property)]).collect();
            let links = placed.table.link_reader();
            let regions = self.regions_of(position);
            let mut run = 0;
            for (local, row) in placed.locals().zip(0..) {
                while regions[run].0 as usize <= row {
                    run += 1;
                }
                for (number, link) in (0..).zip(links.of(row)) {
                    let count = |counts: &mut BTreeMap<_, u64>| {
                        *counts.entry((placed.table.kind().clone(), link.shape.kind.clone())).or_default() += 1;
                    };
                    match of_shape[link.code as usize].nearest(regions[run].1, &link.value) {
                        Found::One(other) => join(local, other.0, link.shape, |from, to, edge_type| {
                            edges.push(from, to, edge_type);
                        }),
                        Found::Several => count(&mut ambiguous),
                        Found::None if link.shape.outer => outer.push((local, number)),
                        Found::None => count(&mut missing),
                    }
                }
            }
        }
        (edges, Links { outer: outer.into(), missing, ambiguous })
    }
}

/// Every node that an outer link asks for, by kind and property, then by value.
struct Targets<'a>(BTreeMap<(&'a KindName, &'a str), HashMap<String, Found>>);

impl<'a> Targets<'a> {
    fn of(graph: &'a Graph) -> Self {
        let mut wanted: BTreeMap<(&KindName, &str), HashMap<String, Found>> = BTreeMap::new();
        for view in graph.shards() {
            for (local, position) in &view.shard.links.outer {
                let (placed, row) = at(view.shard, *local);
                let link = placed.table.links(row).nth(*position as usize).expect("the shard noted a link that it has");
                let values = wanted.entry((&link.shape.kind, &link.shape.property)).or_default();
                values.insert(link.value.into_owned(), Found::None);
            }
        }
        for ((kind, property), values) in &mut wanted {
            for placement in graph.tables_of(kind) {
                each_value(placement.placed, property, |row, value| {
                    if let Some(found) = values.get_mut(value) {
                        *found = match found {
                            Found::None => Found::One(NodeId(placement.start.0 + row)),
                            _ => Found::Several,
                        };
                    }
                });
            }
        }
        Self(wanted)
    }

    fn find(&self, shape: &LinkShape, value: &str) -> Found {
        self.0[&(&shape.kind, &*shape.property)][value]
    }
}

/// Tells of the edges that a link between two nodes becomes.
fn join(this: u32, other: u32, shape: &LinkShape, mut edge: impl FnMut(u32, u32, EdgeType)) {
    use crate::model::DeleteOrder;

    if this == other {
        return;
    }
    let (from, to) = match shape.end {
        LinkEnd::From => (other, this),
        LinkEnd::To => (this, other),
    };
    edge(from, to, EdgeType::Default);
    match shape.delete {
        DeleteOrder::None => {}
        DeleteOrder::Same => edge(from, to, EdgeType::Delete),
        DeleteOrder::Reverse => edge(to, from, EdgeType::Delete),
    }
}

fn at(shard: &Shard, local: u32) -> (&PlacedTable, usize) {
    let placed = &shard.tables[shard.table_of(local)];
    (placed, (local - placed.start) as usize)
}

/// The edges from the clouds to their accounts.
fn cloud_edges(graph: &Graph) -> Vec<(NodeId, NodeId, EdgeType)> {
    let accounts = (0..graph.shards().len()).filter_map(|shard| Some((graph.cloud_of(shard)?, shard)));
    accounts.map(|(cloud, shard)| (cloud, graph.shard(shard).start, EdgeType::Default)).collect()
}

/// The accounts with their scopes, in order of cloud and account.
fn accounts(inventory: &Inventory) -> BTreeMap<(&CloudId, &AccountId), AccountParts<'_>> {
    let mut accounts: BTreeMap<(&CloudId, &AccountId), AccountParts<'_>> = BTreeMap::new();
    for (key, state) in &inventory.accounts {
        accounts.entry((&key.cloud, &key.account)).or_default().states.push((key, state));
    }
    let scopes: Vec<_> = inventory.scopes.iter().map(|(scope, state)| (scope, &state.rows)).collect();
    let same = |a: &ScopeKey, b: &ScopeKey| (&a.cloud, &a.account) == (&b.cloud, &b.account);
    for scopes in scopes.chunk_by(|a, b| same(a.0, b.0)) {
        let (scope, _) = scopes[0];
        let parts = accounts.get_mut(&(&scope.cloud, &scope.account)).expect("every scope's account is among them");
        parts.slices.extend(scopes);
    }
    accounts
}

/// Whether a shard was made of the very same.
fn unchanged(parts: &AccountParts<'_>, tables: &[Arc<Table>], before: &Inventory, shard: &Shard) -> bool {
    let providers = parts.states.iter().map(|(key, _)| &key.provider);
    providers.eq(&shard.providers)
        && tables.len() == shard.sources.len()
        && tables.iter().zip(&shard.sources).all(|(table, source)| Arc::ptr_eq(table, source))
        && parts.states.iter().all(|(key, state)| before.accounts.get(key) == Some(*state))
}

fn account_shard(
    cloud: CloudId,
    account: AccountId,
    parts: &AccountParts<'_>,
    tables: Vec<Arc<Table>>,
    kinds: &KindModel,
) -> Shard {
    let layout = Layout::of_account(parts, &tables, kinds);
    Shard {
        providers: parts.states.iter().map(|(key, _)| key.provider.clone()).collect(),
        sources: tables.into(),
        ..Shard::seal(Some((cloud, account)), layout, kinds)
    }
}
