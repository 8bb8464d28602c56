//! Keys: a small number for the group of every row of a table.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::{
    graph::{
        NodeId, TablePlace,
        table::{Coded, Codes},
    },
    model::Value,
    search::{
        aggregate::GroupPlan,
        datum::Datum,
        document::View,
        location::{Location, Step, Whose},
        order,
        unfold::Reading,
    },
};

use super::{
    bits::Selection,
    interner::Interner,
    owners::Owners,
    vector::{Lane, Vector, inside},
};

/// Keys up to here index arrays; larger ones are numbered anew.
const SPACE_MAX: u64 = 1 << 21;

/// One group of the rows of a table: a code for each row, and the value behind each code.
#[derive(Debug)]
pub(super) enum KeyColumn<'g, 'p> {
    Constant(u32),
    /// Values are interned when the first row needs them.
    Coded {
        coded: Coded<'g>,
        steps: &'p [Step],
        ids: Vec<u32>,
    },
    /// Where each run ends, and its code.
    Runs {
        ends: Vec<(usize, u32)>,
        ids: Rc<[u32]>,
    },
    /// Made for the selected rows only.
    Codes {
        codes: Vec<u32>,
        ids: Vec<u32>,
    },
}

/// The groups that are the same for all of an account, or of a region, by location.
#[derive(Debug, Default)]
pub(super) struct Constants {
    /// For each location the shard it was asked in last, and the value there.
    of_shard: FxHashMap<usize, (usize, u32)>,
    of_regions: FxHashMap<usize, (usize, Regions)>,
}

/// A field of all regions of an account.
#[derive(Debug)]
struct Regions {
    /// The first node of a region, and the code of each node from there on.
    first: usize,
    codes: Vec<u32>,
    /// By code, in the order of the values; null's is there too, and first.
    ids: Rc<[u32]>,
}

impl Regions {
    fn new(view: View<'_>, shard: usize, location: &Location, interner: &mut Interner) -> Self {
        let mut owners = Owners::new(view, location);
        let nodes = || view.generation.graph.regions(shard).map(NodeId::index);
        let first = nodes().min().unwrap_or(0);
        let mut codes = vec![0; nodes().max().map_or(0, |last| last + 1 - first)];
        for node in nodes() {
            codes[node - first] = owners.read(Some(NodeId::new(node)), |value| interner.intern(value));
        }
        let mut ids: Vec<u32> = codes.iter().copied().chain([Interner::NULL]).collect();
        ids.sort_unstable_by(|a, b| order::compare(interner.value(*a), interner.value(*b)));
        ids.dedup();
        for code in &mut codes {
            let position = ids.iter().position(|id| id == code).expect("all ids were gathered");
            *code = u32::try_from(position).expect("regions are few");
        }
        Self { first, codes, ids: ids.into() }
    }

    fn code(&self, node: Option<NodeId>) -> u32 {
        node.map_or(0, |node| self.codes[node.index() - self.first])
    }
}

const UNKNOWN: u32 = u32::MAX;

impl<'g, 'p> KeyColumn<'g, 'p> {
    /// The column of a group that is a property; `number` names it among all groups of the batch.
    pub(super) fn new(
        view: View<'g>,
        place: TablePlace<'g>,
        group: &'p GroupPlan,
        number: usize,
        rows: &Selection,
        interner: &mut Interner,
        constants: &mut Constants,
    ) -> Self {
        match group {
            GroupPlan::Value { value: Reading::Node(location), .. } => {
                Self::of_location(view, place, location, number, rows, interner, constants)
            }
            group => {
                let value = |row| group.value(view, place.node(row), &[]);
                Self::row_by_row(place.table().len(), rows, interner, value)
            }
        }
    }

