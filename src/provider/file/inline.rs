//! Resources that stand within another document, such as a test of metrics.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use serde::Deserialize;

use crate::{
    document::Complaint,
    model::{Failure, FailureClass, Kind, Listing, ProviderName, ScopeKey, Value},
    provider::{DeleteTarget, DiscoveredAccount, Discovery, Provider},
};

use super::{
    Config,
    assembly::{Assembled, Assembly},
    document::Document,
    entry::Entry,
    roles::Roles,
    source::DeclaredKinds,
};

/// What a YAML document of this provider holds, as a part of another document.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct InlineInventory(Option<Document<Value>>);

/// Lists such an inventory, every scope completely.
#[derive(Debug)]
pub struct InlineProvider {
    accounts: Vec<DiscoveredAccount>,
    listings: Mutex<BTreeMap<ScopeKey, Listing>>,
}

impl InlineInventory {
    /// The kinds that it declares and that `known` does not have.
    pub fn declared_kinds(&self, known: &dyn Fn(&str) -> bool) -> Vec<Kind> {
        let mut declared = DeclaredKinds::new();
        if let Some(document) = &self.0 {
            let nodes = document.nodes.iter().filter_map(|node| Entry::read(node.clone()).ok());
            declared.extend(nodes.filter_map(|entry| Assembly::bases(&entry)));
            declared.extend(document.kinds.clone());
        }
        super::provider::kinds(declared, known)
    }

    /// The provider, or what is wrong with the entries; paths start in the inventory.
    pub fn provider(&self) -> Result<InlineProvider, Vec<Complaint>> {
        let mut assembly = Assembly::new(&Config::default(), super::provider::NAME.into(), Arc::new(Roles::new()));
        assembly.begin(PathBuf::new());
        let mut complaints = Vec::new();
        if let Some(document) = &self.0 {
            let nodes = document.nodes.iter().enumerate().map(|(index, value)| ("nodes", index, value));
            let edges = document.edges.iter().enumerate().map(|(index, value)| ("edges", index, value));
            for (list, index, value) in nodes.chain(edges) {
                match Entry::read(value.clone()) {
                    Ok(entry) => assembly.add(document.filled(entry)),
                    Err(error) => complaints.push(Complaint::new(error.to_string()).at(list).at(index)),
                }
            }
        }
        if complaints.is_empty() { Ok(InlineProvider::new(assembly.finish())) } else { Err(complaints) }
    }
}

impl InlineProvider {
    fn new(assembled: Assembled) -> Self {
        let mut scopes: BTreeMap<_, BTreeSet<ScopeKey>> = BTreeMap::new();
        let mut listings = BTreeMap::new();
        for (scope, nodes) in assembled.scopes {
            scopes.entry((scope.cloud.clone(), scope.account.clone())).or_default().insert(scope.clone());
            let listing = match assembled.contents.read(&nodes) {
                Ok((resources, _)) => Listing::Complete(resources),
                Err(failure) => Listing::Failed(failure),
            };
            listings.insert(scope, listing);
        }
        let accounts = assembled.accounts.into_iter().map(|(key, (account, regions))| DiscoveredAccount {
            account,
            regions: regions.into_values().collect(),
            scopes: scopes.remove(&key).unwrap_or_default().into_iter().collect(),
            failure: None,
        });
        Self { accounts: accounts.collect(), listings: Mutex::new(listings) }
    }
}

#[async_trait]
impl Provider for InlineProvider {
    fn name(&self) -> ProviderName {
        super::provider::NAME.into()
    }

    async fn discover(&self) -> Discovery {
        Discovery { accounts: self.accounts.clone(), failure: None }
    }

    async fn list(&self, scope: &ScopeKey) -> Listing {
        let listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        listings.get(scope).cloned().unwrap_or_else(|| {
            Listing::Failed(Failure::new(FailureClass::BadAnswer, format!("{scope} is not in this inventory")))
        })
    }

    fn deletes(&self, _kind: &str) -> bool {
        false
    }

    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure> {
        let message = format!("{} is written down and nowhere else", target.resource.id);
        Err(Failure::new(FailureClass::Unsupported, message))
    }
}
