//! Assembly: from the entries of all files to accounts, regions and scopes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    mem,
    path::PathBuf,
};

use tracing::{info, warn};

use crate::{
    model::{
        Account, AccountId, CloudId, DeleteOrder, EdgeType, KindModel, KindName, Link, LinkEnd, ProviderName, Region,
        RegionId, Resource, ScopeKey, Selector,
    },
    provider::known_kinds,
};

use super::{
    Config,
    entry::{EdgeEntry, Entry, Named, NodeEntry, Reference},
};

/// Everything that the files hold, by scope.
#[derive(Debug, Default)]
pub(super) struct Assembled {
    pub(super) accounts: BTreeMap<(CloudId, AccountId), (Account, BTreeMap<RegionId, Region>)>,
    pub(super) scopes: BTreeMap<ScopeKey, Held>,
}

/// The resources of one scope, and the files they come from.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) resources: Vec<Resource>,
    pub(super) files: BTreeSet<PathBuf>,
}

impl Assembled {
    /// Takes a resource of a file into a scope.
    fn hold(&mut self, scope: ScopeKey, resource: Resource, file: &PathBuf) {
        let held = self.scopes.entry(scope).or_default();
        held.resources.push(resource);
        if !held.files.contains(file) {
            held.files.insert(file.clone());
        }
    }
}

/// Entries that wait for the last file.
#[derive(Debug)]
pub(super) struct Assembly {
    kinds: KindModel,
    provider: ProviderName,
    cloud: CloudId,
    account: AccountId,
    files: Vec<PathBuf>,
    nodes: Vec<Node>,
    by_key: HashMap<String, u32>,
    edges: Vec<EdgeEntry>,
}

#[derive(Debug)]
struct Node {
    file: usize,
    role: Role,
    cloud: Option<CloudId>,
    account: Option<Named>,
    region: Option<Named>,
    resource: Resource,
}

/// What a node is in the hierarchy; all but resources are described elsewhere than in scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Root,
    Cloud,
    Account,
    Region,
    Resource,
}

/// Where a node lives, as far as it is known.
#[derive(Clone, Debug, Default)]
struct Home {
    cloud: Option<CloudId>,
    account: Option<Named>,
    region: Option<Named>,
}

impl Assembly {
    pub(super) fn new(config: &Config, provider: ProviderName) -> Self {
        Self {
            kinds: KindModel::new(known_kinds(&|_| false)).expect("the known kinds fit together, says a test"),
            provider,
            cloud: config.cloud.as_str().into(),
            account: config.account.as_str().into(),
            files: Vec::new(),
            nodes: Vec::new(),
            by_key: HashMap::new(),
            edges: Vec::new(),
        }
    }

    /// Begins a file; what [`add`](Self::add) gets from now on is its.
    pub(super) fn begin(&mut self, path: PathBuf) -> Checkpoint {
        self.files.push(path);
        Checkpoint { nodes: self.nodes.len(), edges: self.edges.len() }
    }

    /// Forgets what was added since: the file turned out to be unusable.
    pub(super) fn roll_back(&mut self, to: &Checkpoint) {
        self.nodes.truncate(to.nodes);
        self.edges.truncate(to.edges);
        let left = self.nodes.len();
        self.by_key.retain(|_, index| (*index as usize) < left);
    }

