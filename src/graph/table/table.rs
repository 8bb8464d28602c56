//! Tables: immutable, by column.

use std::{borrow::Cow, ops::Range, sync::Arc};

use super::{
    Cell, Column, ColumnName, Field, LinkColumn, LinkReader, LinkRef, LinkShape, Run,
    block::{Block, Rank},
    cursor::{Cursor, Data},
    links::LinkOrder,
    runs::Runs,
    schema::Schema,
};
use crate::{
    graph::AccountKey,
    model::{AccountId, CloudId, KindName, Property, ProviderName, RegionId, Resource},
};

/// The resources of one kind of one account, as one provider lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(super) account: AccountKey,
    pub(super) kind: KindName,
    pub(super) schema: Arc<Schema>,
    /// Sorted.
    pub(super) regions: Arc<[RegionId]>,
    /// Also in the buffer, where asking for it would wait for memory.
    pub(super) rows: u32,
    /// A [`Head`], where the block of each column and link shape starts, and then those blocks.
    pub(super) buffer: Box<[u64]>,
}

/// The first numbers of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) shapes: u32,
    /// Where the runs are.
    pub(super) runs: u32,
    /// Where the order of links is; 0 for none.
    pub(super) order: u32,
}

/// The numbers of a head.
pub(super) const HEAD: usize = 5;

impl Head {
    pub(super) fn places(&self) -> [u32; HEAD] {
        [self.rows, self.columns, self.shapes, self.runs, self.order]
    }

    pub(super) fn of(buffer: &[u64]) -> Option<Self> {
        let [rows, columns, shapes, runs, order] = *bytemuck::cast_slice::<u64, u32>(buffer).first_chunk()?;
        Some(Self { rows, columns, shapes, runs, order })
    }
}

impl Table {
    /// The account that the rows belong to, as the provider sees it.
    pub fn account_key(&self) -> &AccountKey {
        &self.account
    }

    pub fn provider(&self) -> &ProviderName {
        &self.account.provider
    }

    pub fn cloud(&self) -> &CloudId {
        &self.account.cloud
    }

    pub fn account(&self) -> &AccountId {
        &self.account.account
    }

    pub fn kind(&self) -> &KindName {
        &self.kind
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ranges of rows that share their regions, in order.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = Run<'_>> + Clone {
        let runs = self.packed_runs();
        let mut start = 0;
        (0..runs.len()).map(move |position| {
            let run = self.run(&runs, position, start);
            start = run.end;
            run
        })
    }

    /// The end of each run and the position of its own region among those of the parts, in order.
    pub(in crate::graph) fn region_runs(&self) -> impl ExactSizeIterator<Item = (u32, usize)> {
        let runs = self.packed_runs();
        (0..runs.len()).map(move |position| {
            let (region, end) = runs.region(position);
            (end, region)
        })
    }

