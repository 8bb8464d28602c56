//! Databases, their snapshots, and tables.

use crate::model::DeleteOrder::{None as NoOrder, Same};

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    company::Environment,
    network::Network,
    service::Plan,
    site::{Drawn, Fill, Place, Site},
};

/// Draws a database server with its nightly snapshots; outside production it rests when nobody works.
pub(super) fn draw_database(
    site: &mut Site<'_>,
    plan: &Plan,
    network: &Network,
    security_group: Option<&Drawn>,
    number: u64,
) {
    const SIZES: &[u64] = &[20, 50, 100, 100, 200, 500, 1_000];
    let seed = plan.seed.fork("database", number);
    let life = Life::at(site.now, seed, 3 * Hour::YEAR);
    let place = network.place(&plan.owner);
    let name = format!("{}-{}-db-{}", site.environment.as_str(), plan.owner.service, number + 1);
    let class = seed.fork("class", 0).weighted(&site.cloud.databases, |class| class.weight);
    let capacity = *seed.fork("size", 0).pick(SIZES);
    let production = site.environment == Environment::Prod;
    let status = match life.age(site.now) {
        0 => "busy",
        _ if !production && !site.now.is_office() && seed.fork("rests", 0).percent(60) => "stopped",
        _ => "available",
    };
    let encrypted = seed.fork("encrypted", 0).percent(90);
    let used = site.now.moment(seed);
    let Some(database) = site.draw(Noun::Database, &place, seed, &name, |database| {
        database
            .created(life.ctime())
            .used(used)
            .set("db_type", class.engine.as_str())
            .set("db_version", class.version.as_str())
            .set("db_status", status)
            .set("db_endpoint", format!("{name}.db.{}.example:5432", place.region))
            .set("db_publicly_accessible", seed.fork("public", 0).percent(4))
            .set("instance_type", class.instance_type.as_str())
            .set("volume_size", capacity)
            .set("volume_encrypted", encrypted)
            .below(security_group, Same);
        database.protected = production && seed.fork("protected", 0).percent(40);
    }) else {
        return;
    };
    for night in 0..seed.fork("snapshots", 0).below(3).cast_signed() {
        let taken = site.now.midnight().ago(night * Hour::DAY);
        if taken < life.born {
            break;
        }
        let seed = seed.fork("snapshot", taken.number());
        let day = &taken.start().to_string()[..10];
        site.draw(Noun::DatabaseSnapshot, &place, seed, &format!("{name}-{day}"), |snapshot| {
            snapshot
                .created(taken.moment(seed))
                .set("snapshot_status", "available")
                .set("volume_size", capacity)
                .set("encrypted", encrypted)
                .below(&database, NoOrder);
        });
    }
}

pub(super) fn draw_table(site: &mut Site<'_>, plan: &Plan, place: &Place, number: u64) {
    const NAMES: &[&str] = &["sessions", "locks"];
    let seed = plan.seed.fork("table", number);
    let life = Life::at(site.now, seed, 3 * Hour::YEAR);
    let what = NAMES[usize::try_from(number).unwrap_or_default() % NAMES.len()];
    let name = format!("{}-{}-{what}", site.environment.as_str(), plan.owner.service);
    site.draw(Noun::Table, place, seed, &name, |table| {
        table.created(life.ctime());
    });
}
