//! Assembly: from the entries of all files to accounts, regions and scopes.
//!
//! A node is held by its numbers and its place, some thirty bytes: an export has millions of them. Edges are held by the
//! numbers of the texts they name, because they may come before the nodes.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fs::File,
    mem,
    path::PathBuf,
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHashSet};
use tracing::{info, warn};

use crate::model::{
    Account, AccountId, CloudId, DeleteOrder, EdgeType, KindName, Link, LinkEnd, Map, ProviderName, Region, RegionId,
    Resource, ScopeKey, Selector,
};

use super::{
    Config,
    contents::{Contents, Kept, NO_REGION, NearLink, Node},
    entry::{Content, EdgeEntry, Entry, Named, NodeEntry, Reference, ResourceReference},
    place::Source,
    roles::{Role, Roles},
    texts::{Numbers, TextNumbers, Texts, number},
};

/// Everything that the files hold, by scope.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) accounts: BTreeMap<(CloudId, AccountId), (Account, BTreeMap<RegionId, Region>)>,
    /// The nodes of each scope, ascending.
    pub(super) scopes: BTreeMap<ScopeKey, Vec<u32>>,
    pub(super) contents: Contents,
}

/// Entries that wait for the last file.
#[derive(Debug)]
pub(super) struct Assembly {
    roles: Arc<Roles>,
    provider: ProviderName,
    cloud: CloudId,
    account: AccountId,
    /// With the first node of each.
    files: Vec<(u32, Source)>,
    nodes: Vec<Node>,
    /// The node's resource ids.
    ids: Texts,
    wholes: Vec<Resource>,
    kinds: Numbers<(KindName, Role)>,
    homes: Numbers<Home>,
    clouds: Numbers<CloudId>,
    names: Numbers<Named>,
    /// What edges and nodes call nodes.
    keys: TextNumbers,
    /// For each key the node that has it, or [`NONE`].
    by_key: Vec<u32>,
    edges: Vec<(End, End, EdgeType)>,
    references: Vec<ResourceReference>,
}

/// From one node to another.
type Edge = (u32, u32, EdgeType);

/// The links of nodes to what no file has.
type OuterLinks = FxHashMap<u32, Vec<Link>>;

/// Stands for nothing where a number is expected.
const NONE: u32 = u32::MAX;

/// How an edge names a node.
#[derive(Clone, Copy, Debug)]
enum End {
    Key(u32),
    Reference(u32),
}

/// Where a node lives, as far as it is known: the numbers of cloud, account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Home {
    cloud: u32,
    account: u32,
    region: u32,
}

impl Assembly {
    pub(super) fn new(config: &Config, provider: ProviderName, roles: Arc<Roles>) -> Self {
        Self {
            roles,
            provider,
            cloud: config.cloud.as_str().into(),
            account: config.account.as_str().into(),
            files: Vec::new(),
            nodes: Vec::new(),
            ids: Texts::default(),
            wholes: Vec::new(),
            kinds: Numbers::default(),
            homes: Numbers::default(),
            clouds: Numbers::default(),
            names: Numbers::default(),
            keys: TextNumbers::default(),
            by_key: Vec::new(),
            edges: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Begins a file; what [`add`](Self::add) gets from now on is its.
    pub(super) fn begin(&mut self, path: PathBuf) -> Checkpoint {
        self.files.push((number(self.nodes.len()), Source { path, file: None }));
        Checkpoint { nodes: self.nodes.len(), wholes: self.wholes.len(), edges: self.edges.len() }
    }

    /// Ends a file; it is kept open if its lines are to be read once more.
    pub(super) fn end(&mut self, file: Option<File>) {
        /// A process may open about a thousand files; of more than this the others are opened when they are needed.
        const OPEN_MAX: usize = 256;
        if self.files.len() <= OPEN_MAX
            && let Some((_, source)) = self.files.last_mut()
        {
            source.file = file;
        }
    }

    /// Forgets what was added since: the file turned out to be unusable.
    pub(super) fn roll_back(&mut self, to: &Checkpoint) {
        self.nodes.truncate(to.nodes);
        self.ids.truncate(to.nodes);
        self.wholes.truncate(to.wholes);
        self.edges.truncate(to.edges);
        let left = number(to.nodes);
        self.by_key.iter_mut().filter(|node| **node >= left).for_each(|node| *node = NONE);
    }

    pub(super) fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Node(node) => self.add_node(*node),
            Entry::Edge(edge) => self.add_edge(edge),
        }
    }

