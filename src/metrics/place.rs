//! Places: the labels of a group that say where its resources are.

use crate::search::Path;

/// What a label says about the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Cloud,
    AccountName,
    AccountId,
    Region,
}

impl Place {
    /// The place that a path leads to: `account`, `account.id`, `/ancestors.account.reported.name` and their like.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        let (ancestor, property) = match (path.absolute, names.as_slice()) {
            (true, ["ancestors", ancestor, "reported", property]) | (false, [ancestor, property]) => {
                (*ancestor, *property)
            }
            (false, [ancestor]) => (*ancestor, "name"),
            _ => return None,
        };
        match (ancestor, property) {
            ("cloud", "name" | "id") => Some(Self::Cloud),
            ("account", "name") => Some(Self::AccountName),
            ("account", "id") => Some(Self::AccountId),
            ("region", "name" | "id") => Some(Self::Region),
            _ => None,
        }
    }
}

/// Where a scope lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScopePlace<'a> {
    pub(super) cloud: &'a str,
    pub(super) account_id: &'a str,
    pub(super) account_name: &'a str,
    /// Id and name; none where what is listed may be in any region.
    pub(super) region: Option<(&'a str, &'a str)>,
}

impl ScopePlace<'_> {
    /// Whether the resources of a group can come from here. An empty label says nothing of the place.
    pub(super) fn can_feed(&self, places: &[Option<Place>], labels: &[&str]) -> bool {
        places.iter().zip(labels).filter(|(_, label)| !label.is_empty()).all(|(place, label)| match place {
            None => true,
            Some(Place::Cloud) => self.cloud == *label,
            Some(Place::AccountName) => self.account_name == *label,
            Some(Place::AccountId) => self.account_id == *label,
            Some(Place::Region) => self.region.is_none_or(|(id, name)| id == *label || name == *label),
        })
    }
}