    /// The column of a location; `number` names it among all that share the constants.
    pub(super) fn of_location(
        view: View<'g>,
        place: TablePlace<'g>,
        location: &'p Location,
        number: usize,
        rows: &Selection,
        interner: &mut Interner,
        constants: &mut Constants,
    ) -> Self {
        let len = place.table().len();
        let account = matches!(&location.whose, Whose::Ancestor(kind) if kind == "cloud" || kind == "account");
        if account && !place.placed.structural {
            match constants.of_shard.get(&number) {
                Some((shard, id)) if *shard == place.shard => return Self::Constant(*id),
                _ => {}
            }
        }
        let Vector { lane, steps } = Vector::new(view, place, location);
        match lane {
            Lane::Constant(value) => {
                let id = interner.intern((&inside(value, steps)).into());
                if account && !place.placed.structural {
                    constants.of_shard.insert(number, (place.shard, id));
                }
                Self::Constant(id)
            }
            Lane::Coded(coded) => Self::Coded { coded, steps, ids: vec![UNKNOWN; coded.len()] },
            Lane::Runs(runs) => {
                let (shard, regions) = constants
                    .of_regions
                    .entry(number)
                    .or_insert_with(|| (place.shard, Regions::new(view, place.shard, location, interner)));
                if *shard != place.shard {
                    (*shard, *regions) = (place.shard, Regions::new(view, place.shard, location, interner));
                }
                if let [(_, node)] = runs.as_slice() {
                    return Self::Constant(regions.ids[regions.code(*node) as usize]);
                }
                let ends = runs.into_iter().map(|(end, node)| (end, regions.code(node))).collect();
                Self::Runs { ends, ids: regions.ids.clone() }
            }
            Lane::Column(column) => {
                let (mut scratch, mut tree) = (String::new(), Value::Null);
                Self::local(len, rows, |row| match column.text(row, &mut scratch) {
                    Some(text) if steps.is_empty() => interner.intern(Datum::Text(text)),
                    _ => {
                        let cell = column.cell(row);
                        let datum = Datum::of(&cell, &mut tree);
                        if steps.is_empty() {
                            interner.intern(datum)
                        } else {
                            interner.intern((&inside(datum.to_value(), steps)).into())
                        }
                    }
                })
            }
            Lane::Above(ancestors) => {
                let (mut owners, mut known) = (Owners::new(view, location), FxHashMap::default());
                Self::local(len, rows, |row| {
                    let owner = ancestors.get(row);
                    *known.entry(owner).or_insert_with(|| owners.read(owner, |value| interner.intern(value)))
                })
            }
            Lane::Scattered => Self::row_by_row(len, rows, interner, |row| view.value(place.node(row), location)),
        }
    }

    fn row_by_row(len: usize, rows: &Selection, interner: &mut Interner, value: impl Fn(usize) -> Value) -> Self {
        Self::local(len, rows, |row| interner.intern((&value(row)).into()))
    }

    /// Codes in the order in which the values come.
    fn local(len: usize, rows: &Selection, mut id: impl FnMut(usize) -> u32) -> Self {
        let mut codes = vec![0; len];
        let mut ids = Vec::new();
        let mut known: FxHashMap<u32, u32> = FxHashMap::default();
        rows.for_each(len, |row| {
            let id = id(row);
            codes[row] = *known.entry(id).or_insert_with(|| {
                ids.push(id);
                u32::try_from(ids.len() - 1).expect("a table has fewer than 2^32 rows")
            });
        });
        Self::Codes { codes, ids }
    }

    /// Whether the order of the codes is that of the values.
    fn is_ordered(&self) -> bool {
        match self {
            Self::Constant(_) | Self::Runs { .. } => true,
            Self::Coded { coded, steps, .. } => steps.is_empty() && coded.is_text(),
            Self::Codes { .. } => false,
        }
    }

    fn codes(&self) -> u64 {
        match self {
            Self::Constant(_) => 1,
            Self::Coded { ids, .. } | Self::Codes { ids, .. } => ids.len() as u64,
            Self::Runs { ids, .. } => ids.len() as u64,
        }
    }