    fn add_node(&mut self, entry: NodeEntry) {
        let NodeEntry { key, bases, cloud, account, region, content } = entry;
        let index = number(self.nodes.len());
        let key = self.key(&key);
        // Of two nodes of one id, edges mean the first.
        if self.by_key[key as usize] == NONE {
            self.by_key[key as usize] = index;
        }
        let mut stated = Home {
            cloud: cloud.map_or(NONE, |cloud| self.clouds.number(&CloudId::from(cloud))),
            account: account.map_or(NONE, |account| self.names.number(&account)),
            region: region.map_or(NONE, |region| self.names.number(&region)),
        };
        let (kind, kept) = match content {
            Content::Line { kind, id, place } => {
                let role = self.roles.of(&kind, &bases);
                self.ids.push(&id);
                ((kind, role), Kept::Line(place))
            }
            Content::Whole(resource) => {
                let role = self.roles.of(&resource.kind, &bases);
                self.ids.push(&resource.id);
                let own = Named { id: resource.id.clone(), name: Some(resource.name.clone()) };
                match role {
                    Role::Cloud => stated.cloud = self.clouds.number(&CloudId::from(own.id)),
                    Role::Account => stated.account = self.names.number(&own),
                    Role::Region => stated.region = self.names.number(&own),
                    Role::Root | Role::Resource => {}
                }
                let kind = resource.kind.clone();
                self.wholes.push(*resource);
                ((kind, role), Kept::Whole(number(self.wholes.len() - 1)))
            }
        };
        let (kind, home) = (self.kinds.number(&kind), self.homes.number(&stated));
        self.nodes.push(Node { kept, kind, home });
    }

    fn add_edge(&mut self, edge: EdgeEntry) {
        let mut end = |reference: Reference| match reference {
            Reference::Key(key) => End::Key(self.key(&key.0)),
            Reference::Resource(resource) => {
                self.references.push(resource);
                End::Reference(number(self.references.len() - 1))
            }
        };
        let (from, to) = (end(edge.from), end(edge.to));
        self.edges.push((from, to, edge.edge_type));
    }

    fn key(&mut self, key: &str) -> u32 {
        let number = self.keys.number(key);
        self.by_key.resize(self.keys.len(), NONE);
        number
    }

    fn role(&self, node: u32) -> Role {
        self.kinds.get(self.nodes[node as usize].kind).1
    }

    /// Finds every node's home, turns edges into links, and sorts the resources into scopes.
    pub(super) fn finish(mut self) -> Assembled {
        self.nodes.shrink_to_fit();
        self.ids.shrink();
        let (edges, outer) = self.resolve_edges();
        let homes = self.find_homes(&edges);
        let near = self.links(edges, &homes);
        self.sort(homes, near, outer)
    }

    /// The edges between nodes of the files; one with an end elsewhere becomes an outer link at once.
    fn resolve_edges(&mut self) -> (Vec<Edge>, OuterLinks) {
        drop(mem::take(&mut self.keys));
        let by_key = mem::take(&mut self.by_key);
        let mut by_identity: HashMap<(&str, &str), u32> = HashMap::new();
        if !self.references.is_empty() {
            for (index, node) in (0..).zip(&self.nodes) {
                by_identity.entry((&self.kinds.get(node.kind).0, self.ids.get(index))).or_insert(index);
            }
        }
        let find = |end: End| match end {
            End::Key(key) => Some(by_key[key as usize]).filter(|node| *node != NONE),
            End::Reference(reference) => {
                let wanted = &self.references[reference as usize];
                by_identity.get(&(wanted.kind.as_str(), wanted.id.0.as_str())).copied()
            }
        };
        let mut outer: OuterLinks = FxHashMap::default();
        let mut link = |node: u32, end: LinkEnd, other: u32| {
            let other = &self.references[other as usize];
            let other = Selector { kind: other.kind.as_str().into(), property: "id".into(), value: other.id.0.clone() };
            outer.entry(node).or_default().push(Link { end, other, delete: DeleteOrder::None, outer: true });
        };
        let (mut lost, mut iam) = (0_u64, 0_u64);
        let mut edges = Vec::with_capacity(self.edges.len());
        for (from, to, edge_type) in mem::take(&mut self.edges) {
            match (find(from), find(to), from, to) {
                _ if edge_type == EdgeType::Iam => iam += 1,
                (Some(from), Some(to), ..) => edges.push((from, to, edge_type)),
                (Some(from), None, _, End::Reference(to)) => link(from, LinkEnd::To, to),
                (None, Some(to), End::Reference(from), _) => link(to, LinkEnd::From, from),
                _ => lost += 1,
            }
        }
        if lost > 0 {
            warn!(edges = lost, "edges name nodes that no file has");
        }
        if iam > 0 {
            info!(edges = iam, "edges of permissions are not used");
        }
        (edges, outer)
    }

