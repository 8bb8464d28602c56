//! Batches: plans that are evaluated together.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use rayon::prelude::*;
use tokio::time::Instant;

use crate::{
    graph::{Generation, TablePlace},
    model::KindModel,
    search::{
        SearchError,
        aggregate::{AggregatePlan, GroupPlan},
        document::View,
        limits::{Budget, Clock, Exhausted, Limits},
        merged::Found,
        plan::Plan,
        rows::{Answers, Pool, Rows},
    },
};

use super::{
    bits::{Bits, Selection},
    collate::{Collated, Part as CollatedPart},
    interner::Interner,
    nodes::{Places, Search},
    pass::{Feed, Groups, Pass, Unit},
    scan::{Residual, Scan},
};

/// Aggregates that are evaluated on the same generation, each as if it were alone.
///
/// What they have in common is done once: plans with the same source select the same rows, those with the same groups
/// besides sort and name them together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    plans: Vec<Plan>,
    sources: Vec<Source>,
    units: Vec<Unit>,
}

/// What plans have in common that ask the same nodes.
#[derive(Clone, Debug)]
struct Source {
    plan: usize,
    units: Vec<usize>,
}

/// Names things by what they are: equal ones have the same number.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    /// The number, and whether it is new. Plans are plain data, whose debug output tells all that makes them differ.
    fn number(&mut self, thing: &impl Debug) -> (usize, bool) {
        let next = self.0.len();
        let number = *self.0.entry(format!("{thing:?}")).or_insert(next);
        (number, number == next)
    }
}

impl Batch {
    /// A batch of aggregates; a plan that computes nothing has an error for an answer.
    pub fn new(plans: Vec<Plan>) -> Self {
        let mut batch = Self::default();
        let (mut sources, mut units, mut functions) = (Names::default(), Names::default(), Names::default());
        let (mut columns, mut groups, mut operands) = (Names::default(), Names::default(), Names::default());
        let mut positions: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (number, plan) in plans.iter().enumerate() {
            let Some(aggregate) = &plan.aggregate else { continue };
            // What takes its time does so alone, so that nothing else fails with it.
            let apart = (!aggregate.cheap()).then_some(aggregate);
            let (source, new) = sources.number(&(&plan.stages, &plan.dated, plan.time, apart));
            if new {
                batch.sources.push(Source { plan: number, units: Vec::new() });
            }
            let by: Vec<_> = aggregate.groups.iter().map(GroupPlan::by).collect();
            let (unit, new) = units.number(&(source, &by, &aggregate.unfolding));
            if new {
                batch.sources[source].units.push(unit);
                batch.units.push(Unit {
                    plan: number,
                    columns: by.iter().map(|by| columns.number(by).0).collect(),
                    groups: groups.number(&by).0,
                    functions: Vec::new(),
                    feeds: Vec::new(),
                });
            }
            let own = aggregate.functions.iter().enumerate().map(|(position, function)| {
                let (name, new) = functions.number(&(unit, function.kind, &function.operand, &aggregate.bounds));
                if new {
                    // A property that expands an array is reduced by the function itself.
                    let kind = (!function.operand.cheap()).then_some(function.kind);
                    let operand = operands.number(&(&function.operand, kind)).0;
                    positions.insert(name, (unit, batch.units[unit].functions.len()));
                    batch.units[unit].functions.push((number, position, operand));
                }
                positions[&name].1
            });
            let own = own.collect();
            batch.units[unit].feeds.push(Feed { plan: number, functions: own });
        }
        Self { plans, ..batch }
    }

