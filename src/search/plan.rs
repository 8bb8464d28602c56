//! Plans: compiled queries, ready to be evaluated on any generation.

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    graph::{Generation, NodeId},
    model::Value,
};

use super::{
    aggregate::{AggregatePlan, Row},
    ast::{Count, Limit, Search as Syntax},
    document::View,
    engine::{Batch, Places, Search},
    error::{Complaint, QueryText, SearchError, Span},
    limits::{Budget, Exhausted, Limits},
    location::Location,
    merged::Found,
    operand, order,
    phrase::{self, Phrase},
    predicate::Predicate,
    rows::Answers,
    traverse::Walk,
};

/// A query that fits the kinds: names resolved, literals converted, regular expressions built.
///
/// It holds no graph, so one plan serves every generation whose kinds are the same, at any time.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) text: QueryText,
    pub(super) stages: Vec<Stage>,
    pub(super) aggregate: Option<AggregatePlan>,
    /// Its own limit on the wall clock.
    pub(super) time: Option<Duration>,
    /// Present where texts have placeholders in them: what is compiled anew for the time of an evaluation.
    pub(super) dated: Option<Arc<Syntax>>,
}

/// One part of the query.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) predicate: Predicate,
    pub(super) merge: Option<MergePlan>,
    pub(super) with: Option<WithClause>,
    pub(super) sort: Vec<SortBy>,
    /// Phrases that order the nodes, where nothing else does and their order matters.
    pub(super) relevance: Vec<Phrase>,
    pub(super) limit: Option<Limit>,
    pub(super) reversed: bool,
    pub(super) walk: Option<Walk>,
}

/// What sub-queries, each started at one node, add to that node's document.
#[derive(Clone, Debug)]
pub(super) struct MergePlan {
    pub(super) queries: Vec<MergeQueryPlan>,
    /// What must hold of the node with its merged values.
    pub(super) then: Option<Predicate>,
}

#[derive(Clone, Debug)]
pub(super) struct MergeQueryPlan {
    /// Where the value is put in the document, from its root.
    pub(super) name: Vec<String>,
    /// All nodes that are found rather than the first, or null; an aggregate always yields the list of its rows.
    pub(super) list: bool,
    /// Its first stage holds for every node and ends in a walk.
    pub(super) plan: Plan,
}

#[derive(Clone, Debug)]
pub(super) struct WithClause {
    pub(super) count: Count,
    pub(super) walk: Walk,
    pub(super) predicate: Predicate,
    pub(super) with: Option<Box<WithClause>>,
}

#[derive(Clone, Debug)]
pub(super) struct SortBy {
    pub(super) location: Location,
    pub(super) as_time: bool,
    pub(super) descending: bool,
}

