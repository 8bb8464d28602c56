//! The engine: lists kinds as their entries say.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, future::BoxFuture, stream};
use serde_json::Map;
use tokio::sync::Semaphore;

use super::{
    Catalogue,
    anomaly::Anomalies,
    api::{Api, Call, Request},
    entry::{Batch, Enrich, Entry, List},
    item::Item,
    mapping::{self, Place},
    memo::{Memo, Pages, PagesFailure},
    name::Name,
    path::{Path, Scope},
    view::View,
};
use crate::model::{AccountId, Failure, FailureClass, Listing, RegionId, Value};

/// How many parts of one listing are asked for at a time.
const IN_FLIGHT: usize = 8;

/// The member by which an item finds the item it was listed under.
pub(super) const PARENT: &str = "_parent";

/// One collection of one account: listings may share answers, and none is older than the collection.
#[derive(Debug)]
pub struct Collection {
    catalogue: Arc<Catalogue>,
    api: Arc<dyn Api>,
    account: AccountId,
    partition: String,
    /// Items that others are listed under.
    parents: Memo<Found>,
    /// Answers of calls that several entries make.
    shared: Memo<Pages>,
    details: Details,
}

/// What the details of single items may cost: there is a call for each, which listings need for hundreds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetailLimits {
    /// How many are asked for at a time, whatever they are details of.
    pub in_flight: usize,
    /// How many are asked for in a collection; what is beyond is missing.
    pub calls: u64,
}

/// The details of a collection, as they are asked for.
#[derive(Debug)]
struct Details {
    slots: Semaphore,
    /// How many calls are left.
    left: AtomicU64,
    limits: DetailLimits,
}

impl Details {
    fn new(limits: DetailLimits) -> Self {
        Self { slots: Semaphore::new(limits.in_flight.max(1)), left: AtomicU64::new(limits.calls), limits }
    }

    /// Takes one of the calls that are left.
    fn take(&self) -> Result<(), Failure> {
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let beyond = |_| {
            let message = format!("the limit of {} details is reached in this account", self.limits.calls);
            Failure::new(FailureClass::Throttled, message)
        };
        taken.map(drop).map_err(beyond)
    }
}

/// A listing, and what was strange about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub listing: Listing,
    pub anomalies: Anomalies,
}

/// Items of a listing, before they are mapped.
#[derive(Clone, Debug, Default)]
struct Found {
    items: Vec<Item>,
    /// Why there may be more.
    failure: Option<Failure>,
    /// Whether anything was read, though it may have been empty.
    read: bool,
}

/// What was asked for one item.
enum Detail {
    Found(Item),
    /// Known not to be set.
    Absent,
    /// Not to be asked of this item.
    Skipped,
    /// The item has vanished.
    Gone,
    Failed(Failure),
}

impl Collection {
    pub fn new(
        catalogue: Arc<Catalogue>,
        api: Arc<dyn Api>,
        account: AccountId,
        partition: impl Into<String>,
        limits: DetailLimits,
    ) -> Self {
        let (parents, shared) = (Memo::default(), Memo::default());
        Self { catalogue, api, account, partition: partition.into(), parents, shared, details: Details::new(limits) }
    }

    /// Lists a kind in a region; [`RegionId::GLOBAL`] for kinds that an account has only once.
    ///
    /// A listing that breaks off, a detail that fails and an item without an id make it partial; it has failed only
    /// when nothing was read.
    pub async fn list(&self, kind: &str, region: &RegionId) -> Outcome {
        let mut anomalies = Anomalies::default();
        let Some((entry, list)) = self.catalogue.get(kind).and_then(|entry| Some((entry, entry.list.as_ref()?))) else {
            let failure = Failure::new(FailureClass::Unsupported, format!("the catalogue has no listing of `{kind}`"));
            return Outcome { listing: Listing::Failed(failure), anomalies };
        };
        let mut found = self.items(entry, list, region).await;
        for step in &entry.enrich {
            self.enrich(step, region, &mut found).await;
        }
        let place = Place { account: self.account.clone(), partition: self.partition.clone(), region: region.clone() };
        let mut resources = Vec::with_capacity(found.items.len());
        for item in found.items {
            if let Some(resource) = mapping::resource(entry, &item, &place, &mut anomalies) {
                resources.push(resource);
            } else {
                let message = format!("{kind}: an item without an id");
                found.failure.get_or_insert(Failure::new(FailureClass::BadAnswer, message));
            }
        }
        let listing = match found.failure {
            None => Listing::Complete(resources),
            Some(failure) if !found.read => Listing::Failed(failure),
            Some(missing) => Listing::Partial { resources, missing },
        };
        Outcome { listing, anomalies }
    }

