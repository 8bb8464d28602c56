//! The history: finished runs, as many as the configuration allows.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{Run, RunId, Workflow};

/// The last finished runs of each workflow.
///
/// The limit holds per workflow, so that one which runs every minute does not push out the others.
#[derive(Debug)]
pub(super) struct History {
    runs: BTreeMap<Workflow, VecDeque<Arc<Run>>>,
    runs_max: usize,
}

impl History {
    pub(super) fn new(runs_max: usize) -> Self {
        Self { runs: BTreeMap::new(), runs_max }
    }

    /// Adds a finished run, and forgets the oldest of its workflow when there are too many.
    pub(super) fn add(&mut self, run: Run) {
        let runs = self.runs.entry(run.workflow).or_default();
        runs.push_back(Arc::new(run));
        while runs.len() > self.runs_max {
            runs.pop_front();
        }
    }

    /// The runs of a workflow, oldest first.
    pub(super) fn of(&self, workflow: Workflow) -> impl DoubleEndedIterator<Item = &Arc<Run>> {
        self.runs.get(&workflow).into_iter().flatten()
    }

    pub(super) fn find(&self, id: &RunId) -> Option<&Arc<Run>> {
        self.runs.values().flatten().find(|run| run.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::workflow::Trigger;

    #[test]
    fn only_the_last_runs_of_each_workflow_are_kept() {
        let mut history = History::new(2);
        let run = |id: &str, workflow| Run::new(id.into(), workflow, Trigger::Schedule, Timestamp::UNIX_EPOCH);
        history.add(run("c", Workflow::Collect));
        for id in ["1", "2", "3"] {
            history.add(run(id, Workflow::Metrics));
        }
        let kept: Vec<_> = history.of(Workflow::Metrics).map(|run| run.id.as_str()).collect();
        assert_eq!(kept, ["2", "3"]);
        assert!(history.find(&"1".into()).is_none());
        assert!(history.find(&"c".into()).is_some());
    }
}
