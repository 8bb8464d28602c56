//! Drafts: an inventory on its way to becoming a graph.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::model::{
    AccountId, CloudId, DeleteOrder, EdgeType, KindModel, KindName, Link, LinkEnd, Region, RegionId, Resource,
    ScopeKey, Selector, Value,
};

use super::{Graph, Inventory, Node, NodeId, Reason, Unresolved, node::key};

/// Nodes laid out, and the links within each account resolved; what reaches beyond is still open.
#[derive(Debug)]
pub struct Draft {
    inventory: Arc<Inventory>,
    kinds: Arc<KindModel>,
    nodes: Vec<Node>,
    edges: BTreeSet<(NodeId, NodeId, EdgeType)>,
    /// Links whose other end is not in their own account.
    outer: Vec<(NodeId, Link)>,
    unresolved: Unresolved,
}

impl Draft {
    /// Lays out the nodes of an inventory and joins them within their accounts.
    pub fn new(inventory: Arc<Inventory>, kinds: Arc<KindModel>) -> Self {
        let Layout { nodes, edges, .. } = Layout::of(&inventory, &kinds);
        let mut draft = Self { inventory, kinds, nodes, edges, outer: Vec::new(), unresolved: Unresolved::new() };
        draft.resolve_inner();
        draft
    }

    /// The number of links that wait for [`seal`](Self::seal).
    pub fn outer(&self) -> usize {
        self.outer.len()
    }

    /// Resolves the outer edges (the work of `merge_outer_edges`) and freezes the graph.
    pub fn seal(mut self) -> (Arc<Inventory>, Graph) {
        let index = SelectorIndex::new(&self.nodes, self.outer.iter().map(|(_, link)| &link.other));
        for (from, link) in std::mem::take(&mut self.outer) {
            match index.candidates(&link.other) {
                [only] => self.join(from, *only, &link),
                candidates => {
                    let reason = match candidates.len() {
                        0 if index.collected(&link.other.kind) => Reason::MissingTarget,
                        0 => Reason::KindNotCollected,
                        _ => Reason::Ambiguous,
                    };
                    self.count(from, &link, reason);
                }
            }
        }
        let edges: Vec<_> = self.edges.into_iter().collect();
        (self.inventory, Graph::new(self.kinds, self.nodes, &edges, self.unresolved))
    }

    fn resolve_inner(&mut self) {
        let resources: Vec<Arc<Resource>> = self.nodes.iter().map(|node| node.resource.clone()).collect();
        let index = SelectorIndex::new(
            &self.nodes,
            resources.iter().flat_map(|resource| &resource.links).map(|link| &link.other),
        );
        for (position, resource) in resources.iter().enumerate() {
            let from = NodeId::new(position);
            for link in &resource.links {
                match index.nearest(&self.nodes, from, &link.other) {
                    Ok(other) => self.join(from, other, link),
                    Err(Reason::Ambiguous) => self.count(from, link, Reason::Ambiguous),
                    Err(_) if link.outer => self.outer.push((from, link.clone())),
                    Err(reason) => self.count(from, link, reason),
                }
            }
        }
    }

    fn join(&mut self, this: NodeId, other: NodeId, link: &Link) {
        if this == other {
            return;
        }
        let (from, to) = match link.end {
            LinkEnd::From => (other, this),
            LinkEnd::To => (this, other),
        };
        self.edges.insert((from, to, EdgeType::Default));
        match link.delete {
            DeleteOrder::None => {}
            DeleteOrder::Same => drop(self.edges.insert((from, to, EdgeType::Delete))),
            DeleteOrder::Reverse => drop(self.edges.insert((to, from, EdgeType::Delete))),
        }
    }

    fn count(&mut self, from: NodeId, link: &Link, reason: Reason) {
        let kind = self.nodes[from.index()].resource.kind.clone();
        *self.unresolved.entry((kind, link.other.kind.clone(), reason)).or_default() += 1;
    }
}

/// The nodes in their final order, with the edges that contain them.
struct Layout<'a> {
    kinds: &'a KindModel,
    lineages: BTreeMap<KindName, Arc<BTreeSet<KindName>>>,
    nodes: Vec<Node>,
    edges: BTreeSet<(NodeId, NodeId, EdgeType)>,
}

type Place = (CloudId, AccountId, RegionId);