    /// How many plans there are.
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// Evaluates all plans; the limits hold for each of them, but for its own limit on time. One that exceeds a limit has
    /// that for an answer, and the others have theirs.
    ///
    /// Answers do not depend on the number of threads. Plans that walk or read row by row run beside each other after the
    /// rest.
    pub fn evaluate(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Answers {
        let view = View::new(generation, now);
        let dated: Vec<Result<Cow<'_, Plan>, SearchError>> =
            self.plans.iter().map(|plan| plan.at(generation.graph.kinds(), now)).collect();
        let nothing = AggregatePlan::default();
        let plans: Vec<&Plan> =
            dated.iter().zip(&self.plans).map(|(dated, plan)| dated.as_deref().unwrap_or(plan)).collect();
        let aggregates: Vec<&AggregatePlan> =
            plans.iter().map(|plan| plan.aggregate.as_ref().unwrap_or(&nothing)).collect();
        let limits = limits.within(None);
        let run = Run { view, plans: &plans, aggregates: &aggregates, units: &self.units, limits };
        let (cheap, dear): (Vec<&Source>, Vec<&Source>) = self.sources.iter().partition(|source| run.is_cheap(source));

        let places = Places::new(view);
        let mut outcomes = run.together(&cheap, &places);
        let apart: Vec<Outcome> = dear.par_iter().map(|source| run.alone(source, &places)).collect();
        outcomes.extend(apart);

        let (interners, found): (Vec<_>, Vec<_>) =
            outcomes.into_iter().map(|outcome| (outcome.interner, outcome.groups)).unzip();
        let (values, ranks) = Interner::merged(interners);
        let mut rows = run.collate(found, &ranks, values.len());
        let answers = dated.into_iter().enumerate().map(|(number, plan)| {
            let plan = plan?;
            let rows = rows.remove(&number).ok_or_else(|| plan.computes_nothing())?;
            rows.map_err(|exhausted| plan.exhausted(exhausted))
        });
        Answers { answers: answers.collect(), pool: Pool::new(values) }
    }
}

/// One evaluation.
#[derive(Clone, Copy)]
struct Run<'g, 'p> {
    view: View<'g>,
    plans: &'p [&'p Plan],
    aggregates: &'p [&'p AggregatePlan],
    units: &'p [Unit],
    limits: Limits,
}

/// Tables with fewer rows are passed without looking at the clock.
const MEASURED_ROWS: usize = 256;
/// Tables with so many rows are not even read to their end when the time is over.
const TIMED_ROWS: usize = 1 << 13;

/// What a unit of the common pass has taken so far, in all threads together.
#[derive(Debug)]
struct Stopwatch {
    nanoseconds: AtomicU64,
    limit: u64,
}

impl Stopwatch {
    fn new(limit: Duration) -> Self {
        let limit = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Self { nanoseconds: AtomicU64::new(0), limit }
    }

    fn is_over(&self) -> bool {
        self.nanoseconds.load(Ordering::Relaxed) > self.limit
    }

    /// What is left of the time.
    fn left(&self) -> Duration {
        Duration::from_nanos(self.limit.saturating_sub(self.nanoseconds.load(Ordering::Relaxed)))
    }

    /// Adds the time since the lap began, and begins the next one.
    fn charge<'s>(stopwatches: impl IntoIterator<Item = &'s Self>, lap: &mut Option<Instant>) {
        let Some(began) = lap else { return };
        let now = Instant::now();
        let taken = u64::try_from(now.duration_since(*began).as_nanos()).unwrap_or(u64::MAX);
        for stopwatch in stopwatches {
            stopwatch.nanoseconds.fetch_add(taken, Ordering::Relaxed);
        }
        *began = now;
    }
}

/// What one thread found.
struct Outcome {
    interner: Interner,
    groups: FoundGroups,
}

/// The groups of units.
type FoundGroups = Vec<(usize, Result<Groups, Exhausted>)>;

