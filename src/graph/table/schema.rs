//! Schemas: what tables of one kind mostly have in common.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::{ColumnName, Field, LinkShape};

/// The names of a table's columns and the shapes of its links.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Schema {
    pub(super) fields: Box<[Field]>,
    /// Sorted, as are the properties.
    pub(super) tags: Box<[Box<str>]>,
    pub(super) properties: Box<[Box<str>]>,
    /// In an order in which the links of every row stand, where there is one.
    pub(super) shapes: Box<[LinkShape]>,
    /// Hashes of the tags and properties with their positions, sorted: every scan looks for a name in every table.
    #[serde(skip)]
    lookup: Box<[(u32, u32)]>,
}

/// A schema as it is stored.
#[derive(Deserialize)]
struct Stored {
    fields: Box<[Field]>,
    tags: Box<[Box<str>]>,
    properties: Box<[Box<str>]>,
    shapes: Box<[LinkShape]>,
}

impl From<Stored> for Schema {
    fn from(stored: Stored) -> Self {
        let Stored { fields, tags, properties, shapes } = stored;
        Self::new(fields, tags, properties, shapes)
    }
}

impl Schema {
    pub(super) fn new(
        fields: Box<[Field]>,
        tags: Box<[Box<str>]>,
        properties: Box<[Box<str>]>,
        shapes: Box<[LinkShape]>,
    ) -> Self {
        let mut schema = Self { fields, tags, properties, shapes, lookup: Box::default() };
        let names = schema.names().zip(0..).skip(schema.fields.len());
        let mut lookup: Vec<(u32, u32)> = names.map(|(name, position)| (hash(name), position)).collect();
        lookup.sort_unstable();
        schema.lookup = lookup.into();
        schema
    }

    /// The number of columns.
    pub(super) fn columns(&self) -> usize {
        self.fields.len() + self.tags.len() + self.properties.len()
    }

    pub(super) fn position(&self, name: ColumnName<'_>) -> Option<usize> {
        if let ColumnName::Field(field) = name {
            return self.fields.binary_search(&field).ok();
        }
        let hash = hash(name);
        let first = self.lookup.partition_point(|(other, _)| *other < hash);
        let mut same = self.lookup[first..].iter().take_while(|(other, _)| *other == hash);
        let mut positions = same.by_ref().map(|(_, position)| *position as usize);
        positions.find(|position| self.name(*position) == name)
    }

    /// The name of a tag's or property's column.
    fn name(&self, position: usize) -> ColumnName<'_> {
        let tag = position - self.fields.len();
        match self.tags.get(tag) {
            Some(key) => ColumnName::Tag(key),
            None => ColumnName::Property(&self.properties[tag - self.tags.len()]),
        }
    }

    /// Whether the names are in order and each is there once.
    pub(super) fn is_sorted(&self) -> bool {
        let sorted = |names: &[Box<str>]| names.is_sorted_by(|a, b| a < b);
        self.fields.is_sorted_by(|a, b| a < b) && sorted(&self.tags) && sorted(&self.properties)
    }

    /// The names of all columns, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = ColumnName<'_>> {
        let fields = self.fields.iter().map(|field| ColumnName::Field(*field));
        let tags = self.tags.iter().map(|key| ColumnName::Tag(key));
        fields.chain(tags).chain(self.properties.iter().map(|name| ColumnName::Property(name)))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let names = |names: &[Box<str>]| names.iter().map(|name| size_of::<Box<str>>() + name.len()).sum::<usize>();
        let shapes = self.shapes.iter().map(|shape| size_of::<LinkShape>() + shape.property.len()).sum::<usize>();
        self.fields.len() + names(&self.tags) + names(&self.properties) + shapes + size_of_val(&*self.lookup)
    }
}

fn hash(name: ColumnName<'_>) -> u32 {
    (FxBuildHasher.hash_one(name) >> 32) as u32
}
