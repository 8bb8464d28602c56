//! What the entries need of answers: so much is read, and no more.
//!
//! It is worked out once, from the paths of all entries. What several entries need of the same call is put together, as
//! its answer may be shared.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    api::Call,
    engine::PARENT,
    entry::{Enrich, Entry, List},
    expression::Expression,
    path::{ITSELF, Path},
    projection::Projection,
};
use crate::model::KindName;

/// Names of members, from the outside in.
type Names<'a> = Vec<&'a str>;

/// What is needed of the answers of listings and details, by their calls.
pub(super) fn projections(entries: &BTreeMap<KindName, Entry>) -> BTreeMap<Call, Arc<Projection>> {
    let mut found: BTreeMap<Call, Projection> = BTreeMap::new();
    let mut keep = |call: &Call, path: Option<&Path>, below: &[Names<'_>]| {
        let projection = found.entry(call.clone()).or_insert_with(Projection::nothing);
        for place in path.map_or_else(|| vec![Vec::new()], Path::members) {
            if below.is_empty() {
                projection.keep(place.iter().copied());
            }
            for names in below {
                projection.keep(place.iter().chain(names).copied());
            }
        }
    };
    for entry in entries.values() {
        let Some(list) = &entry.list else { continue };
        let wanted = of_item(entries, entry);
        if let Some(call) = &list.call {
            keep(call, Some(&list.items), &of_answer(&wanted));
        }
        for step in &entry.enrich {
            let mut below: Vec<Names<'_>> = match &step.into {
                Some(name) => {
                    wanted.iter().filter_map(|names| Some(names.strip_prefix(&[&**name])?.to_vec())).collect()
                }
                None => of_answer(&wanted),
            };
            if let Some(batch) = &step.batch {
                below.extend(batch.join.as_ref().unwrap_or(&batch.key).members());
            }
            keep(&step.call, step.items.as_ref(), &below);
        }
    }
    found.into_iter().map(|(call, projection)| (call, Arc::new(projection))).collect()
}

/// What of an item's members can be in the answer that lists it: details and parents are put there later.
fn of_answer<'a>(wanted: &BTreeSet<Names<'a>>) -> Vec<Names<'a>> {
    let own =
        wanted.iter().filter(|names| names.first().is_none_or(|first| !first.starts_with('_') || *first == ITSELF));
    // An item that is no object is taken whole.
    own.map(|names| names.iter().copied().filter(|name| *name != ITSELF).collect()).collect()
}

/// The members of an item of a kind that anything looks at: the entry itself, and those of kinds listed below it.
fn of_item<'a>(entries: &'a BTreeMap<KindName, Entry>, entry: &'a Entry) -> BTreeSet<Names<'a>> {
    let mut wanted: BTreeSet<Names<'a>> = expressions(entry).flat_map(Expression::members).collect();
    for step in &entry.enrich {
        wanted.extend(of_step(step));
    }
    let Some(list) = &entry.list else { return wanted };
    wanted.extend(list.only.iter().flat_map(Expression::members));
    if list.descend > 0 {
        wanted.extend(of_listing(list));
        wanted.extend(of_parent(&wanted));
    }
    for child in entries.values() {
        let Some(list) = child.list.as_ref().filter(|list| list.each.as_ref() == Some(&entry.kind)) else { continue };
        wanted.extend(of_listing(list));
        let below = of_item(entries, child);
        if list.call.is_none() {
            for place in list.items.members() {
                wanted.extend(of_answer(&below).iter().map(|names| [place.as_slice(), names].concat()));
            }
        }
        wanted.extend(of_parent(&below));
    }
    wanted
}

/// All expressions of an entry that are about an item.
fn expressions(entry: &Entry) -> impl Iterator<Item = &Expression> {
    let single = [
        &entry.id,
        &entry.name,
        &entry.tags,
        &entry.ctime,
        &entry.mtime,
        &entry.atime,
        &entry.zone,
        &entry.region,
        &entry.arn,
        &entry.link,
        &entry.protected,
    ];
    let edges = entry.edges.iter().flat_map(|edge| edge.matches.values().chain(&edge.when));
    single.into_iter().flatten().chain(&entry.owned).chain(entry.props.values()).chain(edges)
}

/// What the question for a detail takes from an item.
fn of_step(step: &Enrich) -> Vec<Names<'_>> {
    let params: Vec<Names<'_>> = step.params.paths().into_iter().flat_map(Path::members).collect();
    let mut wanted: Vec<Names<'_>> = step.when.iter().chain(&step.unless).flat_map(Expression::members).collect();
    wanted.extend(step.region.iter().flat_map(Path::members));
    if let Some(batch) = &step.batch {
        wanted.extend(batch.key.members());
        wanted.extend(batch.by.iter().flat_map(Path::members));
    }
    // Parameters may name members of the value that there is a call for.
    for place in step.each.iter().flat_map(Path::members) {
        wanted.extend(params.iter().map(|names| [place.as_slice(), names].concat()));
        wanted.push(place);
    }
    wanted.extend(params);
    wanted
}

/// What the listing below an item takes from it.
fn of_listing(list: &List) -> Vec<Names<'_>> {
    let mut wanted: Vec<Names<'_>> = list.params.paths().into_iter().flat_map(Path::members).collect();
    if let Some(batch) = &list.batch {
        wanted.extend(batch.key.members());
        wanted.extend(batch.by.iter().flat_map(Path::members));
    }
    wanted
}

/// What those below look at in the item that they were listed under.
fn of_parent<'a>(below: &BTreeSet<Names<'a>>) -> Vec<Names<'a>> {
    below.iter().filter_map(|names| Some(names.strip_prefix(&[PARENT])?.to_vec())).collect()
}
