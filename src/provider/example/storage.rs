//! Storage: volumes, their snapshots, buckets and file shares.

use crate::model::DeleteOrder::{None as NoOrder, Reverse};

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    compute::tag_expiration,
    network::epoch,
    service::Plan,
    site::{Drawn, Fill, Place, Site},
};

/// The volume that a server starts from; it lives as long as the server.
pub(super) fn draw_root_volume(
    site: &mut Site<'_>,
    plan: &Plan,
    place: &Place,
    life: Life,
    name: &str,
    server: &Drawn,
) {
    const SIZES: &[u64] = &[8, 20, 30, 50];
    let life = Life { seed: life.seed.fork("root", 0), ..life };
    let volume = Volume { place, life, size: *plan.seed.fork("root-size", 0).pick(SIZES), snapshots: 0 };
    volume.draw(site, &format!("{name}-root"), Some(server));
}

/// A volume with data: it is kept, and backed up every night.
pub(super) fn draw_data_volume(site: &mut Site<'_>, place: &Place, life: Life, name: &str, server: Option<&Drawn>) {
    const SIZES: &[u64] = &[100, 100, 200, 200, 500, 500, 1_000, 2_000];
    const SNAPSHOTS: &[u64] = &[0, 0, 1, 2, 3, 7];
    let life = Life { seed: life.seed.fork("data", 0), ..life };
    let capacity = *life.seed.fork("size", 0).pick(SIZES);
    let snapshots = *life.seed.fork("snapshots", 0).pick(SNAPSHOTS);
    Volume { place, life, size: capacity, snapshots }.draw(site, &format!("{name}-data"), server);
}

/// A volume whose server is gone: paid for, used by nobody.
pub(super) fn draw_orphan(site: &mut Site<'_>, plan: &Plan, place: &Place, number: u64) {
    let seed = plan.seed.fork("orphan", number);
    let life = Life::at(site.now, seed, Hour::WEEK * seed.fork("period", 0).between(2, 60).cast_signed());
    let name = format!("{}-{}-old-{}", site.environment.as_str(), plan.owner.service, number + 1);
    draw_data_volume(site, place, life, &name, None);
}

pub(super) fn draw_bucket(site: &mut Site<'_>, plan: &Plan, place: &Place, number: u64) {
    const PURPOSES: &[&str] = &["assets", "logs", "backups", "exports", "uploads", "models"];
    let seed = plan.seed.fork("bucket", number);
    let created = epoch(site.now, seed).moment(seed);
    let name = format!("{}-{}-{}", site.environment.as_str(), plan.owner.service, seed.pick(PURPOSES));
    site.draw(Noun::Bucket, place, seed, &name, |bucket| {
        bucket
            .created(created)
            .set("encryption_enabled", seed.fork("encrypted", 0).percent(85))
            .set("versioning_enabled", seed.fork("versioned", 0).percent(35));
        // An account lists its buckets in no region, but each lives in one.
        bucket.region = Some(place.region.clone());
        bucket.protected = seed.fork("protected", 0).percent(10);
    });
}

pub(super) fn draw_file_share(site: &mut Site<'_>, plan: &Plan, place: &Place) {
    let seed = plan.seed.fork("share", 0);
    let created = epoch(site.now, seed).moment(seed);
    let name = format!("{}-{}-share", site.environment.as_str(), plan.owner.service);
    site.draw(Noun::FileShare, place, seed, &name, |share| {
        share
            .created(created)
            .set("share_size", seed.fork("size", 0).between(50, 2_000))
            .set("share_status", "available")
            .set("share_encrypted", true);
    });
}

/// What a volume costs an hour, of which a month has 730.
#[expect(clippy::cast_precision_loss, reason = "volumes are small")]
fn hourly(size: u64, price: f64) -> f64 {
    size as f64 * price / 730.0
}

#[derive(Debug)]
struct Volume<'a> {
    place: &'a Place,
    life: Life,
    /// GiB.
    size: u64,
    /// How many nights' snapshots are kept.
    snapshots: u64,
}

impl Volume<'_> {
    fn draw(&self, site: &mut Site<'_>, name: &str, server: Option<&Drawn>) {
        let seed = self.life.seed;
        let class = seed.fork("volume-type", 0).weighted(&site.cloud.volume_types, |class| class.weight);
        let kind = site.draw_type(Noun::VolumeType, self.place, &class.name, |kind| {
            kind.set("volume_type", class.name.as_str()).set("ondemand_cost", class.price).set("quota", 300);
        });
        let status = match server {
            _ if seed.fork("broken", site.now.midnight().number()).below(500) == 0 => "error",
            Some(_) if self.life.age(site.now) == 0 => "busy",
            Some(_) => "in-use",
            None => "available",
        };
        let used = if server.is_some() { site.now.moment(seed) } else { self.life.ctime() };
        let encrypted = seed.fork("encrypted", 0).percent(80);
        let expiration = site.environment.expiration(seed);
        let Some(volume) = site.draw(Noun::Volume, self.place, seed, name, |volume| {
            volume
                .created(self.life.ctime())
                .used(used)
                .set("volume_type", class.name.as_str())
                .set("volume_size", self.size)
                .set("volume_status", status)
                .set("volume_iops", (self.size * 3).clamp(3_000, 16_000))
                .set("volume_throughput", 125)
                .set("ondemand_cost", hourly(self.size, class.price))
                .set("volume_encrypted", encrypted)
                .below(&kind, NoOrder)
                .below(server, Reverse);
            tag_expiration(volume, expiration);
        }) else {
            return;
        };
        self.draw_snapshots(site, name, &volume, encrypted);
    }

    fn draw_snapshots(&self, site: &mut Site<'_>, name: &str, volume: &Drawn, encrypted: bool) {
        let place = Place { zone: None, ..self.place.clone() };
        for night in 0..self.snapshots.cast_signed() {
            let taken = site.now.midnight().ago(night * Hour::DAY);
            if taken < self.life.born {
                break;
            }
            let seed = self.life.seed.fork("snapshot", taken.number());
            let status = if taken == site.now { "pending" } else { "completed" };
            site.draw(Noun::Snapshot, &place, seed, &format!("{name}-nightly"), |snapshot| {
                snapshot
                    .created(taken.moment(seed))
                    .set("snapshot_status", status)
                    .set("volume_id", volume.id.as_str())
                    .set("volume_size", self.size)
                    .set("encrypted", encrypted)
                    .set("description", format!("nightly backup of {name}"))
                    .below(volume, NoOrder);
            });
        }
    }
}
