//! The inventories of the benchmark generator, as an [`Inventory`]; shared by the benchmarks.
//!
//! The files are read account by account: no more than a few accounts are held unpacked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufRead as _, BufReader, Lines},
    iter::Peekable,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use cloudgauge::{
    graph::{AccountKey, AccountState, Entry, Inventory, Outcome, ScopeState},
    model::{
        Account, CloudId, DeleteOrder, Kind, KindModel, KindName, Link, LinkEnd, Map, Region, RegionId, Resource,
        ScopeKey, Selector, Value,
    },
    provider::known_kinds,
};
use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// When everything was collected.
pub(crate) const COLLECTED_AT: &str = "2026-03-04T10:20:00Z";

/// As many accounts are packed side by side.
const BATCH: usize = 8;

/// A directory with a generated inventory of so many nodes, made at the first use; none without the generator.
pub(crate) fn directory(nodes: u32) -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inventory-{nodes}"));
    if directory.join("meta.json").exists() {
        return Some(directory);
    }
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/gen.py");
    let ran = Command::new("python3").arg(generator).arg(nodes.to_string()).arg(&directory).output();
    ran.is_ok_and(|output| output.status.success()).then_some(directory)
}

/// Reads `nodes.ndjson` and `edges.ndjson` of a directory.
///
/// The kinds are the known ones and those of the data. Edges between accounts become outer links; delete edges without
/// a default edge between the same nodes are left out, as the file provider leaves them out.
///
/// # Panics
/// Where the files are not what the generator writes.
pub(crate) fn load(directory: &Path) -> (Inventory, Arc<KindModel>) {
    let wanted = far_ends(directory);
    let mut far = FxHashMap::default();
    let mut accounts = Accounts::open(directory);
    let mut inventory = Inventory::default();
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    loop {
        let batch: Vec<Chunk> = accounts.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        for (id, line) in batch.iter().flat_map(|chunk| &chunk.nodes).filter(|(id, _)| wanted.contains(id)) {
            let node = Node::read(line);
            far.insert(id.clone(), (KindName::from(node.kind()), node.text("id").to_owned()));
        }
        for (part, of_part) in batch.into_par_iter().map(|chunk| read(&chunk, &far)).collect::<Vec<_>>() {
            inventory.accounts.extend(part.accounts);
            inventory.scopes.extend(part.scopes);
            kinds.extend(of_part);
        }
    }
    (inventory, Arc::new(kind_model(kinds)))
}

/// The nodes of one account, or those before the first account, and the edges that they came with.
struct Chunk {
    /// With their ids in edges, in the order of the file.
    nodes: Vec<(String, String)>,
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    from: String,
    to: String,
    r#type: String,
}

#[derive(Deserialize)]
struct Node {
    kinds: Vec<String>,
    reported: Map<String, Value>,
}

impl Node {
    fn read(line: &str) -> Self {
        serde_json::from_str(line).expect("the generator writes a node a line")
    }

    fn kind(&self) -> &str {
        &self.kinds[0]
    }

    fn is(&self, kind: &str) -> bool {
        self.kinds.iter().any(|other| other == kind)
    }

    fn text(&self, field: &str) -> &str {
        self.reported[field].as_str().expect("a node has an id, a name and a kind")
    }
}

/// Reads both files side by side.
struct Accounts {
    nodes: Peekable<Lines<BufReader<File>>>,
    edges: Lines<BufReader<File>>,
    next_edge: Option<Edge>,
}

impl Accounts {
    fn open(directory: &Path) -> Self {
        let lines = |name: &str| {
            let file = File::open(directory.join(name)).expect("the generator has written the files");
            BufReader::with_capacity(1 << 20, file).lines()
        };
        let mut accounts =
            Self { nodes: lines("nodes.ndjson").peekable(), edges: lines("edges.ndjson"), next_edge: None };
        accounts.read_edge();
        accounts
    }

    fn read_edge(&mut self) -> Option<Edge> {
        let line = self.edges.next().map(|line| line.expect("the file can be read"));
        let next = line.map(|line| serde_json::from_str(&line).expect("the generator writes an edge a line"));
        std::mem::replace(&mut self.next_edge, next)
    }
}

