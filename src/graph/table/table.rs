//! Tables: immutable, by column.

use std::{borrow::Cow, mem};

use super::{Cell, Column, ColumnName, Field, LinkRef, LinkShape, Run, column::Data};
use crate::{
    graph::AccountKey,
    model::{AccountId, CloudId, KindName, ProviderName, RegionId, Resource},
};

/// The resources of one kind of one account, as one provider lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(super) account: AccountKey,
    pub(super) kind: KindName,
    pub(super) len: usize,
    pub(super) regions: Vec<RegionId>,
    /// Positions of both regions among the regions, and the end.
    pub(super) runs: Vec<(u16, u16, u32)>,
    pub(super) columns: Vec<(OwnedName, Data)>,
    pub(super) shapes: Vec<LinkShape>,
    pub(super) links: Vec<Vec<(u32, String)>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OwnedName {
    Field(Field),
    Tag(String),
    Property(String),
}

impl OwnedName {
    pub(super) fn name(&self) -> ColumnName<'_> {
        match self {
            Self::Field(field) => ColumnName::Field(*field),
            Self::Tag(key) => ColumnName::Tag(key),
            Self::Property(name) => ColumnName::Property(name),
        }
    }
}

impl Table {
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
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ranges of rows that share their regions, in order.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = Run<'_>> + Clone {
        self.runs.iter().enumerate().map(|(position, &(scope_region, region, end))| Run {
            scope_region: &self.regions[scope_region as usize],
            region: &self.regions[region as usize],
            start: position.checked_sub(1).map_or(0, |before| self.runs[before].2),
            end,
        })
    }

    /// The run that a row is in.
    pub fn run_of(&self, row: usize) -> Run<'_> {
        assert!(row < self.len, "row {row} of {}", self.len);
        let position = self.runs.partition_point(|run| run.2 as usize <= row);
        self.runs().nth(position).expect("the runs cover all rows")
    }

    /// A column; none where every row is null.
    pub fn column(&self, name: ColumnName<'_>) -> Option<Column<'_>> {
        let position = self.columns.binary_search_by(|(own, _)| own.name().cmp(&name)).ok()?;
        Some(Column { data: &self.columns[position].1 })
    }

    /// All columns, in order of name.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (ColumnName<'_>, Column<'_>)> {
        self.columns.iter().map(|(name, data)| (name.name(), Column { data }))
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
        match self.field(field, row) {
            Cell::Text(text) => text,
            _ => unreachable!("every row has an id and a name"),
        }
    }

    /// The shapes of all links, sorted.
    pub fn link_shapes(&self) -> &[LinkShape] {
        &self.shapes
    }

    /// The links of a row, in the order in which the resource has them.
    pub fn links(&self, row: usize) -> impl ExactSizeIterator<Item = LinkRef<'_>> {
        self.links[row].iter().map(|(code, value)| LinkRef {
            code: *code,
            shape: &self.shapes[*code as usize],
            value: Cow::Borrowed(value),
        })
    }

    /// A row as the resource it was; properties that were null are missing.
    pub fn resource(&self, row: usize) -> Resource {
        let mut resource = Resource::new(self.kind.clone(), self.id(row));
        for (name, column) in self.columns() {
            match (name, column.cell(row)) {
                (_, Cell::Null) => {}
                (ColumnName::Field(field), cell) => set(&mut resource, field, cell),
                (ColumnName::Tag(key), Cell::Text(value)) => {
                    resource.tags.insert(key.to_owned(), value.into_owned());
                }
                (ColumnName::Tag(_), _) => unreachable!("tags are text"),
                (ColumnName::Property(name), cell) => {
                    resource.properties.insert(name.to_owned(), cell.value());
                }
            }
        }
        resource.links = self.links(row).map(|link| link.shape.link(link.value)).collect();
        resource
    }

    /// Every row as a resource, in order.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = Resource> {
        (0..self.len).map(|row| self.resource(row))
    }

    /// The bytes that the table holds on the heap, what it shares with others included.
    pub fn heap_bytes(&self) -> usize {
        self.columns.len() * mem::size_of::<(OwnedName, Data)>()
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
        (field, cell) => unreachable!("{field:?} cannot be {cell:?}"),
    }
}
