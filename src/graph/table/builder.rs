//! Building tables.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use super::{
    ColumnName, Field, Table,
    draft::{Arena, Draft, Drafts, Stored},
    encode::{self, Allow},
    link_drafts::{LinkDrafts, OrderedLinks},
    runs,
    scalar::Scalar,
    schema::Schema,
    sink::Sink,
    table::{HEAD, Head},
    text::Base,
};
use crate::{
    graph::AccountKey,
    model::{KindName, RegionId, Resource},
};

/// Collects the resources of one kind of one account, in any order.
#[derive(Debug)]
pub struct TableBuilder {
    account: AccountKey,
    kind: KindName,
    arena: Arena,
    regions: Regions,
    /// The scope's region and the own one of each row.
    places: Vec<(u32, u32)>,
    fields: [Draft; Field::ALL.len()],
    tags: Drafts,
    properties: Drafts,
    links: LinkDrafts,
}

impl TableBuilder {
    pub fn new(account: AccountKey, kind: KindName) -> Self {
        Self {
            account,
            kind,
            arena: Arena::default(),
            regions: Regions::default(),
            places: Vec::new(),
            fields: Default::default(),
            tags: Drafts::default(),
            properties: Drafts::default(),
            links: LinkDrafts::default(),
        }
    }

    /// The number of rows so far.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds a resource that was listed in `scope_region`. Its kind must be the table's.
    pub fn push(&mut self, scope_region: &RegionId, resource: &Resource) {
        assert_eq!(resource.kind, self.kind, "a table holds one kind");
        let row = self.add_row(scope_region, resource.region.as_ref().unwrap_or(scope_region));
        let Self { arena, fields, .. } = self;
        let mut text = |field: Field, text: Option<&str>| {
            if let Some(text) = text {
                fields[field as usize].push(row, Stored::Text(arena.add(text)));
            }
        };
        text(Field::Id, Some(&resource.id));
        text(Field::Name, Some(&resource.name));
        text(Field::Region, resource.region.as_deref());
        text(Field::Zone, resource.zone.as_deref());
        text(Field::ProviderLink, resource.provider_link.as_deref());
        let mut time = |field: Field, time: Option<Timestamp>| {
            if let Some(time) = time {
                fields[field as usize].push(row, Stored::Time(time));
            }
        };
        time(Field::Ctime, resource.ctime);
        time(Field::Mtime, resource.mtime);
        time(Field::Atime, resource.atime);
        if resource.protected {
            fields[Field::Protected as usize].push(row, Stored::Bool(true));
        }
        for (key, value) in &resource.tags {
            let value = Stored::Text(self.arena.add(value));
            self.tags.column(key).push(row, value);
        }
        for (name, property) in resource.properties.iter() {
            if let Some(cell) = Stored::of_property(property, &mut self.arena) {
                self.properties.column(name).push(row, cell);
            }
        }
        for link in &resource.links {
            self.links.push(row, link, &mut self.arena);
        }
    }

    /// Adds a row of a table of the same kind; both of its regions come along.
    pub fn push_row(&mut self, table: &Table, row: usize) {
        self.push_rows(table, row..row + 1);
    }

    /// Adds rows of a table of the same kind; faster than one by one.
    pub fn push_rows(&mut self, table: &Table, rows: Range<usize>) {
        assert_eq!(*table.kind(), self.kind, "a table holds one kind");
        assert!(rows.end <= table.len(), "rows {rows:?} of {}", table.len());
        let first = self.places.len();
        for run in table.runs() {
            for _ in rows.start.max(run.rows().start)..rows.end.min(run.rows().end) {
                self.add_row(run.scope_region, run.region);
            }
        }
        let new = |row: usize| row_number(first + row - rows.start);
        for (name, column) in table.columns() {
            let draft = match name {
                ColumnName::Field(field) => &mut self.fields[field as usize],
                ColumnName::Tag(key) => self.tags.column(key),
                ColumnName::Property(name) => self.properties.column(name),
            };
            for row in rows.clone() {
                if let Some(cell) = Stored::of_cell(&column.cell(row), &mut self.arena) {
                    draft.push(new(row), cell);
                }
            }
        }
        if !table.link_shapes().is_empty() {
            let links = table.link_reader();
            for row in rows.clone() {
                for link in links.of(row) {
                    self.links.push_value(new(row), link.shape, &link.value, &mut self.arena);
                }
            }
        }
    }

