//! Networks: what each region of an account has before anything runs in it.

use serde_json::json;

use crate::model::{
    DeleteOrder::{Reverse, Same},
    RegionId,
};

use super::{
    calendar::{Hour, Life},
    cloud::{Noun, RegionEntry},
    company::Ownership,
    seed::Seed,
    site::{Drawn, Fill, Place, Site},
};

/// The network of one region, as services see it.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) region: RegionId,
    pub(super) id: Option<Drawn>,
    pub(super) security_group: Option<Drawn>,
    /// One private subnet for each zone, with the zone's name.
    pub(super) subnets: Vec<(Option<Drawn>, String)>,
}

/// About how many resources a region has for itself.
pub(super) const RESOURCES_PER_REGION: u64 = 24;

impl Network {
    /// Draws the networks of an account, one for each region; a cloud with global networks has one for them all.
    pub(super) fn draw(site: &mut Site<'_>, regions: &[&RegionEntry], hub: Option<&Drawn>) -> Vec<Self> {
        let global = site.cloud.nouns.get(&Noun::Network).is_some_and(|entry| entry.global);
        let mut networks: Vec<Self> = Vec::new();
        for (number, region) in (0..).zip(regions) {
            let shared = networks.first().filter(|_| global).and_then(|first| first.id.clone());
            networks.push(draw_region(site, region, number, shared, hub));
        }
        networks
    }

    /// The subnet and zone that fall to the seed.
    pub(super) fn subnet(&self, seed: Seed) -> &(Option<Drawn>, String) {
        seed.fork("subnet", 0).pick(&self.subnets)
    }

    pub(super) fn place(&self, owner: &Ownership) -> Place {
        Place { region: self.region.clone(), zone: None, owner: owner.clone() }
    }
}

fn draw_region(
    site: &mut Site<'_>,
    region: &RegionEntry,
    number: u64,
    shared: Option<Drawn>,
    hub: Option<&Drawn>,
) -> Network {
    let seed = site.seed.fork("network", number);
    let place = Place { region: region.id.as_str().into(), zone: None, owner: Ownership::none() };
    let environment = site.environment.as_str();
    let prefix = format!("{environment}-{}", region.id);
    let built = epoch(site.now, seed).moment(seed);
    let octet = seed.fork("cidr", 0).below(200);

    let network = shared.or_else(|| {
        site.draw(Noun::Network, &place, seed, &format!("{prefix}-vpc"), |vpc| {
            vpc.created(built).set("cidr_blocks", json!([format!("10.{octet}.0.0/16")]));
            vpc.protected = environment == "prod";
        })
    });
    let mut add = |noun, name: &str, n| {
        site.draw(noun, &place, seed.fork(name, n), &format!("{prefix}-{name}"), |resource| {
            resource.created(built).below(&network, Same);
        })
    };
    add(Noun::Gateway, "gateway", 0);
    add(Noun::RoutingTable, "public", 0);
    add(Noun::RoutingTable, "private", 0);
    add(Noun::NetworkAcl, "acl", 0);
    add(Noun::Endpoint, "storage-endpoint", 0);
    add(Noun::Endpoint, "registry-endpoint", 0);
    add(Noun::Firewall, "allow-internal", 0);
    add(Noun::Firewall, "allow-https", 0);
    let security_group = add(Noun::SecurityGroup, "default", 0);
    add(Noun::SecurityGroup, "bastion", 0);
    if seed.fork("office", 0).percent(60) {
        add(Noun::Tunnel, "office", 0);
    }

    let mut subnets = Vec::new();
    for (index, suffix) in (0_u64..).zip(&region.zones) {
        let zone = format!("{}{suffix}", region.id);
        let zoned = Place { zone: Some(zone.clone()), ..place.clone() };
        let mut subnet = |tier: &str, third: u64| {
            let name = format!("{prefix}-{tier}-{}", index + 1);
            site.draw(Noun::Subnet, &zoned, seed.fork(tier, index), &name, |subnet| {
                subnet.created(built).set("cidr_block", format!("10.{octet}.{third}.0/20")).below(&network, Same);
            })
        };
        let public = subnet("public", index * 16);
        subnets.push((subnet("private", 128 + index * 16), zone.clone()));
        draw_nat(site, &zoned, seed.fork("nat", index), &format!("{prefix}-nat-{}", index + 1), public.as_ref());
    }
    if let (Some(network), Some(hub)) = (&network, hub) {
        site.draw(Noun::PeeringConnection, &place, seed.fork("peering", 0), &format!("{prefix}-to-hub"), |peering| {
            peering.created(built).set("connection_status", "active").below(network, Same).below_outer(hub);
        });
    }
    Network { region: place.region, id: network, security_group, subnets }
}

/// A way out for private subnets, with its address and interface.
fn draw_nat(site: &mut Site<'_>, place: &Place, seed: Seed, name: &str, subnet: Option<&Drawn>) {
    let built = epoch(site.now, seed).moment(seed);
    let Some(nat) = site.draw(Noun::NatGateway, place, seed, name, |nat| {
        nat.created(built).below(subnet, Same);
    }) else {
        return;
    };
    site.draw(Noun::NetworkInterface, place, seed, name, |interface| {
        interface.created(built).set("network_interface_status", "in-use").below(subnet, Same).below(&nat, Reverse);
    });
    draw_address(site, place, seed, name, Some(&nat));
}

/// A public address; without an owner it is reserved and costs money for nothing.
pub(super) fn draw_address(site: &mut Site<'_>, place: &Place, seed: Seed, name: &str, owner: Option<&Drawn>) {
    let seed = seed.fork("address", 0);
    let created = epoch(site.now, seed).moment(seed);
    let octets = ["a", "b", "c"].map(|octet| seed.fork(octet, 0).between(1, 254));
    site.draw(Noun::IpAddress, place, seed, name, |address| {
        address
            .created(created)
            // 198.18.0.0/15 and its like are reserved for examples and benchmarks: nobody's machine is meant.
            .set("ip_address", format!("198.{}.{}.{}", 18 + octets[0] % 2, octets[1], octets[2]))
            .set("ip_address_family", "ipv4")
            .below(owner, Reverse);
    });
}

/// When something of long standing was built: within the last four years, the same whenever it is asked.
pub(super) fn epoch(now: Hour, seed: Seed) -> Hour {
    Life::at(now, seed.fork("epoch", 0), 4 * Hour::YEAR).born
}
