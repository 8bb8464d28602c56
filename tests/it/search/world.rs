//! Worlds: a few accounts of resources, as the program holds them and as plain documents with explicit edges.
//!
//! The documents and edges are made from the description of the world, not read from the graph: only the order of the
//! nodes and their keys, which nothing promises, are taken from there. Building a world checks that the graph says the
//! same of every node and edge.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use cloudgauge::{
    graph::{
        AccountKey, AccountState, Direction, Draft, Entry, Generation, Graph, Inventory, Mark, NodeId, Outcome,
        ScopeState, expires,
    },
    model::{
        Account, DeleteOrder, EdgeType, KindModel, KindName, Link, LinkEnd, Map, Region, Resource, ScopeKey, Selector,
        Value,
    },
};
use jiff::Timestamp;
use serde_json::json;

/// When everything is asked.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) accounts: Vec<AccountDescription>,
    pub(crate) resources: Vec<Placed>,
    pub(crate) links: Vec<Joint>,
    pub(crate) history: History,
}

/// How the world came to be, which must make no difference.
#[derive(Clone, Copy, Debug)]
pub(crate) enum History {
    /// Every scope as it was listed.
    Listed,
    /// Scopes joined into tables.
    Packed,
    /// Packed, and behind a generation that had only so many of the resources.
    Grown(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct AccountDescription {
    pub(crate) cloud: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) regions: Vec<RegionDescription>,
}

#[derive(Clone, Debug)]
pub(crate) struct RegionDescription {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) properties: Value,
}

/// A resource in a scope; no two resources of a world have the same id.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The position of its account.
    pub(crate) account: usize,
    /// The region of the scope that listed it.
    pub(crate) region: String,
    pub(crate) resource: Resource,
    /// Whether a rule wants it gone.
    pub(crate) marked: bool,
}

/// A link that the resource at `holder` claims to the one at `other`.
#[derive(Clone, Debug)]
pub(crate) struct Joint {
    pub(crate) holder: usize,
    pub(crate) other: usize,
    pub(crate) end: LinkEnd,
    pub(crate) delete: DeleteOrder,
    pub(crate) outer: bool,
}

/// A world in both forms; node `n` of one is node `n` of the other.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kinds: Arc<KindModel>,
    pub(crate) generation: Generation,
    /// In the order of the graph.
    pub(crate) nodes: Vec<Node>,
    /// The nodes one edge away from each: which, over what, and whether the edge leads there; in the order of the graph.
    pub(crate) neighbours: Vec<Vec<(usize, EdgeType, bool)>>,
}

/// A node as a plain document: `id`, `kinds`, `reported`, `metadata`, `desired`.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) document: Value,
    /// Where it hangs; itself where it is a cloud, account, region or zone.
    pub(crate) places: BTreeMap<&'static str, usize>,
}

impl Node {
    /// The provider's id, by which tests name a node.
    pub(crate) fn id(&self) -> &str {
        self.document["reported"]["id"].as_str().unwrap()
    }
}

/// What tells a node from all others: its kind, its id, and the ids of the cloud, account and region it is in.
type Identity = (String, String, Vec<Option<String>>);

