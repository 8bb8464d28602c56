//! Layout: the tables of a shard, their order, and what contains what.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{CloudId, EdgeType, KindModel, KindName, ProviderName, Region, RegionId, Resource, ScopeKey};

use super::{
    AccountKey, AccountState, PlacedTable, Slice,
    adjacency::Edges,
    shard::{NO_NODE, Role},
    slice::joined,
    table::{ColumnName, Field, Table, TableBuilder},
};

/// One account, as all providers together see it.
#[derive(Debug, Default)]
pub(super) struct AccountParts<'a> {
    /// In order of provider; the first one describes the account.
    pub(super) states: Vec<(&'a AccountKey, &'a AccountState)>,
    pub(super) slices: Vec<(&'a ScopeKey, &'a Slice)>,
}

/// The nodes of a shard in their order, with the edges that contain them.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) tables: Vec<PlacedTable>,
    pub(super) len: u32,
    pub(super) regions: Vec<(RegionId, u32)>,
    pub(super) edges: Edges,
}

impl<'a> AccountParts<'a> {
    /// One table for each kind and provider, in this order.
    pub(super) fn tables(&self) -> Vec<Arc<Table>> {
        let mut by_kind: BTreeMap<(&KindName, &ProviderName), Vec<&Slice>> = BTreeMap::new();
        for (scope, slice) in self.slices.iter().filter(|(_, slice)| !slice.is_empty()) {
            by_kind.entry((&scope.kind, &scope.provider)).or_default().push(slice);
        }
        let account = |provider: &ProviderName| AccountKey { provider: provider.clone(), ..self.states[0].0.clone() };
        let join = |((kind, provider), slices): ((&KindName, &ProviderName), Vec<&'a Slice>)| {
            joined(&account(provider), kind, &slices).map(super::slice::Joined::table)
        };
        by_kind.into_iter().filter_map(join).collect()
    }
}

impl Layout {
    /// The root and the clouds.
    pub(super) fn of_clouds(clouds: &BTreeSet<&CloudId>, kinds: &KindModel) -> Self {
        let mut layout = Self::default();
        let nobody = AccountKey { provider: "".into(), cloud: "".into(), account: "".into() };
        let root = [(RegionId::from(""), Resource::new("graph_root", "root"))];
        layout.structural(Role::Root, &nobody, kinds, &root);
        let clouds: Vec<_> =
            clouds.iter().map(|cloud| (RegionId::from(""), Resource::new("cloud", cloud.as_str()))).collect();
        layout.structural(Role::Cloud, &nobody, kinds, &clouds);
        for cloud in 1..layout.len {
            layout.edges.push(0, cloud, EdgeType::Default);
        }
        layout
    }

    /// The account, its regions and zones, and the rows of its tables.
    pub(super) fn of_account(parts: &AccountParts<'_>, tables: &[Arc<Table>], kinds: &KindModel) -> Self {
        let mut layout = Self::default();
        let tables = without_repetitions(tables);
        // The same account may come from two providers; the first in order of name describes it.
        let (key, state) = parts.states[0];
        let account = Resource {
            name: state.account.name.clone(),
            properties: state.account.properties.clone().into(),
            ..Resource::new(state.account.kind.clone(), state.account.id.as_str())
        };
        layout.structural(Role::Account, key, kinds, &[(RegionId::from(""), account)]);

        let regions: Vec<_> = all_regions(parts, &tables)
            .into_values()
            .map(|region| {
                let Region { id, name, kind, properties } = region;
                (id.clone(), Resource { name, properties: properties.into(), ..Resource::new(kind, id.as_str()) })
            })
            .collect();
        for placed in layout.structural(Role::Region, key, kinds, &regions) {
            for run in placed.table.runs() {
                layout.regions.push((run.region.clone(), placed.start + run.start));
            }
        }
        layout.regions.sort();
        for (_, region) in &layout.regions {
            layout.edges.push(0, *region, EdgeType::Default);
        }

        let zones: Vec<_> = all_zones(&tables)
            .into_iter()
            .map(|(region, zone)| (region.clone(), Resource::new("zone", zone)))
            .collect();
        let mut zone_of = HashMap::new();
        for placed in layout.structural(Role::Zone, key, kinds, &zones) {
            for run in placed.table.runs() {
                let region = layout.region(run.region);
                for row in run.rows() {
                    let zone = placed.start + u32::try_from(row).expect("a table has fewer than 2^32 rows");
                    layout.edges.push(region, zone, EdgeType::Default);
                    zone_of.insert((region, placed.table.id(row).into_owned()), zone);
                }
            }
        }
        for table in tables {
            layout.resources(table, kinds, &zone_of);
        }
        layout
    }

    /// The region's node; the account's where there is no region.
    fn region(&self, id: &RegionId) -> u32 {
        self.regions.binary_search_by(|(region, _)| region.cmp(id)).map_or(0, |position| self.regions[position].1)
    }

    /// Adds nodes that no scope listed, one table for each kind.
    fn structural(
        &mut self,
        role: Role,
        account: &AccountKey,
        kinds: &KindModel,
        nodes: &[(RegionId, Resource)],
    ) -> Vec<PlacedTable> {
        let mut by_kind: BTreeMap<&KindName, TableBuilder> = BTreeMap::new();
        for (region, resource) in nodes {
            let kind = &resource.kind;
            let builder = by_kind.entry(kind).or_insert_with(|| TableBuilder::new(account.clone(), kind.clone()));
            builder.push(region, resource);
        }
        let first = self.tables.len();
        for builder in by_kind.into_values() {
            self.place(role, Arc::new(builder.finish()), kinds);
        }
        self.tables[first..].to_vec()
    }