    /// Forgets the answers that listings in a region shared; whoever lists there once more asks again.
    pub fn forget(&self, region: &RegionId) {
        let start = format!("{region} ");
        self.parents.forget(&start);
        self.shared.forget(&start);
    }

    /// The items of a kind, read once a collection where other kinds are listed under them.
    fn items<'a>(&'a self, entry: &'a Entry, list: &'a List, region: &'a RegionId) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            let read: BoxFuture<'_, Found> = match &list.each {
                None if list.of.is_empty() => Box::pin(async {
                    self.read(list, region, &Scope::new(View::Texts(&self.place(region))), &[]).await
                }),
                None => Box::pin(async {
                    let of: Vec<Item> = list.of.iter().cloned().map(Item::Value).collect();
                    self.below(&of, list, region).await
                }),
                Some(parent) => Box::pin(self.under(parent, list, region)),
            };
            if !self.catalogue.is_parent(&entry.kind) {
                return read.await;
            }
            let kept = self.parents.get(format!("{region} {}", entry.kind), read).await;
            Found::clone(&kept)
        })
    }

    /// The items that are listed under those of another kind.
    async fn under(&self, parent: &str, list: &List, region: &RegionId) -> Found {
        let (entry, parent) = self
            .catalogue
            .get(parent)
            .and_then(|entry| Some((entry, entry.list.as_ref()?)))
            .expect("the catalogue checked that a parent exists and is listed");
        let parents = self.items(entry, parent, region).await;
        let mut all = self.below(&parents.items, list, region).await;
        all.failure = parents.failure.or(all.failure);
        all.read = parents.read;
        let mut level = 0;
        for _ in 0..list.descend {
            let found = self.below(&all.items[level..], list, region).await;
            level = all.items.len();
            all.items.extend(found.items);
            all.failure = all.failure.or(found.failure);
        }
        all
    }

    /// The items that are listed one level below others.
    async fn below(&self, parents: &[Item], list: &List, region: &RegionId) -> Found {
        let place = self.place(region);
        let outer = &Scope::new(View::Texts(&place));
        let name = &Arc::new(Name::new(PARENT));
        let reads: Vec<_> = match &list.batch {
            Some(batch) => chunks(parents, batch)
                .into_iter()
                .map(|chunk| async move { self.read(list, region, &Scope::within(chunk.of, outer), &chunk.keys).await })
                .map(|read| -> BoxFuture<'_, Found> { Box::pin(read) })
                .collect(),
            None => parents
                .iter()
                .map(|item| async move {
                    let mut found = self.read(list, region, &Scope::within(item, outer), &[]).await;
                    found.items =
                        found.items.into_iter().map(|child| child.with(Arc::clone(name), item.clone())).collect();
                    found
                })
                .map(|read| -> BoxFuture<'_, Found> { Box::pin(read) })
                .collect(),
        };
        let mut all = Found::default();
        let mut reads = stream::iter(reads).buffered(IN_FLIGHT);
        while let Some(found) = reads.next().await {
            all.items.extend(found.items);
            all.failure = all.failure.or(found.failure);
        }
        all
    }

    /// Reads one listing.
    async fn read(&self, list: &List, region: &RegionId, scope: &Scope<'_>, batch: &[Value]) -> Found {
        let Some(call) = &list.call else {
            let items = match list.batch {
                Some(_) => batch.iter().cloned().map(Item::Value).collect(),
                None => list.items.find(scope).into_iter().map(View::to_item).collect(),
            };
            return Found { items: only(list, items), failure: None, read: true };
        };
        let params = list.params.render(scope, batch).unwrap_or_else(|| Value::Object(Map::new()));
        let request = self.request(call, region, params, list.page);
        let (pages, items, failure) = self.pages(request, list.share, &list.items).await;
        let absent = failure.as_ref().is_some_and(|failure| list.absent.contains(&failure.code));
        let items = only(list, items);
        Found { items, failure: failure.filter(|_| !absent).map(|failure| failure.failure), read: pages > 0 || absent }
    }

    fn request(&self, call: &Call, region: &RegionId, params: Value, page_size: Option<u32>) -> Request {
        let projection = self.catalogue.projection(call);
        Request { call: call.clone(), region: region.clone(), params, page_size, projection }
    }

    /// Reads pages and takes from each what `path` leads to; tells how many there were and what ended them early.
    async fn pages(&self, request: Request, share: bool, path: &Path) -> (usize, Vec<Item>, Option<PagesFailure>) {
        if share {
            let read = Pages::read(&*self.api, request.clone());
            let kept = self.shared.get(Pages::key(&request), read).await;
            let items = kept.pages.iter().flat_map(|page| path.find(&Scope::new(page))).map(View::to_item).collect();
            return (kept.pages.len(), items, kept.failure.clone());
        }
        let call = request.call.clone();
        let mut stream = self.api.pages(request);
        let (mut pages, mut items) = (0, Vec::new());
        while let Some(page) = stream.next().await {
            match page {
                Ok(page) => {
                    pages += 1;
                    items.extend(path.find(&Scope::new(&page)).into_iter().map(View::to_item));
                }
                Err(error) => return (pages, items, Some(PagesFailure::new(&call, error))),
            }
        }
        (pages, items, None)
    }

    /// Adds one detail to all items.
    async fn enrich(&self, step: &Enrich, region: &RegionId, found: &mut Found) {
        let items = std::mem::take(&mut found.items);
        let details = if let Some(batch) = &step.batch {
            self.batched(step, batch, region, &items).await
        } else {
            let asks: Vec<_> = items.iter().map(|item| self.detail(step, region, item)).collect();
            stream::iter(asks).buffered(IN_FLIGHT).collect().await
        };
        let name = step.into.as_ref().map(|name| Arc::new(Name::new(name)));
        for (item, detail) in items.into_iter().zip(details) {
            let item = item.into_object();
            let item = match (detail, &name) {
                (Detail::Found(detail), Some(name)) => item.with(Arc::clone(name), detail),
                (Detail::Found(detail), None) => item.with_members_of(&detail),
                (Detail::Absent, Some(name)) => item.with(Arc::clone(name), Item::Value(Value::Null)),
                (Detail::Absent, None) | (Detail::Skipped, _) => item,
                (Detail::Gone, _) => continue,
                (Detail::Failed(failure), _) => {
                    found.failure.get_or_insert(failure);
                    if step.required {
                        continue;
                    }
                    item
                }
            };
            found.items.push(item);
        }
    }

    /// Asks for the detail of one item.
    fn detail<'a>(&'a self, step: &'a Enrich, region: &'a RegionId, item: &'a Item) -> BoxFuture<'a, Detail> {
        Box::pin(async move {
            let place = self.place(region);
            let outer = Scope::new(View::Texts(&place));
            let scope = Scope::within(item, &outer);
            if !wanted(step, &scope) {
                return Detail::Skipped;
            }
            let own =
                step.region.as_ref().and_then(|path| path.first(&scope)?.text()).map(|region| RegionId::from(&*region));
            let region = own.unwrap_or_else(|| region.clone());
            let Some(each) = &step.each else {
                return self.ask(step, &region, &scope, &[]).await;
            };
            let mut all = Vec::new();
            for value in each.find(&scope) {
                match self.ask(step, &region, &Scope::within(value, &scope), &[]).await {
                    Detail::Found(found) => match View::from(&found) {
                        list if list.is_list() => all.extend(list.elements().map(View::to_item)),
                        _ => all.push(found),
                    },
                    Detail::Absent | Detail::Skipped => {}
                    other @ (Detail::Gone | Detail::Failed(_)) => return other,
                }
            }
            Detail::Found(Item::List(all.into()))
        })
    }

    /// Asks for the details of many items with few calls.
    async fn batched(&self, step: &Enrich, batch: &Batch, region: &RegionId, items: &[Item]) -> Vec<Detail> {
        let wanted: Vec<_> = items.iter().map(|item| wanted(step, &Scope::new(item))).collect();
        let asked: Vec<_> = items.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(item, _)| item).collect();
        let chunks = chunks(asked, batch);
        let asks: Vec<_> = chunks.iter().map(|chunk| self.ask_chunk(step, region, chunk)).collect();
        let answers: Vec<Vec<Detail>> = stream::iter(asks).buffered(IN_FLIGHT).collect().await;
        let join = batch.join.as_ref().unwrap_or(&batch.key);
        let mut by_key: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        let mut failure = None;
        for answer in answers.into_iter().flatten() {
            match answer {
                Detail::Found(details) => {
                    for detail in View::from(&details).elements() {
                        for key in join.find(&Scope::new(detail)).into_iter().filter_map(View::text) {
                            by_key.entry(key.into_owned()).or_default().push(detail.to_item());
                        }
                    }
                }
                Detail::Failed(reason) => failure = failure.or(Some(reason)),
                _ => {}
            }
        }
        items
            .iter()
            .zip(wanted)
            .map(|(item, wanted)| {
                let key = batch.key.first(&Scope::new(item)).and_then(View::text).filter(|_| wanted);
                let Some(key) = key else { return Detail::Skipped };
                match (by_key.get(&*key), &failure) {
                    (Some(details), _) if batch.many => Detail::Found(Item::List(details.as_slice().into())),
                    (Some(details), _) => details.first().cloned().map_or(Detail::Absent, Detail::Found),
                    // Whose call it was that failed is not worth telling apart: nobody has the others' details.
                    (None, Some(failure)) => Detail::Failed(failure.clone()),
                    (None, None) if batch.many => Detail::Found(Item::List(Arc::new([]))),
                    (None, None) => Detail::Absent,
                }
            })
            .collect()
    }

    /// Asks for one batch; singly, where one of them being gone failed it.
    async fn ask_chunk(&self, step: &Enrich, region: &RegionId, chunk: &Chunk<'_>) -> Vec<Detail> {
        let place = self.place(region);
        match self.ask(step, region, &Scope::within(chunk.of, &Scope::new(View::Texts(&place))), &chunk.keys).await {
            Detail::Absent | Detail::Gone if chunk.keys.len() > 1 => {
                let asks: Vec<_> = chunk.keys.iter().map(|key| self.ask_one(step, region, chunk.of, key)).collect();
                stream::iter(asks).buffered(IN_FLIGHT).collect().await
            }
            answer => vec![answer],
        }
    }

    async fn ask_one(&self, step: &Enrich, region: &RegionId, of: View<'_>, key: &Value) -> Detail {
        let place = self.place(region);
        self.ask(step, region, &Scope::within(of, &Scope::new(View::Texts(&place))), std::slice::from_ref(key)).await
    }

    /// What parameters may name besides the item.
    fn place<'a>(&'a self, region: &'a RegionId) -> [(&'static str, &'a str); 3] {
        [("account", &self.account), ("partition", &self.partition), ("region", region)]
    }

    /// Makes the call of a detail.
    async fn ask(&self, step: &Enrich, region: &RegionId, scope: &Scope<'_>, batch: &[Value]) -> Detail {
        // A batch answers for many, and an answer that is shared may be there already.
        let _slot = if step.batch.is_some() || step.share {
            None
        } else {
            if let Err(failure) = self.details.take() {
                return Detail::Failed(failure);
            }
            Some(self.details.slots.acquire().await.expect("the semaphore is never closed"))
        };
        let params = step.params.render(scope, batch).unwrap_or_else(|| Value::Object(Map::new()));
        let request = self.request(&step.call, region, params, None);
        let whole = Path::whole();
        let path = step.items.as_ref().unwrap_or(&whole);
        let (_, mut values, failure) = self.pages(request, step.share, path).await;
        match failure {
            None if path.is_list() || step.batch.is_some() => Detail::Found(Item::List(values.into())),
            None if values.is_empty() => {
                step.default.clone().map_or(Detail::Absent, |value| Detail::Found(Item::Value(value)))
            }
            None => Detail::Found(values.swap_remove(0)),
            Some(failure) if step.absent.contains(&failure.code) => Detail::Absent,
            Some(failure) if step.gone.contains(&failure.code) => Detail::Gone,
            Some(failure) => Detail::Failed(failure.failure),
        }
    }
}

