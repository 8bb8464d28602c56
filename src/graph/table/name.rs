//! Names of columns.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A field that every resource has beside its tags and properties.
///
/// The kind is the table's, not a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Text in every row.
    Id,
    /// Text in every row.
    Name,
    /// The region that the resource itself names; null where it is the scope's. [`Table::runs`](super::Table::runs)
    /// says where a row lives.
    Region,
    Zone,
    /// A time, as are the next two.
    Ctime,
    Mtime,
    Atime,
    ProviderLink,
    /// True, or null for false.
    Protected,
}

impl Field {
    pub const ALL: [Self; 9] = [
        Self::Id,
        Self::Name,
        Self::Region,
        Self::Zone,
        Self::Ctime,
        Self::Mtime,
        Self::Atime,
        Self::ProviderLink,
        Self::Protected,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Region => "region",
            Self::Zone => "zone",
            Self::Ctime => "ctime",
            Self::Mtime => "mtime",
            Self::Atime => "atime",
            Self::ProviderLink => "provider_link",
            Self::Protected => "protected",
        }
    }
}

/// Names a column; fields come before tags, tags before properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnName<'a> {
    Field(Field),
    /// The value of one tag.
    Tag(&'a str),
    /// A top-level reported property; what is deeper lives inside its JSON values.
    Property(&'a str),
}

impl fmt::Display for ColumnName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.pad(field.as_str()),
            Self::Tag(key) => write!(f, "tags.{key}"),
            Self::Property(name) => f.pad(name),
        }
    }
}