    /// The run that a row is in.
    pub fn run_of(&self, row: usize) -> Run<'_> {
        assert!(row < self.len(), "row {row} of {}", self.len());
        let runs = self.packed_runs();
        let position = runs.find(row);
        self.run(&runs, position, position.checked_sub(1).map_or(0, |before| runs.get(before).2))
    }

    fn run(&self, runs: &Runs<'_>, position: usize, start: u32) -> Run<'_> {
        let (scope_region, region, end) = runs.get(position);
        Run { scope_region: &self.regions[scope_region], region: &self.regions[region], start, end }
    }

    /// A column; none where every row is null.
    pub fn column(&self, name: ColumnName<'_>) -> Option<Column<'_>> {
        self.schema.position(name).map(|position| self.column_at(position))
    }

    /// All columns, in order of name.
    pub fn columns(&self) -> impl Iterator<Item = (ColumnName<'_>, Column<'_>)> {
        self.schema.names().enumerate().map(|(position, name)| (name, self.column_at(position)))
    }

    /// A field of a row.
    pub fn field(&self, field: Field, row: usize) -> Cell<'_> {
        self.column(ColumnName::Field(field)).map_or(Cell::Null, |column| column.cell(row))
    }

    pub fn id(&self, row: usize) -> Cow<'_, str> {
        self.text(Field::Id, row)
    }

    pub fn name(&self, row: usize) -> Cow<'_, str> {
        self.text(Field::Name, row)
    }

    fn text(&self, field: Field, row: usize) -> Cow<'_, str> {
        self.column(ColumnName::Field(field)).and_then(|column| column.get(row)).unwrap_or_default()
    }

    /// The shapes of all links, in an order that the links of a row have too, where all rows agree on one.
    pub fn link_shapes(&self) -> &[LinkShape] {
        &self.schema.shapes
    }

    /// The links of one shape, by its position among the shapes.
    pub fn link_column(&self, shape: usize) -> LinkColumn<'_> {
        let at = self.data().columns[self.schema.columns() + shape];
        LinkColumn::parse(self.data(), at).expect(SOUND)
    }

    /// The links of a row, in the order in which the resource has them.
    pub fn links(&self, row: usize) -> impl ExactSizeIterator<Item = LinkRef<'_>> {
        self.link_reader().of(row).into_iter()
    }

    /// Reads the links of many rows.
    pub fn link_reader(&self) -> LinkReader<'_> {
        LinkReader {
            shapes: &self.schema.shapes,
            columns: (0..self.schema.shapes.len()).map(|shape| self.link_column(shape)).collect(),
            order: self.order(),
            rows: self.len(),
        }
    }

    /// A row as the resource it was; properties that were null are missing.
    pub fn resource(&self, row: usize) -> Resource {
        self.decode(&self.columns().collect::<Vec<_>>(), &self.link_reader(), row)
    }

    fn decode(&self, columns: &[(ColumnName<'_>, Column<'_>)], links: &LinkReader<'_>, row: usize) -> Resource {
        let mut resource = Resource::new(self.kind.clone(), String::new());
        for (name, column) in columns {
            match (*name, column.cell(row)) {
                (_, Cell::Null) => {}
                (ColumnName::Field(field), cell) => set(&mut resource, field, cell),
                (ColumnName::Tag(key), Cell::Text(value)) => {
                    resource.tags.insert(key.to_owned(), value.into_owned());
                }
                (ColumnName::Tag(_), _) => {}
                (ColumnName::Property(name), Cell::Time(time)) => resource.properties.set_text(name, &time.to_string()),
                (ColumnName::Property(name), cell) => resource.properties.set_property(name, property(&cell)),
            }
        }
        resource.links = links.of(row).into_iter().map(|link| link.shape.link(link.value)).collect();
        resource
    }

    /// Every row as a resource, in order.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = Resource> {
        self.resources_of(0..self.len())
    }

    /// Some rows as resources, in order.
    pub fn resources_of(&self, rows: Range<usize>) -> impl ExactSizeIterator<Item = Resource> {
        let (columns, links) = (self.columns().collect::<Vec<_>>(), self.link_reader());
        rows.map(move |row| self.decode(&columns, &links, row))
    }

    /// The bytes that the table holds on the heap alone; what it shares with other tables is not counted.
    pub fn heap_bytes(&self) -> usize {
        let schema = if Arc::strong_count(&self.schema) > 1 { 0 } else { self.schema.heap_bytes() };
        let regions = if Arc::strong_count(&self.regions) > 1 { 0 } else { size_of_val(&*self.regions) };
        size_of_val(&*self.buffer) + schema + regions
    }

    fn head(&self) -> Head {
        Head::of(&self.buffer).expect(SOUND)
    }

    pub(super) fn data(&self) -> Data<'_> {
        let head = self.head();
        let places = bytemuck::cast_slice::<u64, u32>(&self.buffer);
        let columns = places.get(HEAD..HEAD + (head.columns + head.shapes) as usize).expect(SOUND);
        Data { bytes: bytemuck::cast_slice(&self.buffer), columns, rows: head.rows as usize }
    }

    fn column_at(&self, position: usize) -> Column<'_> {
        let data = self.data();
        let block = Block::parse(data, data.columns[position], data.rows, Rank::Column);
        Column { block: block.expect(SOUND) }
    }

    fn packed_runs(&self) -> Runs<'_> {
        let data = self.data();
        Runs::parse(Cursor { bytes: data.bytes, at: self.head().runs as usize }).expect(SOUND)
    }

    pub(super) fn order(&self) -> Option<LinkOrder<'_>> {
        let at = Some(self.head().order).filter(|at| *at > 0)?;
        LinkOrder::parse(self.data(), at)
    }
}

const SOUND: &str = "a table comes from its builder or was checked when it was read";

/// A cell that is no time as a property.
fn property<'a>(cell: &'a Cell<'_>) -> Property<'a> {
    match cell {
        Cell::Null | Cell::Time(_) => Property::Null,
        Cell::Bool(flag) => Property::Bool(*flag),
        Cell::Int(number) => Property::Int(*number),
        Cell::Float(number) => Property::Float(*number),
        Cell::Text(text) => Property::Text(text),
        Cell::Json(json) => Property::Json(json),
    }
}

fn set(resource: &mut Resource, field: Field, cell: Cell<'_>) {
    match (field, cell) {
        (Field::Id, Cell::Text(text)) => resource.id = text.into_owned(),
        (Field::Name, Cell::Text(text)) => resource.name = text.into_owned(),
        (Field::Region, Cell::Text(text)) => resource.region = Some((*text).into()),
        (Field::Zone, Cell::Text(text)) => resource.zone = Some(text.into_owned()),
        (Field::Ctime, Cell::Time(time)) => resource.ctime = Some(time),
        (Field::Mtime, Cell::Time(time)) => resource.mtime = Some(time),
        (Field::Atime, Cell::Time(time)) => resource.atime = Some(time),
        (Field::ProviderLink, Cell::Text(text)) => resource.provider_link = Some(text.into_owned()),
        (Field::Protected, Cell::Bool(protected)) => resource.protected = protected,
        // No builder puts anything else into these columns.
        _ => {}
    }
}
