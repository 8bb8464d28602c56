//! The catalogue: kinds as data, and the one engine that lists, maps, links and deletes them.
//!
//! A catalogue file describes kinds: the call that lists them, where the answer has their id, name, tags, times and
//! properties, what they are joined with, and how they are deleted. Providers bring their files and an [`Api`] that
//! carries requests; a user's own file in the same format adds kinds or replaces some, so that a new kind needs no
//! release.
//!
//! There are no scripts and no expressions beyond paths, templates and a dozen named transforms: what an entry does
//! can be checked against the provider's own schema without running it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::model::{DeleteOrder, Kind, KindModel, KindName, PropertyType, Resource};

mod anomaly;
mod answer;
mod api;
mod delete;
mod effort;
mod engine;
mod entry;
mod error;
mod expression;
#[cfg(test)]
mod fake;
mod item;
mod mapping;
mod memo;
mod name;
mod path;
mod projection;
mod template;
mod transform;
mod view;
mod wanted;

pub use anomaly::{Anomalies, Anomaly};
pub use answer::{Answer, Builder, Flat, Key, Mark};
pub use api::{Api, ApiError, Call, Request};
pub use delete::delete;
pub use effort::Effort;
pub use engine::{Collection, DetailLimits, Outcome};
pub use entry::{Entry, ListScope};
pub use error::CatalogueError;
pub use item::Item;
pub use mapping::{Place, resource};
pub use name::{Name, hash};
pub use path::{Path, Scope};
pub use projection::Projection;
pub use view::View;

/// The entries of a provider, by kind.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: BTreeMap<KindName, Entry>,
    /// The file and line of each, for complaints.
    places: BTreeMap<KindName, (String, u64)>,
    /// The kinds that others are listed under.
    parents: BTreeSet<KindName>,
    /// What the entries need of the answer of each call.
    projections: BTreeMap<Call, Arc<Projection>>,
}

