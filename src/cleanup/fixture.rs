//! A provider that keeps a record, and small scenes to clean up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

use super::Config;
use crate::{
    graph::{Generation, Mark, Marks, fixture},
    model::{
        DeleteOrder, Failure, FailureClass, KindName, Link, LinkEnd, Listing, ProviderName, Resource, ScopeKey,
        Selector,
    },
    provider::{DeleteTarget, Discovery, Provider},
};

#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) deleted: Mutex<Vec<String>>,
    /// Resources whose deletion fails.
    pub(super) fails: BTreeSet<String>,
    pub(super) dependants: BTreeMap<String, Vec<KindName>>,
    /// Resources that vanish with what they belong to.
    pub(super) implicit: BTreeSet<String>,
}

#[async_trait]
impl Provider for Recorder {
    fn name(&self) -> ProviderName {
        "test".into()
    }

    async fn discover(&self) -> Discovery {
        Discovery::default()
    }

    async fn list(&self, _scope: &ScopeKey) -> Listing {
        Listing::Complete(Vec::new())
    }

    fn deletes(&self, kind: &str) -> bool {
        kind != "bucket"
    }

    fn dependants(&self, kind: &str) -> Vec<KindName> {
        self.dependants.get(kind).cloned().unwrap_or_default()
    }

    fn goes_with_its_owner(&self, resource: &Resource) -> bool {
        self.implicit.contains(&resource.id)
    }

    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure> {
        let id = &target.resource.id;
        if self.fails.contains(id) {
            return Err(Failure::new(FailureClass::Denied, "not allowed"));
        }
        self.deleted.lock().unwrap().push(id.clone());
        Ok(())
    }
}

pub(super) fn providers(recorder: Recorder) -> (Arc<Recorder>, BTreeMap<ProviderName, Arc<dyn Provider>>) {
    let recorder = Arc::new(recorder);
    let provider: Arc<dyn Provider> = recorder.clone();
    (recorder, BTreeMap::from([(provider.name(), provider)]))
}

/// Deletion is allowed in every account.
pub(super) fn everywhere() -> Config {
    Config { enabled: true, dry_run: false, accounts: vec!["*".to_owned()], ..Config::default() }
}

/// A resource that must be gone before `before` may go.
pub(super) fn goes_before(kind: &str, id: &str, before: (&str, &str)) -> Resource {
    let other = Selector { kind: before.0.into(), property: "id".into(), value: before.1.into() };
    let link = Link { end: LinkEnd::From, other, delete: DeleteOrder::Same, outer: false };
    Resource { links: vec![link], ..Resource::new(kind, id) }
}

/// Network `n` ◄ subnet `s` ◄ instance `i`: each must go before the one in front of it.
pub(super) fn network() -> Vec<Resource> {
    vec![
        Resource::new("network", "n"),
        goes_before("subnet", "s", ("network", "n")),
        goes_before("instance", "i", ("subnet", "s")),
    ]
}

/// One account with these resources, of which those with the given ids are marked.
pub(super) fn marked(resources: Vec<Resource>, ids: &[&str]) -> Generation {
    let generation = fixture::generation(&[("a", resources)]);
    let mark = Mark { rule: "rule".into(), reason: "because".into(), since: fixture::now() };
    let graph = &generation.graph;
    let keys = graph.ids().filter(|id| ids.contains(&&*graph.node(*id).id())).map(|id| graph.node(id).key());
    let marks: Marks = keys.map(|key| (key, mark.clone())).collect();
    generation.with_marks(marks)
}
