//! Plans: compiled queries, ready to be evaluated on any generation.

use std::{borrow::Cow, cmp::Ordering, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    graph::{Generation, NodeId},
    model::Value,
};

use super::{
    aggregate::{AggregatePlan, Row},
    ast::{Count, Limit, Search},
    document::{Subject, View},
    error::{Complaint, QueryText, SearchError, Span},
    limits::{Budget, Exhausted, Limits},
    location::Location,
    operand, order,
    predicate::{Predicate, accepts},
    rows::{Pool, Rows},
    traverse::{Seen, Walk},
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
    pub(super) dated: Option<Arc<Search>>,
}

/// One part of the query.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) predicate: Predicate,
    pub(super) merge: Option<MergePlan>,
    pub(super) with: Option<WithClause>,
    pub(super) sort: Vec<SortBy>,
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
        let view = View { generation, now };
        let plan = self.at(generation.graph.kinds(), now)?;
        plan.nodes(view, &mut Budget::new(limits)).map_err(|exhausted| self.exhausted(exhausted))
    }

    /// The rows of an aggregate, sorted by group; a query without aggregate is refused.
    pub fn aggregate(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Result<Vec<Row>, SearchError> {
        let mut pool = Pool::new();
        let rows = self.rows(generation, now, limits, &mut pool)?;
        Ok(self.aggregate.as_ref().map_or_else(Vec::new, |aggregate| aggregate.named(&rows, &pool)))
    }

    /// The same plan, whose functions' operands are also counted into buckets with these upper bounds.
    ///
    /// Only a [`Batch`](super::Batch) returns the buckets. The bounds must ascend.
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

    pub(super) fn rows(
        &self,
        generation: &Generation,
        now: Timestamp,
        limits: Limits,
        pool: &mut Pool,
    ) -> Result<Rows, SearchError> {
        let plan = self.at(generation.graph.kinds(), now)?;
        let Some(aggregate) = &plan.aggregate else {
            let complaint = Complaint::new(Span::new(0, self.text.len()), "this query computes nothing");
            return Err(SearchError::new(
                &self.text,
                complaint.help("begin with `aggregate(...)`, as in `aggregate(kind: sum(1)): all`"),
            ));
        };
        let view = View { generation, now };
        let mut budget = Budget::new(Limits { time: self.time.unwrap_or(limits.time), ..limits });
        let rows = plan.nodes(view, &mut budget).and_then(|nodes| aggregate.rows(view, &nodes, &mut budget, pool));
        rows.map_err(|exhausted| self.exhausted(exhausted))
    }

    fn nodes(&self, view: View<'_>, budget: &mut Budget) -> Result<Vec<NodeId>, Exhausted> {
        let mut seen = Seen::new(&view.generation.graph);
        let mut nodes: Option<Vec<NodeId>> = None;
        for stage in &self.stages {
            let candidates = match &nodes {
                Some(nodes) => Cow::Borrowed(nodes.as_slice()),
                None => Cow::Owned(stage.predicate.candidates(view)),
            };
            nodes = Some(stage.apply(view, &candidates, &mut seen, budget)?);
        }
        Ok(nodes.unwrap_or_default())
    }

    fn exhausted(&self, exhausted: Exhausted) -> SearchError {
        let complaint = Complaint::new(Span::new(0, self.text.len()), exhausted.to_string());
        SearchError::new(&self.text, complaint.help("narrow it down, for example with `is(...)` or a smaller depth"))
    }
}

impl Predicate {
    /// Nodes among which all are for which the predicate holds, in the order of the graph.
    fn candidates(&self, view: View<'_>) -> Vec<NodeId> {
        let graph = &view.generation.graph;
        match self.required_kinds() {
            Some([kind]) => graph.of_kind(kind).collect(),
            Some(kinds) => {
                let mut nodes: Vec<NodeId> = kinds.iter().flat_map(|kind| graph.of_kind(kind)).collect();
                nodes.sort_unstable();
                nodes.dedup();
                nodes
            }
            None => graph.ids().collect(),
        }
    }
}

impl Stage {
    fn apply(
        &self,
        view: View<'_>,
        candidates: &[NodeId],
        seen: &mut Seen,
        budget: &mut Budget,
    ) -> Result<Vec<NodeId>, Exhausted> {
        let mut nodes = Vec::new();
        for node in candidates {
            budget.step()?;
            let subject = Subject::of(view, *node);
            let holds = self.predicate.holds(&subject)
                && match &self.with {
                    Some(with) => with.holds(view, *node, seen, budget)?,
                    None => true,
                };
            if holds {
                nodes.push(*node);
            }
        }
        if !self.sort.is_empty() {
            let keys = |node: &NodeId| self.sort.iter().map(|key| key.value(view, *node)).collect::<Vec<_>>();
            let mut keyed: Vec<(Vec<Value>, NodeId)> = nodes.iter().map(|node| (keys(node), *node)).collect();
            keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
            nodes = keyed.into_iter().map(|(_, node)| node).collect();
        }
        if let Some(Limit { offset, count }) = self.limit {
            nodes = nodes.into_iter().skip(offset).take(count).collect();
        }
        if self.reversed {
            nodes.reverse();
        }
        match &self.walk {
            Some(walk) => walk.targets(&view.generation.graph, &nodes, seen, budget),
            None => Ok(nodes),
        }
    }

    fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        let orderings = self
            .sort
            .iter()
            .zip(a.iter().zip(b))
            .map(|(key, (a, b))| if key.descending { order::compare(b, a) } else { order::compare(a, b) });
        orderings.fold(Ordering::Equal, Ordering::then)
    }
}

impl SortBy {
    fn value(&self, view: View<'_>, node: NodeId) -> Value {
        let value = view.value(node, &self.location);
        match (self.as_time, value.as_str().and_then(operand::instant)) {
            // Written out, times with and without fractions of a second do not sort as text.
            (true, Some(time)) => time.as_nanosecond().to_string().parse().map_or(value, Value::Number),
            _ => value,
        }
    }
}

impl WithClause {
    fn holds(&self, view: View<'_>, node: NodeId, seen: &mut Seen, budget: &mut Budget) -> Result<bool, Exhausted> {
        let enough = match self.count {
            Count::Empty | Count::Any => 1,
            Count::Compare(_, count) => count.saturating_add(1),
        };
        let graph = &view.generation.graph;
        let mut reached = Vec::new();
        let holds = |node: NodeId| self.predicate.holds(&Subject::of(view, node));
        let mut found = 0;
        self.walk.visit(graph, &[node], seen, budget, &mut |node| {
            if holds(node) {
                found += 1;
                if self.with.is_some() {
                    reached.push(node);
                }
            }
            // An inner clause may take some of them away again, so then all are needed.
            self.with.is_some() || found < enough
        })?;
        if let Some(inner) = &self.with {
            found = 0;
            for node in reached {
                found += u64::from(inner.holds(view, node, seen, budget)?);
                if found == enough {
                    break;
                }
            }
        }
        Ok(match self.count {
            Count::Empty => found == 0,
            Count::Any => found > 0,
            Count::Compare(operator, count) => accepts(operator, found.cmp(&count)),
        })
    }
}