impl<'a> Layout<'a> {
    fn of(inventory: &Inventory, kinds: &'a KindModel) -> Self {
        let mut layout = Self { kinds, lineages: BTreeMap::new(), nodes: Vec::new(), edges: BTreeSet::new() };
        if inventory.accounts.is_empty() {
            return layout;
        }
        let mut clouds: BTreeMap<CloudId, NodeId> = BTreeMap::new();
        let mut accounts: BTreeMap<(CloudId, AccountId), NodeId> = BTreeMap::new();
        let mut regions: BTreeMap<Place, NodeId> = BTreeMap::new();
        let mut zones: BTreeMap<(Place, String), NodeId> = BTreeMap::new();

        let root = layout.place(None, Resource::new("graph_root", "root"), &["root"]);
        // The same account may come from two providers; the first in order of name describes it.
        for cloud in inventory.accounts.keys().map(|account| &account.cloud).collect::<BTreeSet<_>>() {
            let id = layout.place(Some(root), Resource::new("cloud", cloud.as_str()), &[cloud]);
            layout.nodes[id.index()].cloud = Some(id);
            clouds.insert(cloud.clone(), id);
        }
        for state in inventory.accounts.values() {
            let account = &state.account;
            accounts.entry((account.cloud.clone(), account.id.clone())).or_insert_with(|| {
                let resource = Resource {
                    name: account.name.clone(),
                    properties: account.properties.clone(),
                    ..Resource::new(account.kind.clone(), account.id.as_str())
                };
                let cloud = clouds[&account.cloud];
                let id = layout.place(Some(cloud), resource, &[&account.cloud, &account.id]);
                layout.nodes[id.index()].account = Some(id);
                id
            });
        }
        for (place, region) in all_regions(inventory) {
            let account = accounts[&(place.0.clone(), place.1.clone())];
            let resource = Resource {
                name: region.name.clone(),
                properties: region.properties.clone(),
                ..Resource::new(region.kind.clone(), region.id.as_str())
            };
            let id = layout.place(Some(account), resource, &[&place.0, &place.1, &place.2]);
            layout.nodes[id.index()].region = Some(id);
            regions.insert(place, id);
        }
        for (place, zone) in all_zones(inventory) {
            let parts = [place.0.as_str(), &place.1, &place.2, "zone", &zone];
            let id = layout.place(Some(regions[&place]), Resource::new("zone", zone.as_str()), &parts);
            layout.nodes[id.index()].zone = Some(id);
            zones.insert((place, zone), id);
        }

        let mut resources: Vec<(Place, &ScopeKey, &Arc<Resource>)> = inventory
            .scopes
            .iter()
            .flat_map(|(scope, state)| state.resources.iter().map(move |resource| (scope, resource)))
            .map(|(scope, resource)| (place_of(scope, resource), scope, resource))
            .collect();
        resources.sort_by(|a, b| (&a.0, &a.2.kind, &a.2.id, a.1).cmp(&(&b.0, &b.2.kind, &b.2.id, b.1)));
        // Two providers that list the same resource: the first one's answer stands.
        resources.dedup_by(|b, a| (&a.0, &a.2.kind, &a.2.id) == (&b.0, &b.2.kind, &b.2.id));
        for (place, scope, resource) in resources {
            let zone = resource.zone.as_ref().and_then(|zone| zones.get(&(place.clone(), zone.clone())));
            let parent = zone.copied().unwrap_or_else(|| regions[&place]);
            let parts = [place.0.as_str(), &place.1, &place.2, &resource.kind, &resource.id];
            let id = layout.place_shared(Some(parent), resource.clone(), &parts);
            layout.nodes[id.index()].scope = Some(scope.clone());
        }
        layout
    }

    fn place(&mut self, parent: Option<NodeId>, resource: Resource, parts: &[&str]) -> NodeId {
        self.place_shared(parent, Arc::new(resource), parts)
    }

    /// Adds a node below its parent; it inherits the parent's cloud, account, region and zone.
    fn place_shared(&mut self, parent: Option<NodeId>, resource: Arc<Resource>, parts: &[&str]) -> NodeId {
        let id = NodeId::new(self.nodes.len());
        let kinds = self.kinds;
        let lineage =
            self.lineages.entry(resource.kind.clone()).or_insert_with_key(|kind| Arc::new(kinds.lineage(kind))).clone();
        let phantom = lineage.iter().any(|kind| kinds.get(kind).is_some_and(|kind| kind.phantom));
        let above = parent.map(|parent| &self.nodes[parent.index()]);
        let node = Node {
            key: key(parts),
            lineage,
            phantom,
            scope: None,
            cloud: above.and_then(|node| node.cloud),
            account: above.and_then(|node| node.account),
            region: above.and_then(|node| node.region),
            zone: above.and_then(|node| node.zone),
            resource,
        };
        self.nodes.push(node);
        if let Some(parent) = parent {
            self.edges.insert((parent, id, EdgeType::Default));
        }
        id
    }
}