    /// Where each node lives: what it says itself, and else what its nearest containers say.
    fn find_homes(&self, edges: &[Edge]) -> Vec<Home> {
        let mut parents: Vec<(u32, u32)> =
            edges.iter().filter(|(.., edge)| *edge == EdgeType::Default).map(|(from, to, _)| (*to, *from)).collect();
        parents.sort_unstable();
        let mut scratch = (FxHashSet::default(), VecDeque::new());
        (0..number(self.nodes.len())).map(|index| self.home(index, &parents, &mut scratch)).collect()
    }

    fn home(&self, index: u32, parents: &[(u32, u32)], (seen, queue): &mut (FxHashSet<u32>, VecDeque<u32>)) -> Home {
        /// Deeper than any hierarchy.
        const NODES_MAX: usize = 1_000;
        let mut home = Home { cloud: NONE, account: NONE, region: NONE };
        seen.clear();
        queue.clear();
        seen.insert(index);
        queue.push_back(index);
        while let Some(next) = queue.pop_front() {
            home.learn(*self.homes.get(self.nodes[next as usize].home));
            if home.is_known() || seen.len() > NODES_MAX {
                break;
            }
            let first = parents.partition_point(|(child, _)| *child < next);
            for (_, parent) in parents[first..].iter().take_while(|(child, _)| *child == next) {
                if seen.insert(*parent) {
                    queue.push_back(*parent);
                }
            }
        }
        home
    }

    /// What each resource says of others in the files, in order of the resource.
    fn links(&self, edges: Vec<Edge>, homes: &[Home]) -> Vec<NearLink> {
        let deletes: FxHashSet<(u32, u32)> =
            edges.iter().filter(|(.., edge)| *edge == EdgeType::Delete).map(|(from, to, _)| (*from, *to)).collect();
        let mut used = 0;
        let mut links = Vec::with_capacity(edges.len() - deletes.len());
        let account = |node: u32| match homes[node as usize].account {
            NONE => None,
            named => Some(&self.names.get(named).id),
        };
        for (from, to, edge_type) in edges {
            if edge_type != EdgeType::Default || self.role(from) != Role::Resource || self.role(to) != Role::Resource {
                continue;
            }
            let delete = match (deletes.contains(&(from, to)), deletes.contains(&(to, from))) {
                (true, _) => DeleteOrder::Same,
                (_, true) => DeleteOrder::Reverse,
                _ => DeleteOrder::None,
            };
            used += usize::from(delete != DeleteOrder::None);
            links.push(NearLink { node: to, other: from, delete, outer: account(from) != account(to) });
        }
        if used < deletes.len() {
            let edges = deletes.len() - used;
            warn!(edges, "delete edges without a default edge between the same nodes are not used");
        }
        // Stable: the links of a resource stay in the order of their edges.
        links.sort_by_key(|link| link.node);
        links
    }

