//! The example inventory, as the program would have it.

use std::{collections::BTreeSet, sync::Arc};

use cloudgauge::{
    collect::{self, Collector, NoObserver},
    graph::{Draft, Generation, Inventory},
    metrics::{Compat, Config, Definitions},
    model::{Clock, FixedClock, KindModel},
    provider::{aws, example, known_kinds},
};

/// The known kinds, and those that catalogues have beyond them.
pub(crate) fn kinds() -> KindModel {
    let mut kinds = known_kinds(&|_| false);
    let known: BTreeSet<_> = kinds.iter().map(|kind| kind.name.clone()).collect();
    let catalogue = aws::kinds::catalogue([]).unwrap();
    kinds.extend(catalogue.kinds().into_iter().filter(|kind| !known.contains(&kind.name)));
    KindModel::new(kinds).unwrap()
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