/// The items that the entry is about.
fn only(list: &List, mut items: Vec<Item>) -> Vec<Item> {
    if !list.only.is_empty() {
        items.retain(|item| list.only.iter().any(|only| only.holds(&Scope::new(item))));
    }
    items
}

fn wanted(step: &Enrich, scope: &Scope<'_>) -> bool {
    step.when.as_ref().is_none_or(|when| when.holds(scope))
        && step.unless.as_ref().is_none_or(|unless| !unless.holds(scope))
}

/// Keys that one call is asked for.
struct Chunk<'a> {
    /// An item that has what all of them have in common; null where that is nothing.
    of: View<'a>,
    keys: Vec<Value>,
}

/// The different keys of items, in lists no longer than a call takes.
fn chunks<'a>(items: impl IntoIterator<Item = &'a Item>, batch: &Batch) -> Vec<Chunk<'a>> {
    let mut groups: BTreeMap<String, (View<'_>, BTreeMap<String, Value>)> = BTreeMap::new();
    for item in items {
        let scope = Scope::new(item);
        let Some(key) = batch.key.first(&scope) else { continue };
        let Some(name) = key.text() else { continue };
        let group = batch.by.as_ref().map(|by| by.first(&scope).and_then(View::text).unwrap_or_default());
        let of = if group.is_some() { View::from(item) } else { View::Value(&Value::Null) };
        let group = group.unwrap_or_default().into_owned();
        let (_, keys) = groups.entry(group).or_insert_with(|| (of, BTreeMap::new()));
        if !keys.contains_key(&*name) {
            keys.insert(name.into_owned(), key.to_value());
        }
    }
    let chunks = groups.into_values().flat_map(|(of, keys)| {
        let keys: Vec<Value> = keys.into_values().collect();
        let size = batch.size.unwrap_or(keys.len()).max(1);
        keys.chunks(size).map(|keys| Chunk { of, keys: keys.to_vec() }).collect::<Vec<_>>()
    });
    chunks.collect()
}

#[cfg(test)]
mod tests;
