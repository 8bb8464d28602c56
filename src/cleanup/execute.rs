//! The executor: carries out a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::{
    model::{Failure, FailureClass, ProviderName},
    provider::{DeleteTarget, Provider},
};

use super::{Candidate, Plan};

/// How the deletion of one candidate ended.
#[derive(Clone, Debug)]
pub struct Deletion {
    pub candidate: Candidate,
    pub verdict: Verdict,
    pub duration: Duration,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Deleted,
    /// It would have been deleted, were this not a dry run.
    WouldDelete,
    Failed(Failure),
    /// Something that had to go first could not be deleted.
    PrerequisiteFailed,
}

/// What a cleanup did, in the order in which it did it.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    pub deletions: Vec<Deletion>,
}

impl Executed {
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.deletions.iter().filter(|deletion| is(&deletion.verdict)).count()
    }
}

/// Deletes the plan's waves one after the other; what waits for something that failed is not tried.
///
/// Every deletion is logged before and after it is tried. Dropping the future stops before the next request.
pub async fn execute(
    plan: &Plan,
    providers: &BTreeMap<ProviderName, Arc<dyn Provider>>,
    dry_run: bool,
    concurrency: usize,
) -> Executed {
    let mut executed = Executed::default();
    let mut failed: BTreeSet<Arc<str>> = BTreeSet::new();
    for wave in &plan.waves {
        let mut tries = Vec::with_capacity(wave.len());
        for candidate in wave {
            let blocked = candidate.after.iter().any(|key| failed.contains(key));
            let provider = providers.get(&candidate.scope.provider);
            tries.push(attempt(candidate, provider, blocked, dry_run));
        }
        let deletions: Vec<Deletion> = stream::iter(tries).buffered(concurrency.max(1)).collect().await;
        for deletion in deletions {
            if matches!(deletion.verdict, Verdict::Failed(_) | Verdict::PrerequisiteFailed) {
                failed.insert(deletion.candidate.key.clone());
            }
            if deletion.verdict == Verdict::PrerequisiteFailed {
                let Candidate { scope, resource, .. } = &deletion.candidate;
                warn!(%scope, id = resource.id, "not deleted: something that must go first could not be deleted");
            }
            executed.deletions.push(deletion);
        }
    }
    executed
}

async fn attempt(
    candidate: &Candidate,
    provider: Option<&Arc<dyn Provider>>,
    blocked: bool,
    dry_run: bool,
) -> Deletion {
    let started = Instant::now();
    let verdict = match provider {
        _ if blocked => Verdict::PrerequisiteFailed,
        Some(provider) => delete(&**provider, candidate, dry_run).await,
        None => Verdict::Failed(Failure::new(FailureClass::Unsupported, "its provider is not configured")),
    };
    Deletion { candidate: candidate.clone(), verdict, duration: started.elapsed() }
}

async fn delete(provider: &dyn Provider, candidate: &Candidate, dry_run: bool) -> Verdict {
    let Candidate { scope, resource, rule, reason, .. } = candidate;
    let (id, name) = (&resource.id, &resource.name);
    if dry_run {
        info!(%scope, id, name, rule, reason, "would delete");
        return Verdict::WouldDelete;
    }
    info!(%scope, id, name, rule, reason, "deleting");
    let target = DeleteTarget {
        scope: scope.clone(),
        resource: (**resource).clone(),
        neighbours: candidate.neighbours.iter().map(|neighbour| (**neighbour).clone()).collect(),
    };
    match provider.delete(&target).await {
        Ok(()) => {
            info!(%scope, id, name, rule, "deleted");
            Verdict::Deleted
        }
        Err(failure) => {
            error!(%scope, id, name, rule, class = %failure.class, error = failure.message, "could not be deleted");
            Verdict::Failed(failure)
        }
    }
}

#[cfg(test)]
mod tests;
