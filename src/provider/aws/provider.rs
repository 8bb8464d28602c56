//! The AWS provider.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use tracing::{debug, warn};

use super::{
    Config,
    account::{Accounts, CLOUD, Found},
    action,
    api::AccountApi,
    client::{AwsClient, Parts},
    denial::ExpectedDenials,
    http_client::{HttpClient, HttpError},
    kinds,
    permission::{Permissions, Refusal},
    prices::{Asking, PriceError, Prices},
    probe, quota, region,
    retry::Policy,
    selection::Selection,
};
use crate::{
    model::{
        AccountId, Clock, CloudId, Failure, FailureClass, KindName, Listing, ProviderName, Region, RegionId, Resource,
        ScopeKey,
    },
    provider::{
        CallMeter, DeleteTarget, DiscoveredAccount, Discovery, MissingPermission, NeededKinds, PriceReport, PriceRow,
        Provider,
        catalogue::{Catalogue, CatalogueError, Collection, DetailLimits, Entry, ListScope, Outcome, Place, delete},
    },
};

/// The name of this provider.
const NAME: &str = "aws";
/// The kind of a region's own node.
const REGION_KIND: &str = "aws_region";
/// Accounts whose permissions are asked for at a time: nobody waits for that, and IAM allows few questions a second.
const PROBES_AT_A_TIME: usize = 4;

/// Lists AWS's resources, account by account, kind by kind.
#[derive(Debug)]
pub struct AwsProvider {
    config: Config,
    client: Arc<AwsClient>,
    catalogue: Arc<Catalogue>,
    selection: Selection,
    denials: ExpectedDenials,
    permissions: Arc<Permissions>,
    accounts: Accounts,
    prices: Prices,
    clock: Arc<dyn Clock>,
    /// Regions of any account, by name.
    regions: Mutex<BTreeMap<String, Region>>,
    /// What the last discovery found.
    entered: Mutex<BTreeMap<AccountId, Arc<Account>>>,
}

/// An account that can be listed.
#[derive(Debug)]
struct Account {
    api: Arc<AccountApi>,
    partition: String,
    collection: Collection,
    /// Listings that are still to come, by region.
    left: Mutex<BTreeMap<RegionId, usize>>,
}

/// A listing in a region; with the last one ends what the listings there have in common.
struct ListingIn<'a> {
    account: &'a Account,
    region: &'a RegionId,
}

impl Drop for ListingIn<'_> {
    fn drop(&mut self) {
        let mut left = self.account.left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(listings) = left.get_mut(self.region) else { return };
        *listings = listings.saturating_sub(1);
        if *listings == 0 {
            left.remove(self.region);
            self.account.collection.forget(self.region);
        }
    }
}