    fn place(&mut self, role: Role, table: Arc<Table>, kinds: &KindModel) {
        let start = self.len;
        self.len += u32::try_from(table.len()).expect("a table has fewer than 2^32 rows");
        let phantom = kinds.lineage(table.kind()).iter().any(|kind| kinds.get(kind).is_some_and(|kind| kind.phantom));
        let node = |id: &RegionId| match self.regions.binary_search_by(|(region, _)| region.cmp(id)) {
            Ok(position) => self.regions[position].1,
            Err(_) => NO_NODE,
        };
        let structural = role != Role::Resource;
        let regions = if structural { Box::default() } else { table.parts().regions.iter().map(node).collect() };
        self.tables.push(PlacedTable { table, start, phantom, structural, role, regions });
    }

    fn resources(&mut self, table: Arc<Table>, kinds: &KindModel, zone_of: &HashMap<(u32, String), u32>) {
        let start = self.len;
        let zones = table.column(ColumnName::Field(Field::Zone));
        for run in table.runs() {
            let region = self.region(run.region);
            // Neighbouring rows are often in the same zone.
            let mut last: Option<(String, u32)> = None;
            let mut scratch = String::new();
            for row in run.start..run.end {
                let zone = zones.as_ref().and_then(|zones| zones.text(row as usize, &mut scratch));
                let parent = match (zone, &last) {
                    (None, _) => region,
                    (Some(zone), Some((name, node))) if name == zone => *node,
                    (Some(zone), _) => {
                        let node = zone_of.get(&(region, zone.to_owned())).copied().unwrap_or(region);
                        last = Some((zone.to_owned(), node));
                        node
                    }
                };
                self.edges.push(parent, start + row, EdgeType::Default);
            }
        }
        self.place(Role::Resource, table, kinds);
    }
}

/// Every region the account has or a resource lives in.
///
/// A region that no provider described gets the kind of its siblings.
fn all_regions(parts: &AccountParts<'_>, tables: &[Arc<Table>]) -> BTreeMap<RegionId, Region> {
    let mut regions = BTreeMap::new();
    let described = parts.states.iter().flat_map(|(_, state)| state.regions.values());
    for region in described.filter(|region| !region.id.is_empty()) {
        regions.entry(region.id.clone()).or_insert_with(|| region.clone());
    }
    for table in tables {
        for run in table.runs().filter(|run| !run.region.is_empty()) {
            if regions.contains_key(run.region) {
                continue;
            }
            let of_provider = parts.states.iter().find(|(key, _)| key.provider == *table.provider());
            let sibling = of_provider.and_then(|(_, state)| state.regions.values().next());
            let kind = sibling.map_or_else(|| KindName::from("region"), |region| region.kind.clone());
            regions.insert(run.region.clone(), Region::named(run.region.clone(), kind));
        }
    }
    regions
}

fn all_zones(tables: &[Arc<Table>]) -> BTreeSet<(RegionId, String)> {
    let mut zones = BTreeSet::new();
    for table in tables {
        let Some(column) = table.column(ColumnName::Field(Field::Zone)) else { continue };
        for run in table.runs() {
            let mut names: FxHashSet<String> = FxHashSet::default();
            let mut scratch = String::new();
            for row in run.rows() {
                if let Some(zone) = column.text(row, &mut scratch)
                    && !names.contains(zone)
                {
                    names.insert(zone.to_owned());
                    zones.insert((run.region.clone(), zone.to_owned()));
                }
            }
        }
    }
    zones
}

/// Leaves out what an earlier table, or an earlier scope of the same one, listed already.
///
/// Two providers may list the same resource, and so may two scopes of one: the first answer stands.
fn without_repetitions(tables: &[Arc<Table>]) -> Vec<Arc<Table>> {
    let mut kept = Vec::with_capacity(tables.len());
    for same_kind in tables.chunk_by(|a, b| a.kind() == b.kind()) {
        let mut runs_of: FxHashMap<&RegionId, usize> = FxHashMap::default();
        for run in same_kind.iter().flat_map(|table| table.runs()) {
            *runs_of.entry(run.region).or_default() += 1;
        }
        let mut seen: FxHashSet<(&RegionId, String)> = FxHashSet::default();
        for table in same_kind {
            let mut repeated = FxHashSet::default();
            // Within a scope an id comes once, so that only regions with several runs can hold one twice.
            for run in table.runs().filter(|run| runs_of[run.region] > 1) {
                for row in run.rows() {
                    if !seen.insert((run.region, table.id(row).into_owned())) {
                        repeated.insert(row);
                    }
                }
            }
            if repeated.is_empty() {
                kept.push(table.clone());
                continue;
            }
            let mut builder = TableBuilder::new(table.account_key().clone(), table.kind().clone());
            (0..table.len()).filter(|row| !repeated.contains(row)).for_each(|row| builder.push_row(table, row));
            if !builder.is_empty() {
                kept.push(Arc::new(builder.finish()));
            }
        }
    }
    kept
}