impl Catalogue {
    /// Reads files, given as name and text; a kind may occur once.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogueError> {
        Self::default().extend(files, Override::Refused)
    }

    /// Adds a user's files, whose kinds replace those of the same name.
    pub fn with_overrides<'a>(
        self,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CatalogueError> {
        self.extend(files, Override::Allowed)
    }

    pub fn get(&self, kind: &str) -> Option<&Entry> {
        self.entries.get(kind)
    }

    /// Every entry, in order of kind.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The kinds as the graph and queries know them: bases, and the properties that the bases do not have.
    pub fn kinds(&self) -> Vec<Kind> {
        let base = KindModel::base();
        self.entries().map(|entry| kind(entry, &base)).collect()
    }

    /// The kinds whose resources may have to be deleted before one of this kind can be.
    pub fn dependants(&self, kind: &str) -> Vec<KindName> {
        let mut dependants = BTreeSet::new();
        for entry in self.entries() {
            for edge in &entry.edges {
                let (first, last) = match (&edge.from, &edge.to, edge.delete) {
                    (Some(other), _, DeleteOrder::Same) | (_, Some(other), DeleteOrder::Reverse) => {
                        (&entry.kind, other)
                    }
                    (Some(other), _, DeleteOrder::Reverse) | (_, Some(other), DeleteOrder::Same) => {
                        (other, &entry.kind)
                    }
                    _ => continue,
                };
                if last == kind {
                    dependants.insert(first.clone());
                }
            }
        }
        dependants.into_iter().collect()
    }

    /// The edges between kinds, as entries describe them: predecessor, successor, and which way deletion goes.
    pub fn edges(&self) -> impl Iterator<Item = (&KindName, &KindName, DeleteOrder)> {
        self.entries().flat_map(|entry| {
            entry.edges.iter().filter_map(move |edge| match (&edge.from, &edge.to) {
                (Some(other), _) => Some((other, &entry.kind, edge.delete)),
                (_, Some(other)) => Some((&entry.kind, other, edge.delete)),
                _ => None,
            })
        })
    }

    /// The kinds that a kind is listed under, the nearest first.
    pub fn parents(&self, kind: &str) -> Vec<&Entry> {
        let parent = |entry: &Entry| self.get(entry.list.as_ref()?.each.as_ref()?);
        std::iter::successors(self.get(kind).and_then(parent), |entry| parent(entry)).collect()
    }

    /// The calls that listing a kind takes, those for the kinds that it is listed under included.
    pub fn listing_calls(&self, kind: &str) -> Vec<&Call> {
        let Some(entry) = self.get(kind) else { return Vec::new() };
        let above = self.parents(kind);
        let lists = std::iter::once(entry).chain(above).filter_map(|entry| entry.list.as_ref()?.call.as_ref());
        lists.chain(entry.enrich.iter().map(|step| &step.call)).collect()
    }

    /// The calls that deleting a resource of a kind takes.
    pub fn deletion_calls(&self, kind: &str) -> Vec<&Call> {
        let Some(delete) = self.get(kind).and_then(|entry| entry.delete.as_ref()) else { return Vec::new() };
        let before = delete.before.iter().map(|step| &step.call);
        before.chain([&delete.call]).chain(delete.gone.iter().map(|gone| &gone.call)).collect()
    }

    /// Whether a resource vanishes with what it belongs to and cannot be deleted on its own.
    pub fn goes_with_its_owner(&self, resource: &Resource) -> bool {
        resource.protected && self.get(&resource.kind).is_some_and(|entry| !entry.owned.is_empty())
    }

    /// Whether other kinds are listed under this one.
    pub(crate) fn is_parent(&self, kind: &str) -> bool {
        self.parents.contains(kind)
    }

    /// What all entries together need of the answer of a call for a listing or a detail; all of any other call's.
    pub fn projection(&self, call: &Call) -> Arc<Projection> {
        self.projections.get(call).cloned().unwrap_or_default()
    }

    fn extend<'a>(
        mut self,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        overrides: Override,
    ) -> Result<Self, CatalogueError> {
        let mut added = BTreeSet::new();
        for (name, text) in files {
            let file: entry::File = serde_saphyr::from_str(text)
                .map_err(|source| CatalogueError::Syntax { file: name.to_owned(), source: Box::new(source) })?;
            for serde_saphyr::Spanned { value: entry, referenced, .. } in file.kinds {
                let (kind, place) = (entry.kind.clone(), (name.to_owned(), referenced.line()));
                let known = self.entries.insert(kind.clone(), entry).is_some();
                if !added.insert(kind.clone()) || (known && overrides == Override::Refused) {
                    return Err(CatalogueError::entry(&place, &kind, "it is described twice"));
                }
                self.places.insert(kind, place);
            }
        }
        self.parents = self.entries.values().filter_map(|entry| entry.list.as_ref()?.each.clone()).collect();
        self.projections = wanted::projections(&self.entries);
        // All of them: a replaced kind may be one that others depend on.
        let base = KindModel::base();
        for (kind, place) in &self.places {
            self.check(&self.entries[kind], &base).map_err(|problem| CatalogueError::entry(place, kind, problem))?;
        }
        Ok(self)
    }

    /// What is wrong with an entry that the format itself allows.
    fn check(&self, entry: &Entry, base: &KindModel) -> Result<(), String> {
        if entry.protected.is_some() && !entry.owned.is_empty() {
            return Err("it is either `protected` or `owned`".to_owned());
        }
        let Some(list) = &entry.list else { return Ok(()) };
        if entry.id.is_none() {
            return Err("it is listed but has no `id`".to_owned());
        }
        let mut lineage = BTreeSet::from([&entry.kind]);
        let mut next = list.each.as_ref();
        while let Some(parent) = next {
            if !lineage.insert(parent) {
                return Err("it is listed under itself".to_owned());
            }
            let parent = self.get(parent).ok_or_else(|| format!("its parent `{parent}` does not exist"))?;
            let Some(list) = &parent.list else {
                return Err(format!("its parent `{}` is not listed itself", parent.kind));
            };
            next = list.each.as_ref();
        }
        if list.each.is_some() && !list.of.is_empty() {
            return Err("`list` has either `each` or `of`".to_owned());
        }
        let alone = list.each.is_none() && list.of.is_empty();
        if alone && (list.call.is_none() || list.descend > 0) {
            return Err("`list` needs a `call`, or `each` or `of` for what its items are in".to_owned());
        }
        if list.batch.is_some() && list.each.is_none() {
            return Err("`list.batch` needs `list.each`, whose keys it takes".to_owned());
        }
        let mut kinds = entry.edges.iter().map(|edge| match (&edge.from, &edge.to) {
            (Some(kind), None) | (None, Some(kind)) => Ok(kind),
            _ => Err("an edge needs either `from` or `to`".to_owned()),
        });
        kinds.try_for_each(|other| self.check_other(other?, base))
    }

    fn check_other(&self, other: &KindName, base: &KindModel) -> Result<(), String> {
        if self.entries.contains_key(other) || base.get(other).is_some() {
            return Ok(());
        }
        Err(format!("an edge leads to `{other}`, which does not exist"))
    }
}

/// Whether a file may describe a kind that is described already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Override {
    Refused,
    Allowed,
}

fn kind(entry: &Entry, base: &KindModel) -> Kind {
    let bases = match entry.bases.as_slice() {
        [] => vec!["resource".into()],
        bases => bases.to_vec(),
    };
    let inherited = |property: &str| bases.iter().any(|kind| base.property(kind, property).is_some());
    let arn = entry.arn.as_ref().map(|_| (mapping::ARN.to_owned(), PropertyType::String));
    let taken = entry
        .props
        .iter()
        .map(|(name, expression)| (name.clone(), expression.property_type().unwrap_or(PropertyType::String)));
    let described = entry.describes.iter().map(|(name, property)| (name.clone(), *property));
    Kind {
        name: entry.kind.clone(),
        properties: arn.into_iter().chain(taken).chain(described).filter(|(name, _)| !inherited(name)).collect(),
        bases,
        phantom: false,
        open: false,
    }
}

#[cfg(test)]
mod tests;
