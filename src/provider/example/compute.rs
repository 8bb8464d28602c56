//! Compute: servers and fleets of servers.

use serde_json::json;

use crate::model::{
    DeleteOrder::{None as NoOrder, Reverse, Same},
    Resource,
};

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    network::{Network, draw_address},
    seed::Seed,
    service::Plan,
    site::{Drawn, Fill, Place, Site},
    storage::{draw_data_volume, draw_root_volume},
};

/// What servers of one service have in common.
#[derive(Debug)]
pub(super) struct Fleet<'a> {
    pub(super) plan: &'a Plan,
    pub(super) network: &'a Network,
    pub(super) security_group: Option<Drawn>,
    pub(super) profile: Option<Drawn>,
    pub(super) keypair: Option<Drawn>,
    /// What starts and stops the servers, where something does.
    pub(super) group: Option<Drawn>,
}

/// A server that exists at the moment.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) drawn: Drawn,
    pub(super) running: bool,
    pub(super) instance_type: String,
    pub(super) cores: f64,
    /// GiB.
    pub(super) memory: f64,
    pub(super) zone: String,
}

impl Fleet<'_> {
    /// Draws the servers that somebody set up one by one.
    pub(super) fn draw_pets(&self, site: &mut Site<'_>) -> Vec<Server> {
        let mut servers = Vec::new();
        for number in 0..self.plan.pets {
            let seed = self.plan.seed.fork("pet", number);
            let period = seed.fork("period", 0).weighted(PERIODS, |(_, weight)| *weight).0;
            let life = Life::at(site.now, seed, period);
            let status = pet_status(site, life);
            servers.extend(self.draw_server(site, life, number + 1, status));
            // Clouds show a server for about an hour after its end.
            if life.age(site.now) == 0 {
                let last = Life::at(site.now.ago(1), seed, period);
                servers.extend(self.draw_server(site, last, number + 1, "terminated"));
            }
        }
        servers
    }

    /// Draws the servers of a scaling group: as many as the hour's demand needs.
    pub(super) fn draw_herd(&self, site: &mut Site<'_>) -> Vec<Server> {
        let Some((low, high)) = self.plan.herd else { return Vec::new() };
        let size_at = |hour: Hour| low + (high - low) * hour.demand() / 100;
        let mut servers = Vec::new();
        for number in 0..size_at(site.now) {
            let seed = self.plan.seed.fork("herd", number);
            let life = if number < low {
                Life::at(site.now, seed, Hour::WEEK * seed.fork("period", 0).between(1, 4).cast_signed())
            } else {
                // It was started when the demand last rose to it; demand sinks to nothing every night.
                let hours = (1..Hour::DAY).find(|hours| size_at(site.now.ago(*hours)) <= number).unwrap_or(Hour::DAY);
                let born = site.now.ago(hours - 1);
                Life { seed: seed.fork("life", born.number()), born }
            };
            let status = if life.age(site.now) == 0 { "busy" } else { "running" };
            servers.extend(self.draw_server(site, life, number + 1, status));
        }
        servers
    }

    fn draw_server(&self, site: &mut Site<'_>, life: Life, number: u64, status: &str) -> Option<Server> {
        let seed = life.seed;
        let (subnet, zone) = self.network.subnet(seed);
        let place = Place { zone: Some(zone.clone()), ..self.network.place(&self.plan.owner) };
        let name = format!("{}-{}-{number}", site.environment.as_str(), self.plan.owner.service);
        let class = self.plan.seed.fork("instance-type", 0).weighted(&site.cloud.instance_types, |class| class.weight);
        let kind = site.draw_type(Noun::InstanceType, &place, &class.name, |kind| {
            kind.set("instance_type", class.name.as_str())
                .set("instance_cores", class.cores)
                .set("instance_memory", class.memory)
                .set("ondemand_cost", class.price)
                .set("quota_type", "standard")
                .set("reservations", seed.fork("reservations", 0).below(6));
        });
        let running = status == "running";
        let used = if running { site.now.moment(seed) } else { life.ctime() };
        let expiration = site.environment.expiration(seed);
        let drawn = site.draw(Noun::Instance, &place, seed, &name, |server| {
            server
                .created(life.ctime())
                .used(used)
                .set("instance_type", class.name.as_str())
                .set("instance_cores", class.cores)
                .set("instance_memory", class.memory)
                .set("instance_status", status)
                .below(&kind, NoOrder)
                .below(&self.network.id, Same)
                .below(subnet, Same)
                .below(&self.security_group, Same)
                .below(&self.profile, Same)
                .below(&self.keypair, NoOrder)
                .below(&self.group, Reverse);
            tag_expiration(server, expiration);
        })?;
        if status != "terminated" {
            draw_interface(site, &place, life, &name, (subnet.as_ref(), self.security_group.as_ref()), &drawn);
            draw_root_volume(site, self.plan, &place, life, &name, &drawn);
            if self.group.is_none() && seed.fork("data-volume", 0).percent(45) {
                draw_data_volume(site, &place, life, &name, Some(&drawn));
            }
            if self.group.is_none() && seed.fork("public", 0).percent(12) {
                draw_address(site, &place, seed, &name, Some(&drawn));
            }
        }
        Some(Server {
            drawn,
            running,
            instance_type: class.name.clone(),
            cores: class.cores,
            memory: class.memory,
            zone: zone.clone(),
        })
    }
}