    fn sort(mut self, homes: Vec<Home>, near: Vec<NearLink>, outer: OuterLinks) -> Assembled {
        let mut accounts: BTreeMap<_, (Account, BTreeMap<RegionId, Region>)> = BTreeMap::new();
        // Numbers are compared much faster than names: most nodes live where others do.
        let mut groups: Vec<(ScopeKey, Vec<u32>)> = Vec::new();
        let mut known: FxHashMap<(Home, u32), usize> = FxHashMap::default();
        for ((index, node), home) in (0..).zip(&self.nodes).zip(homes.iter().copied()) {
            let (kind, role) = self.kinds.get(node.kind);
            if matches!(role, Role::Root | Role::Cloud) {
                continue;
            }
            if let Some(group) = known.get(&(home, node.kind)).filter(|_| *role == Role::Resource) {
                groups[*group].1.push(index);
                continue;
            }
            let cloud = if home.cloud == NONE { &self.cloud } else { self.clouds.get(home.cloud) };
            let default = Named { id: self.account.to_string(), name: None };
            let named = if home.account == NONE { &default } else { self.names.get(home.account) };
            let id = AccountId::from(named.id.as_str());
            let (account, regions) = accounts.entry((cloud.clone(), id.clone())).or_insert_with(|| {
                let (name, properties) = (id.to_string(), Map::new());
                let account =
                    Account { cloud: cloud.clone(), id: id.clone(), name, kind: "account".into(), properties };
                (account, BTreeMap::new())
            });
            if let Some(name) = &named.name {
                account.name.clone_from(name);
            }
            let whole = || match node.kept {
                Kept::Whole(whole) => Some(&self.wholes[whole as usize]),
                Kept::Line(_) => None,
            };
            if let (Role::Account, Some(resource)) = (role, whole()) {
                account.kind = resource.kind.clone();
                account.name.clone_from(&resource.name);
                account.properties = resource.properties.to_map();
                continue;
            }
            // What is in no region is listed with what the account has only once.
            let mut region = RegionId::global();
            if home.region != NONE {
                let Named { id, name } = self.names.get(home.region);
                region = RegionId::from(id.as_str());
                let described =
                    regions.entry(region.clone()).or_insert_with(|| Region::named(region.clone(), "region"));
                if let Some(name) = name {
                    described.name.clone_from(name);
                }
                if let (Role::Region, Some(resource)) = (role, whole()) {
                    described.kind = resource.kind.clone();
                    described.name.clone_from(&resource.name);
                    described.properties = resource.properties.to_map();
                    continue;
                }
            }
            let (provider, cloud) = (self.provider.clone(), cloud.clone());
            let scope = ScopeKey { provider, cloud, account: id, region, kind: kind.clone() };
            known.insert((home, node.kind), groups.len());
            groups.push((scope, vec![index]));
        }
        drop(known);
        // Homes that differ only in names are one scope.
        let mut scopes: BTreeMap<ScopeKey, Vec<u32>> = BTreeMap::new();
        for (scope, mut nodes) in groups {
            let own = scopes.entry(scope).or_default();
            if own.is_empty() {
                nodes.shrink_to_fit();
                *own = nodes;
            } else {
                own.extend(nodes);
                own.sort_unstable();
            }
        }
        for (node, home) in self.nodes.iter_mut().zip(homes) {
            if home.region == NONE {
                node.home = NO_REGION;
            }
        }
        let contents = Contents {
            files: self.files,
            nodes: self.nodes,
            ids: self.ids,
            wholes: self.wholes,
            kinds: self.kinds,
            near,
            outer,
        };
        Assembled { accounts, scopes, contents }
    }

    /// The kinds of nodes that say themselves what they inherit from.
    pub(super) fn bases(entry: &Entry) -> Option<(KindName, Vec<KindName>)> {
        match entry {
            Entry::Node(node) if !node.bases.is_empty() => Some((node.kind().clone(), node.bases.clone())),
            _ => None,
        }
    }
}

/// A point that [`Assembly::roll_back`] returns to.
#[derive(Debug)]
pub(super) struct Checkpoint {
    nodes: usize,
    wholes: usize,
    edges: usize,
}

impl Home {
    /// Takes from what a node says of itself what is not known yet.
    fn learn(&mut self, stated: Home) {
        if self.region == NONE && self.account == NONE {
            self.region = stated.region;
        }
        if self.account == NONE {
            self.account = stated.account;
        }
        if self.cloud == NONE {
            self.cloud = stated.cloud;
        }
    }

    /// Whether nothing more can be learnt: a region, if it is one, is found before its account.
    fn is_known(&self) -> bool {
        self.cloud != NONE && self.account != NONE
    }
}