impl Plan {
    /// The nodes that the query finds, in the order it asks for, otherwise in the order of the graph.
    ///
    /// An aggregate's functions are left out: these are the nodes it computes them over.
    pub fn select(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Result<Vec<NodeId>, SearchError> {
        self.find(generation, now, limits).map(|found| found.nodes)
    }

    /// As [`select`](Self::select), together with what a merge adds to the nodes' documents.
    pub fn find(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Result<Found, SearchError> {
        let mut budget = self.budget(limits);
        let clock = budget.clock();
        let view = View { clock: Some(&clock), ..View::new(generation, now) };
        let plan = self.at(generation.graph.kinds(), now)?;
        let found = Search::new(view, &Places::new(view)).find(&plan, &mut budget);
        found.map_err(|exhausted| self.exhausted(exhausted))
    }

    /// The rows of an aggregate, sorted by group; a query without aggregate is refused.
    pub fn aggregate(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Result<Vec<Row>, SearchError> {
        let Answers { pool, mut answers } = Batch::new(vec![self.clone()]).evaluate(generation, now, limits);
        let rows = answers.pop().expect("a batch of one plan has one answer")?;
        Ok(self.aggregate.as_ref().map_or_else(Vec::new, |aggregate| aggregate.named(&rows, &pool)))
    }

    /// The same plan, whose functions' operands are also counted into buckets with these upper bounds.
    ///
    /// Only a [`Batch`] returns the buckets. The bounds must ascend.
    #[must_use]
    pub fn observe(mut self, bounds: Vec<f64>) -> Self {
        debug_assert!(bounds.is_sorted(), "bounds ascend");
        if let Some(aggregate) = &mut self.aggregate {
            aggregate.bounds = Some(bounds.into());
        }
        self
    }

    /// The same plan with a limit of its own on the wall clock, whatever [`Limits`] says.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// What it may do at most where others may do so much.
    pub(super) fn budget(&self, limits: Limits) -> Budget {
        Budget::new(limits.within(self.time))
    }

    /// Whether one look at the columns of each table tells which nodes it finds, within nobody's own time.
    pub(super) fn cheap(&self) -> bool {
        self.time.is_none()
            && matches!(self.stages.as_slice(), [stage] if stage.only_filters() && stage.predicate.cheap())
    }

    pub(super) fn computes_nothing(&self) -> SearchError {
        let complaint = Complaint::new(Span::new(0, self.text.len()), "this query computes nothing");
        let complaint = complaint.help("begin with `aggregate(...)`, as in `aggregate(kind: sum(1)): all`");
        SearchError::new(&self.text, complaint)
    }

    pub(super) fn exhausted(&self, exhausted: Exhausted) -> SearchError {
        let complaint = Complaint::new(Span::new(0, self.text.len()), exhausted.to_string());
        SearchError::new(&self.text, complaint.help("narrow it down, for example with `is(...)` or a smaller depth"))
    }
}

impl Stage {
    /// Whether its predicate alone says which nodes it finds.
    pub(super) fn only_filters(&self) -> bool {
        self.merge.is_none()
            && self.with.is_none()
            && self.sort.is_empty()
            && self.relevance.is_empty()
            && self.limit.is_none()
            && !self.reversed
            && self.walk.is_none()
    }

    /// Leaves out the nodes beyond the limit, and turns the rest around.
    pub(super) fn cut(&self, nodes: &mut Vec<NodeId>) {
        if let Some(Limit { offset, count }) = self.limit {
            nodes.drain(..offset.min(nodes.len()));
            nodes.truncate(count);
        }
        if self.reversed {
            nodes.reverse();
        }
    }

    /// Sorts nodes by what their texts say, equal ones in the order of the graph.
    pub(super) fn sort_by_relevance(&self, view: View<'_>, nodes: &mut [NodeId]) {
        nodes.sort_by_cached_key(|node| Reverse(phrase::relevance(&self.relevance, view, *node)));
    }

    /// Sorts a few nodes, equal ones in the order of the graph.
    pub(super) fn sort(&self, view: View<'_>, nodes: &mut Vec<NodeId>) {
        let keys = |node: NodeId| self.sort.iter().map(|key| key.value(view, node)).collect::<Vec<_>>();
        let mut keyed: Vec<(Vec<Value>, NodeId)> = nodes.iter().map(|node| (keys(*node), *node)).collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let orderings = self.sort.iter().zip(a.iter().zip(b)).map(|(key, (a, b))| key.compare(a, b));
            orderings.fold(Ordering::Equal, Ordering::then)
        });
        *nodes = keyed.into_iter().map(|(_, node)| node).collect();
    }
}

impl SortBy {
    fn value(&self, view: View<'_>, node: NodeId) -> Value {
        self.read(view.value(node, &self.location))
    }

    /// The value that is sorted by, where this one is stored.
    fn read(&self, value: Value) -> Value {
        match (self.as_time, value.as_str().and_then(operand::instant)) {
            // Written out, times with and without fractions of a second do not sort as text.
            (true, Some(time)) => time.as_nanosecond().to_string().parse().map_or(value, Value::Number),
            _ => value,
        }
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        if self.descending { order::compare(b, a) } else { order::compare(a, b) }
    }

    /// The place of each value in the order; equal values have the same.
    pub(super) fn ranks(&self, values: &[Value]) -> Vec<u32> {
        let values: Vec<Cow<'_, Value>> = values
            .iter()
            .map(|value| if self.as_time { Cow::Owned(self.read(value.clone())) } else { Cow::Borrowed(value) })
            .collect();
        let mut sorted: Vec<usize> = (0..values.len()).collect();
        sorted.sort_by(|a, b| self.compare(&values[*a], &values[*b]));
        let mut ranks = vec![0; values.len()];
        let mut rank = 0;
        for (position, value) in sorted.iter().enumerate() {
            let before = position.checked_sub(1).map(|before| &values[sorted[before]]);
            rank += u32::from(before.is_some_and(|before| self.compare(before, &values[*value]).is_ne()));
            ranks[*value] = rank;
        }
        ranks
    }
}