/// How long a hand-made server lives, in hours, and how often.
const PERIODS: &[(i64, u64)] =
    &[(4 * Hour::DAY, 10), (3 * Hour::WEEK, 25), (Hour::YEAR / 4, 30), (Hour::YEAR, 25), (3 * Hour::YEAR, 10)];

fn pet_status(site: &Site<'_>, life: Life) -> &'static str {
    let forgotten = life.seed.fork("forgotten", 0).percent(4);
    let sleeps = life.seed.fork("sleeps", 0).percent(site.environment.sleeps_percent());
    match life.age(site.now) {
        0 => "busy",
        _ if forgotten || (sleeps && !site.now.is_office()) => "stopped",
        _ if life.seed.fork("lost", site.now.number()).below(400) == 0 => "unknown",
        _ => "running",
    }
}

fn draw_interface(
    site: &mut Site<'_>,
    place: &Place,
    life: Life,
    name: &str,
    (subnet, security_group): (Option<&Drawn>, Option<&Drawn>),
    server: &Drawn,
) {
    let seed = life.seed.fork("interface", 0);
    let host = seed.fork("host", 0).between(4, 4_000);
    site.draw(Noun::NetworkInterface, place, seed, name, |interface| {
        interface
            .created(life.ctime())
            .set("network_interface_status", "in-use")
            .set("private_ips", json!([format!("10.0.{}.{}", host / 250, host % 250 + 1)]))
            .set("mac", format!("02:{:02x}:{:02x}:{:02x}", seed.below(251), host / 250, host % 250))
            .below(subnet, Same)
            .below(security_group, Same)
            .below(server, Reverse);
    });
}

/// Tags what is to be cleaned up some day; Kubernetes and others read it as annotation or label.
pub(super) fn tag_expiration(resource: &mut Resource, expiration: Option<&str>) {
    if let Some(expiration) = expiration {
        resource.tags.insert("expiration".to_owned(), expiration.to_owned());
    }
}

/// How many resources a server of its own stands for, with its volumes, snapshots and interface, in tenths.
pub(super) const TENTHS_PER_PET: u64 = 46;
/// The same for a server of a scaling group.
pub(super) const TENTHS_PER_HERD_SERVER: u64 = 31;

/// The key with which a team reaches its servers in a region.
pub(super) fn draw_keypair(site: &mut Site<'_>, place: &Place, team: &str, seed: Seed) -> Option<Drawn> {
    let life = Life::at(site.now, seed, 2 * Hour::YEAR);
    site.draw(Noun::Keypair, place, life.seed, &format!("{team}-{}", place.region), |keypair| {
        keypair.created(life.ctime());
    })
}
