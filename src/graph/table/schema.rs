//! Schemas: what tables of one kind mostly have in common.

use serde::{Deserialize, Serialize};

use super::{ColumnName, Field, LinkShape};

/// The names of a table's columns and the shapes of its links.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Schema {
    pub(super) fields: Box<[Field]>,
    /// Sorted, as are the properties.
    pub(super) tags: Box<[Box<str>]>,
    pub(super) properties: Box<[Box<str>]>,
    /// In an order in which the links of every row stand, where there is one.
    pub(super) shapes: Box<[LinkShape]>,
}

impl Schema {
    /// The number of columns.
    pub(super) fn columns(&self) -> usize {
        self.fields.len() + self.tags.len() + self.properties.len()
    }

    pub(super) fn position(&self, name: ColumnName<'_>) -> Option<usize> {
        let find = |names: &[Box<str>], name| names.binary_search_by(|own| (**own).cmp(name)).ok();
        match name {
            ColumnName::Field(field) => self.fields.binary_search(&field).ok(),
            ColumnName::Tag(key) => Some(self.fields.len() + find(&self.tags, key)?),
            ColumnName::Property(name) => Some(self.fields.len() + self.tags.len() + find(&self.properties, name)?),
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
        self.fields.len() + names(&self.tags) + names(&self.properties) + shapes
    }
}
