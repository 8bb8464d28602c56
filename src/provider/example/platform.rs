//! Platform services: functions, queues, and how a service is delivered.

use crate::model::DeleteOrder::None as NoOrder;

use super::{
    calendar::{Hour, Life},
    cloud::Noun,
    network::epoch,
    service::Plan,
    site::{Fill, Place, Site},
};

pub(super) fn draw_functions(site: &mut Site<'_>, plan: &Plan, place: &Place, count: u64) {
    const NAMES: &[&str] = &["thumbnail", "webhook", "cleanup"];
    for (number, what) in (0..count).zip(NAMES) {
        // Deployed every week or two.
        let life = Life::at(site.now, plan.seed.fork("function", number), 10 * Hour::DAY);
        let name = format!("{}-{}-{what}", site.environment.as_str(), plan.owner.service);
        let created = epoch(site.now, plan.seed).moment(plan.seed);
        site.draw(Noun::Function, place, plan.seed.fork(what, 0), &name, |function| {
            function
                .created(created)
                .set("memory_size", *plan.seed.fork("memory", number).pick(&[128, 256, 512, 1_024]));
            function.mtime = Some(life.ctime().max(created));
        });
    }
}

/// Topics and the queues behind them; how much waits in a queue changes every hour.
pub(super) fn draw_queues(site: &mut Site<'_>, plan: &Plan, place: &Place, count: u64) {
    for number in 0..count {
        let seed = plan.seed.fork("queue", number);
        let created = epoch(site.now, seed).moment(seed);
        let name = format!("{}-{}-events-{}", site.environment.as_str(), plan.owner.service, number + 1);
        let waiting = seed.fork("waiting", site.now.number()).below(20 + 40 * site.now.demand());
        let topic = site.draw(Noun::Topic, place, seed, &name, |topic| {
            topic.created(created);
        });
        site.draw(Noun::Queue, place, seed, &name, |queue| {
            queue
                .created(created)
                .set("queue_type", if seed.fork("fifo", 0).percent(20) { "fifo" } else { "standard" })
                .set("approximate_message_count", waiting)
                .set("message_retention_period_days", 4)
                .below(&topic, NoOrder);
        });
    }
}

/// What a delivery leaves behind: the stack, the image, the secret and the key.
pub(super) fn draw_delivery(site: &mut Site<'_>, plan: &Plan, place: &Place, name: &str) {
    let seed = plan.seed.fork("delivery", 0);
    let created = epoch(site.now, seed).moment(seed);
    let life = Life::at(site.now, seed, 12 * Hour::DAY);
    let status = match (life.age(site.now), life.seed.percent(6)) {
        (0, _) => "UPDATE_IN_PROGRESS",
        (_, true) => "UPDATE_ROLLBACK_COMPLETE",
        _ => "UPDATE_COMPLETE",
    };
    site.draw(Noun::Stack, place, seed, name, |stack| {
        stack.created(created).set("stack_status", status);
        stack.mtime = Some(life.ctime().max(created));
    });
    let expiration = site.environment.expiration(life.seed);
    site.draw(Noun::Image, place, life.seed, &format!("{name}-image"), |image| {
        image.created(life.ctime());
        super::compute::tag_expiration(image, expiration);
    });
    site.draw(Noun::Secret, place, seed, &format!("{name}-password"), |secret| {
        secret.created(created);
    });
    if seed.percent(30) {
        site.draw(Noun::EncryptionKey, place, seed, name, |key| {
            key.created(created);
        });
    }
}
