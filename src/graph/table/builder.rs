//! Building tables.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{Cell, Field, LinkShape, Table, column::Data, table::OwnedName};
use crate::{
    graph::AccountKey,
    model::{KindName, RegionId, Resource},
};

/// Collects the resources of one kind of one account, in any order.
#[derive(Debug)]
pub struct TableBuilder {
    account: AccountKey,
    kind: KindName,
    rows: Vec<(RegionId, Resource)>,
}

impl TableBuilder {
    pub fn new(account: AccountKey, kind: KindName) -> Self {
        Self { account, kind, rows: Vec::new() }
    }

    /// Adds a resource that was listed in `scope_region`. Its kind must be the table's.
    pub fn push(&mut self, scope_region: &RegionId, resource: &Resource) {
        assert_eq!(resource.kind, self.kind, "a table holds one kind");
        self.rows.push((scope_region.clone(), resource.clone()));
    }

    /// Adds a row of a table of the same kind; both of its regions come along.
    pub fn push_row(&mut self, table: &Table, row: usize) {
        self.push_rows(table, row..row + 1);
    }

    /// Adds rows of a table of the same kind; much faster than one by one.
    pub fn push_rows(&mut self, table: &Table, rows: Range<usize>) {
        for row in rows {
            self.push(table.run_of(row).scope_region, &table.resource(row));
        }
    }

    /// The number of rows so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Sorts and packs the rows.
    ///
    /// Rows of the same regions and id are all kept, in the order in which they were pushed.
    pub fn finish(mut self) -> Table {
        self.rows.sort_by(|(a_scope, a), (b_scope, b)| {
            let a_region = a.region.as_ref().unwrap_or(a_scope);
            let b_region = b.region.as_ref().unwrap_or(b_scope);
            (a_scope, a_region, &a.id).cmp(&(b_scope, b_region, &b.id))
        });
        let mut columns: BTreeMap<OwnedName, Vec<Cell<'static>>> = BTreeMap::new();
        let mut shapes: Vec<_> =
            self.rows.iter().flat_map(|(_, resource)| resource.links.iter().map(LinkShape::of)).collect();
        shapes.sort();
        shapes.dedup();
        let mut regions: Vec<RegionId> = Vec::new();
        let mut runs: Vec<(u16, u16, u32)> = Vec::new();
        let mut links = Vec::new();
        let len = self.rows.len();
        for (row, (scope, resource)) in self.rows.iter().enumerate() {
            let mut set = |name: OwnedName, cell: Cell<'_>| {
                if !cell.is_null() {
                    columns.entry(name).or_insert_with(|| vec![Cell::Null; len])[row] = cell.into_owned();
                }
            };
            let text = |text: Option<&str>| text.map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text.to_owned())));
            let time = |time: Option<_>| time.map_or(Cell::Null, Cell::Time);
            set(OwnedName::Field(Field::Id), text(Some(&resource.id)));
            set(OwnedName::Field(Field::Name), text(Some(&resource.name)));
            set(OwnedName::Field(Field::Region), text(resource.region.as_deref()));
            set(OwnedName::Field(Field::Zone), text(resource.zone.as_deref()));
            set(OwnedName::Field(Field::Ctime), time(resource.ctime));
            set(OwnedName::Field(Field::Mtime), time(resource.mtime));
            set(OwnedName::Field(Field::Atime), time(resource.atime));
            set(OwnedName::Field(Field::ProviderLink), text(resource.provider_link.as_deref()));
            set(OwnedName::Field(Field::Protected), if resource.protected { Cell::Bool(true) } else { Cell::Null });
            for (key, value) in &resource.tags {
                set(OwnedName::Tag(key.clone()), text(Some(value)));
            }
            for (name, value) in &resource.properties {
                set(OwnedName::Property(name.clone()), Cell::of(value));
            }
            let mut position = |region: &RegionId| {
                let found = regions.iter().position(|known| known == region).unwrap_or_else(|| {
                    regions.push(region.clone());
                    regions.len() - 1
                });
                u16::try_from(found).expect("an account has fewer than 65,536 regions")
            };
            let scope_region = position(scope);
            let region = position(resource.region.as_ref().unwrap_or(scope));
            let end = u32::try_from(row + 1).expect("a table has fewer than 2^32 rows");
            match runs.last_mut() {
                Some(run) if (run.0, run.1) == (scope_region, region) => run.2 = end,
                _ => runs.push((scope_region, region, end)),
            }
            links.push(
                resource
                    .links
                    .iter()
                    .map(|link| {
                        let code = shapes.binary_search(&LinkShape::of(link)).expect("all shapes were gathered");
                        (u32::try_from(code).expect("shapes are few"), link.other.value.clone())
                    })
                    .collect(),
            );
        }
        let columns = columns.into_iter().map(|(name, cells)| (name, encode(cells))).collect();
        Table { account: self.account, kind: self.kind, len, regions, runs, columns, shapes, links }
    }
}

fn encode(cells: Vec<Cell<'static>>) -> Data {
    let mut entries = cells.clone();
    entries.sort_by(Cell::order);
    entries.dedup_by(|a, b| a.order(b).is_eq());
    if entries.len() > 1 && entries.len() * 2 > cells.len() {
        return Data::Plain(cells);
    }
    let code = |cell: &Cell<'static>| {
        let code = entries.binary_search_by(|entry| entry.order(cell)).expect("all cells were gathered");
        u32::try_from(code).expect("a table has fewer than 2^32 rows")
    };
    Data::Coded { codes: cells.iter().map(code).collect(), entries }
}
