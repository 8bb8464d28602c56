//! Estimates: what one collection takes, before there was any.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    cli::{CliError, Estimate, EstimateArguments, ServiceEstimate},
    config::{Loaded, Settings},
    graph::Generation,
    model::{AccountId, Clock, KindName, RegionId, SystemClock},
    provider::{
        CallMeter, Discovery, NeededKinds, NoMeter,
        aws::{
            self, Selection,
            charges::Charges,
            endpoint::Endpoints,
            limit::{Pace, Paces},
            region,
        },
        catalogue::{Catalogue, Effort, ListScope},
    },
    workflow::{Schedule, Step, Workflow},
};

use super::{
    kinds::kinds, needs::aws_catalogue, prepared::Prepared, program::StartError, providers::providers, storage,
};

/// How long an answer takes, in seconds: nobody knows beforehand, and near regions are faster.
const ANSWER_SECONDS: f64 = 0.2;

/// How far ahead the schedule is looked at.
const DAYS: i64 = 30;

/// The accounts that are collected, each with its regions.
type Places = BTreeMap<AccountId, BTreeSet<RegionId>>;

/// How many resources there are, where somebody counted.
type Counts = BTreeMap<(AccountId, RegionId, KindName), u64>;

pub(super) async fn estimate(loaded: &Loaded<Settings>, arguments: &EstimateArguments) -> Result<Estimate, CliError> {
    let model = kinds(loaded).map_err(StartError::from)?;
    let prepared = Prepared::new(loaded, &model).map_err(StartError::from)?;
    let config = &loaded.settings.providers.aws;
    let needed = NeededKinds::new(prepared.needs.kinds());
    let selection = Selection::new(config, needed.clone()).map_err(|error| CliError::Failed(error.into()))?;
    let catalogue = aws_catalogue();
    let stored = storage::find(&loaded.settings.storage, None, &model)?.map(|(generation, _)| generation);
    let counts = stored.as_ref().map(counts).unwrap_or_default();

    let mut assumptions = Vec::new();
    let places = if arguments.online {
        found(&discover(loaded, &needed).await?)?
    } else {
        configured(config, stored.as_ref(), &mut assumptions)
    };
    let listed: Vec<&KindName> = catalogue
        .entries()
        .filter(|entry| entry.list.is_some() && selection.has(&entry.kind))
        .map(|entry| &entry.kind)
        .collect();
    let mut sum = Sum::new(Paces::new(config.limits.clone()));
    let mut unknown = false;
    for (account, regions) in &places {
        sum.calls_of_account = 0;
        // Who it is, its alias, its regions.
        for (service, operation) in
            [("sts", "GetCallerIdentity"), ("iam", "ListAccountAliases"), ("ec2", "DescribeRegions")]
        {
            if service != "ec2" || config.regions.is_empty() {
                sum.add(account, "global", service, operation, Effort { calls: 1, details: 0 });
            }
        }
        for region in regions.iter().map(Some).chain([None]) {
            let scope = if region.is_some() { ListScope::Region } else { ListScope::Global };
            let region = region.cloned().unwrap_or_else(RegionId::global);
            let here = listed.iter().copied().filter(|kind| is_listed_in(&catalogue, kind, scope));
            let share = if scope == ListScope::Global { 1 } else { regions.len().max(1) as u64 };
            let counted = |kind: &str| counts.get(&(account.clone(), region.clone(), kind.into())).copied();
            let items = |kind: &str| {
                // What is collected below a kind that is not tells of that one: each has something above it.
                let below = || {
                    let below =
                        listed.iter().filter(|below| catalogue.parents(below).iter().any(|above| above.kind == *kind));
                    below.filter_map(|below| counted(below)).max().map(|number| number.max(1))
                };
                counted(kind).or_else(below).unwrap_or_else(|| arguments.items.div_ceil(share))
            };
            unknown |= here.clone().any(|kind| !counts.contains_key(&(account.clone(), region.clone(), kind.clone())));
            if config.quota_usage && here.clone().any(|kind| kind == "aws_service_quota") {
                sum.add(account, &region, "cloudwatch", "GetMetricData", Effort { calls: 1, details: 0 });
            }
            for (call, effort) in catalogue.effort(here, &items) {
                sum.add(account, &region, &call.service, &call.operation, effort);
            }
        }
        sum.account_calls_max = sum.account_calls_max.max(sum.calls_of_account);
    }
    if unknown {
        assumptions.push(format!(
            "{} resources of each kind are assumed in each account, spread over its regions, where none were counted yet.",
            arguments.items
        ));
    }
    if let Some(generation) = &stored {
        assumptions.push(format!("Resources are counted in the stored generation {}.", generation.number));
    }
    let charges = Charges::embedded();
    assumptions.push(format!("Prices are AWS's list prices of {}, without the free tier.", charges.date));
    assumptions
        .push("The time is what the limits on rates make of it; slow answers and throttling come on top.".to_owned());
    let regions = places.values().map(BTreeSet::len).sum();
    let runs_per_day = runs_per_day(&loaded.settings, SystemClock.now());
    assumptions.insert(
        0,
        format!(
            "{} with {}, and {}, are collected {}.",
            several(places.len(), "account"),
            several(regions, "region"),
            several(listed.len(), "kind"),
            if runs_per_day > 0.0 { "as the schedule says" } else { "by nobody: no schedule collects" }
        ),
    );
    Ok(sum.estimate(
        Estimate {
            accounts: places.len(),
            regions,
            kinds: listed.len(),
            runs_per_day,
            assumptions,
            ..Estimate::default()
        },
        loaded.settings.collect.concurrency,
    ))
}