impl World {
    pub(crate) fn new(kinds: &Arc<KindModel>, description: &Description) -> Self {
        let (inventory, graph) = draft(kinds, description).seal();
        let laid = Layout::of(kinds, description);
        let position: BTreeMap<Identity, usize> =
            graph.ids().enumerate().map(|(position, id)| (identity(&graph, id), position)).collect();
        assert_eq!(position.len(), laid.nodes.len(), "the graph has other nodes than the world");
        let order: Vec<usize> = laid.nodes.iter().map(|node| position[&laid.identity(node)]).collect();

        let mut nodes = vec![None; order.len()];
        let mut marks = BTreeMap::new();
        for (node, place) in laid.nodes.iter().zip(&order) {
            let key = key(&graph, graph.ids().nth(*place).unwrap());
            let mut document = node.document.clone();
            document["id"] = json!(key);
            if node.marked {
                let mark = Mark { rule: "idle".into(), reason: "no instance".into(), since: now() };
                document["metadata"]["cleanup"] = serde_json::to_value(&mark).unwrap();
                document["desired"]["clean"] = json!(true);
                marks.insert(Arc::from(key), mark);
            }
            let places = node.places.iter().map(|(kind, above)| (*kind, order[*above])).collect();
            nodes[*place] = Some(Node { document, places });
        }
        let nodes: Vec<Node> = nodes.into_iter().map(Option::unwrap).collect();
        let edges: BTreeSet<_> = laid.edges.iter().map(|(from, to, edge)| (order[*from], order[*to], *edge)).collect();
        assert_eq!(edges, edges_of(&graph), "the graph has other edges than the world");
        let generation = Generation::new(1, Some(now()), inventory, graph).with_marks(marks);
        let mut neighbours = vec![Vec::new(); nodes.len()];
        for (from, to, edge) in edges {
            neighbours[from].push((to, edge, true));
            neighbours[to].push((from, edge, false));
        }
        for neighbours in &mut neighbours {
            neighbours.sort_unstable();
        }
        Self { kinds: kinds.clone(), generation, nodes, neighbours }
    }

    /// The position of a node that the program found.
    pub(crate) fn position(id: NodeId) -> usize {
        id.index()
    }
}

fn draft(kinds: &Arc<KindModel>, description: &Description) -> Draft {
    let mut inventory = inventory(description);
    match description.history {
        History::Listed => Draft::new(Arc::new(inventory), kinds.clone()),
        History::Packed => {
            inventory.pack();
            Draft::new(Arc::new(inventory), kinds.clone())
        }
        History::Grown(resources) => {
            let mut earlier = Description { history: History::Packed, ..description.clone() };
            earlier.resources.truncate(resources);
            earlier.links.retain(|link| link.holder < resources && link.other < resources);
            let (before, graph) = draft(kinds, &earlier).seal();
            for (scope, state) in &mut inventory.scopes {
                // What was listed again and is the same is kept as it is.
                if let Some(kept) = before.scopes.get(scope).filter(|kept| kept.rows == state.rows) {
                    *state = kept.clone();
                }
            }
            inventory.pack();
            Draft::following(&Generation::new(1, Some(now()), before, graph), Arc::new(inventory))
        }
    }
}

/// The inventory that collecting the world would yield.
fn inventory(description: &Description) -> Inventory {
    let mut inventory = Inventory::default();
    for account in &description.accounts {
        let regions = account.regions.iter().map(|region| {
            let described = Region {
                id: region.id.as_str().into(),
                name: region.name.clone(),
                kind: region.kind.as_str().into(),
                properties: object(&region.properties),
            };
            (described.id.clone(), described)
        });
        let key = AccountKey {
            provider: "test".into(),
            cloud: account.cloud.as_str().into(),
            account: account.id.as_str().into(),
        };
        let described = Account {
            cloud: key.cloud.clone(),
            id: key.account.clone(),
            name: account.name.clone(),
            kind: account.kind.as_str().into(),
            properties: object(&account.properties),
        };
        let state = AccountState {
            account: described,
            regions: std::sync::Arc::new(regions.collect()),
            failure: None,
            gone_since: None,
        };
        inventory.accounts.insert(key, state);
    }
    let mut scopes: BTreeMap<ScopeKey, Vec<Resource>> = BTreeMap::new();
    for (position, placed) in description.resources.iter().enumerate() {
        let account = &description.accounts[placed.account];
        let scope = ScopeKey {
            provider: "test".into(),
            cloud: account.cloud.as_str().into(),
            account: account.id.as_str().into(),
            region: placed.region.as_str().into(),
            kind: placed.resource.kind.clone(),
        };
        let links = description.links.iter().filter(|joint| joint.holder == position).map(|joint| {
            let other = &description.resources[joint.other].resource;
            Link {
                end: joint.end,
                other: Selector { kind: other.kind.clone(), property: "id".into(), value: other.id.clone() },
                delete: joint.delete,
                outer: joint.outer,
            }
        });
        let resource = Resource { links: links.collect(), ..placed.resource.clone() };
        scopes.entry(scope).or_default().push(resource);
    }
    for (scope, mut resources) in scopes {
        let entry = Entry {
            outcome: Outcome::Complete,
            failure: None,
            last_attempt: now(),
            last_success: Some(now()),
            known_since: now(),
            duration: Duration::ZERO,
            calls: 0,
            throttles: 0,
        };
        resources.sort_by(|a, b| (&a.region, &a.id).cmp(&(&b.region, &b.id)));
        let state = ScopeState::listed(&scope, entry, &resources);
        inventory.scopes.insert(scope, Arc::new(state));
    }
    inventory
}

