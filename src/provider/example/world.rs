//! The world: every account of the example company at one hour.

use std::collections::BTreeMap;

use crate::model::{Account, AccountId, CloudId, Map, Region, RegionId, Value};

use super::{
    calendar::Hour,
    cloud::{CLOUDS, Cloud, Noun, RegionEntry},
    cluster::{Seat, draw_cluster},
    company::{AccountEntry, COMPANY, Ownership},
    identity::draw_identity,
    kubernetes,
    network::{Network, RESOURCES_PER_REGION},
    seed::Seed,
    service::{Plan, draw_service},
    site::{Drawn, Fill, Holding, Place, Site, account_id},
};

/// All accounts.
#[derive(Debug)]
pub(super) struct World {
    pub(super) holdings: BTreeMap<(CloudId, AccountId), Holding>,
}

/// How an account came to be: the part that the hour does not change.
#[derive(Debug)]
struct Charter<'a> {
    cloud: &'a Cloud,
    entry: &'static AccountEntry,
    name: String,
    seed: Seed,
    /// About how many resources it holds.
    budget: u64,
    /// How many nodes its Kubernetes cluster has, if it has one.
    nodes: Option<u64>,
}

impl World {
    /// Draws the world with about so many resources.
    pub(super) fn draw(seed: u64, resources: u32, now: Hour) -> Self {
        let resources = u64::from(resources);
        let mut charters = charters(&CLOUDS, Seed::new(seed), resources);
        let on_top = resources * (100 - CLOUDS.iter().map(|cloud| cloud.share).sum::<u64>()) / 100;
        let cluster_budget = found_clusters(&mut charters, on_top);

        let mut holdings = Vec::new();
        let mut seats: Vec<Seat> = Vec::new();
        let mut hub = None;
        for charter in &charters {
            let (holding, network, seat) = charter.draw(now, hub.as_ref());
            // The first account of all is the one that the others' networks are joined to.
            hub = hub.or(network);
            holdings.push(holding);
            seats.extend(seat);
        }
        holdings.extend(seats.iter().map(|seat| kubernetes::draw(seat, cluster_budget, now)));
        let by_id =
            holdings.into_iter().map(|holding| ((holding.account.cloud.clone(), holding.account.id.clone()), holding));
        Self { holdings: by_id.collect() }
    }
}

fn charters(clouds: &[Cloud], seed: Seed, resources: u64) -> Vec<Charter<'_>> {
    /// An account is opened for so many resources, until every purpose has one.
    const SMALL: u64 = 250;
    /// And a further one for so many.
    const LARGE: u64 = 4_000;
    let mut charters = Vec::new();
    for cloud in clouds {
        let budget = resources * cloud.share / 100;
        let purposes = COMPANY.accounts.len() as u64;
        let count = (budget / SMALL).clamp(2, purposes) + budget.saturating_sub(purposes * SMALL) / LARGE;
        let entries: Vec<_> = (0..count).zip(COMPANY.accounts.iter().cycle()).collect();
        let weights: u64 = entries.iter().map(|(_, entry)| entry.weight).sum();
        for (number, entry) in entries {
            let name = match number / purposes {
                0 => format!("{}-{}", COMPANY.name, entry.name),
                round => format!("{}-{}-{}", COMPANY.name, entry.name, round + 1),
            };
            let seed = seed.fork(&cloud.id, number);
            charters.push(Charter { cloud, entry, name, seed, budget: budget * entry.weight / weights, nodes: None });
        }
    }
    charters
}

