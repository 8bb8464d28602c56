//! Definitions: searches whose results are exported.

use std::{collections::BTreeSet, time::Duration};

use crate::{model::KindName, search::Query};

use super::{Family, place::Place};

/// Every definition, checked, and the families that they feed.
#[derive(Clone, Debug)]
pub struct Definitions {
    pub(super) definitions: Vec<Definition>,
    pub(super) plans: Vec<Plan>,
    pub(super) limits: Limits,
}

/// One definition: a search, and the name of the family that each of its functions feeds.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name with the prefix, which is that of its family as a rule.
    pub name: String,
    /// Where it was written: a file or `config/metrics/default.yaml` of this program.
    pub origin: String,
    pub query: Query,
    /// The exported names, one for each function of the search.
    pub families: Vec<String>,
}

/// How one family is made.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The family without samples.
    pub(super) form: Family,
    /// What each label says of the place.
    pub(super) places: Vec<Option<Place>>,
    pub(super) feeds: Vec<Feed>,
    /// Whether values of the same labels can be added up, and nothing there is a zero: sums and counts.
    pub(super) additive: bool,
    /// The kinds that the searches read; none for all.
    pub(super) kinds: Option<BTreeSet<KindName>>,
}

/// One function of one definition.
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
    /// The definitions, ordered by name.
    pub fn iter(&self) -> std::slice::Iter<'_, Definition> {
        self.definitions.iter()
    }

    pub fn len(&self) -> usize {
        self.definitions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
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
