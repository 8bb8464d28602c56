//! Services: what a team runs, from its load balancer to its backups.

use crate::model::DeleteOrder::{None as NoOrder, Same};

use super::{
    cloud::Noun,
    company::{COMPANY, Ownership},
    compute::{Fleet, Server, TENTHS_PER_HERD_SERVER, TENTHS_PER_PET, draw_keypair},
    database::{draw_database, draw_table},
    identity::draw_service_role,
    load_balancer::draw_balancer,
    network::{Network, draw_address, epoch},
    platform,
    seed::Seed,
    site::{Fill, Place, Site},
    storage,
};

/// What a service consists of.
///
/// The plan does not change with the time; what the hour makes of it does.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: Seed,
    pub(super) owner: Ownership,
    /// The index of its region.
    pub(super) region: usize,
    /// Servers that somebody set up one by one.
    pub(super) pets: u64,
    /// The smallest and the largest number of servers of its scaling group.
    pub(super) herd: Option<(u64, u64)>,
    pub(super) balanced: bool,
    databases: u64,
    tables: u64,
    buckets: u64,
    queues: u64,
    functions: u64,
    orphans: u64,
    share: bool,
}

impl Plan {
    /// The service number `number` of an account, in one of its regions.
    pub(super) fn draw(site: &Site<'_>, number: usize, regions: usize) -> Self {
        let seed = site.seed.fork("service", number as u64);
        let draw = |what: &str, low: u64, high: u64| seed.fork(what, 0).between(low, high);
        let herd = seed.fork("herd?", 0).percent(45).then(|| {
            let low = draw("herd-low", 1, 3);
            (low, low + draw("herd-span", 1, 7))
        });
        // Most of a company sits in its first region.
        let last = regions.saturating_sub(1) as u64;
        let region = usize::try_from(draw("region", 0, last).min(draw("region-again", 0, last))).unwrap_or_default();
        Self {
            seed,
            owner: COMPANY.service(site.seed, number, site.environment),
            region,
            pets: draw("pets", 0, 5),
            herd,
            balanced: herd.is_some() || seed.fork("balanced", 0).percent(30),
            databases: seed.fork("databases", 0).weighted(&[(0, 45), (1, 40), (2, 15)], |(_, weight)| *weight).0,
            tables: draw("tables", 0, 2),
            buckets: draw("buckets", 0, 2),
            queues: draw("queues", 0, 2),
            functions: draw("functions", 0, 3),
            orphans: draw("orphans", 0, 2),
            share: seed.fork("share?", 0).percent(12),
        }
    }

    /// The servers below a Kubernetes cluster, and nothing else.
    pub(super) fn of_cluster(site: &Site<'_>, nodes: u64) -> Self {
        let seed = site.seed.fork("cluster", 0);
        Self {
            seed,
            owner: Ownership::none(),
            region: 0,
            pets: 0,
            herd: Some((nodes, nodes + 2)),
            balanced: false,
            databases: 0,
            tables: 0,
            buckets: 0,
            queues: 0,
            functions: 0,
            orphans: 0,
            share: false,
        }
    }

    /// About how many resources it has, whatever the hour: budgets are made with it.
    pub(super) fn resources(&self) -> u64 {
        let (low, high) = self.herd.unwrap_or_default();
        let servers = self.pets * TENTHS_PER_PET + (low + high) * TENTHS_PER_HERD_SERVER / 2;
        let balancer = if self.balanced { 7 } else { 0 };
        servers / 10
            + balancer
            + self.databases * 3
            + self.tables
            + self.buckets
            + self.queues * 2
            + self.functions
            + self.orphans * 3
            + 7
    }
}

/// Draws everything that the plan says, as it is at the site's hour.
pub(super) fn draw_service(site: &mut Site<'_>, plan: &Plan, network: &Network) {
    let place = network.place(&plan.owner);
    let name = format!("{}-{}", site.environment.as_str(), plan.owner.service);
    let built = epoch(site.now, plan.seed).moment(plan.seed);

    site.draw(Noun::ResourceGroup, &place, plan.seed, &plan.owner.service, |group| {
        group.created(built);
    });
    let security_group = site.draw(Noun::SecurityGroup, &place, plan.seed.fork("sg", 0), &name, |group| {
        group.created(built).below(&network.id, Same);
    });
    let profile = draw_service_role(site, plan, &place, &name);
    let keypair = draw_keypair(site, &place, &plan.owner.service, plan.seed.fork("key", 0));
    let group = plan.herd.and_then(|(low, high)| {
        site.draw(Noun::AutoscalingGroup, &place, plan.seed.fork("asg", 0), &name, |group| {
            group.created(built).set("min_size", low).set("max_size", high);
        })
    });

    let mut fleet = Fleet { plan, network, security_group, profile, keypair, group: None };
    let mut servers = fleet.draw_pets(site);
    fleet.group = group;
    servers.extend(fleet.draw_herd(site));
    if plan.balanced {
        draw_balancer(site, plan, network, fleet.security_group.as_ref(), &servers);
    }
    draw_alarms(site, plan, &place, &servers);

    for number in 0..plan.databases {
        draw_database(site, plan, network, fleet.security_group.as_ref(), number);
    }
    for number in 0..plan.tables {
        draw_table(site, plan, &place, number);
    }
    for number in 0..plan.buckets {
        storage::draw_bucket(site, plan, &place, number);
    }
    for number in 0..plan.orphans {
        let zone = Some(network.subnet(plan.seed.fork("orphan", number)).1.clone());
        storage::draw_orphan(site, plan, &Place { zone, ..place.clone() }, number);
    }
    if plan.share {
        storage::draw_file_share(site, plan, &place);
    }
    if plan.seed.fork("spare address", 0).percent(15) {
        draw_address(site, &place, plan.seed, &format!("{name}-spare"), None);
    }
    platform::draw_functions(site, plan, &place, plan.functions);
    platform::draw_queues(site, plan, &place, plan.queues);
    platform::draw_delivery(site, plan, &place, &name);
}

/// One alarm for every fourth server; some watch servers that are gone.
fn draw_alarms(site: &mut Site<'_>, plan: &Plan, place: &Place, servers: &[Server]) {
    for (number, server) in (0_u64..).zip(servers).filter(|(number, _)| number % 4 == 0) {
        let seed = plan.seed.fork("alarm", number);
        let stale = seed.percent(15);
        let watched = if stale { format!("i-{}", seed.text("0123456789abcdef", 17)) } else { server.drawn.id.clone() };
        let name = format!("{}-{}-cpu-{}", site.environment.as_str(), plan.owner.service, number + 1);
        site.draw(Noun::Alarm, place, seed, &name, |alarm| {
            alarm.set("cloudwatch_dimensions", serde_json::json!([{"name": "InstanceId", "value": watched}]));
            if !stale {
                alarm.below(&server.drawn, NoOrder);
            }
        });
    }
}
