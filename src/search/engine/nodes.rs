//! Nodes: what the stages of a plan find, for all nodes at once.

use rustc_hash::FxHashMap;

use crate::{
    graph::{NodeId, TablePlace},
    model::KindName,
    search::{
        ast::Count,
        document::View,
        limits::{Budget, Exhausted},
        merged::{Found, Merged},
        plan::{Plan, SortBy, Stage, WithClause},
        predicate::{Predicate, accepts},
        traverse::{Seen, Walk},
    },
};

use super::{
    bits::{Bits, Selection},
    interner::Interner,
    keys::{Constants, KeyColumn},
    scan::{Residual, Scan},
};

/// All tables of a graph, and the kind of each as a position among the kinds.
#[derive(Debug)]
pub(in crate::search) struct Places<'g> {
    pub(super) places: Vec<(TablePlace<'g>, usize)>,
    pub(super) kinds: Vec<&'g KindName>,
}

/// Looks for nodes in a graph.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct Search<'g, 's> {
    pub(super) view: View<'g>,
    pub(super) places: &'s Places<'g>,
}

impl<'g> Places<'g> {
    pub(in crate::search) fn new(view: View<'g>) -> Self {
        let mut numbers: FxHashMap<&KindName, usize> = FxHashMap::default();
        let mut kinds = Vec::new();
        let graph = &view.generation.graph;
        let mut places = Vec::new();
        for (shard, view) in graph.shards().enumerate() {
            for position in 0..view.shard.tables().len() {
                let place = graph.place(shard, position);
                let kind = place.table().kind();
                let number = *numbers.entry(kind).or_insert_with(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                });
                places.push((place, number));
            }
        }
        Self { places, kinds }
    }
}

impl<'g, 's> Search<'g, 's> {
    pub(in crate::search) fn new(view: View<'g>, places: &'s Places<'g>) -> Self {
        Self { view, places }
    }

    /// The nodes of a plan, in the order it asks for, otherwise in the order of the graph.
    pub(in crate::search) fn find(&self, plan: &Plan, budget: &mut Budget) -> Result<Found, Exhausted> {
        let mut reached: Option<Bits> = None;
        let mut found = Found::default();
        for (position, stage) in plan.stages.iter().enumerate() {
            found = self.keep(stage, reached.as_ref(), budget)?;
            budget.rows(found.nodes.len())?;
            if let Some(walk) = &stage.walk {
                let wanted = plan.stages.get(position + 1).and_then(|next| self.wanted(next));
                let targets = self.walk(walk, &found.nodes, wanted.as_ref(), budget)?;
                found = Found { nodes: targets.iter().map(NodeId::new).collect(), ..Found::default() };
                budget.rows(found.nodes.len())?;
                reached = Some(targets);
            }
        }
        // Behind the last value that was read.
        budget.look()?;
        Ok(found)
    }

    /// The nodes that a stage keeps, of all or of those that were reached, before it walks on.
    pub(super) fn keep(&self, stage: &Stage, reached: Option<&Bits>, budget: &mut Budget) -> Result<Found, Exhausted> {
        let mut set = self.filter(&stage.predicate, reached, budget)?;
        if let Some(with) = &stage.with {
            set = self.with(with, set, budget)?;
        }
        let mut merged = Merged::new(stage.merge.as_ref());
        if let Some(merge) = &stage.merge {
            let mut seen = Seen::new(&self.view.generation.graph);
            for node in set.iter().map(NodeId::new) {
                merged.insert(node, merge.values(self.view, node, &mut seen, budget)?);
            }
            if let Some(then) = &merge.then {
                let view = View { merged: Some(&merged), ..self.view };
                set = Search { view, places: self.places }.filter(then, Some(&set), budget)?;
            }
        }
        let mut nodes: Vec<NodeId> = set.iter().map(NodeId::new).collect();
        if !stage.sort.is_empty() {
            let view = View { merged: Some(&merged), ..self.view };
            nodes = Search { view, places: self.places }.sorted(&stage.sort, &set);
        } else if !stage.relevance.is_empty() {
            stage.sort_by_relevance(self.view, &mut nodes);
        }
        stage.cut(&mut nodes);
        Ok(Found { nodes, merged })
    }

    /// The nodes in the order of these keys, equal ones in the order of the graph.
    fn sorted(&self, keys: &[SortBy], nodes: &Bits) -> Vec<NodeId> {
        let mut interner = Interner::new();
        let mut constants = Constants::default();
        let mut columns: Vec<Vec<u32>> = vec![Vec::new(); keys.len()];
        for (place, _) in &self.places.places {
            let len = place.table().len();
            let rows = nodes.slice(place.start.index(), len);
            if rows.is_none() {
                continue;
            }
            let mut positions = Vec::with_capacity(rows.count(len));
            rows.for_each(len, |row| positions.push(row));
            for (number, (key, ids)) in keys.iter().zip(&mut columns).enumerate() {
                let (interner, constants) = (&mut interner, &mut constants);
                let mut column =
                    KeyColumn::of_location(self.view, *place, &key.location, number, &rows, interner, constants);
                column.append(&positions, interner, ids);
            }
        }
        let ranks: Vec<Vec<u32>> = keys.iter().map(|key| key.ranks(interner.values())).collect();
        let rank = |position: usize| {
            let ranks = columns.iter().zip(&ranks);
            ranks.map(|(ids, ranks)| ranks[ids[position] as usize]).collect::<Vec<u32>>()
        };
        let mut keyed: Vec<(Vec<u32>, NodeId)> =
            nodes.iter().enumerate().map(|(position, node)| (rank(position), NodeId::new(node))).collect();
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed.into_iter().map(|(_, node)| node).collect()
    }

