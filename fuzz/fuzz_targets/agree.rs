//! Agreeing: the engine and the second evaluator on a world and a query that follow from a seed.

#![no_main]
#![allow(dead_code, reason = "the integration tests use the rest of what they share with this target")]

mod search {
    #[path = "../../../tests/it/search/random/mod.rs"]
    pub(crate) mod random;
    #[path = "../../../tests/it/search/reference/mod.rs"]
    pub(crate) mod reference;
    #[path = "../../../tests/it/search/world.rs"]
    pub(crate) mod world;
}

use cloudgauge::search::{Limits, Query};
use libfuzzer_sys::fuzz_target;

use search::{
    random::{Dice, queries, worlds},
    reference::{Reference, same_rows},
    world::{World, now},
};

fuzz_target!(|seed: u64| {
    let mut dice = Dice::new(seed);
    let world = World::new(&worlds::kinds(), &worlds::world(&mut dice, 24));
    let keys: Vec<String> = world.nodes.iter().filter_map(|node| Some(node.document["id"].as_str()?.to_owned())).collect();
    for _ in 0..16 {
        let text = queries::query(&mut dice, &keys);
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{}", error.render()));
        let Ok(plan) = query.compile(&world.kinds) else { continue };
        let reference = Reference::new(&world, now());
        let found = plan.select(&world.generation, now(), Limits::default()).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<usize> = found.into_iter().map(World::position).collect();
        assert_eq!(found, reference.select(query.search()), "{query}");
        if query.is_aggregate() {
            let rows = plan.aggregate(&world.generation, now(), Limits::default());
            let rows = rows.unwrap_or_else(|error| panic!("{error}"));
            assert!(same_rows(&rows, &reference.aggregate(query.search())), "{query}");
        }
    }
});
