//! Load balancers: what is in front of a service.

use serde_json::json;

use crate::model::DeleteOrder::{None as NoOrder, Reverse, Same};

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    company::COMPANY,
    compute::Server,
    network::{Network, draw_address, epoch},
    seed::Seed,
    service::Plan,
    site::{Drawn, Fill, Place, Site},
};

/// Draws the balancer of a service, its certificate, check and targets, and the name it is reached by.
pub(super) fn draw_balancer(
    site: &mut Site<'_>,
    plan: &Plan,
    network: &Network,
    security_group: Option<&Drawn>,
    servers: &[Server],
) {
    let seed = plan.seed.fork("balancer", 0);
    let place = network.place(&plan.owner);
    let created = epoch(site.now, seed).moment(seed);
    let name = format!("{}-{}", site.environment.as_str(), plan.owner.service);
    let host = format!("{}.{}.{}", plan.owner.service, site.environment.as_str(), COMPANY.domain);
    // A classic balancer knows its servers itself; the others know groups of targets.
    let classic = site.cloud.nouns.contains_key(&Noun::ClassicLoadBalancer) && seed.fork("classic", 0).percent(15);
    let noun = if classic { Noun::ClassicLoadBalancer } else { Noun::LoadBalancer };
    // Of some, the servers went and nobody noticed.
    let backends: Vec<&Drawn> = if seed.fork("forgotten", 0).percent(8) {
        Vec::new()
    } else {
        servers.iter().filter(|server| server.running).map(|server| &server.drawn).collect()
    };
    let certificate = draw_certificate(site, &place, seed.fork("certificate", 0), &host);
    let kind = seed.fork("type", 0).pick(&site.cloud.load_balancer_types);
    let Some(balancer) = site.draw(noun, &place, seed, &name, |balancer| {
        balancer
            .created(created)
            .set("backends", backends.iter().map(|backend| backend.id.as_str()).collect::<Vec<_>>())
            .below(&network.id, Same)
            .below(security_group, Same)
            .below(&certificate, Same);
        if !balancer.properties.contains_key("lb_type") {
            balancer.properties.set_text("lb_type", kind);
        }
        if classic {
            for backend in &backends {
                balancer.above(backend, Reverse);
            }
        }
    }) else {
        return;
    };
    if !classic {
        site.draw(Noun::TargetGroup, &place, seed.fork("targets", 0), &name, |group| {
            group.created(created).below(&balancer, Reverse);
            for backend in &backends {
                group.above(backend, Reverse);
            }
        });
    }
    site.draw(Noun::HealthCheck, &place, seed.fork("check", 0), &name, |check| {
        check
            .created(created)
            .set("check_interval", 10)
            .set("timeout", 5)
            .set("healthy_threshold", 3)
            .set("unhealthy_threshold", 3)
            .set("health_check_type", "http")
            .below(&balancer, NoOrder);
    });
    draw_address(site, &place, seed, &name, Some(&balancer));
    site.draw(Noun::DnsRecordSet, &place, seed.fork("dns", 0), &host, |record| {
        record.set("record_ttl", 60).set("record_type", "A").below(&balancer, NoOrder);
    });
}

/// A certificate that is renewed every thirteen months, on its last day.
fn draw_certificate(site: &mut Site<'_>, place: &Place, seed: Seed, host: &str) -> Option<Drawn> {
    const VALID: i64 = 395 * Hour::DAY;
    let life = Life::at(site.now, seed, VALID);
    let expires = life.born.ago(-VALID).start();
    site.draw(Noun::Certificate, place, seed, host, |certificate| {
        certificate.created(life.ctime()).set("dns_names", json!([host])).set("expires", expires.to_string());
    })
}