    fn add_row(&mut self, scope_region: &RegionId, region: &RegionId) -> u32 {
        let row = row_number(self.places.len());
        self.places.push((self.regions.position(scope_region), self.regions.position(region)));
        self.tags.start_row();
        self.properties.start_row();
        row
    }

    /// Sorts and packs the rows.
    ///
    /// Rows of the same regions and id are all kept, in the order in which they were pushed.
    pub fn finish(self) -> Table {
        let Self { account, kind, arena, regions, places, fields, tags, properties, links } = self;
        let (regions, places) = regions.finish(places);
        let rank = rank(&places, &fields[Field::Id as usize], &arena);
        let rows = rank.len();
        let mut sorted = vec![(0, 0); rows];
        rank.iter().zip(&places).for_each(|(rank, place)| sorted[*rank as usize] = *place);

        let fields: Vec<_> = Field::ALL.into_iter().zip(fields).filter(|(_, draft)| !draft.cells.is_empty()).collect();
        let (tags, properties) = (tags.finish(), properties.finish());
        let links = links.finish(&rank, &arena);
        let schema = Schema::new(
            fields.iter().map(|(field, _)| *field).collect(),
            tags.iter().map(|(key, _)| key.clone()).collect(),
            properties.iter().map(|(name, _)| name.clone()).collect(),
            links.shapes.clone(),
        );
        let columns = fields.into_iter().map(|(_, draft)| draft);
        let columns = columns.chain(tags.into_iter().chain(properties).map(|(_, draft)| draft)).collect();
        let rows = row_number(rows);
        let buffer = Writer { rank, arena: &arena, columns, sink: Sink::default() }.write(&sorted, &links);
        Table { account, kind, schema: Arc::new(schema), regions, rows, buffer }
    }
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).expect("a table has fewer than 2^32 rows")
}

/// Where each pushed row goes, by the regions of the scope and the row, and by id.
fn rank(places: &[(u32, u32)], ids: &Draft, arena: &Arena) -> Vec<u32> {
    let mut ids_dense = Vec::new();
    let identity: Vec<u32> = (0..row_number(places.len())).collect();
    ids.gather(&identity, arena, &mut ids_dense);
    let key = |row: u32| match ids_dense[row as usize] {
        Scalar::Text(id) => (places[row as usize], id),
        _ => (places[row as usize], ""),
    };
    let mut order = identity;
    order.sort_by(|a, b| key(*a).cmp(&key(*b)));
    let mut rank = vec![0; order.len()];
    (0..).zip(&order).for_each(|(new, old)| rank[*old as usize] = new);
    rank
}

/// The regions of the rows, each once.
#[derive(Debug, Default)]
struct Regions {
    ids: Vec<RegionId>,
    positions: HashMap<RegionId, u32, FxBuildHasher>,
    last: u32,
}

impl Regions {
    fn position(&mut self, region: &RegionId) -> u32 {
        if self.ids.get(self.last as usize) != Some(region) {
            let next = row_number(self.ids.len());
            self.last = *self.positions.entry(region.clone()).or_insert(next);
            if self.last == next {
                self.ids.push(region.clone());
            }
        }
        self.last
    }

    /// The regions sorted, and the places with their new positions.
    fn finish(self, mut places: Vec<(u32, u32)>) -> (Arc<[RegionId]>, Vec<(u32, u32)>) {
        let mut order: Vec<u32> = (0..row_number(self.ids.len())).collect();
        order.sort_unstable_by_key(|position| &self.ids[*position as usize]);
        let mut rank = vec![0; order.len()];
        (0..).zip(&order).for_each(|(new, old)| rank[*old as usize] = new);
        for (scope_region, region) in &mut places {
            *scope_region = rank[*scope_region as usize];
            *region = rank[*region as usize];
        }
        (order.iter().map(|position| self.ids[*position as usize].clone()).collect(), places)
    }
}

/// Writes the buffer of a table.
struct Writer<'a> {
    rank: Vec<u32>,
    arena: &'a Arena,
    columns: Vec<Draft>,
    sink: Sink,
}