    /// The nodes that a walk from these reaches.
    pub(super) fn walk(
        &self,
        walk: &Walk,
        nodes: &[NodeId],
        wanted: Option<&Bits>,
        budget: &mut Budget,
    ) -> Result<Bits, Exhausted> {
        let mut starts = Bits::new(self.len());
        starts.extend(nodes.iter().map(|node| node.index()));
        walk.targets(&self.view.generation.graph, &starts, wanted, budget)
    }

    pub(super) fn len(&self) -> usize {
        self.view.generation.graph.len()
    }

    pub(super) fn conditions<'p>(&self, predicate: &'p Predicate) -> Vec<Residual<'p>> {
        let model = self.view.generation.graph.kinds();
        self.places.kinds.iter().map(|kind| Residual::new(predicate, kind, model)).collect()
    }

    /// The nodes for which a condition holds, of all or of some.
    pub(super) fn filter(
        &self,
        predicate: &Predicate,
        among: Option<&Bits>,
        budget: &mut Budget,
    ) -> Result<Bits, Exhausted> {
        let conditions = self.conditions(predicate);
        let mut found = Bits::new(self.len());
        for (place, kind) in &self.places.places {
            let condition = &conditions[*kind];
            if matches!(condition, Residual::Never) {
                continue;
            }
            let (start, len) = (place.start.index(), place.table().len());
            let rows = among.map_or(Selection::All, |among| among.slice(start, len));
            if rows.is_none() {
                continue;
            }
            budget.steps(rows.count(len))?;
            let rows = Scan { view: self.view, place: *place }.select(condition, rows);
            found.insert_rows(start, len, &rows);
        }
        Ok(found)
    }

    /// Nodes among which are all that a stage can keep; none where that may be any.
    pub(super) fn wanted(&self, stage: &Stage) -> Option<Bits> {
        stage.predicate.required_kinds()?;
        let conditions = self.conditions(&stage.predicate);
        let mut wanted = Bits::new(self.len());
        for (place, kind) in &self.places.places {
            if !matches!(conditions[*kind], Residual::Never) {
                wanted.insert_rows(place.start.index(), place.table().len(), &Selection::All);
            }
        }
        Some(wanted)
    }

    /// Those of the nodes that have as many others around them as the clause asks for.
    fn with(&self, with: &WithClause, mut nodes: Bits, budget: &mut Budget) -> Result<Bits, Exhausted> {
        let graph = &self.view.generation.graph;
        let around = with.walk.reach(graph, &nodes, budget)?;
        let mut counted = self.filter(&with.predicate, Some(&around), budget)?;
        if let Some(inner) = &with.with {
            counted = self.with(inner, counted, budget)?;
        }
        match with.count {
            Count::Any => nodes.intersect(&self.next_to(with, &nodes, &counted, budget)?),
            Count::Empty => nodes.subtract(&self.next_to(with, &nodes, &counted, budget)?),
            Count::Compare(operator, count) => {
                let enough = count.saturating_add(1);
                let mut seen = Seen::new(graph);
                let mut kept = Bits::new(self.len());
                for node in nodes.iter() {
                    let mut found = 0;
                    with.walk.visit(graph, &[NodeId::new(node)], &mut seen, budget, &mut |node| {
                        found += u64::from(counted.contains(node.index()));
                        found < enough
                    })?;
                    if accepts(operator, found.cmp(&count)) {
                        kept.insert(node);
                    }
                }
                nodes = kept;
            }
        }
        Ok(nodes)
    }

    /// Nodes from which the walk of a clause reaches one that counts; of others than `nodes` it may say anything.
    fn next_to(&self, with: &WithClause, nodes: &Bits, counted: &Bits, budget: &mut Budget) -> Result<Bits, Exhausted> {
        let graph = &self.view.generation.graph;
        if (with.walk.depth.min, with.walk.depth.max) != (1, 1) {
            return with.walk.reversed().targets(graph, counted, Some(nodes), budget);
        }
        let mut found = Bits::new(self.len());
        if counted.is_empty() {
            return Ok(found);
        }
        for node in nodes.iter() {
            budget.step()?;
            let id = NodeId::new(node);
            let mut neighbours =
                with.walk.edges.iter().flat_map(|(direction, edge_type)| graph.neighbours(id, *direction, *edge_type));
            if neighbours.any(|neighbour| counted.contains(neighbour.index())) {
                found.insert(node);
            }
        }
        Ok(found)
    }
}
