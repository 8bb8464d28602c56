//! The example inventory, as the program would have it.

use std::sync::Arc;

use cloudgauge::{
    collect::{self, Collector, NoObserver},
    graph::{Draft, Generation, Inventory},
    metrics::{Compat, Config, Definitions},
    model::{Clock, FixedClock, KindModel},
    provider::{example, known_kinds},
};

pub(crate) fn kinds() -> KindModel {
    KindModel::new(known_kinds(&|_| false)).unwrap()
}

/// The example company as it is at a time.
pub(crate) async fn generation(config: example::Config, previous: &Inventory, time: &str) -> Generation {
    let clock = Arc::new(FixedClock(time.parse().unwrap()));
    let provider = Arc::new(example::ExampleProvider::new(config, clock.clone()));
    let collector = Collector::new(collect::Config::default(), vec![provider], clock.clone());
    let collected = collector.collect(previous, Arc::new(NoObserver)).await;
    let (inventory, graph) = Draft::new(Arc::new(collected.inventory), Arc::new(kinds())).seal();
    Generation::new(1, Some(clock.now()), inventory, graph)
}

/// The shipped definitions.
pub(crate) fn definitions(compat: Compat) -> Definitions {
    let config = Config { compat, ..Config::default() };
    Definitions::load(&config, &[], &kinds()).unwrap().0
}