fn identity(graph: &Graph, id: NodeId) -> Identity {
    let node = graph.node(id);
    let place = |above: Option<NodeId>| above.map(|above| graph.node(above).id().into_owned());
    let places = vec![place(node.cloud()), place(node.account()), place(node.region())];
    (node.kind().to_string(), node.id().into_owned(), places)
}

fn key(graph: &Graph, id: NodeId) -> String {
    graph.node(id).key().to_string()
}

/// The edges of the graph, read both ways.
fn edges_of(graph: &Graph) -> BTreeSet<(usize, usize, EdgeType)> {
    let read = |direction: Direction| {
        let mut edges = BTreeSet::new();
        for id in graph.ids() {
            for edge in EdgeType::ALL {
                for other in graph.neighbours(id, direction, edge) {
                    let (from, to) = if direction == Direction::Out { (id, other) } else { (other, id) };
                    edges.insert((from.index(), to.index(), edge));
                }
            }
        }
        edges
    };
    let out = read(Direction::Out);
    assert_eq!(out, read(Direction::In), "an edge is seen from one end only");
    out
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The nodes and edges of a world, in the order in which they were thought of.
struct Layout<'a> {
    kinds: &'a KindModel,
    nodes: Vec<Laid>,
    edges: BTreeSet<(usize, usize, EdgeType)>,
}

struct Laid {
    document: Value,
    places: BTreeMap<&'static str, usize>,
    marked: bool,
}

