//! Batches: plans that are evaluated together.

use jiff::Timestamp;

use crate::graph::Generation;

use super::{
    limits::Limits,
    plan::Plan,
    rows::{Answers, Pool},
};

/// Aggregates that are evaluated on the same generation, each as if it were alone.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    plans: Vec<Plan>,
}

impl Batch {
    /// A batch of aggregates; a plan that computes nothing has an error for an answer.
    pub fn new(plans: Vec<Plan>) -> Self {
        Self { plans }
    }

    /// How many plans there are.
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }

    /// Evaluates all plans; the limits hold for each of them, but for its own limit on time.
    pub fn evaluate(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Answers {
        let mut pool = Pool::new();
        let answers = self.plans.iter().map(|plan| plan.rows(generation, now, limits, &mut pool)).collect();
        Answers { pool, answers }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        graph::fixture,
        model::{KindModel, Resource, Value},
        search::Query,
    };

    fn plan(text: &str) -> Plan {
        Query::parse(text).unwrap().compile(&KindModel::base()).unwrap()
    }

    fn generation() -> Generation {
        let volume = |id: &str, size: u64| {
            let mut volume = Resource::new("volume", id);
            volume.properties.insert("volume_size".to_owned(), size.into());
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
    fn observed_operands_are_counted_into_buckets() {
        let plan = plan("aggregate(kind as k: sum(volume_size) as size): is(volume)").observe(vec![10.0, 20.0, 30.0]);
        let answers = Batch::new(vec![plan]).evaluate(&generation(), fixture::now(), Limits::default()).answers;
        let histograms = &answers[0].as_ref().unwrap().histograms[0];
        assert_eq!(histograms.buckets, [1, 1, 2]);
        assert_eq!((histograms.counts.as_slice(), histograms.sums.as_slice()), (&[2][..], &[40.0][..]));
    }
}
