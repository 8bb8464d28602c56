//! Clusters: the managed Kubernetes clusters of clouds, and the servers below them.

use crate::model::DeleteOrder::Same;

use super::{
    cloud::Noun,
    company::Environment,
    compute::{Fleet, Server},
    network::{Network, epoch},
    seed::Seed,
    service::Plan,
    site::{Fill, Site},
};

/// Where a Kubernetes cluster runs: what the cluster's own inventory builds on.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) environment: Environment,
    pub(super) seed: Seed,
    pub(super) servers: Vec<Server>,
}

/// Draws a managed cluster with its servers; `None` where the cloud has no such thing.
pub(super) fn draw_cluster(site: &mut Site<'_>, network: &Network, nodes: u64) -> Option<Seat> {
    let plan = Plan::of_cluster(site, nodes);
    let place = network.place(&plan.owner);
    // Two accounts of one purpose in a region would have clusters of the same name, and a cluster is an account.
    let name = format!("{}-{}-{}", site.environment.as_str(), network.region, plan.seed.text("0123456789", 3));
    let created = epoch(site.now, plan.seed).moment(plan.seed);
    let production = site.environment == Environment::Prod;
    let cluster = site.draw(Noun::Cluster, &place, plan.seed, &name, |cluster| {
        cluster
            .created(created)
            .set("version", "1.31")
            .set("endpoint", format!("https://{name}.k8s.example"))
            .below(&network.id, Same);
        cluster.protected = production;
    })?;
    let pool = site.draw(Noun::NodeGroup, &place, plan.seed.fork("pool", 0), &format!("{name}-pool"), |pool| {
        pool.created(created).below(&cluster, Same);
    });
    let group =
        site.draw(Noun::AutoscalingGroup, &place, plan.seed.fork("asg", 0), &format!("{name}-nodes"), |group| {
            group.created(created).set("min_size", nodes).set("max_size", nodes + 2).below(&pool, Same);
        });
    let fleet = Fleet {
        plan: &plan,
        network,
        security_group: network.security_group.clone(),
        profile: None,
        keypair: None,
        group,
    };
    let servers = fleet.draw_herd(site);
    Some(Seat { name, environment: site.environment, seed: plan.seed, servers })
}