impl<'a> Layout<'a> {
    fn of(kinds: &'a KindModel, description: &Description) -> Self {
        let mut layout = Self { kinds, nodes: Vec::new(), edges: BTreeSet::new() };
        if description.accounts.is_empty() {
            return layout;
        }
        let root = layout.place(None, None, &Resource::new("graph_root", "root"));
        let mut clouds = BTreeMap::new();
        let mut accounts = Vec::new();
        let mut regions = BTreeMap::new();
        let mut zones = BTreeMap::new();
        for (position, account) in description.accounts.iter().enumerate() {
            let cloud = *clouds.entry(account.cloud.clone()).or_insert_with(|| {
                layout.place(Some(root), Some("cloud"), &Resource::new("cloud", account.cloud.as_str()))
            });
            let resource = Resource {
                name: account.name.clone(),
                properties: object(&account.properties).into(),
                ..Resource::new(account.kind.as_str(), account.id.as_str())
            };
            let node = layout.place(Some(cloud), Some("account"), &resource);
            accounts.push(node);
            for region in &account.regions {
                let resource = Resource {
                    name: region.name.clone(),
                    properties: object(&region.properties).into(),
                    ..Resource::new(region.kind.as_str(), region.id.as_str())
                };
                let region_node = layout.place(Some(node), Some("region"), &resource);
                regions.insert((position, region.id.clone()), region_node);
            }
        }
        let mut placed_at = Vec::new();
        for placed in &description.resources {
            let account = &description.accounts[placed.account];
            let region_id = placed.resource.region.as_ref().map_or(placed.region.clone(), ToString::to_string);
            let below = |regions: &mut BTreeMap<_, _>, layout: &mut Self| {
                // Without a region it hangs below the account.
                if region_id.is_empty() {
                    return accounts[placed.account];
                }
                *regions.entry((placed.account, region_id.clone())).or_insert_with(|| {
                    // What no provider described is of the kind of the account's first region.
                    let first = account.regions.iter().min_by_key(|region| &region.id);
                    let kind = first.map_or("region", |region| region.kind.as_str());
                    let resource = Resource::new(kind, region_id.as_str());
                    layout.place(Some(accounts[placed.account]), Some("region"), &resource)
                })
            };
            let region = below(&mut regions, &mut layout);
            let parent = placed.resource.zone.as_ref().map_or(region, |zone| {
                *zones
                    .entry((region, zone.clone()))
                    .or_insert_with(|| layout.place(Some(region), Some("zone"), &Resource::new("zone", zone.as_str())))
            });
            let node = layout.place(Some(parent), None, &placed.resource);
            layout.nodes[node].marked = placed.marked;
            placed_at.push(node);
        }
        for joint in &description.links {
            let same = description.resources[joint.holder].account == description.resources[joint.other].account;
            if joint.holder == joint.other || !(same || joint.outer) {
                continue;
            }
            let (holder, other) = (placed_at[joint.holder], placed_at[joint.other]);
            let (from, to) = if joint.end == LinkEnd::To { (holder, other) } else { (other, holder) };
            layout.edges.insert((from, to, EdgeType::Default));
            match joint.delete {
                DeleteOrder::None => {}
                DeleteOrder::Same => drop(layout.edges.insert((from, to, EdgeType::Delete))),
                DeleteOrder::Reverse => drop(layout.edges.insert((to, from, EdgeType::Delete))),
            }
        }
        layout
    }

    fn place(&mut self, parent: Option<usize>, place: Option<&'static str>, resource: &Resource) -> usize {
        let node = self.nodes.len();
        let mut places = parent.map_or_else(BTreeMap::new, |parent| self.nodes[parent].places.clone());
        places.extend(place.map(|place| (place, node)));
        self.nodes.push(Laid { document: document(self.kinds, resource), places, marked: false });
        self.edges.extend(parent.map(|parent| (parent, node, EdgeType::Default)));
        node
    }

    fn identity(&self, node: &Laid) -> Identity {
        let text = |node: &Laid, name: &str| node.document["reported"][name].as_str().unwrap().to_owned();
        let places =
            ["cloud", "account", "region"].map(|place| node.places.get(place).map(|at| text(&self.nodes[*at], "id")));
        (text(node, "kind"), text(node, "id"), places.to_vec())
    }
}

fn document(kinds: &KindModel, resource: &Resource) -> Value {
    let lineage = kinds.lineage(&resource.kind);
    let phantom = lineage.iter().any(|kind| kinds.get(kind).is_some_and(|kind| kind.phantom));
    let mut reported = resource.properties.to_map();
    // A property that is null is a property that is missing.
    reported.retain(|_, value| !value.is_null());
    let own = json!({ "kind": resource.kind, "id": resource.id, "name": resource.name, "tags": resource.tags });
    reported.extend(object(&own));
    for (name, time) in [("ctime", resource.ctime), ("mtime", resource.mtime), ("atime", resource.atime)] {
        reported.extend(time.map(|time| (name.to_owned(), json!(time.to_string()))));
    }
    let mut metadata = object(&json!({ "protected": resource.protected, "phantom": phantom }));
    metadata.extend(expires(resource).map(|time| ("expires".to_owned(), json!(time.to_string()))));
    metadata.extend(resource.provider_link.as_ref().map(|link| ("provider_link".to_owned(), json!(link))));
    json!({
        "kinds": lineage.iter().map(KindName::as_str).collect::<Vec<_>>(),
        "reported": reported,
        "metadata": metadata,
        "desired": {},
    })
}