impl Iterator for Accounts {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        /// What an account's line has, and no other.
        const ACCOUNT: &str = r#""account","resource"],"reported""#;
        let mut chunk = Chunk { nodes: Vec::new(), edges: Vec::new() };
        while let Some(line) = self.nodes.next_if(|line| {
            let begins_the_next = line.as_ref().is_ok_and(|line| line.contains(ACCOUNT));
            chunk.nodes.is_empty() || !begins_the_next
        }) {
            let line = line.expect("the file can be read");
            let id = line.split('"').nth(3).expect("a node begins with its id").to_owned();
            chunk.nodes.push((id, line));
        }
        let ids: FxHashSet<&str> = chunk.nodes.iter().map(|(id, _)| id.as_str()).collect();
        let of_chunk = |edge: &Edge| {
            let own_end = if edge.r#type == "delete" { &edge.from } else { &edge.to };
            ids.contains(own_end.as_str())
        };
        while self.next_edge.as_ref().is_some_and(of_chunk) {
            chunk.edges.extend(self.read_edge());
        }
        (!chunk.nodes.is_empty()).then_some(chunk)
    }
}

/// The ids of the nodes that edges of other accounts begin at.
fn far_ends(directory: &Path) -> FxHashSet<String> {
    let mut far = FxHashSet::default();
    for chunk in Accounts::open(directory) {
        let ids: FxHashSet<&str> = chunk.nodes.iter().map(|(id, _)| id.as_str()).collect();
        far.extend(chunk.edges.into_iter().map(|edge| edge.from).filter(|from| !ids.contains(from.as_str())));
    }
    far
}

type Kinds = BTreeMap<String, Vec<String>>;

/// One account, packed, and the kinds it has.
fn read(chunk: &Chunk, far: &FxHashMap<String, (KindName, String)>) -> (Inventory, Kinds) {
    let nodes: Vec<Node> = chunk.nodes.iter().map(|(_, line)| Node::read(line)).collect();
    let mut kinds = Kinds::new();
    for node in &nodes {
        if !kinds.contains_key(node.kind()) {
            kinds.insert(node.kind().to_owned(), node.kinds[1..].to_vec());
        }
    }
    let mut inventory = Inventory::default();
    if !nodes[0].is("account") {
        return (inventory, kinds);
    }
    let cloud = CloudId::from(nodes[0].kind().trim_end_matches("_account"));
    let key = AccountKey { provider: "file".into(), cloud: cloud.clone(), account: nodes[0].text("id").into() };
    let account = Account {
        cloud,
        id: key.account.clone(),
        name: nodes[0].text("name").to_owned(),
        kind: nodes[0].kind().into(),
        properties: Map::new(),
    };
    let index: FxHashMap<&str, usize> = chunk.nodes.iter().enumerate().map(|(at, (id, _))| (id.as_str(), at)).collect();
    let mut parents: Vec<Vec<&str>> = vec![Vec::new(); nodes.len()];
    let mut deletes: BTreeSet<(&str, &str)> = BTreeSet::new();
    for edge in &chunk.edges {
        if edge.r#type == "delete" {
            deletes.insert((&edge.from, &edge.to));
        } else {
            parents[index[edge.to.as_str()]].push(&edge.from);
        }
    }

    let names: FxHashMap<&str, KindName> = kinds.keys().map(|kind| (kind.as_str(), kind.as_str().into())).collect();
    let mut regions: BTreeMap<RegionId, Region> = BTreeMap::new();
    let mut region_of: Vec<Option<RegionId>> = Vec::with_capacity(nodes.len());
    let mut scopes: BTreeMap<(RegionId, KindName), Vec<Resource>> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        let kind = &names[node.kind()];
        if node.is("region") {
            let id = RegionId::from(node.text("id"));
            let properties = resource(node, kind).properties.to_map();
            let name = node.text("name").to_owned();
            regions.insert(id.clone(), Region { id: id.clone(), name, kind: kind.clone(), properties });
            region_of.push(Some(id));
            continue;
        }
        // Containers come before what they contain.
        let near = |parent: &&&str| index.get(**parent).is_some_and(|parent| nodes[*parent].is("region"));
        let direct = parents[at].iter().find(near).into_iter();
        let above = direct.chain(&parents[at]).find_map(|parent| region_of[*index.get(*parent)?].clone());
        region_of.push(above.clone());
        if node.is("account") {
            continue;
        }
        let mut resource = resource(node, kind);
        let own_id = chunk.nodes[at].0.as_str();
        for parent in &parents[at] {
            let (kind, value, outer) = match index.get(*parent) {
                Some(parent) if nodes[*parent].is("region") || nodes[*parent].is("account") => continue,
                Some(parent) => (names[nodes[*parent].kind()].clone(), nodes[*parent].text("id").to_owned(), false),
                None => {
                    let (kind, id) = far[*parent].clone();
                    (kind, id, true)
                }
            };
            let delete = match (deletes.contains(&(*parent, own_id)), deletes.contains(&(own_id, *parent))) {
                (true, _) => DeleteOrder::Same,
                (_, true) => DeleteOrder::Reverse,
                _ => DeleteOrder::None,
            };
            let other = Selector { kind, property: "id".into(), value };
            resource.links.push(Link { end: LinkEnd::From, other, delete, outer });
        }
        if above.is_none() {
            resource.region = Some(RegionId::none());
        }
        let region = above.unwrap_or_else(RegionId::global);
        scopes.entry((region, kind.clone())).or_default().push(resource);
    }

    let at: Timestamp = COLLECTED_AT.parse().expect("it is a time");
    for ((region, kind), resources) in scopes {
        let scope = ScopeKey {
            provider: key.provider.clone(),
            cloud: key.cloud.clone(),
            account: key.account.clone(),
            region: regions.get(&region).map_or(region, |region| region.id.clone()),
            kind,
        };
        let entry = Entry {
            outcome: Outcome::Complete,
            failure: None,
            last_attempt: at,
            last_success: Some(at),
            known_since: at,
            duration: Duration::ZERO,
            calls: 0,
            throttles: 0,
        };
        let state = ScopeState::listed(&scope, entry, &resources);
        inventory.scopes.insert(scope, Arc::new(state));
    }
    inventory.accounts.insert(key, AccountState { account, regions: regions.into(), failure: None, gone_since: None });
    inventory.pack();
    (inventory, kinds)
}