/// A provider that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum AwsProviderError {
    #[error("AWS cannot be reached from here")]
    Http(#[from] HttpError),
    #[error("the catalogue of AWS cannot be used")]
    Catalogue(#[from] CatalogueError),
    #[error("a pattern of the settings cannot be used")]
    Selection(#[from] globset::Error),
}

impl AwsProvider {
    /// A provider with the catalogue that is built in; where the settings name no kinds, it lists those that are needed.
    pub fn new(
        config: Config,
        needed: NeededKinds,
        meter: Arc<dyn CallMeter>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AwsProviderError> {
        let http = HttpClient::new(config.connect_timeout, config.request_timeout)?;
        let permissions = Arc::new(Permissions::default());
        let client = Arc::new(AwsClient::new(Parts {
            permissions: Arc::clone(&permissions),
            provider: NAME.into(),
            http,
            policy: Policy { attempts_max: config.attempts_max, ..Policy::default() },
            config: config.clone(),
            meter,
            clock: Arc::clone(&clock),
        }));
        let catalogue = Arc::new(kinds::catalogue([])?);
        let selection = Selection::new(&config, needed)?;
        let denials = ExpectedDenials::new(&config.expected_denials)?;
        let accounts = Accounts::new(Arc::clone(&client), Arc::clone(&clock), &config);
        let prices = Prices::new(config.prices.clone());
        let (regions, entered) = (Mutex::default(), Mutex::default());
        Ok(Self {
            config,
            client,
            catalogue,
            selection,
            denials,
            permissions,
            accounts,
            prices,
            clock,
            regions,
            entered,
        })
    }

    /// Where prices are kept that AWS was asked for.
    pub fn prices_file(&self) -> Option<&Path> {
        self.config.prices.file.as_deref()
    }

    /// The prices of a type of instance or volume, region by region.
    pub fn prices_of(&self, name: &str) -> Vec<PriceRow> {
        self.prices.of(name)
    }

    /// Asks AWS what things cost in the regions of all accounts.
    pub async fn refresh_prices(&self) -> Result<(), PriceError> {
        let (found, failure) = self.accounts.find().await;
        let accounts = futures::future::join_all(found.iter().map(|found| self.describe(found))).await;
        let failure = failure.or_else(|| found.iter().find_map(|found| found.failure.clone()));
        self.ask_for_prices(&found, &accounts, failure).await
    }

    /// Asks with the credentials of the first account that can be entered.
    async fn ask_for_prices(
        &self,
        found: &[Found],
        accounts: &[DiscoveredAccount],
        failure: Option<Failure>,
    ) -> Result<(), PriceError> {
        let regions: BTreeSet<String> =
            accounts.iter().flat_map(|account| &account.regions).map(|region| region.id.to_string()).collect();
        let entered = found.iter().find(|found| found.failure.is_none()).map(|found| &found.entered);
        let Some(entered) = entered.filter(|_| !regions.is_empty()) else {
            let none = || Failure::new(FailureClass::BadAnswer, "there is no account with regions to ask for");
            return Err(PriceError::Asking(failure.unwrap_or_else(none)));
        };
        let asking = Asking {
            client: &self.client,
            session: &entered.session,
            home_region: &entered.home_region,
            partition: &entered.partition,
        };
        self.prices.refresh(asking, &regions, self.clock.now()).await
    }

    async fn describe(&self, found: &Found) -> DiscoveredAccount {
        let account = found.account.clone();
        if let Some(failure) = &found.failure {
            let failure = self.denials.mark_account(&account.id, failure.clone());
            if failure.class.is_expected() {
                debug!(account = %account.id, error = failure.message, "an account cannot be entered, as expected");
            } else {
                warn!(account = %account.id, class = %failure.class, error = failure.message, "an account cannot be entered");
            }
            return DiscoveredAccount { account, regions: Vec::new(), scopes: Vec::new(), failure: Some(failure) };
        }
        let (names, failure) = match self.regions(found).await {
            Ok(names) => (names, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        let regions = self.named(&names);
        DiscoveredAccount { scopes: self.scopes(&account.id, &regions), regions, account, failure }
    }

    /// Regions by their names, which all accounts share.
    fn named(&self, names: &[String]) -> Vec<Region> {
        let mut known = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let region = |name: &String| {
            let region = known.entry(name.clone()).or_insert_with(|| Region::named(name.as_str(), REGION_KIND));
            region.clone()
        };
        names.iter().map(region).collect()
    }

    async fn regions(&self, found: &Found) -> Result<Vec<String>, Failure> {
        if !self.config.regions.is_empty() {
            return Ok(self.config.regions.clone());
        }
        let entered = &found.entered;
        let enabled = region::enabled(&self.client, &entered.session, &entered.home_region).await;
        match enabled {
            Ok(names) if names.is_empty() => {
                Err(Failure::new(FailureClass::BadAnswer, "finding the regions of the account: there are none"))
            }
            Ok(names) => Ok(names),
            Err(error) => Err(error.failure("finding the regions of the account")),
        }
    }

    fn scopes(&self, account: &AccountId, regions: &[Region]) -> Vec<ScopeKey> {
        // Names are shared: there may be millions of scopes.
        let (provider, cloud) = (ProviderName::from(NAME), CloudId::from(CLOUD));
        let regions: Vec<RegionId> = regions.iter().map(|region| region.id.clone()).collect();
        let global = [RegionId::global()];
        let mut scopes = Vec::new();
        for entry in self.selected() {
            let regions = match entry.scope {
                ListScope::Global => &global[..],
                ListScope::Region => &regions[..],
            };
            scopes.extend(regions.iter().map(|region| ScopeKey {
                provider: provider.clone(),
                cloud: cloud.clone(),
                account: account.clone(),
                region: region.clone(),
                kind: entry.kind.clone(),
            }));
        }
        scopes
    }

    /// The entries of the kinds that are collected.
    fn selected(&self) -> impl Iterator<Item = &Entry> {
        self.catalogue.entries().filter(|entry| entry.list.is_some() && self.selection.has(&entry.kind))
    }

    /// Every action that is used, with the kinds that need it; none where it is about accounts.
    fn actions(&self) -> BTreeMap<String, BTreeSet<KindName>> {
        let mut actions = action::reading(&self.config, &self.catalogue, self.selected().map(|entry| &entry.kind));
        for action in action::entering(&self.config) {
            actions.entry(action).or_default();
        }
        actions
    }

    fn account(&self, id: &AccountId) -> Result<Arc<Account>, Failure> {
        let entered = self.entered.lock().unwrap_or_else(PoisonError::into_inner);
        entered.get(id).cloned().ok_or_else(|| {
            Failure::new(FailureClass::ExpiredCredentials, format!("the account {id} could not be entered"))
        })
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn name(&self) -> ProviderName {
        NAME.into()
    }

    async fn discover(&self) -> Discovery {
        let (found, failure) = self.accounts.find().await;
        let accounts = futures::future::join_all(found.iter().map(|found| self.describe(found))).await;
        if self.prices.is_due(self.clock.now()) {
            // That they stay what they were is logged, and no reason not to collect.
            self.ask_for_prices(&found, &accounts, failure.clone()).await.ok();
        }
        let entered =
            found.iter().zip(&accounts).filter(|(found, _)| found.failure.is_none()).map(|(found, described)| {
                let mut left = BTreeMap::new();
                for scope in &described.scopes {
                    *left.entry(scope.region.clone()).or_default() += 1;
                }
                let id = found.account.id.clone();
                let partition = found.entered.partition.clone();
                let api = Arc::new(AccountApi {
                    client: Arc::clone(&self.client),
                    entered: Arc::clone(&found.entered),
                    page_size: self.config.page_size,
                });
                let limits =
                    DetailLimits { in_flight: self.config.details_concurrency, calls: self.config.details_max };
                let catalogue = Arc::clone(&self.catalogue);
                let collection = Collection::new(catalogue, api.clone(), id.clone(), partition.as_str(), limits);
                (id, Arc::new(Account { api, partition, collection, left: Mutex::new(left) }))
            });
        self.permissions.begin(&found.iter().map(|found| found.account.id.clone()).collect());
        // A collection begins: nothing that was read for the last one is good for this one.
        *self.entered.lock().unwrap_or_else(PoisonError::into_inner) = entered.collect();
        Discovery { accounts, failure }
    }

    async fn list(&self, scope: &ScopeKey) -> Listing {
        match self.account(&scope.account) {
            Ok(account) => {
                let _last = ListingIn { account: &account, region: &scope.region };
                let Outcome { mut listing, anomalies } = account.collection.list(&scope.kind, &scope.region).await;
                for (anomaly, count) in anomalies.iter() {
                    debug!(%scope, ?anomaly, count, "an item is not what the catalogue expects");
                }
                if self.config.quota_usage && scope.kind == *quota::KIND {
                    quota::add_usage(&account.api, &scope.region, &mut listing, self.clock.now()).await;
                }
                self.prices.apply(&mut listing, &scope.region);
                match listing {
                    Listing::Complete(resources) => Listing::Complete(resources),
                    Listing::Partial { resources, missing } => {
                        Listing::Partial { resources, missing: self.denials.mark(scope, missing) }
                    }
                    Listing::Failed(failure) => Listing::Failed(self.denials.mark(scope, failure)),
                }
            }
            Err(failure) => Listing::Failed(failure),
        }
    }

    async fn probe(&self) -> Vec<(AccountId, Failure)> {
        let (found, _) = self.accounts.find().await;
        let actions: BTreeSet<String> = self.actions().into_keys().collect();
        let ask = |found: Found| {
            let actions = &actions;
            async move {
                let account = found.account.id;
                match probe::refused(&self.client, &found.entered, actions).await {
                    Ok(refused) => {
                        self.permissions.simulated(&account, refused);
                        None
                    }
                    Err(error) => Some((account, error.failure("asking IAM what it would refuse"))),
                }
            }
        };
        let entered = found.into_iter().filter(|found| found.failure.is_none());
        let asked: Vec<_> = stream::iter(entered).map(ask).buffered(PROBES_AT_A_TIME).collect().await;
        asked.into_iter().flatten().collect()
    }

    fn missing_permissions(&self) -> Vec<MissingPermission> {
        let actions = self.actions();
        // What finds accounts and prices is asked in one of them only, so nobody simulates it.
        let mut about_accounts = action::finding(&self.config);
        about_accounts.extend(action::pricing(&self.config));
        about_accounts.insert(action::action("sts", "AssumeRole"));
        let missing = self.permissions.missing().into_iter().filter_map(|refusal| {
            let Refusal { account, action, regions } = refusal;
            let kinds = match actions.get(&action) {
                Some(kinds) => kinds.clone(),
                None if about_accounts.contains(&action) => BTreeSet::new(),
                // Nothing needs it any more.
                None => return None,
            };
            let expected = |kind: &KindName| {
                let is_global = self.catalogue.get(kind).is_some_and(|entry| entry.scope == ListScope::Global);
                match (is_global, regions.is_empty()) {
                    (true, _) => self.denials.expect(&account, Some(RegionId::GLOBAL), kind),
                    (false, true) => self.denials.expect(&account, None, kind),
                    (false, false) => regions.iter().all(|region| self.denials.expect(&account, Some(region), kind)),
                }
            };
            if !kinds.is_empty() && kinds.iter().all(expected) {
                return None;
            }
            Some(MissingPermission { account, action, regions, kinds })
        });
        missing.collect()
    }

    fn prices(&self) -> Option<PriceReport> {
        Some(self.prices.report())
    }

    fn deletes(&self, kind: &str) -> bool {
        self.catalogue.get(kind).is_some_and(|entry| entry.delete.is_some())
    }

    fn dependants(&self, kind: &str) -> Vec<KindName> {
        self.catalogue.dependants(kind)
    }

    fn goes_with_its_owner(&self, resource: &Resource) -> bool {
        self.catalogue.goes_with_its_owner(resource)
    }

    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure> {
        let kind = &target.resource.kind;
        let entry = self.catalogue.get(kind).ok_or_else(|| {
            Failure::new(FailureClass::Unsupported, format!("the catalogue has no deletion of `{kind}`"))
        })?;
        let account = self.account(&target.scope.account)?;
        let place = Place {
            account: target.scope.account.clone(),
            partition: account.partition.clone(),
            region: target.scope.region.clone(),
        };
        delete(&*account.api, entry, &place, target).await
    }
}
