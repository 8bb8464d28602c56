//! Links: what a resource says of its neighbours before the graph has found them.

use serde::{Deserialize, Serialize};

use super::{KindName, PropertyName};

/// The type of an edge of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeType {
    /// Contains, or is used by: cloud → account → region → resource, instance → volume.
    Default,
    /// A → B: B must be deleted before A.
    Delete,
    /// A principal may act on a resource.
    Iam,
}

impl EdgeType {
    pub const ALL: [Self; 3] = [Self::Default, Self::Delete, Self::Iam];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Delete => "delete",
            Self::Iam => "iam",
        }
    }
}

/// Which end of the link the *other* resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkEnd {
    /// The other resource is the predecessor: other → this.
    From,
    /// The other resource is the successor: this → other.
    To,
}

/// The delete edge that goes with a default edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeleteOrder {
    /// No order of deletion between the two.
    #[default]
    None,
    /// The delete edge runs as the default edge does: the successor is deleted first.
    Same,
    /// The delete edge runs against the default edge: the predecessor is deleted first.
    Reverse,
}

/// A resource's claim that an edge joins it with another resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub end: LinkEnd,
    pub other: Selector,
    #[serde(default)]
    pub delete: DeleteOrder,
    /// Whether the other resource may live in another account or cloud: then it is looked for in
    /// `merge_outer_edges` when its own account does not have it.
    #[serde(default)]
    pub outer: bool,
}

/// How the other resource of a link is found: by a kind (or base kind) and the value of one property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Selector {
    pub kind: KindName,
    /// `id`, `name`, or a top-level reported property such as `arn`.
    pub property: PropertyName,
    pub value: String,
}
