//! Links as a table holds them: what they have in common once, their values by row.

use std::{borrow::Cow, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Column,
    block::{Block, Rank},
    cursor::{Cursor, Data},
    ends::Ends,
    ints::Ints,
};
use crate::model::{DeleteOrder, KindName, Link, LinkEnd, Selector};

/// All of a link but the value that it looks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkShape {
    pub end: LinkEnd,
    /// The kind, or base kind, of the other resource.
    pub kind: KindName,
    /// The property of the other resource that has the value.
    pub property: Arc<str>,
    pub delete: DeleteOrder,
    pub outer: bool,
}

impl LinkShape {
    pub fn of(link: &Link) -> Self {
        Self {
            end: link.end,
            kind: link.other.kind.clone(),
            property: link.other.property.as_str().into(),
            delete: link.delete,
            outer: link.outer,
        }
    }

    /// Whether a link has this shape.
    pub fn fits(&self, link: &Link) -> bool {
        self.end == link.end
            && self.kind == link.other.kind
            && *self.property == *link.other.property
            && self.delete == link.delete
            && self.outer == link.outer
    }

    /// The link of this shape that looks for `value`.
    pub fn link(&self, value: impl Into<String>) -> Link {
        Link {
            end: self.end,
            other: Selector { kind: self.kind.clone(), property: self.property.as_ref().into(), value: value.into() },
            delete: self.delete,
            outer: self.outer,
        }
    }
}

/// One link of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRef<'a> {
    /// The position of the shape among [`Table::link_shapes`](super::Table::link_shapes).
    pub code: u32,
    pub shape: &'a LinkShape,
    /// The value that the other resource's property has.
    pub value: Cow<'a, str>,
}

/// All links of one shape, in order of row.
///
/// Values are a column of their own, of few distinct values mostly, so that what is asked for is looked up once.
#[derive(Clone, Debug)]
pub struct LinkColumn<'a> {
    /// Where the values of each row end; none where row and position are the same.
    ends: Option<Ends<'a>>,
    rows: usize,
    values: Column<'a>,
}

/// How many links of the shape a row has, as written.
pub(super) const ONE: u8 = 0;
pub(super) const MANY: u8 = 1;

impl<'a> LinkColumn<'a> {
    pub(super) fn parse(data: Data<'a>, at: u32) -> Option<Self> {
        let mut cursor = Cursor { bytes: data.bytes, at: at as usize };
        let (ends, len) = match cursor.u8()? {
            ONE => (None, data.rows),
            MANY => {
                let len = cursor.count()?;
                (Some(Ends::parse(&mut cursor, data.rows)?), len)
            }
            _ => return None,
        };
        let values = Block::read(&mut cursor, data, len, Rank::Column)?;
        Some(Self { ends, rows: data.rows, values: Column { block: values } })
    }

    /// The values; null where a row has no link of the shape.
    pub fn values(&self) -> &Column<'a> {
        &self.values
    }

    /// The positions of a row's values among [`values`](Self::values).
    pub fn range(&self, row: usize) -> Range<usize> {
        match self.ends {
            Some(ends) => {
                let range = ends.range(row);
                range.start.min(self.values.len())..range.end.min(self.values.len())
            }
            None if self.values.is_null(row) => row..row,
            None => row..row + 1,
        }
    }

    /// Calls `each` with the row and the position of every value, in order.
    pub fn each(&self, mut each: impl FnMut(usize, usize)) {
        match self.ends {
            Some(_) => (0..self.rows).for_each(|row| self.range(row).for_each(|position| each(row, position))),
            None => self.values.present(|row| each(row, row)),
        }
    }
}

/// The links of a table's rows, with all that does not depend on the row looked up once.
#[derive(Clone, Debug)]
pub struct LinkReader<'a> {
    pub(super) shapes: &'a [LinkShape],
    pub(super) columns: Vec<LinkColumn<'a>>,
    pub(super) order: Option<LinkOrder<'a>>,
    pub(super) rows: usize,
}

impl<'a> LinkReader<'a> {
    /// The links of a row, in the order in which the resource has them.
    pub fn of(&self, row: usize) -> Vec<LinkRef<'a>> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let mut links = Vec::new();
        for ((column, shape), code) in self.columns.iter().zip(self.shapes).zip(0..) {
            let values = column.range(row).filter_map(|position| column.values().get(position));
            links.extend(values.map(|value| LinkRef { code, shape, value }));
        }
        if links.len() > 1
            && let Some(order) = self.order
        {
            let mut sorted = Vec::with_capacity(links.len());
            for code in order.codes(row) {
                if let Some(position) = links.iter().position(|link: &LinkRef<'_>| link.code as usize == code) {
                    sorted.push(links.remove(position));
                }
            }
            links = sorted;
        }
        links
    }
}

/// Which shape comes when, in tables whose rows have their links in no common order.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkOrder<'a> {
    ends: Ends<'a>,
    codes: Ints<'a>,
    len: usize,
}

impl<'a> LinkOrder<'a> {
    pub(super) fn parse(data: Data<'a>, at: u32) -> Option<Self> {
        let mut cursor = Cursor { bytes: data.bytes, at: at as usize };
        let len = cursor.count().filter(|len| data.can_hold(*len))?;
        let ends = Ends::parse(&mut cursor, data.rows)?;
        Some(Self { ends, codes: Ints::parse(&mut cursor, len)?, len })
    }

    /// The shapes of a row's links.
    pub(super) fn codes(&self, row: usize) -> impl Iterator<Item = usize> {
        let range = self.ends.range(row);
        (range.start.min(self.len)..range.end.min(self.len)).map(|at| usize::try_from(self.codes.get(at)).unwrap_or(0))
    }
}
