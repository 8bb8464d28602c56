//! Kubernetes: what runs in the clusters.

use std::fmt::Display;

use crate::model::{
    Account,
    DeleteOrder::{None as NoOrder, Reverse},
    KindName, Map, Region, RegionId, Resource,
};

use super::{
    calendar::{Hour, Life},
    cluster::Seat,
    company::{COMPANY, Ownership},
    seed::Seed,
    site::{Drawn, Fill, Holding},
};

/// The kinds that every namespace has a scope for.
const NAMESPACED: &[&str] = &[
    "config_map",
    "cron_job",
    "deployment",
    "horizontal_pod_autoscaler",
    "ingress",
    "job",
    "persistent_volume_claim",
    "pod",
    "replica_set",
    "resource_quota",
    "secret",
    "service",
    "service_account",
    "stateful_set",
];
/// The kinds that a cluster has once.
const CLUSTER_WIDE: &[&str] = &["node", "persistent_volume", "storage_class"];
/// The namespaces that every cluster has.
const SYSTEM: &[&str] = &["kube-system", "monitoring"];
/// About how many resources a workload has.
const PER_WORKLOAD: u64 = 12;
/// How many workloads share a namespace.
const PER_NAMESPACE: u64 = 4;

/// Draws the inventory of one cluster.
pub(super) fn draw(seat: &Seat, budget: u64, now: Hour) -> Holding {
    let workloads = (budget / PER_WORKLOAD).max(2);
    let mut cluster = Cluster::new(seat, now);
    let nodes = cluster.draw_nodes();
    let class =
        cluster.add("global", "storage_class", seat.seed.fork("class", 0), "standard", &Ownership::none(), |_| {});
    let teams: Vec<&str> = COMPANY.team_names().collect();
    for number in 0..workloads {
        let turn = usize::try_from(number / PER_NAMESPACE).unwrap_or_default();
        let namespace = match SYSTEM.get(turn) {
            Some(system) => (*system).to_owned(),
            None => format!("{}{}", teams[turn % teams.len()], numbered(turn / teams.len())),
        };
        cluster.open(&namespace);
        let seed = seat.seed.fork("workload", number);
        let owner = COMPANY.service(seat.seed, usize::try_from(number).unwrap_or_default(), seat.environment);
        Workload { namespace, owner, seed }.draw(&mut cluster, &nodes, &class);
    }
    cluster.holding
}

/// Nothing for the first, then `-2`, `-3`.
fn numbered(round: usize) -> impl Display {
    if round == 0 { String::new() } else { format!("-{}", round + 1) }
}

#[derive(Debug)]
struct Cluster<'a> {
    seat: &'a Seat,
    now: Hour,
    holding: Holding,
}

#[derive(Debug)]
struct Workload {
    namespace: String,
    owner: Ownership,
    seed: Seed,
}

impl<'a> Cluster<'a> {
    fn new(seat: &'a Seat, now: Hour) -> Self {
        let account = Account {
            cloud: "k8s".into(),
            id: seat.name.as_str().into(),
            name: seat.name.clone(),
            kind: "kubernetes_cluster".into(),
            properties: Map::new(),
        };
        let scopes = CLUSTER_WIDE.iter().map(|kind| ((RegionId::global(), prefixed(kind)), Vec::new())).collect();
        Self { seat, now, holding: Holding { account, regions: Vec::new(), scopes } }
    }

    /// Opens a namespace, unless it is open already.
    fn open(&mut self, namespace: &str) {
        if self.holding.regions.iter().any(|region| region.id == *namespace) {
            return;
        }
        self.holding.regions.push(Region::named(namespace, "kubernetes_namespace"));
        for kind in NAMESPACED {
            self.holding.scopes.insert((namespace.into(), prefixed(kind)), Vec::new());
        }
        let seed = self.seat.seed.fork(namespace, 0);
        self.add(namespace, "resource_quota", seed, "compute", &Ownership::none(), |quota| {
            quota.set("quota", 64).set("usage", seed.below(64)).set("quota_type", "cpu");
        });
        self.add(namespace, "service_account", seed, "default", &Ownership::none(), |_| {});
    }

    fn add(
        &mut self,
        namespace: &str,
        kind: &str,
        seed: Seed,
        name: &str,
        owner: &Ownership,
        fill: impl FnOnce(&mut Resource),
    ) -> Drawn {
        let seed = seed.fork(kind, 0);
        let mut resource = Resource::new(prefixed(kind), seed.uuid());
        name.clone_into(&mut resource.name);
        resource.tags = owner.tags(seed);
        resource.created(Life::at(self.now, seed, Hour::YEAR).ctime());
        fill(&mut resource);
        let drawn = Drawn { kind: resource.kind.clone(), id: resource.id.clone() };
        self.holding.scopes.entry((namespace.into(), drawn.kind.clone())).or_default().push(resource);
        drawn
    }

    /// One node on each server; what is deleted is the server, so the edge between them has no order.
    fn draw_nodes(&mut self) -> Vec<Drawn> {
        let mut nodes = Vec::new();
        for server in self.seat.servers.iter().filter(|server| server.running) {
            let seed = Seed::new(0).fork(&server.drawn.id, 0);
            let name = format!("node-{}.{}", seed.text("0123456789abcdef", 6), server.zone);
            nodes.push(self.add(RegionId::GLOBAL, "node", seed, &name, &Ownership::none(), |node| {
                node.set("instance_type", server.instance_type.as_str())
                    .set("instance_cores", server.cores)
                    .set("instance_memory", server.memory)
                    .set("instance_status", "running")
                    .below_outer(&server.drawn);
            }));
        }
        nodes
    }
}

