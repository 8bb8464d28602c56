//! Generations in files.

use std::{collections::BTreeMap, io, path::Path, sync::Arc};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    FileError,
    container::{self, Container, Content, Section, Stream},
    ledger::{Ledger, LedgerLine, Record, Words},
};
use crate::{
    graph::{
        AccountKey, AccountState, Draft, Generation, Inventory, Marks, ScopeState, Slice,
        table::{Schema, Table},
    },
    model::{Account, AccountId, CloudId, Failure, KindModel, KindName, ProviderName, Region, RegionId, ScopeKey},
};

const ABOUT: &str = "about";
const NAMES: &str = "names";
const TABLES: &str = "tables";
const ROWS: &str = "rows";
const LEDGER: &str = "ledger";
const MARKS: &str = "marks";
const TOTALS: &str = "totals";

#[derive(Serialize, Deserialize)]
struct About {
    number: u64,
    collected_at: Option<Timestamp>,
}

/// What tables and scopes refer to by position.
#[derive(Default, Serialize, Deserialize)]
struct Names {
    accounts: Vec<StoredAccount>,
    kinds: Vec<KindName>,
    regions: Vec<RegionId>,
    failures: Vec<Failure>,
}

#[derive(Serialize, Deserialize)]
struct StoredAccount {
    provider: ProviderName,
    cloud: CloudId,
    id: AccountId,
    state: Option<StoredState>,
}

#[derive(Serialize, Deserialize)]
struct StoredState {
    account: Account,
    regions: Vec<Region>,
    failure: Option<Failure>,
    #[serde(default)]
    gone_since: Option<Timestamp>,
}

#[derive(Default, Serialize, Deserialize)]
struct Tables {
    schemas: Vec<Arc<Schema>>,
    /// Sets of regions, by their positions among the names.
    regions: Vec<Vec<u32>>,
    each: Vec<StoredTable>,
}

/// Positions among the accounts, kinds, schemas and sets of regions, and the length of the buffer in words.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct StoredTable(u32, u32, u32, u32, u64);

/// A generation, ready to be written. The buffers of its tables are not copied.
pub(super) struct Encoded {
    about: Vec<u8>,
    names: Vec<u8>,
    tables: Vec<u8>,
    ledger: Vec<Words>,
    marks: Vec<u8>,
    totals: Vec<u8>,
    rows: Vec<Arc<Table>>,
}

impl Encoded {
    /// None where there are more of something than a file can number.
    pub(super) fn of(generation: &Generation, totals: Vec<u8>) -> Option<Self> {
        let inventory = &generation.inventory;
        let mut names = Names::default();
        let mut accounts: BTreeMap<AccountKey, u32> = BTreeMap::new();
        for key in inventory.accounts.keys().cloned().chain(inventory.scopes.keys().map(AccountKey::of)) {
            if accounts.contains_key(&key) {
                continue;
            }
            accounts.insert(key.clone(), position(names.accounts.len())?);
            let state = inventory.accounts.get(&key).map(StoredState::of);
            let AccountKey { provider, cloud, account } = key;
            names.accounts.push(StoredAccount { provider, cloud, id: account, state });
        }
        let (mut kinds, mut regions) = (Numbers::default(), Numbers::default());
        let (mut schemas, mut region_sets) = (Numbers::default(), Numbers::default());
        let mut numbers: BTreeMap<*const Table, u32> = BTreeMap::new();
        let mut tables = Vec::new();
        let mut rows = Vec::new();
        let mut ledger = Vec::with_capacity(inventory.scopes.len());
        for (scope, state) in &inventory.scopes {
            let stored = match state.rows.table() {
                None => None,
                Some(table) => {
                    let number = if let Some(number) = numbers.get(&Arc::as_ptr(table)) {
                        *number
                    } else {
                        let parts = table.parts();
                        tables.push(StoredTable(
                            *accounts.get(parts.account)?,
                            kinds.of(parts.kind)?,
                            schemas.of(parts.schema)?,
                            region_sets.of(parts.regions)?,
                            parts.buffer.len() as u64,
                        ));
                        let number = position(rows.len())?;
                        rows.push(table.clone());
                        numbers.insert(Arc::as_ptr(table), number);
                        number
                    };
                    Some((number, position(state.rows.rows().start)?, position(state.rows.rows().end)?))
                }
            };
            let failure = match &state.entry.failure {
                None => None,
                Some(failure) => {
                    names.failures.push(failure.clone());
                    Some(position(names.failures.len() - 1)?)
                }
            };
            let record = Record {
                account: *accounts.get(&AccountKey::of(scope))?,
                kind: kinds.of(&scope.kind)?,
                region: regions.of(&scope.region)?,
                outcome: state.entry.outcome,
                failure,
                last_attempt: state.entry.last_attempt,
                last_success: state.entry.last_success,
                known_since: state.entry.known_since,
                duration: state.entry.duration,
                calls: state.entry.calls,
                throttles: state.entry.throttles,
                rows: stored,
            };
            ledger.push(record.words());
        }
        let set = |set: &Arc<[RegionId]>, regions: &mut Numbers<RegionId>| {
            set.iter().map(|region| regions.of(region)).collect::<Option<Vec<_>>>()
        };
        let sets = region_sets.items.iter().map(|own| set(own, &mut regions)).collect::<Option<Vec<_>>>()?;
        names.kinds = kinds.items;
        names.regions = regions.items;
        let about = About { number: generation.number, collected_at: generation.collected_at };
        Some(Self {
            about: json(&about),
            names: json(&names),
            tables: json(&Tables { schemas: schemas.items, regions: sets, each: tables }),
            ledger,
            marks: json(&**generation.marks()),
            totals,
            rows,
        })
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<u64> {
        let buffers = self.rows.iter().map(|table| bytemuck::cast_slice(table.parts().buffer)).collect();
        let sections = [
            Section::new(ABOUT, &self.about),
            Section::new(NAMES, &self.names),
            Section::new(TABLES, &self.tables),
            Section::new(LEDGER, bytemuck::cast_slice(&self.ledger)),
            Section::new(MARKS, &self.marks),
            Section::new(TOTALS, &self.totals),
            Section { name: ROWS, pieces: buffers },
        ];
        container::write(path, Content::Generation, &sections)
    }
}

/// Things in order of their first use, each with its position.
struct Numbers<T> {
    items: Vec<T>,
    positions: BTreeMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { items: Vec::new(), positions: BTreeMap::new() }
    }
}