    /// Appends the values of these rows.
    pub(super) fn append(&mut self, rows: &[usize], interner: &mut Interner, out: &mut Vec<u32>) {
        match self {
            Self::Constant(id) => out.resize(out.len() + rows.len(), *id),
            Self::Coded { coded, steps, ids } => {
                let (mut scratch, mut tree) = (String::new(), Value::Null);
                let mut id_of = |code| {
                    if !steps.is_empty() {
                        return interner.intern((&inside(coded.entry(code).value(), steps)).into());
                    }
                    match coded.text(code, &mut scratch) {
                        Some(text) => interner.intern(Datum::Text(text)),
                        None => interner.intern(Datum::of(&coded.entry(code), &mut tree)),
                    }
                };
                out.extend(rows.iter().map(|row| {
                    let code = coded.code(*row);
                    let id = &mut ids[code as usize];
                    if *id == UNKNOWN {
                        *id = id_of(code);
                    }
                    *id
                }));
            }
            Self::Runs { ends, ids } => {
                // Groups in order of their keys are mostly in the run of the one before.
                let (mut start, mut end, mut id) = (0, 0, Interner::NULL);
                out.extend(rows.iter().map(|row| {
                    if !(start..end).contains(row) {
                        let run = ends.partition_point(|(end, _)| end <= row);
                        start = run.checked_sub(1).map_or(0, |before| ends[before].0);
                        let code;
                        (end, code) = ends[run];
                        id = ids[code as usize];
                    }
                    id
                }));
            }
            Self::Codes { codes, ids } => out.extend(rows.iter().map(|row| ids[codes[*row] as usize])),
        }
    }
}

/// A key for every row: equal where all columns are, smaller where the first columns' codes are smaller.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) of_row: Vec<u32>,
    /// All keys are below.
    pub(super) space: usize,
    /// Whether the order of the keys is that of the groups, each of which has one key.
    pub(super) ordered: bool,
}

impl Keys {
    pub(super) fn fill<'a, 'g: 'a, 'p: 'a>(
        &mut self,
        len: usize,
        columns: impl Iterator<Item = &'a KeyColumn<'g, 'p>>,
    ) {
        self.of_row.clear();
        self.of_row.resize(len, 0);
        self.ordered = true;
        let mut space = 1_u64;
        for column in columns {
            let codes = column.codes();
            self.ordered &= column.is_ordered();
            if codes == 1 {
                continue;
            }
            if space * codes <= SPACE_MAX {
                let stride = u32::try_from(codes).expect("it is at most the space");
                each_code(column, &mut self.of_row, |key, code| *key = *key * stride + code);
                space *= codes;
            } else {
                self.ordered = false;
                let mut known: FxHashMap<(u32, u32), u32> = FxHashMap::default();
                each_code(column, &mut self.of_row, |key, code| {
                    let next = u32::try_from(known.len()).expect("a table has fewer than 2^32 rows");
                    *key = *known.entry((*key, code)).or_insert(next);
                });
                space = known.len() as u64;
            }
        }
        self.space = usize::try_from(space).expect("it is the number of rows or at most the maximum");
    }
}

fn each_code(column: &KeyColumn<'_, '_>, keys: &mut [u32], mut f: impl FnMut(&mut u32, u32)) {
    match column {
        KeyColumn::Constant(_) => {}
        KeyColumn::Coded { coded, .. } => match coded.codes() {
            Codes::U8(codes) => keys.iter_mut().zip(codes).for_each(|(key, code)| f(key, u32::from(*code))),
            Codes::U16(codes) => keys.iter_mut().zip(codes).for_each(|(key, code)| f(key, u32::from(*code))),
            Codes::U32(codes) => keys.iter_mut().zip(codes).for_each(|(key, code)| f(key, *code)),
        },
        KeyColumn::Runs { ends, .. } => {
            let mut start = 0;
            for (end, code) in ends {
                keys[start..*end].iter_mut().for_each(|key| f(key, *code));
                start = *end;
            }
        }
        KeyColumn::Codes { codes, .. } => keys.iter_mut().zip(codes).for_each(|(key, code)| f(key, *code)),
    }
}
