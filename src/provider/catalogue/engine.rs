//! The engine: lists kinds as their entries say.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, future::BoxFuture, stream};
use serde_json::{Map, json};
use tokio::sync::Semaphore;

use super::{
    Catalogue,
    anomaly::Anomalies,
    api::{Api, Call, Request},
    entry::{Batch, Enrich, Entry, List},
    mapping::{self, Place},
    memo::{Memo, Pages, PagesFailure},
    path::{Path, Scope, as_object, text},
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
    items: Vec<Value>,
    /// Why there may be more.
    failure: Option<Failure>,
    /// Whether anything was read, though it may have been empty.
    read: bool,
}

/// What was asked for one item.
enum Detail {
    Found(Value),
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
                None if list.of.is_empty() => {
                    Box::pin(async { self.read(list, region, &Scope::new(&self.place(region)), &[]).await })
                }
                None => Box::pin(self.below(&list.of, list, region)),
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
    async fn below(&self, parents: &[Value], list: &List, region: &RegionId) -> Found {
        let place = self.place(region);
        let outer = &Scope::new(&place);
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
                    for child in &mut found.items {
                        let mut members = as_object(child.take());
                        members.insert(PARENT.to_owned(), item.clone());
                        *child = Value::Object(members);
                    }
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
                Some(_) => batch.to_vec(),
                None => list.items.find(scope).into_iter().cloned().collect(),
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
    async fn pages(&self, request: Request, share: bool, path: &Path) -> (usize, Vec<Value>, Option<PagesFailure>) {
        if share {
            let read = Pages::read(&*self.api, request.clone());
            let kept = self.shared.get(Pages::key(&request), read).await;
            let items = kept.pages.iter().flat_map(|page| path.find(&Scope::new(page))).cloned().collect();
            return (kept.pages.len(), items, kept.failure.clone());
        }
        let call = request.call.clone();
        let mut stream = self.api.pages(request);
        let (mut pages, mut items) = (0, Vec::new());
        while let Some(page) = stream.next().await {
            match page {
                Ok(page) => {
                    pages += 1;
                    items.extend(path.take(page));
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
        for (item, detail) in items.into_iter().zip(details) {
            let mut members = as_object(item);
            match detail {
                Detail::Skipped => {}
                Detail::Found(value) => match (&step.into, value) {
                    (Some(name), value) => drop(members.insert(name.clone(), value)),
                    (None, Value::Object(details)) => members.extend(details),
                    (None, _) => {}
                },
                Detail::Absent => {
                    if let Some(name) = &step.into {
                        members.insert(name.clone(), Value::Null);
                    }
                }
                Detail::Gone => continue,
                Detail::Failed(failure) => {
                    found.failure.get_or_insert(failure);
                    if step.required {
                        continue;
                    }
                }
            }
            found.items.push(Value::Object(members));
        }
    }

    /// Asks for the detail of one item.
    fn detail<'a>(&'a self, step: &'a Enrich, region: &'a RegionId, item: &'a Value) -> BoxFuture<'a, Detail> {
        Box::pin(async move {
            let place = self.place(region);
            let outer = Scope::new(&place);
            let scope = Scope::within(item, &outer);
            if !wanted(step, &scope) {
                return Detail::Skipped;
            }
            let own = step.region.as_ref().and_then(|path| text(path.first(&scope)?)).map(RegionId::from);
            let region = own.unwrap_or_else(|| region.clone());
            let Some(each) = &step.each else {
                return self.ask(step, &region, &scope, &[]).await;
            };
            let mut all = Vec::new();
            for value in each.find(&scope) {
                match self.ask(step, &region, &Scope::within(value, &scope), &[]).await {
                    Detail::Found(Value::Array(values)) => all.extend(values),
                    Detail::Found(value) => all.push(value),
                    Detail::Absent | Detail::Skipped => {}
                    other @ (Detail::Gone | Detail::Failed(_)) => return other,
                }
            }
            Detail::Found(Value::Array(all))
        })
    }

    /// Asks for the details of many items with few calls.
    async fn batched(&self, step: &Enrich, batch: &Batch, region: &RegionId, items: &[Value]) -> Vec<Detail> {
        let wanted: Vec<_> = items.iter().map(|item| wanted(step, &Scope::new(item))).collect();
        let asked: Vec<_> = items.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(item, _)| item).collect();
        let chunks = chunks(asked, batch);
        let asks: Vec<_> = chunks.iter().map(|chunk| self.ask_chunk(step, region, chunk)).collect();
        let answers: Vec<Vec<Detail>> = stream::iter(asks).buffered(IN_FLIGHT).collect().await;
        let join = batch.join.as_ref().unwrap_or(&batch.key);
        let mut by_key: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut failure = None;
        for answer in answers.into_iter().flatten() {
            match answer {
                Detail::Found(Value::Array(details)) => {
                    for detail in details {
                        for key in join.find(&Scope::new(&detail)).into_iter().filter_map(text) {
                            by_key.entry(key).or_default().push(detail.clone());
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
                let key = batch.key.first(&Scope::new(item)).and_then(text).filter(|_| wanted);
                let Some(key) = key else { return Detail::Skipped };
                match (by_key.get(&key), &failure) {
                    (Some(details), _) if batch.many => Detail::Found(Value::Array(details.clone())),
                    (Some(details), _) => details.first().cloned().map_or(Detail::Absent, Detail::Found),
                    // Whose call it was that failed is not worth telling apart: nobody has the others' details.
                    (None, Some(failure)) => Detail::Failed(failure.clone()),
                    (None, None) if batch.many => Detail::Found(Value::Array(Vec::new())),
                    (None, None) => Detail::Absent,
                }
            })
            .collect()
    }

    /// Asks for one batch; singly, where one of them being gone failed it.
    async fn ask_chunk(&self, step: &Enrich, region: &RegionId, chunk: &Chunk<'_>) -> Vec<Detail> {
        let place = self.place(region);
        match self.ask(step, region, &Scope::within(chunk.of, &Scope::new(&place)), &chunk.keys).await {
            Detail::Absent | Detail::Gone if chunk.keys.len() > 1 => {
                let asks: Vec<_> = chunk.keys.iter().map(|key| self.ask_one(step, region, chunk.of, key)).collect();
                stream::iter(asks).buffered(IN_FLIGHT).collect().await
            }
            answer => vec![answer],
        }
    }

    async fn ask_one(&self, step: &Enrich, region: &RegionId, of: &Value, key: &Value) -> Detail {
        let place = self.place(region);
        self.ask(step, region, &Scope::within(of, &Scope::new(&place)), std::slice::from_ref(key)).await
    }

    /// What parameters may name besides the item.
    fn place(&self, region: &RegionId) -> Value {
        json!({"account": &*self.account, "partition": self.partition, "region": &**region})
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
            None if path.is_list() || step.batch.is_some() => Detail::Found(Value::Array(values)),
            None if values.is_empty() => step.default.clone().map_or(Detail::Absent, Detail::Found),
            None => Detail::Found(values.swap_remove(0)),
            Some(failure) if step.absent.contains(&failure.code) => Detail::Absent,
            Some(failure) if step.gone.contains(&failure.code) => Detail::Gone,
            Some(failure) => Detail::Failed(failure.failure),
        }
    }
}

/// The items that the entry is about.
fn only(list: &List, mut items: Vec<Value>) -> Vec<Value> {
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
    of: &'a Value,
    keys: Vec<Value>,
}

/// The different keys of items, in lists no longer than a call takes.
fn chunks<'a>(items: impl IntoIterator<Item = &'a Value>, batch: &Batch) -> Vec<Chunk<'a>> {
    let mut groups: BTreeMap<String, (&Value, BTreeMap<String, Value>)> = BTreeMap::new();
    for item in items {
        let scope = Scope::new(item);
        let Some(key) = batch.key.first(&scope) else { continue };
        let Some(name) = text(key) else { continue };
        let group = batch.by.as_ref().map(|by| by.first(&scope).and_then(text).unwrap_or_default());
        let of = if group.is_some() { item } else { &Value::Null };
        let (_, keys) = groups.entry(group.unwrap_or_default()).or_insert_with(|| (of, BTreeMap::new()));
        keys.insert(name, key.clone());
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