impl Workload {
    fn draw(&self, cluster: &mut Cluster<'_>, nodes: &[Drawn], class: &Drawn) {
        let name = self.owner.service.clone();
        for kind in ["config_map", "secret"] {
            self.add(cluster, kind, self.seed, &name, |_| {});
        }
        if self.seed.fork("stateful", 0).percent(25) {
            self.draw_stateful(cluster, nodes, class, &name);
        } else {
            self.draw_deployment(cluster, nodes, &name);
        }
        if self.seed.fork("cron", 0).percent(30) {
            self.draw_cron(cluster, nodes, &name);
        }
    }

    fn draw_deployment(&self, cluster: &mut Cluster<'_>, nodes: &[Drawn], name: &str) {
        // A new version is rolled out every few days.
        let life = Life::at(cluster.now, self.seed, 5 * Hour::DAY);
        let deployment = self.add(cluster, "deployment", self.seed, name, |_| {});
        let version = life.seed.text("bcdfghjklmnpqrstvwxz2456789", 9);
        let set = self.add(cluster, "replica_set", life.seed, &format!("{name}-{version}"), |set| {
            set.created(life.ctime()).below(&deployment, Reverse);
        });
        let scaled = self.seed.fork("scaled", 0).percent(50);
        let low = self.seed.fork("replicas", 0).between(1, 4);
        let replicas = if scaled { low + 4 * cluster.now.demand() / 100 } else { low };
        for number in 0..replicas {
            let seed = life.seed.fork("pod", number);
            let pod = format!("{name}-{version}-{}", seed.text("bcdfghjklmnpqrstvwxz2456789", 5));
            self.draw_pod(cluster, nodes, seed, &pod, (&set, "running"), life.ctime());
        }
        if scaled {
            self.add(cluster, "horizontal_pod_autoscaler", self.seed, name, |scaler| {
                scaler.set("min_size", low).set("max_size", low + 4).below(&deployment, NoOrder);
            });
        }
        let service = self.add(cluster, "service", self.seed, name, |service| {
            service.set("lb_type", "ClusterIP").below(&deployment, NoOrder);
        });
        if self.seed.fork("ingress", 0).percent(35) {
            self.add(cluster, "ingress", self.seed, name, |ingress| {
                ingress.set("lb_type", "nginx").above(&service, NoOrder);
            });
        }
    }

    fn draw_stateful(&self, cluster: &mut Cluster<'_>, nodes: &[Drawn], class: &Drawn, name: &str) {
        let set = self.add(cluster, "stateful_set", self.seed, name, |_| {});
        let size = *self.seed.fork("size", 0).pick(&[10_u64, 20, 50, 100]);
        for number in 0..self.seed.fork("replicas", 0).between(1, 3) {
            let seed = self.seed.fork("replica", number);
            let life = Life::at(cluster.now, seed, 20 * Hour::DAY);
            let pod =
                self.draw_pod(cluster, nodes, life.seed, &format!("{name}-{number}"), (&set, "running"), life.ctime());
            let volume_name = format!("pvc-{}", seed.uuid());
            let volume =
                cluster.add(RegionId::GLOBAL, "persistent_volume", seed, &volume_name, &self.owner, |volume| {
                    volume
                        .set("volume_size", size)
                        .set("volume_type", "standard")
                        .set("volume_status", "in-use")
                        .below(class, NoOrder);
                });
            self.add(cluster, "persistent_volume_claim", seed, &format!("data-{name}-{number}"), |claim| {
                claim.below(&pod, NoOrder).above(&volume, NoOrder);
            });
        }
    }

    /// A job every hour; the last three are kept.
    fn draw_cron(&self, cluster: &mut Cluster<'_>, nodes: &[Drawn], name: &str) {
        let cron = self.add(cluster, "cron_job", self.seed, &format!("{name}-hourly"), |_| {});
        for age in 0..3 {
            let hour = cluster.now.ago(age);
            let seed = self.seed.fork("job", hour.number());
            let job_name = format!("{name}-hourly-{}", hour.number());
            let job = self.add(cluster, "job", seed, &job_name, |job| {
                job.created(hour.start()).below(&cron, Reverse);
            });
            let status = match (age, seed.percent(5)) {
                (0, _) => "busy",
                (_, true) => "terminated",
                _ => "stopped",
            };
            let pod = format!("{job_name}-{}", seed.text("bcdfghjklmnpqrstvwxz2456789", 5));
            self.draw_pod(cluster, nodes, seed, &pod, (&job, status), hour.start());
        }
    }

    fn draw_pod(
        &self,
        cluster: &mut Cluster<'_>,
        nodes: &[Drawn],
        seed: Seed,
        name: &str,
        (owner, status): (&Drawn, &str),
        ctime: jiff::Timestamp,
    ) -> Drawn {
        self.add(cluster, "pod", seed, name, |pod| {
            pod.created(ctime).set("pod_status", status).below(owner, Reverse);
            if !nodes.is_empty() {
                pod.below(seed.fork("node", 0).pick(nodes), NoOrder);
            }
        })
    }

    fn add(
        &self,
        cluster: &mut Cluster<'_>,
        kind: &str,
        seed: Seed,
        name: &str,
        fill: impl FnOnce(&mut Resource),
    ) -> Drawn {
        cluster.add(&self.namespace, kind, seed, name, &self.owner, fill)
    }
}

fn prefixed(kind: &str) -> KindName {
    format!("kubernetes_{kind}").into()
}
