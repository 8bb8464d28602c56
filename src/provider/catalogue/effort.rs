//! Effort: how many calls listings take.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Catalogue,
    api::Call,
    entry::{Batch, Enrich, Entry, List},
    template::Params,
};
use crate::model::KindName;

/// Items of a page where neither the catalogue nor the service says how many it has.
const PAGE_USUAL: u64 = 100;

/// How often an operation is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    pub calls: u64,
    /// Of them, those for details of single items.
    pub details: u64,
}

impl Catalogue {
    /// The calls that listing these kinds takes in one region of one account, at most: conditions on details are taken
    /// to hold.
    ///
    /// `items` says how many resources of a kind there are. What kinds share is counted once.
    pub fn effort<'k>(
        &self,
        kinds: impl IntoIterator<Item = &'k KindName>,
        items: &dyn Fn(&str) -> u64,
    ) -> BTreeMap<Call, Effort> {
        let mut effort: BTreeMap<Call, Effort> = BTreeMap::new();
        let mut listed: BTreeSet<&str> = BTreeSet::new();
        let mut shared: BTreeSet<(&Call, String)> = BTreeSet::new();
        for entry in kinds.into_iter().filter_map(|kind| self.get(kind)) {
            for entry in std::iter::once(entry).chain(self.parents(&entry.kind)) {
                // Kinds that others are listed under are read once.
                if !listed.insert(&entry.kind) {
                    continue;
                }
                let Some((list, call)) = entry.list.as_ref().and_then(|list| Some((list, list.call.as_ref()?))) else {
                    continue;
                };
                if list.share && !shared.insert((call, format!("{:?}", list.params))) {
                    continue;
                }
                let calls = listing(entry, list, items);
                effort.entry(call.clone()).or_default().calls += calls;
            }
            for step in &entry.enrich {
                let (calls, details) = enriching(step, items(&entry.kind));
                let effort = effort.entry(step.call.clone()).or_default();
                effort.calls += calls;
                effort.details += details;
            }
        }
        effort
    }
}

fn listing(entry: &Entry, list: &List, items: &dyn Fn(&str) -> u64) -> u64 {
    let own = items(&entry.kind);
    let page = list.page.map_or(PAGE_USUAL, u64::from).max(1);
    let starts = match (&list.each, &list.batch) {
        (None, _) => (list.of.len() as u64).max(1),
        (Some(parent), None) => items(parent),
        (Some(parent), Some(batch)) => chunks(items(parent), batch),
    };
    // Each of them has one page at least, and all together have those that the items fill.
    starts.max(own.div_ceil(page))
}

/// The calls for a detail of so many items, and how many of them are for single ones.
fn enriching(step: &Enrich, items: u64) -> (u64, u64) {
    match &step.batch {
        Some(batch) => (chunks(items, batch), 0),
        // What does not depend on the item is asked for once.
        None if step.share && step.params == Params::default() => (items.min(1), 0),
        None => (items, items),
    }
}

fn chunks(items: u64, batch: &Batch) -> u64 {
    items.div_ceil(batch.size.map_or(items, |size| size as u64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: &str = "
kinds:
- {kind: bucket, list: {call: 's:List', items: 'B[]', page: 10}, id: I, enrich: [{call: 's:Tags'}, {call: 's:Many', batch: {key: I, size: 4}}]}
- {kind: part, list: {each: bucket, call: 's:Parts', items: 'P[]'}, id: I}
- {kind: bit, list: {each: part, call: 's:Bits', items: 'P[]', batch: {key: I, size: 5}}, id: I}
- {kind: one, list: {call: 's:All', items: 'O[]', share: true, of: [a, b]}, id: I}
- {kind: other, list: {call: 's:All', items: 'P[]', share: true, of: [a, b]}, id: I}
";

    fn effort(kinds: &[&str], items: u64) -> String {
        let catalogue = Catalogue::parse([("test", KINDS)]).unwrap();
        let kinds: Vec<KindName> = kinds.iter().map(|kind| KindName::from(*kind)).collect();
        let effort = catalogue.effort(&kinds, &|_| items);
        let shown = effort.iter().map(|(call, effort)| format!("{call} {} ({})", effort.calls, effort.details));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_listing_takes_its_pages_and_its_details() {
        assert_eq!(effort(&["bucket"], 25), "s:List 3 (0), s:Many 7 (0), s:Tags 25 (25)");
        assert_eq!(effort(&["bucket"], 0), "s:List 1 (0), s:Many 0 (0), s:Tags 0 (0)");
    }

    #[test]
    fn a_kind_below_others_takes_their_listings_but_not_their_details() {
        assert_eq!(effort(&["bit"], 12), "s:Bits 3 (0), s:List 2 (0), s:Parts 12 (0)");
        assert_eq!(effort(&["bit", "part"], 12), "s:Bits 3 (0), s:List 2 (0), s:Parts 12 (0)", "read once");
    }

    #[test]
    fn what_is_shared_is_counted_once() {
        assert_eq!(effort(&["one", "other"], 1), "s:All 2 (0)");
    }
}