impl<'g> Run<'g, '_> {
    fn model(&self) -> &'g KindModel {
        self.view.generation.graph.kinds()
    }

    /// Whether all that the source asks is at hand in columns.
    fn is_cheap(&self, source: &Source) -> bool {
        self.plans[source.plan].cheap()
            && source.units.iter().all(|unit| self.aggregates[self.units[*unit].plan].cheap())
    }

    /// Sources that ask one table after the other, all in one pass.
    fn together(&self, sources: &[&Source], places: &Places<'g>) -> Vec<Outcome> {
        let conditions: Vec<Vec<(&Source, Residual<'_>)>> = places
            .kinds
            .iter()
            .map(|kind| {
                let left = sources.iter().map(|source| {
                    let predicate = &self.plans[source.plan].stages[0].predicate;
                    (*source, Residual::new(predicate, kind, self.model()))
                });
                left.filter(|(_, left)| !matches!(left, Residual::Never)).collect()
            })
            .collect();
        let too_many = self.too_many(&conditions, places);
        let stopwatches: Vec<Stopwatch> = self.units.iter().map(|_| Stopwatch::new(self.limits.time)).collect();
        let rows: usize = places.places.iter().map(|(place, _)| place.table().len()).sum();
        // More parts than threads, so that none waits for one that was held up.
        let parts = (4 * rayon::current_num_threads()).clamp(1, 64);
        let chunks = chunks(&places.places, rows.div_ceil(parts).max(1 << 14));
        let outcomes = chunks.into_par_iter().map(|chunk| {
            let units: Vec<usize> = sources.iter().flat_map(|source| &source.units).copied().collect();
            let mut groups: Vec<Option<Groups>> = self.units.iter().map(|_| None).collect();
            let mut pass = Pass::new(self.view, self.aggregates, &self.units.iter().collect::<Vec<_>>());
            for (place, kind) in chunk {
                // Small tables take less time than looking at the clock.
                let mut lap = (place.table().len() >= MEASURED_ROWS).then(Instant::now);
                for (source, condition) in &conditions[*kind] {
                    if source.units.iter().all(|unit| stopwatches[*unit].is_over()) {
                        continue;
                    }
                    let left = || source.units.iter().map(|unit| stopwatches[*unit].left()).max();
                    let clock = (place.table().len() >= TIMED_ROWS).then(|| Clock::of(left().unwrap_or_default()));
                    let view = View { clock: clock.as_ref(), ..self.view };
                    let rows = Scan { view, place: *place }.select(condition, Selection::All);
                    Stopwatch::charge(source.units.iter().map(|unit| &stopwatches[*unit]), &mut lap);
                    if rows.is_none() {
                        continue;
                    }
                    for number in source.units.iter().filter(|unit| !stopwatches[**unit].is_over()) {
                        let unit = &self.units[*number];
                        let out = groups[*number].get_or_insert_with(|| Groups::new(unit, self.aggregates));
                        pass.add(unit, *place, &rows, out);
                        Stopwatch::charge([&stopwatches[*number]], &mut lap);
                    }
                }
                pass.leave();
            }
            let groups = units.into_iter().map(|number| {
                let own = groups[number].take().unwrap_or_else(|| Groups::new(&self.units[number], self.aggregates));
                let exhausted = if too_many.contains(&number) {
                    Err(Exhausted::Steps(self.limits.steps))
                } else if stopwatches[number].is_over() {
                    Err(Exhausted::Time(self.limits.time))
                } else {
                    Ok(())
                };
                (number, exhausted.map(|()| own))
            });
            let groups = groups.collect();
            Outcome { interner: pass.interner, groups }
        });
        outcomes.collect()
    }

    /// The units that look at more rows than the limit.
    fn too_many(&self, conditions: &[Vec<(&Source, Residual<'_>)>], places: &Places<'g>) -> BTreeSet<usize> {
        let mut rows = vec![0; places.kinds.len()];
        for (place, kind) in &places.places {
            rows[*kind] += place.table().len() as u64;
        }
        let mut steps: BTreeMap<usize, u64> = BTreeMap::new();
        for (conditions, rows) in conditions.iter().zip(rows) {
            for unit in conditions.iter().flat_map(|(source, _)| &source.units) {
                *steps.entry(*unit).or_default() += rows;
            }
        }
        steps.into_iter().filter(|(_, steps)| *steps > self.limits.steps).map(|(unit, _)| unit).collect()
    }

    /// A source that takes its time, within its own limits.
    fn alone(&self, source: &Source, places: &Places<'g>) -> Outcome {
        let plan = self.plans[source.plan];
        let mut budget = plan.budget(self.limits);
        let clock = budget.clock();
        let Self { view, plans, aggregates, units, limits } = *self;
        let run = Run { view: View { clock: Some(&clock), ..view }, plans, aggregates, units, limits };
        run.compute(source, places, &mut budget)
    }

    fn compute(&self, source: &Source, places: &Places<'g>, budget: &mut Budget) -> Outcome {
        let plan = self.plans[source.plan];
        let units: Vec<&Unit> = source.units.iter().map(|unit| &self.units[*unit]).collect();
        let mut groups: Vec<Groups> = units.iter().map(|unit| Groups::new(unit, self.aggregates)).collect();
        let mut interner = Interner::new();
        let mut evaluate = || {
            let one_look = matches!(plan.stages.as_slice(), [stage] if stage.only_filters());
            let found = if one_look { Found::default() } else { Search::new(self.view, places).find(plan, budget)? };
            let mut nodes = Bits::new(if one_look { 0 } else { self.view.generation.graph.len() });
            nodes.extend(found.nodes.iter().map(|node| node.index()));
            let view = View { merged: Some(&found.merged), ..self.view };
            let mut pass = Pass::new(view, self.aggregates, &units);
            let conditions: Vec<Residual<'_>> =
                places.kinds.iter().map(|kind| Residual::new(&plan.stages[0].predicate, kind, self.model())).collect();
            for (place, kind) in &places.places {
                let len = place.table().len();
                let rows = if one_look {
                    Scan { view, place: *place }.select_within(&conditions[*kind], budget)?
                } else {
                    nodes.slice(place.start.index(), len)
                };
                if rows.is_none() {
                    continue;
                }
                budget.steps(rows.count(len))?;
                for (unit, out) in units.iter().zip(&mut groups) {
                    if self.aggregates[unit.plan].unfolding.is_empty() {
                        pass.add(unit, *place, &rows, out);
                    } else {
                        pass.unfold(unit, *place, &rows, out, &mut |groups| {
                            budget.step()?;
                            budget.groups(groups)
                        })?;
                    }
                }
                pass.leave();
            }
            interner = pass.interner;
            // Behind the last value that was read.
            budget.look()
        };
        let result = evaluate();
        let groups = source.units.iter().copied().zip(groups);
        let groups = groups.map(|(number, groups)| (number, result.map(|()| groups))).collect();
        Outcome { interner, groups }
    }

    /// The sorted rows of each plan; `ranks` are those of the ids in each outcome, `values` is how many ranks there are.
    fn collate(
        &self,
        found: Vec<FoundGroups>,
        ranks: &[Vec<u32>],
        values: usize,
    ) -> BTreeMap<usize, Result<Rows, Exhausted>> {
        let mut parts: Vec<Result<Vec<CollatedPart<'_>>, Exhausted>> =
            self.units.iter().map(|_| Ok(Vec::new())).collect();
        for (groups, ranks) in found.into_iter().zip(ranks) {
            for (unit, groups) in groups {
                match (&mut parts[unit], groups) {
                    (Ok(parts), Ok(groups)) => parts.push(CollatedPart { groups, ranks }),
                    (parts, Err(exhausted)) => *parts = Err(exhausted),
                    (Err(_), Ok(_)) => {}
                }
            }
        }
        let rows = parts.into_par_iter().zip(self.units).flat_map_iter(|(parts, unit)| {
            let collated = parts.and_then(|parts| Collated::new(parts, unit, self.aggregates, values, self.limits));
            let rows = |feed: &Feed| match &collated {
                Ok(collated) => Ok(collated.rows(self.aggregates[feed.plan], &feed.functions)),
                Err(exhausted) => Err(*exhausted),
            };
            // Groups are large: they are gone before those of the next unit are looked at.
            unit.feeds.iter().map(|feed| (feed.plan, rows(feed))).collect::<Vec<_>>()
        });
        rows.collect()
    }
}

/// Tables that follow each other, about as many rows in each part.
fn chunks<'t, 'g>(places: &'t [(TablePlace<'g>, usize)], rows: usize) -> Vec<&'t [(TablePlace<'g>, usize)]> {
    let (mut chunks, mut start, mut count) = (Vec::new(), 0, 0);
    for (position, (place, _)) in places.iter().enumerate() {
        count += place.table().len();
        if count >= rows {
            chunks.push(&places[start..=position]);
            (start, count) = (position + 1, 0);
        }
    }
    chunks.push(&places[start..]);
    chunks
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        graph::{Draft, fixture},
        model::{Kind, PropertyType, Resource, Value},
        search::Query,
    };

    fn plan(text: &str) -> Plan {
        Query::parse(text).unwrap().compile(&KindModel::base()).unwrap()
    }

    fn generation() -> Generation {
        let volume = |id: &str, size: u64| {
            let mut volume = Resource::new("volume", id);
            volume.properties.insert("volume_size", size.into());
            volume
        };
        fixture::generation(&[("a", vec![volume("v", 10), volume("w", 30), Resource::new("instance", "i")])])
    }

    #[test]
    fn plans_share_their_group_values() {
        let batch = Batch::new(vec![
            plan("aggregate(kind as k: sum(volume_size) as size, avg(volume_size) as mean): is(volume)"),
            plan("aggregate(kind as k, tags.owner as owner: sum(1) as c): is(volume) or is(instance)"),
        ]);
        let Answers { pool, answers } = batch.evaluate(&generation(), fixture::now(), Limits::default());
        let [sizes, counts] = answers.as_slice() else { panic!("not two answers") };
        let (sizes, counts) = (sizes.as_ref().unwrap(), counts.as_ref().unwrap());
        assert_eq!(sizes.values, [[40.0], [20.0]]);
        assert_eq!(counts.values, [[1.0, 2.0]]);
        assert_eq!(counts.groups[1], [Pool::NULL, Pool::NULL]);
        assert_eq!(sizes.groups[0][0], counts.groups[0][1], "one value, one id");
        assert_eq!(pool.value(sizes.groups[0][0]), &Value::from("volume"));
    }

    #[test]
    fn a_plan_that_fails_leaves_the_others_alone() {
        let batch =
            Batch::new(vec![plan("aggregate(id: sum(1)): is(volume)"), plan("aggregate(kind: sum(1)): is(volume)")]);
        let limits = Limits { groups: 1, ..Limits::default() };
        let answers = batch.evaluate(&generation(), fixture::now(), limits).answers;
        assert_eq!(answers[0].as_ref().unwrap_err().message(), "the query yields more than 1 groups");
        assert_eq!(answers[1].as_ref().unwrap().values, [[2.0]]);
    }

    #[test]
    fn a_plan_may_have_a_limit_on_time_of_its_own() {
        let volumes = (0..20_000).map(|id| Resource::new("volume", format!("v{id}"))).collect();
        let generation = fixture::generation(&[("a", volumes)]);
        let plan = plan("aggregate(kind: sum(1)): is(volume)");
        let batch = Batch::new(vec![plan.clone().within(Duration::ZERO), plan]);
        let answers = batch.evaluate(&generation, fixture::now(), Limits::default()).answers;
        assert_eq!(answers[0].as_ref().unwrap_err().message(), "the query takes longer than 0ns");
        assert_eq!(answers[1].as_ref().unwrap().values, [[20_000.0]]);
    }

    #[test]
    fn a_hurry_holds_for_plans_with_a_limit_of_their_own() {
        let volumes = (0..20_000).map(|id| Resource::new("volume", format!("v{id}"))).collect();
        let generation = fixture::generation(&[("a", volumes)]);
        let batch = Batch::new(vec![plan("aggregate(kind: sum(1)): is(volume)").within(Duration::from_hours(1))]);
        let limits = Limits { hurry: Some(Duration::ZERO), ..Limits::default() };
        let answers = batch.evaluate(&generation, fixture::now(), limits).answers;
        assert_eq!(answers[0].as_ref().unwrap_err().message(), "the query takes longer than 0ns");
    }

    #[test]
    fn the_limit_on_time_holds_for_plans_that_share_a_pass() {
        let volumes = (0..20_000).map(|id| Resource::new("volume", format!("v{id}"))).collect();
        let generation = fixture::generation(&[("a", volumes), ("b", vec![Resource::new("instance", "i")])]);
        let batch = Batch::new(vec![
            plan("aggregate(kind: sum(1)): is(volume) and name != x"),
            plan("aggregate(kind: sum(1)): is(instance)"),
        ]);
        let limits = Limits { time: Duration::ZERO, ..Limits::default() };
        let answers = batch.evaluate(&generation, fixture::now(), limits).answers;
        assert_eq!(answers[0].as_ref().unwrap_err().message(), "the query takes longer than 0ns");
        assert_eq!(answers[1].as_ref().unwrap().values, [[1.0]]);
    }

    #[test]
    fn groups_that_take_their_time_do_not_fail_others_with_the_same_filter() {
        let names = ["a", "b", "c", "d"];
        let kinds = Arc::new(
            KindModel::new([Kind {
                name: "sample".into(),
                bases: vec!["resource".into()],
                properties: names.map(|name| (name.to_owned(), PropertyType::List)).into(),
                phantom: false,
                open: false,
            }])
            .unwrap(),
        );
        let array: Value = (0..100).collect::<Vec<_>>().into();
        let mut sample = Resource::new("sample", "s");
        sample.properties.extend(names.map(|name| (name.to_owned(), array.clone())));
        let (inventory, graph) = Draft::new(fixture::inventory(&[("a", vec![sample])]), kinds.clone()).seal();
        let generation = Generation::new(1, Some(fixture::now()), inventory, graph);
        let plan = |text: &str| Query::parse(text).unwrap().compile(&kinds).unwrap();
        let batch = Batch::new(vec![
            plan("aggregate(a[*] as a, b[*] as b, c[*] as c, d[*] as d: sum(1)): is(sample)"),
            plan("aggregate(kind: sum(1)): is(sample)"),
        ]);
        let limits = Limits { groups: 1000, ..Limits::default() };
        let answers = batch.evaluate(&generation, fixture::now(), limits).answers;
        assert_eq!(answers[0].as_ref().unwrap_err().message(), "the query yields more than 1000 groups");
        assert_eq!(answers[1].as_ref().unwrap().values, [[1.0]]);
    }

    #[test]
    fn observed_operands_are_counted_into_buckets() {
        let plan = plan("aggregate(kind as k: sum(volume_size) as size): is(volume)").observe(vec![10.0, 20.0, 30.0]);
        let answers = Batch::new(vec![plan]).evaluate(&generation(), fixture::now(), Limits::default()).answers;
        let histograms = &answers[0].as_ref().unwrap().histograms[0];
        assert_eq!(histograms.buckets, [1, 1, 2]);
        assert_eq!((histograms.counts.as_slice(), histograms.sums.as_slice()), (&[2][..], &[40.0][..]));
    }
}