/// Gives clusters to accounts, evenly over the clouds, and returns about how many resources each holds.
fn found_clusters(charters: &mut [Charter<'_>], resources: u64) -> u64 {
    /// What a cluster of the usual size holds.
    const USUAL: u64 = 180;
    /// And how many of that are on one node.
    const PER_NODE: u64 = 30;
    let count = (resources / USUAL).clamp(1, charters.len() as u64);
    let budget = resources / count;
    let step = charters.len() as u64 / count;
    for number in 0..count {
        let index = usize::try_from(number * step).expect("it is below the number of accounts");
        charters[index].nodes = Some((budget / PER_NODE).max(2));
    }
    budget
}

impl Charter<'_> {
    fn draw(&self, now: Hour, hub: Option<&Drawn>) -> (Holding, Option<Drawn>, Option<Seat>) {
        let mut site = Site::new(self.cloud, self.entry.environment, self.seed, now, self.account());
        let regions = self.regions();
        site.open(Region::named(RegionId::GLOBAL, self.cloud.region_kind.clone()));
        for region in &regions {
            site.open(describe(region, self.cloud));
        }
        let networks = Network::draw(&mut site, &regions, hub);
        draw_identity(&mut site);
        draw_names(&mut site);
        for network in &networks {
            draw_quotas(&mut site, network);
        }
        let seat = self.nodes.and_then(|nodes| draw_cluster(&mut site, &networks[0], nodes));

        let mut left =
            self.budget.saturating_sub(RESOURCES_PER_REGION * regions.len() as u64 + self.nodes.unwrap_or(0) * 3);
        for number in 0.. {
            let plan = Plan::draw(&site, number, networks.len());
            let Some(rest) = left.checked_sub(plan.resources()) else { break };
            left = rest;
            draw_service(&mut site, &plan, &networks[plan.region]);
        }
        (site.holding, networks.into_iter().next().and_then(|network| network.id), seat)
    }

    fn account(&self) -> Account {
        let entry = &self.cloud.account;
        Account {
            cloud: self.cloud.id.clone(),
            id: account_id(entry, self.seed.fork("account", 0), &self.entry.name).into(),
            name: self.name.clone(),
            kind: entry.kind.clone(),
            properties: Map::new(),
        }
    }

    /// Its regions, the most important one first.
    fn regions(&self) -> Vec<&RegionEntry> {
        /// One region more for every so many resources.
        const RESOURCES: u64 = 300;
        let count = (1 + self.budget / RESOURCES).min(self.cloud.regions.len() as u64);
        let mut open: Vec<&RegionEntry> = self.cloud.regions.iter().collect();
        let mut chosen = Vec::new();
        for number in 0..count {
            let region = *self.seed.fork("region", number).weighted(&open, |region| region.weight);
            open.retain(|other| other.id != region.id);
            chosen.push(region);
        }
        chosen
    }
}

fn describe(region: &RegionEntry, cloud: &Cloud) -> Region {
    let properties: [(&str, Value); 4] = [
        ("long_name", region.long_name.as_str().into()),
        ("latitude", region.latitude.into()),
        ("longitude", region.longitude.into()),
        ("region_in_use", true.into()),
    ];
    Region {
        properties: properties.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(),
        ..Region::named(region.id.as_str(), cloud.region_kind.clone())
    }
}

fn draw_names(site: &mut Site<'_>) {
    let place = Place { region: RegionId::global(), zone: None, owner: Ownership::none() };
    let name = format!("{}.{}", site.environment.as_str(), COMPANY.domain);
    site.draw(Noun::DnsZone, &place, site.seed.fork("zone", 0), &name, |zone| {
        zone.set("private_zone", false);
    });
}

/// Quotas and how much of them is used; the use follows the demand.
fn draw_quotas(site: &mut Site<'_>, network: &Network) {
    let place = network.place(&Ownership::none());
    for (number, quota) in (0..).zip(&site.cloud.quotas) {
        let seed = site.seed.fork("quota", number).fork(&network.region, 0);
        let usage = seed.below(quota.limit / 2 + 1) * (50 + site.now.demand() / 2) / 100;
        for noun in [Noun::Quota, Noun::NetworkQuota] {
            site.draw(noun, &place, seed, &quota.name, |node| {
                node.tags.clear();
                node.set("quota", quota.limit).set("usage", usage).set("quota_type", quota.group.as_str());
            });
        }
    }
}
