//! Shards: the nodes of one account, and the edges among them.

use std::{collections::BTreeMap, sync::Arc};

use crate::model::{AccountId, CloudId, KindName, ProviderName, RegionId};

use super::{
    NodeId,
    adjacency::Adjacency,
    ancestors::AncestorCache,
    table::{Cell, ColumnName, Field, Table},
};

/// Everything of one account of a cloud; it never changes, and generations share it.
///
/// A node's local id is its position: the account, its regions and zones, then the rows of the tables. The first shard
/// of a graph is no account's: it holds the root and the clouds.
#[derive(Debug)]
pub struct Shard {
    /// Cloud and account; none for the root and the clouds.
    pub(super) account: Option<(CloudId, AccountId)>,
    pub(super) tables: Box<[PlacedTable]>,
    /// The number of nodes.
    pub(super) len: u32,
    /// Each region's local id, by its id.
    pub(super) regions: Box<[(RegionId, u32)]>,
    /// Who described the account.
    pub(super) providers: Box<[ProviderName]>,
    /// The tables of the inventory that it is made of, in order of kind and provider.
    pub(super) sources: Box<[Arc<Table>]>,
    pub(super) adjacency: Adjacency,
    pub(super) links: Links,
    pub(super) ancestors: AncestorCache,
}

/// Stands for no node where a local id is expected.
pub(super) const NO_NODE: u32 = u32::MAX;

/// What became of the links that are no edges within the account.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Links that may leave the account: the node, and the position among its links.
    pub(super) outer: Box<[(u32, u32)]>,
    /// Links that may not, and found nothing, by the kind that refers and the kind it refers to.
    pub(super) missing: BTreeMap<(KindName, KindName), u64>,
    /// Links that found more than one, likewise.
    pub(super) ambiguous: BTreeMap<(KindName, KindName), u64>,
}

/// A table and its place in a shard.
#[derive(Clone, Debug)]
pub struct PlacedTable {
    pub table: Arc<Table>,
    /// The local id of row 0.
    pub start: u32,
    /// Whether it describes something that is no resource: a cloud, a region, an instance type.
    pub phantom: bool,
    /// Whether the rows are the root, clouds, accounts, regions or zones, which no scope listed.
    pub structural: bool,
    pub(super) role: Role,
    /// The node of each of the table's regions, or [`NO_NODE`]; only of resources.
    pub(super) regions: Box<[u32]>,
}

/// What the rows of a table are in the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Root,
    Cloud,
    Account,
    Region,
    Zone,
    Resource,
}

/// A shard in its place in a graph.
#[derive(Clone, Copy, Debug)]
pub struct ShardView<'a> {
    pub shard: &'a Arc<Shard>,
    /// The node with the local id 0.
    pub start: NodeId,
}

impl ShardView<'_> {
    /// The node with a local id.
    pub fn node(&self, local: u32) -> NodeId {
        NodeId(self.start.0 + local)
    }
}

impl Shard {
    /// The cloud and the account; none for the shard of the root and the clouds.
    pub fn account(&self) -> Option<(&CloudId, &AccountId)> {
        self.account.as_ref().map(|(cloud, account)| (cloud, account))
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The tables, in order of the local ids of their rows.
    pub fn tables(&self) -> &[PlacedTable] {
        &self.tables
    }

    /// The number of edges within the shard.
    pub fn edges(&self) -> usize {
        self.adjacency.len()
    }

    /// The bytes on the heap for everything but the tables.
    pub fn heap_bytes(&self) -> usize {
        self.adjacency.heap_bytes()
            + size_of_val(&*self.tables)
            + size_of_val(&*self.regions)
            + self.ancestors.heap_bytes()
    }

    /// Which table a node is in.
    pub(super) fn table_of(&self, local: u32) -> usize {
        self.tables.partition_point(|placed| placed.start <= local) - 1
    }

    /// The region node of a region; none for the empty region, directly below the account.
    pub(super) fn region(&self, id: &str) -> Option<u32> {
        let position = self.regions.binary_search_by(|(region, _)| region.as_str().cmp(id)).ok()?;
        Some(self.regions[position].1)
    }

    /// Where each run of a table ends, and the region node of its rows, or [`NO_NODE`].
    pub(super) fn each_region(&self, table: usize, mut f: impl FnMut(u32, u32)) {
        let placed = &self.tables[table];
        match placed.role {
            Role::Resource => placed.table.region_runs().for_each(|(end, region)| f(end, placed.regions[region])),
            Role::Region | Role::Zone => {
                placed.table.runs().for_each(|run| f(run.end, self.region(run.region).unwrap_or(NO_NODE)));
            }
            Role::Root | Role::Cloud | Role::Account => placed.table.runs().for_each(|run| f(run.end, NO_NODE)),
        }
    }

    /// As [`each_region`](Self::each_region), all at once.
    pub(super) fn regions_of(&self, table: usize) -> Vec<(u32, u32)> {
        let mut regions = Vec::new();
        self.each_region(table, |end, region| regions.push((end, region)));
        regions
    }

    /// The region that a node is in, or is.
    pub(super) fn region_of(&self, table: usize, row: usize) -> Option<u32> {
        let placed = &self.tables[table];
        match placed.role {
            Role::Region | Role::Zone | Role::Resource => self.region(placed.table.run_of(row).region),
            Role::Root | Role::Cloud | Role::Account => None,
        }
    }

    /// The zone that a node is in, or is.
    pub(super) fn zone_of(&self, table: usize, row: usize) -> Option<u32> {
        let placed = &self.tables[table];
        match placed.role {
            Role::Zone => Some(placed.start + u32::try_from(row).expect("a table has fewer than 2^32 rows")),
            Role::Resource => match placed.table.field(Field::Zone, row) {
                Cell::Text(zone) => self.zone(placed.table.run_of(row).region, &zone),
                _ => None,
            },
            Role::Root | Role::Cloud | Role::Account | Role::Region => None,
        }
    }

    /// The zone node of a zone in a region.
    pub(super) fn zone(&self, region: &RegionId, zone: &str) -> Option<u32> {
        let placed = self.tables.iter().find(|placed| placed.role == Role::Zone)?;
        let run = placed.table.runs().find(|run| run.region == region)?;
        let ids = placed.table.column(ColumnName::Field(Field::Id))?;
        let mut scratch = String::new();
        let (mut low, mut high) = (run.start, run.end);
        while low < high {
            let middle = low.midpoint(high);
            match ids.text(middle as usize, &mut scratch).cmp(&Some(zone)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(placed.start + middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl PlacedTable {
    /// The local ids of the rows.
    pub fn locals(&self) -> std::ops::Range<u32> {
        self.start..self.start + u32::try_from(self.table.len()).expect("a table has fewer than 2^32 rows")
    }
}