impl<T: Clone + Ord> Numbers<T> {
    fn of(&mut self, item: &T) -> Option<u32> {
        if let Some(position) = self.positions.get(item) {
            return Some(*position);
        }
        let next = position(self.items.len())?;
        self.items.push(item.clone());
        self.positions.insert(item.clone(), next);
        Some(next)
    }
}

/// The highest number means none.
fn position(position: usize) -> Option<u32> {
    u32::try_from(position).ok().filter(|position| *position < u32::MAX)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("names, schemas and marks have text keys and are written to memory")
}

impl StoredState {
    fn of(state: &AccountState) -> Self {
        let AccountState { account, regions, failure, gone_since } = state;
        Self {
            account: account.clone(),
            regions: regions.values().cloned().collect(),
            failure: failure.clone(),
            gone_since: *gone_since,
        }
    }

    fn state(self) -> AccountState {
        let regions = Arc::new(self.regions.into_iter().map(|region| (region.id.clone(), region)).collect());
        AccountState { account: self.account, regions, failure: self.failure, gone_since: self.gone_since }
    }
}

/// Reads a generation with its totals, and seals its graph.
pub(super) fn read(path: &Path, kinds: &Arc<KindModel>) -> Result<(Generation, Vec<u8>), FileError> {
    let mut container = Container::open(path, Content::Generation)?;
    let about: About = parse(&mut container, ABOUT)?;
    let names: Names = parse(&mut container, NAMES)?;
    let stored: Tables = parse(&mut container, TABLES)?;
    let marks: Marks = parse(&mut container, MARKS)?;
    let totals = container.read(TOTALS)?;
    let ledger = container.read(LEDGER)?;
    let buffers = buffers(container.stream(ROWS)?, &stored.each)?;
    drop(container);

    let accounts: Vec<AccountKey> = names.accounts.iter().map(StoredAccount::key).collect();
    let tables = tables(&stored, buffers, &accounts, &names)?;
    let scopes = scopes(&ledger, &tables, &accounts, &names)?;
    let states = names.accounts.into_iter().zip(accounts);
    let states = states.filter_map(|(account, key)| Some((key, account.state?.state())));
    let inventory = Inventory { accounts: states.collect(), scopes };
    let (inventory, graph) = Draft::new(Arc::new(inventory), kinds.clone()).seal();
    Ok((Generation::new(about.number, about.collected_at, inventory, graph).with_marks(marks), totals))
}

/// Reads how the scopes of a generation went and how much they hold, without the resources.
pub(super) fn read_ledger(path: &Path) -> Result<Ledger, FileError> {
    let mut container = Container::open(path, Content::Generation)?;
    let About { number, collected_at } = parse(&mut container, ABOUT)?;
    let names: Names = parse(&mut container, NAMES)?;
    let ledger = container.read(LEDGER)?;
    let accounts: Vec<AccountKey> = names.accounts.iter().map(StoredAccount::key).collect();
    let line = |record: &[u8; size_of::<Words>()]| {
        let record = Record::of(&bytemuck::pod_read_unaligned(record))?;
        let (scope, failure) = names.scope(&record, &accounts)?;
        let state = names.accounts.get(record.account as usize)?.state.as_ref();
        Some(LedgerLine {
            account_name: state.map_or_else(|| scope.account.to_string(), |state| state.account.name.clone()),
            scope,
            entry: record.entry(failure),
            resources: record.rows.map_or(0, |(_, start, end)| end.saturating_sub(start) as usize),
        })
    };
    let lines: Option<Vec<_>> = ledger.as_chunks().0.iter().map(line).collect();
    Ok(Ledger { number, collected_at, lines: lines.ok_or(FileError::Contradiction { section: LEDGER })? })
}

