//! Unresolved links: what resources refer to and the inventory does not have.

use std::collections::BTreeMap;

use crate::model::KindName;

/// Why a link became no edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The kind is collected, but no resource of it matches.
    MissingTarget,
    /// No resource of the other kind was collected anywhere.
    KindNotCollected,
    /// More than one resource matches equally well.
    Ambiguous,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingTarget => "missing_target",
            Self::KindNotCollected => "kind_not_collected",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// How many links could not be resolved, by the kind that refers, the kind it refers to, and the reason.
pub type Unresolved = BTreeMap<(KindName, KindName, Reason), u64>;
