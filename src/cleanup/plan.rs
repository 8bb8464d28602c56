//! The plan: what would be deleted, in which order, and what would not be, and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;

use crate::{
    graph::{Generation, NodeId},
    model::{ProviderName, Resource, ScopeKey},
    provider::Provider,
};

use super::{
    Config, SkipReason,
    guard::{self, Allowed},
    order::{Prerequisites, waves},
};

/// One marked resource.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node's key.
    pub key: Arc<str>,
    pub scope: ScopeKey,
    pub resource: Arc<Resource>,
    /// The rule that marked it.
    pub rule: String,
    pub reason: String,
    /// Candidates that must be gone before this one may go.
    pub after: BTreeSet<Arc<str>>,
    /// The resources around it, which its provider may have to detach first.
    pub neighbours: Vec<Arc<Resource>>,
}

/// A candidate that is left alone.
#[derive(Clone, Debug)]
pub struct Skipped {
    pub candidate: Candidate,
    pub reason: SkipReason,
    /// The resource in the way, where one is.
    pub because_of: Option<String>,
}

/// What one cleanup would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Deleted one wave after the other; within a wave, side by side.
    pub waves: Vec<Vec<Candidate>>,
    pub skipped: Vec<Skipped>,
}

/// A plan that is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum PlanError {
    #[error(
        "{deletions} resources would be deleted, but cleanup.max_deletions is {max}: nothing is deleted; \
         look at the candidates, then raise the limit or narrow the rules"
    )]
    TooMany { deletions: usize, max: usize },
    #[error("cleanup.accounts: {0}")]
    Accounts(String),
}

impl Plan {
    /// Plans the deletion of everything that is marked in a generation.
    pub fn new(
        generation: &Generation,
        config: &Config,
        providers: &BTreeMap<ProviderName, Arc<dyn Provider>>,
    ) -> Result<Self, PlanError> {
        let allowed = Allowed::new(&config.accounts).map_err(|error| PlanError::Accounts(error.to_string()))?;
        let provider_of = |id: NodeId| {
            let node = generation.graph.node(id);
            if !node.is_listed() {
                return None;
            }
            providers.get(node.table().provider()).map(|provider| &**provider)
        };
        let goes_with_its_owner = |id: NodeId| {
            let resource = || generation.graph.node(id).resource();
            provider_of(id).is_some_and(|provider| provider.goes_with_its_owner(&resource()))
        };
        let prerequisites = Prerequisites::new(generation, &goes_with_its_owner);

        let mut planned: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
        let mut skipped: BTreeMap<NodeId, (SkipReason, Option<String>)> = BTreeMap::new();
        for (id, _) in generation.marked() {
            let id = *id;
            let Some(scope) = generation.graph.node(id).scope() else { continue };
            match guard::check(generation, id, &scope, provider_of(id), &allowed) {
                None => drop(planned.insert(id, prerequisites.of(id))),
                Some(reason) => drop(skipped.insert(id, (reason, None))),
            }
        }
        // What stays keeps everything that it depends on, and so on down the edges.
        loop {
            let blocked = blocked(&planned);
            if blocked.is_empty() {
                break;
            }
            for (id, remaining) in blocked {
                planned.remove(&id);
                let because = describe(&generation.graph.node(remaining).resource());
                skipped.insert(id, (SkipReason::DependantRemains, Some(because)));
            }
        }

        let candidate = |id: NodeId| candidate(generation, id, planned.get(&id));
        Ok(Self {
            waves: waves(&planned).into_iter().map(|wave| wave.into_iter().map(candidate).collect()).collect(),
            skipped: skipped
                .into_iter()
                .map(|(id, (reason, because_of))| Skipped { candidate: candidate(id), reason, because_of })
                .collect(),
        })
    }

    /// The number of resources that would be deleted.
    pub fn deletions(&self) -> usize {
        self.waves.iter().map(Vec::len).sum()
    }

    /// Refuses a plan that deletes more than is allowed.
    pub fn within(&self, max: usize) -> Result<(), PlanError> {
        let deletions = self.deletions();
        if deletions > max { Err(PlanError::TooMany { deletions, max }) } else { Ok(()) }
    }
}

/// The planned resources that something must go before which does not, each with the first such thing.
fn blocked(planned: &BTreeMap<NodeId, BTreeSet<NodeId>>) -> Vec<(NodeId, NodeId)> {
    let remaining = |before: &BTreeSet<NodeId>| before.iter().copied().find(|other| !planned.contains_key(other));
    planned.iter().filter_map(|(id, before)| Some((*id, remaining(before)?))).collect()
}

fn candidate(generation: &Generation, id: NodeId, before: Option<&BTreeSet<NodeId>>) -> Candidate {
    let graph = &generation.graph;
    let node = graph.node(id);
    let mark = generation.mark(id).expect("only marked nodes are planned");
    let around = crate::model::EdgeType::ALL.iter().flat_map(|edge| {
        [crate::graph::Direction::In, crate::graph::Direction::Out]
            .into_iter()
            .flat_map(|direction| graph.neighbours(id, direction, *edge))
    });
    let around: BTreeSet<NodeId> = around.filter(|other| graph.node(*other).is_listed()).collect();
    Candidate {
        key: node.key(),
        scope: node.scope().expect("only listed resources are planned"),
        resource: Arc::new(node.resource()),
        rule: mark.rule.clone(),
        reason: mark.reason.clone(),
        after: before.into_iter().flatten().map(|other| graph.node(*other).key()).collect(),
        neighbours: around.into_iter().map(|other| Arc::new(graph.node(other).resource())).collect(),
    }
}

fn describe(resource: &Resource) -> String {
    format!("{} {}", resource.kind, resource.id)
}

#[cfg(test)]
mod tests;