impl Names {
    /// The scope of a record and its failure; `accounts` are those of the names.
    fn scope(&self, record: &Record, accounts: &[AccountKey]) -> Option<(ScopeKey, Option<Failure>)> {
        let AccountKey { provider, cloud, account } = item(accounts, record.account)?;
        let (region, kind) = (item(&self.regions, record.region)?, item(&self.kinds, record.kind)?);
        let failure = match record.failure {
            None => None,
            Some(failure) => Some(item(&self.failures, failure)?),
        };
        Some((ScopeKey { provider, cloud, account, region, kind }, failure))
    }
}

impl StoredAccount {
    fn key(&self) -> AccountKey {
        AccountKey { provider: self.provider.clone(), cloud: self.cloud.clone(), account: self.id.clone() }
    }
}

fn parse<T: DeserializeOwned>(container: &mut Container, section: &'static str) -> Result<T, FileError> {
    let bytes = container.read(section)?;
    serde_json::from_slice(&bytes).map_err(|source| FileError::Format { section, source })
}

/// The buffers of all tables, read into their own memory.
fn buffers(mut stream: Stream<'_>, tables: &[StoredTable]) -> Result<Vec<Box<[u64]>>, FileError> {
    let contradiction = FileError::Contradiction { section: TABLES };
    let words = tables.iter().try_fold(0u64, |sum, table| sum.checked_add(table.4));
    // Checked before anything is reserved.
    if words.and_then(|words| words.checked_mul(8)) != Some(stream.left()) {
        return Err(contradiction);
    }
    let mut buffers = Vec::with_capacity(tables.len());
    for table in tables {
        let Ok(words) = usize::try_from(table.4) else { return Err(contradiction) };
        let mut buffer = vec![0u64; words].into_boxed_slice();
        stream.fill(bytemuck::cast_slice_mut(&mut buffer))?;
        buffers.push(buffer);
    }
    stream.finish()?;
    Ok(buffers)
}

fn tables(
    stored: &Tables,
    buffers: Vec<Box<[u64]>>,
    accounts: &[AccountKey],
    names: &Names,
) -> Result<Vec<Arc<Table>>, FileError> {
    let contradiction = || FileError::Contradiction { section: TABLES };
    let region_set = |set: &Vec<u32>| set.iter().map(|region| item(&names.regions, *region)).collect();
    let region_sets: Option<Vec<Arc<[RegionId]>>> = stored.regions.iter().map(region_set).collect();
    let region_sets = region_sets.ok_or_else(contradiction)?;
    let table = |(table, buffer): (StoredTable, Box<[u64]>)| {
        let StoredTable(account, kind, schema, regions, _) = table;
        let account = item(accounts, account).ok_or_else(contradiction)?;
        let kind = item(&names.kinds, kind).ok_or_else(contradiction)?;
        let schema = item(&stored.schemas, schema).ok_or_else(contradiction)?;
        let regions = item(&region_sets, regions).ok_or_else(contradiction)?;
        Ok(Arc::new(Table::from_parts(account, kind, schema, regions, buffer)?))
    };
    stored.each.par_iter().copied().zip(buffers).map(table).collect()
}

fn scopes(
    ledger: &[u8],
    tables: &[Arc<Table>],
    accounts: &[AccountKey],
    names: &Names,
) -> Result<BTreeMap<ScopeKey, Arc<ScopeState>>, FileError> {
    let (records, rest) = ledger.as_chunks::<{ size_of::<Words>() }>();
    let scope = |record: &[u8; size_of::<Words>()]| {
        let record = Record::of(&bytemuck::pod_read_unaligned(record))?;
        let (scope, failure) = names.scope(&record, accounts)?;
        let rows = match record.rows {
            None => Slice::default(),
            Some((table, start, end)) => {
                let table = item(tables, table)?;
                let fits = start <= end && end as usize <= table.len();
                let own = *table.account_key() == AccountKey::of(&scope) && *table.kind() == scope.kind;
                (fits && own).then(|| Slice::new(table, start..end))?
            }
        };
        Some((scope, Arc::new(ScopeState { entry: record.entry(failure), rows })))
    };
    let scopes: Option<BTreeMap<_, _>> = records.iter().map(scope).collect();
    scopes
        .filter(|scopes| rest.is_empty() && scopes.len() == records.len())
        .ok_or(FileError::Contradiction { section: LEDGER })
}

fn item<T: Clone>(items: &[T], position: u32) -> Option<T> {
    items.get(position as usize).cloned()
}
