//! Identity: users, groups, roles, policies and keys of an account.

use crate::model::{
    DeleteOrder::{None as NoOrder, Same},
    RegionId,
};

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    company::{COMPANY, Ownership},
    network::epoch,
    seed::Seed,
    service::Plan,
    site::{Drawn, Fill, Place, Site},
};

/// Draws the people of an account, the groups they are in, and what every account has.
pub(super) fn draw_identity(site: &mut Site<'_>) {
    let seed = site.seed.fork("identity", 0);
    let place = Place { region: RegionId::global(), zone: None, owner: Ownership::none() };
    let built = epoch(site.now, seed).moment(seed);
    site.draw(Noun::RootUser, &place, seed, "root", |root| {
        root.created(built);
    });
    let mut groups = Vec::new();
    for (number, name) in (0..).zip(["administrators", "developers", "auditors"]) {
        let policy = site.draw(Noun::Policy, &place, seed.fork("policy", number), name, |policy| {
            policy.created(built);
        });
        groups.push(site.draw(Noun::Group, &place, seed.fork("group", number), name, |group| {
            group.created(built);
            if let Some(policy) = &policy {
                group.above(policy, Same);
            }
        }));
    }
    for (number, name) in (0..).zip(["audit", "deploy", "read-only"]) {
        site.draw(Noun::Role, &place, seed.fork("role", number), name, |role| {
            role.created(built);
        });
    }
    for (number, person) in (0..).zip(COMPANY.people()) {
        let seed = seed.fork("person", number);
        if seed.percent(60) {
            let group = seed.fork("group", 0).pick(&groups).clone();
            draw_user(site, &place, seed, person, group.as_ref(), 1);
        }
    }
    for team in COMPANY.team_names() {
        let seed = seed.fork(team, 0);
        if seed.percent(30) {
            draw_user(site, &place, seed, &format!("{team}-ci"), None, 2);
        }
    }
}

/// The role that a service acts in, its policy, and the profile that gives it to servers.
pub(super) fn draw_service_role(site: &mut Site<'_>, plan: &Plan, place: &Place, name: &str) -> Option<Drawn> {
    let seed = plan.seed.fork("role", 0);
    let created = epoch(site.now, seed).moment(seed);
    let role = site.draw(Noun::Role, place, seed, name, |role| {
        role.created(created);
    });
    site.draw(Noun::Policy, place, seed, name, |policy| {
        policy.created(created).below(&role, Same);
    });
    site.draw(Noun::InstanceProfile, place, seed, name, |profile| {
        profile.created(created).below(&role, Same);
    })
}

/// A user with up to so many keys; some were not used for a year, some are switched off.
fn draw_user(site: &mut Site<'_>, place: &Place, seed: Seed, name: &str, group: Option<&Drawn>, keys: u64) {
    let life = Life::at(site.now, seed, 4 * Hour::YEAR);
    // Most came by this week, some have left the company and still have a user.
    let days = seed.fork("days", 0).below(7).cast_signed();
    let last_login = if seed.fork("left", 0).percent(15) {
        life.ctime()
    } else {
        site.now.midnight().ago(days * Hour::DAY).moment(seed)
    };
    let Some(user) = site.draw(Noun::User, place, seed, name, |user| {
        user.created(life.ctime()).used(last_login).below(group, NoOrder);
    }) else {
        return;
    };
    for number in 0..keys {
        let life = Life::at(site.now, seed.fork("key", number), Hour::YEAR);
        let unused = life.seed.fork("unused", 0).percent(25);
        let last_use = if unused { life.ctime() } else { site.now.moment(life.seed) };
        let status = if life.seed.fork("inactive", 0).percent(15) { "Inactive" } else { "Active" };
        site.draw(Noun::AccessKey, place, life.seed, name, |key| {
            key.created(life.ctime()).used(last_use).set("access_key_status", status).below(&user, Same);
        });
    }
}