fn place_of(scope: &ScopeKey, resource: &Resource) -> Place {
    let region = resource.region.clone().unwrap_or_else(|| scope.region.clone());
    (scope.cloud.clone(), scope.account.clone(), region)
}

/// Every region an account has or a resource lives in.
///
/// A region that no provider described gets the kind of its siblings.
fn all_regions(inventory: &Inventory) -> BTreeMap<Place, Region> {
    let mut regions = BTreeMap::new();
    for (key, state) in &inventory.accounts {
        for region in state.regions.values() {
            let place = (key.cloud.clone(), key.account.clone(), region.id.clone());
            regions.entry(place).or_insert_with(|| region.clone());
        }
    }
    for (scope, state) in &inventory.scopes {
        for resource in &state.resources {
            let place = place_of(scope, resource);
            if regions.contains_key(&place) {
                continue;
            }
            let account = inventory.accounts.get(&super::AccountKey::of(scope));
            let sibling = account.and_then(|state| state.regions.values().next());
            let kind = sibling.map_or_else(|| KindName::from("region"), |region| region.kind.clone());
            let region = Region::named(place.2.clone(), kind);
            regions.insert(place, region);
        }
    }
    regions
}

fn all_zones(inventory: &Inventory) -> BTreeSet<(Place, String)> {
    let resources = inventory
        .scopes
        .iter()
        .flat_map(|(scope, state)| state.resources.iter().map(move |resource| (scope, resource)));
    resources.filter_map(|(scope, resource)| Some((place_of(scope, resource), resource.zone.clone()?))).collect()
}

/// Finds the nodes that selectors ask for, by kind, property and value.
struct SelectorIndex {
    /// For every (kind, property) that some selector uses: value → nodes, in node order.
    by_value: HashMap<(KindName, String), HashMap<String, Vec<NodeId>>>,
    collected: BTreeSet<KindName>,
}

impl SelectorIndex {
    fn new<'a>(nodes: &[Node], selectors: impl Iterator<Item = &'a Selector>) -> Self {
        let mut properties: BTreeMap<&KindName, BTreeSet<&str>> = BTreeMap::new();
        for selector in selectors {
            properties.entry(&selector.kind).or_default().insert(&selector.property);
        }
        let mut by_value: HashMap<(KindName, String), HashMap<String, Vec<NodeId>>> = HashMap::new();
        let mut collected = BTreeSet::new();
        for (position, node) in nodes.iter().enumerate() {
            for kind in &*node.lineage {
                let Some(wanted) = properties.get(kind) else { continue };
                collected.insert(kind.clone());
                for property in wanted {
                    if let Some(value) = selected(&node.resource, property) {
                        let values = by_value.entry((kind.clone(), (*property).to_owned())).or_default();
                        values.entry(value).or_default().push(NodeId::new(position));
                    }
                }
            }
        }
        Self { by_value, collected }
    }

    fn candidates(&self, selector: &Selector) -> &[NodeId] {
        let values = self.by_value.get(&(selector.kind.clone(), selector.property.clone()));
        values.and_then(|values| values.get(&selector.value)).map_or(&[], Vec::as_slice)
    }

    fn collected(&self, kind: &KindName) -> bool {
        self.collected.contains(kind)
    }

    /// The one match in the region of `from`, or else in its account.
    fn nearest(&self, nodes: &[Node], from: NodeId, selector: &Selector) -> Result<NodeId, Reason> {
        let this = &nodes[from.index()];
        let near = |same_region: bool| {
            let mut matches = self.candidates(selector).iter().copied().filter(|id| {
                let other = &nodes[id.index()];
                other.account == this.account && (!same_region || other.region == this.region)
            });
            (matches.next(), matches.next())
        };
        match near(true) {
            (Some(only), None) => return Ok(only),
            (Some(_), Some(_)) => return Err(Reason::Ambiguous),
            (None, _) => {}
        }
        match near(false) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(Reason::Ambiguous),
            (None, _) if self.collected(&selector.kind) => Err(Reason::MissingTarget),
            (None, _) => Err(Reason::KindNotCollected),
        }
    }
}

fn selected(resource: &Resource, property: &str) -> Option<String> {
    match property {
        "id" => Some(resource.id.clone()),
        "name" => Some(resource.name.clone()),
        _ => match resource.properties.get(property)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
    }
}