impl<'a> Writer<'a> {
    fn write(mut self, places: &[(u32, u32)], links: &OrderedLinks<'a>) -> Box<[u64]> {
        let rows = self.rank.len();
        let shapes = links.shapes.len();
        let head = self.sink.reserve(HEAD + self.columns.len() + shapes);
        let directory = |column: usize| HEAD + column;
        let runs_at = self.sink.at();
        runs::write(&runs_of(places), &mut self.sink);

        let mut bases = self.write_names(head);
        let from = if rows == 0 { 0 } else { 2 };
        let mut cells = Vec::new();
        let mut alone = BTreeSet::new();
        for column in from..self.columns.len() {
            self.columns[column].gather(&self.rank, self.arena, &mut cells);
            self.sink.fill(head, directory(column), self.sink.at());
            if !encode::write(&cells, &bases, Allow::COLUMN, &mut self.sink) {
                alone.insert(column);
            }
        }
        for shape in 0..shapes {
            let own = self.same_column(links.values(shape), &alone);
            let names = bases.len();
            bases.extend(own);
            self.sink.fill(head, directory(self.columns.len() + shape), self.sink.at());
            links.write(shape, rows, &bases, &mut self.sink);
            bases.truncate(names);
        }
        let order_at = links.write_order(rows, &mut self.sink).unwrap_or(0);
        let counts = Head {
            rows: row_number(rows),
            columns: row_number(self.columns.len()),
            shapes: row_number(shapes),
            runs: runs_at,
            order: order_at,
        };
        counts.places().into_iter().enumerate().for_each(|(position, count)| self.sink.fill(head, position, count));
        self.sink.finish()
    }

    /// Writes ids and names, which are the first two columns, and says which of them others may refer to.
    fn write_names(&mut self, head: u32) -> Vec<Base<'a>> {
        if self.rank.is_empty() {
            return Vec::new();
        }
        let [ids, names] = [Field::Id, Field::Name].map(|field| self.texts(field as usize));
        let contains =
            |texts: &[&str], others: &[&str]| texts.iter().zip(others).all(|(text, other)| text.contains(other));
        let ids_refer = contains(&ids, &names) && !contains(&names, &ids);
        let mut ids = Base { column: 0, texts: ids };
        let mut names = Base { column: 1, texts: names };
        if ids_refer && self.write_name(head, &mut ids, Some(&names)) {
            self.write_name(head, &mut names, None);
            return vec![names];
        }
        if !ids_refer {
            self.write_name(head, &mut ids, None);
        }
        if self.write_name(head, &mut names, Some(&ids)) { vec![ids] } else { vec![ids, names] }
    }

    fn write_name(&mut self, head: u32, texts: &mut Base<'a>, base: Option<&Base<'a>>) -> bool {
        let cells: Vec<_> = texts.texts.iter().map(|text| Scalar::Text(text)).collect();
        self.sink.fill(head, HEAD + texts.column, self.sink.at());
        let bases: Vec<_> = base.map(Base::all).into_iter().collect();
        // Ids and names are searched for more than anything else, so they are not split: that reads three times slower.
        encode::write(&cells, &bases, Allow::PART, &mut self.sink)
    }

    /// The texts of a column; empty where a row has none.
    fn texts(&self, column: usize) -> Vec<&'a str> {
        let mut cells = Vec::new();
        self.columns[column].gather(&self.rank, self.arena, &mut cells);
        cells.iter().map(|cell| if let Scalar::Text(text) = cell { text } else { "" }).collect()
    }

    /// The column that has the same text in every row that has a link: most links come from a property.
    fn same_column(&self, values: &[(u32, &str)], alone: &BTreeSet<usize>) -> Option<Base<'a>> {
        let (row, value) = values.first()?;
        alone.iter().find_map(|column| {
            let own = |(at, cell): &&(u32, Stored)| self.rank[*at as usize] == *row && matches!(cell, Stored::Text(_));
            let (_, cell) = self.columns[*column].cells.iter().find(own)?;
            matches!(cell.scalar(self.arena), Scalar::Text(text) if text == *value).then_some(())?;
            let texts = self.texts(*column);
            let same = values.iter().all(|(row, value)| texts[*row as usize] == *value);
            same.then_some(Base { column: *column, texts })
        })
    }
}

/// The runs of sorted places.
fn runs_of(places: &[(u32, u32)]) -> Vec<(u32, u32, u32)> {
    let mut runs: Vec<(u32, u32, u32)> = Vec::new();
    for (end, (scope_region, region)) in (1..).zip(places) {
        match runs.last_mut() {
            Some(run) if (run.0, run.1) == (*scope_region, *region) => run.2 = end,
            _ => runs.push((*scope_region, *region, end)),
        }
    }
    runs
}
