//! Links as a table holds them: what they have in common once, their values by row.

use std::{borrow::Cow, sync::Arc};

use crate::model::{DeleteOrder, KindName, Link, LinkEnd, Selector};

/// All of a link but the value that it looks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkShape {
    pub end: LinkEnd,
    /// The kind, or base kind, of the other resource.
    pub kind: KindName,
    /// The property of the other resource that has the value.
    pub property: Arc<str>,
    pub delete: DeleteOrder,
    pub outer: bool,
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

    /// The link of this shape that looks for `value`.
    pub fn link(&self, value: impl Into<String>) -> Link {
        Link {
            end: self.end,
            other: Selector { kind: self.kind.clone(), property: self.property.to_string(), value: value.into() },
            delete: self.delete,
            outer: self.outer,
        }
    }
}
