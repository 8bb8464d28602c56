//! Single nodes: a plan run from one node, as the sub-queries of merges are.
//!
//! Nothing is prepared for all nodes, so that it costs no more than the few nodes around the start.

use crate::{graph::NodeId, model::Value};

use super::{
    ast::Count,
    document::{Subject, View},
    limits::{Budget, Exhausted},
    merged::{Found, Merged},
    plan::{MergePlan, Plan, Stage, WithClause},
    predicate::accepts,
    traverse::Seen,
};

impl MergePlan {
    /// The values that the sub-queries add to a node's document, in their order.
    pub(super) fn values(
        &self,
        view: View<'_>,
        node: NodeId,
        seen: &mut Seen,
        budget: &mut Budget,
    ) -> Result<Vec<Value>, Exhausted> {
        let value = |plan: &Plan, list: bool, budget: &mut Budget| {
            let found = plan.find_from(view, vec![node], seen, budget)?;
            if let Some(aggregate) = &plan.aggregate {
                let view = View { merged: Some(&found.merged), ..view };
                let rows = aggregate.rows(view, &found.nodes, budget)?;
                return Ok(Value::Array(rows.iter().map(super::Row::document).collect()));
            }
            let documents = found.nodes.iter().map(|node| found.merged.document(view.generation, *node));
            budget.documents(if list { found.nodes.len() } else { 1 })?;
            Ok(if list { Value::Array(documents.collect()) } else { documents.take(1).next().unwrap_or(Value::Null) })
        };
        let mut value = value;
        self.queries.iter().map(|query| value(&query.plan, query.list, budget)).collect()
    }
}

impl Plan {
    /// What the plan finds when these nodes are all that its first stage may keep.
    pub(super) fn find_from(
        &self,
        view: View<'_>,
        nodes: Vec<NodeId>,
        seen: &mut Seen,
        budget: &mut Budget,
    ) -> Result<Found, Exhausted> {
        let mut found = Found { nodes, merged: Merged::default() };
        for stage in &self.stages {
            found = stage.apply(view, &found.nodes, seen, budget)?;
        }
        Ok(found)
    }
}

impl Stage {
    fn apply(
        &self,
        view: View<'_>,
        candidates: &[NodeId],
        seen: &mut Seen,
        budget: &mut Budget,
    ) -> Result<Found, Exhausted> {
        let mut merged = Merged::new(self.merge.as_ref());
        let mut nodes = Vec::new();
        for node in candidates.iter().copied() {
            budget.step()?;
            let holds = self.predicate.holds(&Subject::of(view, node))
                && match &self.with {
                    Some(with) => with.holds(view, node, seen, budget)?,
                    None => true,
                };
            if !holds {
                continue;
            }
            if let Some(merge) = &self.merge {
                merged.insert(node, merge.values(view, node, seen, budget)?);
                let view = View { merged: Some(&merged), ..view };
                if merge.then.as_ref().is_some_and(|then| !then.holds(&Subject::of(view, node))) {
                    continue;
                }
            }
            nodes.push(node);
        }
        if !self.sort.is_empty() {
            self.sort(View { merged: Some(&merged), ..view }, &mut nodes);
        } else if !self.relevance.is_empty() {
            self.sort_by_relevance(view, &mut nodes);
        }
        self.cut(&mut nodes);
        if let Some(walk) = &self.walk {
            nodes = walk.targets_of_few(&view.generation.graph, &nodes, seen, budget)?;
            merged = Merged::default();
        }
        budget.rows(nodes.len())?;
        Ok(Found { nodes, merged })
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