fn resource(node: &Node, kind: &KindName) -> Resource {
    let mut reported = node.reported.clone();
    let mut text = |field: &str| reported.remove(field).and_then(|value| value.as_str().map(str::to_owned));
    let mut resource = Resource::new(kind.clone(), text("id").expect("a node has an id"));
    resource.name = text("name").expect("a node has a name");
    let time = |text: Option<String>| text.map(|text| text.parse().expect("the generator writes times"));
    (resource.ctime, resource.mtime) = (time(text("ctime")), time(text("mtime")));
    if let Some(Value::Object(tags)) = reported.remove("tags") {
        let text = |value: Value| value.as_str().expect("a tag is text").to_owned();
        resource.tags = tags.into_iter().map(|(key, value)| (key, text(value))).collect();
    }
    reported.remove("kind");
    reported.retain(|_, value| !value.is_null());
    resource.properties = reported.into();
    resource
}

/// The known kinds and those of the data, with the properties open that nobody describes.
fn kind_model(declared: Kinds) -> KindModel {
    let known = KindModel::new(known_kinds(&|_| false)).expect("the known kinds fit together");
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, bases) in declared {
        for base in &bases {
            kinds.entry(base.clone()).or_default();
        }
        kinds.insert(kind, bases);
    }
    let unknown = kinds.into_iter().filter(|(kind, _)| known.get(kind).is_none());
    let declared = unknown.map(|(name, mut bases)| {
        bases.retain(|base| base != "resource");
        if bases.is_empty() {
            bases.push("resource".to_owned());
        }
        let phantom = bases.iter().any(|base| base == "phantom_resource");
        let bases = bases.into_iter().map(KindName::from).collect();
        Kind { name: name.into(), bases, properties: BTreeMap::new(), phantom, open: true }
    });
    let kinds: Vec<Kind> = known_kinds(&|_| false).into_iter().chain(declared).collect();
    KindModel::new(kinds).expect("the generator's kinds fit the known ones")
}
