//! Evaluating: whatever can be read is compiled, and evaluated on a small world under limits.

#![no_main]
#![allow(dead_code, reason = "the integration tests use the rest of what they share with this target")]

mod search {
    #[path = "../../../tests/it/search/random/mod.rs"]
    pub(crate) mod random;
    #[path = "../../../tests/it/search/world.rs"]
    pub(crate) mod world;
}

use std::sync::LazyLock;

use cloudgauge::search::{Limits, Query};
use libfuzzer_sys::fuzz_target;

use search::{
    random::{Dice, worlds},
    world::{World, now},
};

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(&worlds::kinds(), &worlds::world(&mut Dice::new(7), 24)));

fuzz_target!(|text: &str| {
    let Ok(query) = Query::parse(text) else { return };
    let (errors, warnings) = query.check(&WORLD.kinds);
    assert!(errors.iter().all(|error| !error.render().is_empty()));
    assert!(warnings.iter().all(|warning| !warning.render().is_empty()));
    let Ok(plan) = query.compile(&WORLD.kinds) else { return };
    let limits = Limits { steps: 100_000, groups: 1_000, ..Limits::default() };
    let _found = plan.select(&WORLD.generation, now(), limits);
    let _rows = plan.aggregate(&WORLD.generation, now(), limits);
});
