//! Definitions: searches whose results are exported.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    model::KindName,
    search::{Plan, Query},
};

use super::{Family, place::Place};

/// Every definition, checked, and the families that they feed.
#[derive(Clone, Debug)]
pub struct Definitions {
    pub(super) list: Vec<Definition>,
    pub(super) plans: Vec<FamilyPlan>,
    pub(super) limits: Limits,
}

/// One definition: a search, and the family that each of its functions feeds.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name with the prefix; as a rule that of its family.
    pub name: String,
    /// The document it stands in, or the configuration.
    pub origin: String,
    pub query: Query,
    /// The exported names, one for each function of the search, in order.
    pub families: Vec<String>,
    pub(super) plan: Plan,
}

/// How one family is made.
#[derive(Clone, Debug)]
pub(super) struct FamilyPlan {
    /// The family without samples.
    pub(super) form: Family,
    /// What each label says of the place.
    pub(super) places: Vec<Option<Place>>,
    pub(super) feeds: Vec<Feed>,
    /// Whether all functions are sums and counts: equal labels can be added up, and what is not there is 0.
    pub(super) additive: bool,
    /// The kinds that the searches read.
    pub(super) kinds: BTreeSet<KindName>,
}

/// One function of one definition, as positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) definition: usize,
    pub(super) function: usize,
}

/// What bounds the families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) zero_retention: Duration,
    pub(super) series_max: usize,
    pub(super) series_total_max: usize,
}

impl Definitions {
    /// The definitions: shipped ones first, then those of documents and of the configuration, each ordered by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Definition> {
        self.list.iter()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The families that they feed, without samples, ordered by name.
    pub fn families(&self) -> impl Iterator<Item = &Family> {
        self.plans.iter().map(|plan| &plan.form)
    }
}

impl<'a> IntoIterator for &'a Definitions {
    type Item = &'a Definition;
    type IntoIter = std::slice::Iter<'a, Definition>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