fn several(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn is_listed_in(catalogue: &Catalogue, kind: &str, scope: ListScope) -> bool {
    catalogue.get(kind).is_some_and(|entry| entry.scope == scope)
}

/// Effort by bucket: requests of one service in one region of one account wait for each other, by class of operation.
struct Sum {
    paces: Paces,
    lanes: BTreeMap<(AccountId, String, String, String), (Pace, u64)>,
    services: BTreeMap<String, ServiceEstimate>,
    calls_of_account: u64,
    account_calls_max: u64,
}

impl Sum {
    fn new(paces: Paces) -> Self {
        Self { paces, lanes: BTreeMap::new(), services: BTreeMap::new(), calls_of_account: 0, account_calls_max: 0 }
    }

    fn add(&mut self, account: &AccountId, region: &str, service: &str, operation: &str, effort: Effort) {
        let pace = self.paces.of(service, operation);
        let lane = (account.clone(), region.to_owned(), service.to_owned(), pace.bucket.clone());
        self.lanes.entry(lane).or_insert((pace, 0)).1 += effort.calls;
        let of = self.services.entry(service.to_owned()).or_default();
        of.calls += effort.calls;
        of.detail_calls += effort.details;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let calls = effort.calls as f64;
        of.dollars += calls * Charges::embedded().dollars(service, operation);
        self.calls_of_account += effort.calls;
    }

    fn estimate(mut self, mut estimate: Estimate, concurrency: usize) -> Estimate {
        for ((_, _, service, _), (pace, calls)) in &self.lanes {
            let of = self.services.entry(service.clone()).or_default();
            of.seconds = of.seconds.max(pace.seconds(*calls) + ANSWER_SECONDS);
        }
        for (service, of) in self.services {
            estimate.calls += of.calls;
            estimate.detail_calls += of.detail_calls;
            estimate.dollars += of.dollars;
            estimate.seconds = estimate.seconds.max(of.seconds);
            estimate.services.push(ServiceEstimate { service, ..of });
        }
        // However many lanes there are, only so many listings are under way.
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let one_after_the_other = estimate.calls as f64 * ANSWER_SECONDS / concurrency.max(1) as f64;
        estimate.seconds = estimate.seconds.max(one_after_the_other);
        estimate.account_calls_max = self.account_calls_max;
        estimate
    }
}

/// The resources of a generation, by where they were listed.
fn counts(generation: &Generation) -> Counts {
    let scopes = generation.inventory.scopes.iter().filter(|(scope, _)| *scope.provider == *"aws");
    scopes
        .filter(|(_, state)| state.entry.last_success.is_some())
        .map(|(scope, state)| {
            ((scope.account.clone(), scope.region.clone(), scope.kind.clone()), state.rows.len() as u64)
        })
        .collect()
}

/// What the settings say of accounts and regions; what they leave to AWS is taken from the last generation, or assumed.
fn configured(config: &aws::Config, stored: Option<&Generation>, assumptions: &mut Vec<String>) -> Places {
    let known: Places = stored
        .into_iter()
        .flat_map(|generation| &generation.inventory.accounts)
        .filter(|(key, _)| *key.provider == *"aws")
        .map(|(key, state)| (key.account.clone(), state.regions.keys().cloned().collect()))
        .collect();
    let mut accounts: BTreeSet<AccountId> = config
        .accounts
        .iter()
        .enumerate()
        .map(|(index, account)| account.id.clone().unwrap_or_else(|| format!("account {}", index + 1)).into())
        .chain(config.profiles.iter().map(|profile| format!("profile {profile}").into()))
        .collect();
    if config.organization.enabled || accounts.is_empty() {
        accounts.extend(known.keys().cloned());
        if accounts.is_empty() {
            accounts.insert("the account of the credentials".into());
        }
        if config.organization.enabled {
            assumptions.push(format!(
                "The organization was not asked (--online does): the settings and the stored generation have {} of it.",
                several(accounts.len(), "account")
            ));
        }
    }
    let home = config.home_region.as_deref().unwrap_or(region::DEFAULT);
    let partition = Endpoints::embedded().partition(home);
    let mut assumed = false;
    let mut places = Places::new();
    for account in accounts {
        let regions = match known.get(&account) {
            _ if !config.regions.is_empty() => config.regions.iter().map(|name| name.as_str().into()).collect(),
            Some(regions) if !regions.is_empty() => regions.clone(),
            _ => {
                assumed = true;
                partition.regions.iter().map(|name| name.as_str().into()).collect()
            }
        };
        places.insert(account, regions);
    }
    if assumed {
        assumptions.push(format!(
            "All {} regions of the partition {} are counted, as `regions` names none; --online counts those that are \
             enabled.",
            partition.regions.len(),
            partition.id
        ));
    }
    places
}

async fn discover(loaded: &Loaded<Settings>, needed: &NeededKinds) -> Result<Discovery, CliError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let meter: Arc<dyn CallMeter> = Arc::new(NoMeter);
    let mut loaded = loaded.clone();
    let enabled = &mut loaded.settings.providers;
    (enabled.aws.enabled, enabled.file.enabled, enabled.example.enabled) = (true, false, false);
    let providers = providers(&loaded, needed, &meter, &clock).map_err(StartError::from)?;
    let provider = providers.first().expect("AWS is enabled");
    Ok(provider.discover().await)
}

