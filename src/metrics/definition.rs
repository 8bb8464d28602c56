//! Definitions: searches whose results are exported.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    model::KindName,
    search::{Batch, Plan, Query, ast::FunctionKind},
};

use super::{CoverageConfig, CoverageRule, Family, labels::Labels, place::Place};

/// Every definition, checked, and the families that they feed.
#[derive(Clone, Debug)]
pub struct Definitions {
    pub(super) list: Vec<Definition>,
    pub(super) plans: Vec<FamilyPlan>,
    /// The searches of all definitions, in order.
    pub(super) batch: Batch,
    pub(super) limits: Limits,
}

/// One definition: a search, and the family that each of its functions feeds.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name with the prefix; as a rule that of its family.
    pub name: String,
    /// The document it stands in, or the configuration.
    pub origin: String,
    /// As it is evaluated: with the groups of its tags, without those of dropped labels.
    pub query: Query,
    /// The exported names, one for each function of the search, in order.
    pub families: Vec<String>,
    /// Whether the kinds that the search reads are collected for it.
    pub collects: bool,
    pub(super) plan: Plan,
    pub(super) labels: Labels,
}

/// How one family is made.
#[derive(Clone, Debug)]
pub(super) struct FamilyPlan {
    /// The family without samples.
    pub(super) form: Family,
    /// What each label says of the place.
    pub(super) places: Vec<Option<Place>>,
    pub(super) feeds: Vec<Feed>,
    /// The upper bounds of a histogram's buckets.
    pub(super) bounds: Vec<f64>,
    /// What becomes of series with equal labels.
    pub(super) merge: Merge,
    /// Its own limit on series.
    pub(super) series_max: Option<usize>,
    pub(super) coverage: CoverageRule,
    /// The kinds that the searches read.
    pub(super) kinds: BTreeSet<KindName>,
}

/// How the values of groups that get equal labels become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Of sums and counts, where what is not there is 0.
    Add,
    Least,
    Greatest,
    /// Not at all: nothing follows from two means for the mean of both.
    Never,
}

impl Merge {
    pub(super) fn of(function: FunctionKind) -> Self {
        match function {
            FunctionKind::Sum | FunctionKind::Count => Self::Add,
            FunctionKind::Min => Self::Least,
            FunctionKind::Max => Self::Greatest,
            FunctionKind::Avg | FunctionKind::Stddev | FunctionKind::Variance => Self::Never,
        }
    }

    /// The value of both; where there is none, the first.
    pub(super) fn join(self, first: f64, second: f64) -> f64 {
        match self {
            Self::Add => first + second,
            Self::Least => first.min(second),
            Self::Greatest => first.max(second),
            Self::Never => first,
        }
    }
}

/// One function of one definition, as positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) definition: usize,
    pub(super) function: usize,
}

/// What bounds the families.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) zero_retention: Duration,
    /// For what families have no rule of their own.
    pub(super) coverage: CoverageConfig,
    /// For definitions without a limit of their own.
    pub(super) timeout: Duration,
    pub(super) series_max: usize,
    pub(super) series_total_max: usize,
    /// Groups of one search; a search with more has run wild.
    pub(super) groups: usize,
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
