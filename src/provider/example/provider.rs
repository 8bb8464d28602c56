//! The example's side of [`Provider`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    model::{
        AccountId, Clock, DeleteOrder, Failure, FailureClass, KindName, LinkEnd, Listing, ProviderName, Resource,
        ScopeKey,
    },
    provider::{DeleteTarget, DiscoveredAccount, Discovery, Provider, known_kinds},
};

use super::{Config, calendar::Hour, seed::Seed, site::Holding, world::World};

/// The name in the configuration and in scopes.
const NAME: &str = "example";

/// Lists a company that does not exist.
#[derive(Debug)]
pub struct ExampleProvider {
    config: Config,
    clock: Arc<dyn Clock>,
    /// Kinds that describe something and are no resource.
    phantoms: BTreeSet<KindName>,
    /// The view of the last discovery, so that one collection sees one hour.
    view: Mutex<Option<Arc<View>>>,
    deleted: Mutex<BTreeSet<(AccountId, KindName, String)>>,
}

/// The inventory of one hour.
#[derive(Debug)]
struct View {
    hour: Hour,
    world: World,
    failing: BTreeMap<ScopeKey, FailureClass>,
    /// Kind → the kinds of which some resource must be deleted before one of it.
    dependants: BTreeMap<KindName, BTreeSet<KindName>>,
}

impl ExampleProvider {
    /// The inventory that `config` describes, as it is when `clock` says so.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let phantoms = known_kinds(&|_| false).into_iter().filter(|kind| kind.phantom).map(|kind| kind.name).collect();
        Self { config, clock, phantoms, view: Mutex::default(), deleted: Mutex::default() }
    }

    /// Draws the inventory of this hour, unless it is drawn already.
    fn refresh(&self) -> Arc<View> {
        let hour = Hour::of(self.clock.now());
        let mut last = lock(&self.view);
        match &*last {
            Some(view) if view.hour == hour => Arc::clone(view),
            _ => {
                let view = Arc::new(View::draw(&self.config, hour));
                *last = Some(Arc::clone(&view));
                view
            }
        }
    }
}

#[async_trait]
impl Provider for ExampleProvider {
    fn name(&self) -> ProviderName {
        NAME.into()
    }

    async fn discover(&self) -> Discovery {
        let view = self.refresh();
        let accounts = view.world.holdings.values().map(|holding| DiscoveredAccount {
            account: holding.account.clone(),
            regions: holding.regions.clone(),
            scopes: scope_keys(holding).collect(),
            failure: None,
        });
        Discovery { accounts: accounts.collect(), failure: None }
    }

    async fn list(&self, scope: &ScopeKey) -> Listing {
        let discovered = lock(&self.view).clone();
        let view = discovered.unwrap_or_else(|| self.refresh());
        if let Some(class) = view.failing.get(scope) {
            let message = "made up by the example provider, because its setting `failing_scopes` asks for it";
            return Listing::Failed(Failure::new(*class, message));
        }
        let Some(resources) = view.find(scope) else {
            let message = format!("the example inventory has no scope {scope}");
            return Listing::Failed(Failure::new(FailureClass::BadAnswer, message));
        };
        let deleted = lock(&self.deleted);
        let is_there = |resource: &&Resource| !deleted.contains(&identity(scope, resource));
        Listing::Complete(resources.iter().filter(is_there).cloned().collect())
    }

    fn deletes(&self, kind: &str) -> bool {
        !self.phantoms.contains(kind)
    }

    fn dependants(&self, kind: &str) -> Vec<KindName> {
        let view = lock(&self.view).clone();
        view.and_then(|view| view.dependants.get(kind).cloned()).into_iter().flatten().collect()
    }

    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure> {
        lock(&self.deleted).insert(identity(&target.scope, &target.resource));
        Ok(())
    }
}

impl View {
    fn draw(config: &Config, hour: Hour) -> Self {
        let world = World::draw(config.seed, config.resources.min(Config::RESOURCES_MAX), hour);
        let draw = Seed::new(config.seed).fork("failures", hour.number());
        let mut failing = BTreeMap::new();
        let scopes: Vec<ScopeKey> = match config.failing_scopes {
            0 => Vec::new(),
            _ => world.holdings.values().flat_map(scope_keys).collect(),
        };
        let wanted = usize::try_from(config.failing_scopes).unwrap_or(usize::MAX).min(scopes.len());
        let classes: Vec<_> = FailureClass::ALL.into_iter().filter(|class| class.is_of_listings()).collect();
        let mut number = 0;
        while failing.len() < wanted {
            let scope = draw.fork("scope", number).pick(&scopes).clone();
            let class = classes[failing.len() % classes.len()];
            failing.entry(scope).or_insert(class);
            number += 1;
        }
        let dependants = dependants(&world);
        Self { hour, world, failing, dependants }
    }

    fn find(&self, scope: &ScopeKey) -> Option<&[Resource]> {
        let holding = self.world.holdings.get(&(scope.cloud.clone(), scope.account.clone()))?;
        holding.scopes.get(&(scope.region.clone(), scope.kind.clone())).map(Vec::as_slice)
    }
}

fn dependants(world: &World) -> BTreeMap<KindName, BTreeSet<KindName>> {
    let mut dependants: BTreeMap<KindName, BTreeSet<KindName>> = BTreeMap::new();
    let resources = world.holdings.values().flat_map(|holding| holding.scopes.values().flatten());
    for (resource, link) in resources.flat_map(|resource| resource.links.iter().map(move |link| (resource, link))) {
        let (this, other) = (&resource.kind, &link.other.kind);
        let (before, after) = match (link.end, link.delete) {
            (_, DeleteOrder::None) => continue,
            (LinkEnd::From, DeleteOrder::Same) | (LinkEnd::To, DeleteOrder::Reverse) => (this, other),
            (LinkEnd::From, DeleteOrder::Reverse) | (LinkEnd::To, DeleteOrder::Same) => (other, this),
        };
        if dependants.get(after).is_none_or(|kinds| !kinds.contains(before)) {
            dependants.entry(after.clone()).or_default().insert(before.clone());
        }
    }
    dependants
}

fn scope_keys(holding: &Holding) -> impl Iterator<Item = ScopeKey> {
    holding.scopes.keys().map(|(region, kind)| ScopeKey {
        provider: NAME.into(),
        cloud: holding.account.cloud.clone(),
        account: holding.account.id.clone(),
        region: region.clone(),
        kind: kind.clone(),
    })
}

fn identity(scope: &ScopeKey, resource: &Resource) -> (AccountId, KindName, String) {
    (scope.account.clone(), resource.kind.clone(), resource.id.clone())
}

/// A panic elsewhere leaves nothing half-written behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