/// What a discovery found; an account that cannot be entered costs nothing.
fn found(discovery: &Discovery) -> Result<Places, CliError> {
    if let (Some(failure), true) = (&discovery.failure, discovery.accounts.is_empty()) {
        return Err(CliError::Failed(format!("no account was found: {failure}").into()));
    }
    let regions = |account: &crate::provider::DiscoveredAccount| {
        account.regions.iter().map(|region| region.id.clone()).filter(|region| region != RegionId::GLOBAL).collect()
    };
    let entered = discovery.accounts.iter().filter(|account| account.failure.is_none());
    Ok(entered.map(|account| (account.account.id.clone(), regions(account))).collect())
}

/// How often a workflow that collects is due, on average over the next month.
fn runs_per_day(settings: &Settings, now: Timestamp) -> f64 {
    const RUNS_MAX: usize = 100_000;
    let end = now + SignedDuration::from_hours(24 * DAYS);
    let mut runs = 0;
    for (name, cron) in &settings.workflows.schedules {
        if !collects(*name) {
            continue;
        }
        let schedule = Schedule::new(cron.clone(), settings.workflows.time_zone.clone());
        let due = std::iter::successors(schedule.next(now), |last| schedule.next(*last));
        runs += due.take_while(|due| *due <= end).take(RUNS_MAX).count();
    }
    #[expect(clippy::cast_precision_loss, reason = "a month has fewer minutes")]
    let per_day = runs as f64 / DAYS as f64;
    per_day
}

fn collects(workflow: Workflow) -> bool {
    workflow.steps().contains(&Step::Collect)
}