    pub(super) fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Node(node) => self.add_node(*node),
            Entry::Edge(edge) => self.edges.push(edge),
        }
    }

    fn add_node(&mut self, entry: NodeEntry) {
        let role = self.role(&entry);
        let index = u32::try_from(self.nodes.len()).expect("four thousand million nodes do not fit into memory");
        // Of two nodes of one id, edges mean the first.
        self.by_key.entry(entry.key).or_insert(index);
        self.nodes.push(Node {
            file: self.files.len() - 1,
            role,
            cloud: entry.cloud.map(CloudId::from),
            account: entry.account,
            region: entry.region,
            resource: entry.resource,
        });
    }

    fn role(&self, entry: &NodeEntry) -> Role {
        let kind = &entry.resource.kind;
        let is = |base: &str| self.kinds.is_a(kind, base) || entry.bases.iter().any(|own| self.kinds.is_a(own, base));
        match () {
            () if is("graph_root") => Role::Root,
            () if is("base_cloud") => Role::Cloud,
            () if is("account") => Role::Account,
            () if is("region") => Role::Region,
            () => Role::Resource,
        }
    }

    /// Finds every node's home, turns edges into links, and sorts the resources into scopes.
    pub(super) fn finish(mut self) -> Assembled {
        let edges = self.resolve_edges();
        let homes = self.homes(&edges);
        self.link(&edges, &homes);
        drop(edges);
        self.sort(homes)
    }

    /// The edges between nodes of the files; one with an end elsewhere becomes an outer link at once.
    fn resolve_edges(&mut self) -> Vec<(u32, u32, EdgeType)> {
        let mut by_identity: HashMap<(&str, &str), u32> = HashMap::new();
        let entries = mem::take(&mut self.edges);
        if entries
            .iter()
            .any(|edge| matches!((&edge.from, &edge.to), (Reference::Resource(_), _) | (_, Reference::Resource(_))))
        {
            for (index, node) in (0..).zip(&self.nodes) {
                by_identity.entry((&node.resource.kind, &node.resource.id)).or_insert(index);
            }
        }
        let find = |reference: &Reference| match reference {
            Reference::Key(key) => self.by_key.get(&key.0).copied(),
            Reference::Resource(wanted) => by_identity.get(&(wanted.kind.as_str(), wanted.id.0.as_str())).copied(),
        };
        let mut edges = Vec::with_capacity(entries.len());
        let mut outer = Vec::new();
        let (mut lost, mut iam) = (0_u64, 0_u64);
        for edge in entries {
            match (find(&edge.from), find(&edge.to), &edge.from, &edge.to) {
                _ if edge.edge_type == EdgeType::Iam => iam += 1,
                (Some(from), Some(to), ..) => edges.push((from, to, edge.edge_type)),
                (Some(from), None, _, Reference::Resource(to)) => outer.push((from, LinkEnd::To, to.clone())),
                (None, Some(to), Reference::Resource(from), _) => outer.push((to, LinkEnd::From, from.clone())),
                _ => lost += 1,
            }
        }
        for (index, end, other) in outer {
            let other = Selector { kind: other.kind.into(), property: "id".to_owned(), value: other.id.0 };
            let link = Link { end, other, delete: DeleteOrder::None, outer: true };
            self.nodes[index as usize].resource.links.push(link);
        }
        if lost > 0 {
            warn!(edges = lost, "edges name nodes that no file has");
        }
        if iam > 0 {
            info!(edges = iam, "edges of permissions are not used");
        }
        edges
    }

    /// Where each node lives: what it says itself, and else what its nearest containers say.
    fn homes(&self, edges: &[(u32, u32, EdgeType)]) -> Vec<Home> {
        let mut parents: Vec<(u32, u32)> =
            edges.iter().filter(|(.., edge)| *edge == EdgeType::Default).map(|(from, to, _)| (*to, *from)).collect();
        parents.sort_unstable();
        (0..self.nodes.len()).map(|index| self.home(index, &parents)).collect()
    }

    fn home(&self, index: usize, parents: &[(u32, u32)]) -> Home {
        /// Deeper than any hierarchy.
        const NODES_MAX: usize = 1_000;
        let mut home = Home::default();
        let mut seen = HashSet::from([index]);
        let mut queue = std::collections::VecDeque::from([index]);
        while let Some(next) = queue.pop_front() {
            home.learn(&self.nodes[next]);
            if home.is_known() || seen.len() > NODES_MAX {
                break;
            }
            let Ok(key) = u32::try_from(next) else { break };
            let first = parents.partition_point(|(child, _)| *child < key);
            for (_, parent) in parents[first..].iter().take_while(|(child, _)| *child == key) {
                if seen.insert(*parent as usize) {
                    queue.push_back(*parent as usize);
                }
            }
        }
        home
    }

    fn link(&mut self, edges: &[(u32, u32, EdgeType)], homes: &[Home]) {
        let deletes: HashSet<(u32, u32)> =
            edges.iter().filter(|(.., edge)| *edge == EdgeType::Delete).map(|(from, to, _)| (*from, *to)).collect();
        let mut used = 0;
        for (from, to, _) in edges.iter().filter(|(.., edge)| *edge == EdgeType::Default) {
            let [above, below] = [&self.nodes[*from as usize], &self.nodes[*to as usize]];
            if above.role != Role::Resource || below.role != Role::Resource {
                continue;
            }
            let delete = match (deletes.contains(&(*from, *to)), deletes.contains(&(*to, *from))) {
                (true, _) => DeleteOrder::Same,
                (_, true) => DeleteOrder::Reverse,
                _ => DeleteOrder::None,
            };
            used += usize::from(delete != DeleteOrder::None);
            let other = Selector {
                kind: above.resource.kind.clone(),
                property: "id".to_owned(),
                value: above.resource.id.clone(),
            };
            let account = |index: u32| homes[index as usize].account.as_ref().map(|account| &account.id);
            let outer = account(*from) != account(*to);
            self.nodes[*to as usize].resource.links.push(Link { end: LinkEnd::From, other, delete, outer });
        }
        if used < deletes.len() {
            let edges = deletes.len() - used;
            warn!(edges, "delete edges without a default edge between the same nodes are not used");
        }
    }

    fn sort(self, homes: Vec<Home>) -> Assembled {
        let mut assembled = Assembled::default();
        for (node, home) in self.nodes.into_iter().zip(homes) {
            if matches!(node.role, Role::Root | Role::Cloud) {
                continue;
            }
            let cloud = home.cloud.unwrap_or_else(|| self.cloud.clone());
            let named = home.account.unwrap_or_else(|| Named { id: self.account.to_string(), name: None });
            let id = AccountId::from(named.id);
            let (account, regions) = assembled.accounts.entry((cloud.clone(), id.clone())).or_insert_with(|| {
                let name = id.to_string();
                let properties = crate::model::Map::new();
                let account =
                    Account { cloud: cloud.clone(), id: id.clone(), name, kind: "account".into(), properties };
                (account, BTreeMap::new())
            });
            if let Some(name) = named.name {
                account.name = name;
            }
            if node.role == Role::Account {
                account.kind = node.resource.kind;
                account.name = node.resource.name;
                account.properties = node.resource.properties;
                continue;
            }
            let Some(region) = home.region else {
                // Listed with what the account has only once, but in no region.
                let resource = Resource { region: Some(RegionId::none()), ..node.resource };
                let region = RegionId::global();
                let kind = resource.kind.clone();
                let scope = ScopeKey { provider: self.provider.clone(), cloud, account: id, region, kind };
                assembled.hold(scope, resource, &self.files[node.file]);
                continue;
            };
            let region_id = RegionId::from(region.id);
            let described =
                regions.entry(region_id.clone()).or_insert_with(|| Region::named(region_id.clone(), "region"));
            if let Some(name) = region.name {
                described.name = name;
            }
            if node.role == Role::Region {
                described.kind = node.resource.kind;
                described.name = node.resource.name;
                described.properties = node.resource.properties;
                continue;
            }
            let scope = ScopeKey {
                provider: self.provider.clone(),
                cloud,
                account: id,
                region: region_id,
                kind: node.resource.kind.clone(),
            };
            assembled.hold(scope, node.resource, &self.files[node.file]);
        }
        assembled
    }

    /// The kinds of nodes that say themselves what they inherit from.
    pub(super) fn bases(entry: &Entry) -> Option<(KindName, Vec<KindName>)> {
        match entry {
            Entry::Node(node) if !node.bases.is_empty() => Some((node.resource.kind.clone(), node.bases.clone())),
            _ => None,
        }
    }
}

/// A point that [`Assembly::roll_back`] returns to.
#[derive(Debug)]
pub(super) struct Checkpoint {
    nodes: usize,
    edges: usize,
}

impl Home {
    /// Takes from a node what is not known yet.
    fn learn(&mut self, node: &Node) {
        let own = |role: Role| {
            let named = || Named { id: node.resource.id.clone(), name: Some(node.resource.name.clone()) };
            (node.role == role).then(named)
        };
        if self.region.is_none() && self.account.is_none() {
            self.region = own(Role::Region).or_else(|| node.region.clone());
        }
        if self.account.is_none() {
            self.account = own(Role::Account).or_else(|| node.account.clone());
        }
        if self.cloud.is_none() {
            self.cloud = own(Role::Cloud).map(|cloud| cloud.id.into()).or_else(|| node.cloud.clone());
        }
    }

    /// Whether nothing more can be learnt: a region, if it is one, is found before its account.
    fn is_known(&self) -> bool {
        self.cloud.is_some() && self.account.is_some()
    }
}
