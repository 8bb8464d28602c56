//! Keys: a small number for the group of every row of a table.

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
        unfold::Reading,
    },
};

use super::{
    bits::Selection,
    interner::Interner,
    vector::{Lane, Vector, inside, of_owner},
};

/// Keys up to here index arrays; larger ones are numbered anew.
const SPACE_MAX: u64 = 1 << 22;

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
        ids: Vec<u32>,
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
    of_region: FxHashMap<(usize, NodeId), u32>,
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
        let of_node = |owner: Option<NodeId>| inside(of_owner(view, owner, location), steps);
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
                let mut known = |owner: Option<NodeId>| match owner {
                    None => Interner::NULL,
                    Some(node) => *constants
                        .of_region
                        .entry((number, node))
                        .or_insert_with(|| interner.intern((&of_node(owner)).into())),
                };
                let ends: Vec<(usize, u32)> = runs.into_iter().map(|(end, owner)| (end, known(owner))).collect();
                Self::runs(&ends, interner)
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
                let mut known = FxHashMap::default();
                Self::local(len, rows, |row| {
                    let owner = ancestors.get(row);
                    *known.entry(owner).or_insert_with(|| interner.intern((&of_node(owner)).into()))
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

    /// Codes in the order of the values.
    fn runs(ends: &[(usize, u32)], interner: &Interner) -> Self {
        let mut ids: Vec<u32> = ends.iter().map(|(_, id)| *id).collect();
        let compare = |a: &u32, b: &u32| crate::search::order::compare(interner.value(*a), interner.value(*b));
        ids.sort_unstable_by(compare);
        ids.dedup();
        let code = |id: &u32| ids.iter().position(|other| other == id).expect("all ids were gathered");
        let ends = ends.iter().map(|(end, id)| (*end, u32::try_from(code(id)).expect("runs are few"))).collect();
        Self::Runs { ends, ids }
    }

    fn codes(&self) -> u64 {
        match self {
            Self::Constant(_) => 1,
            Self::Coded { ids, .. } | Self::Runs { ids, .. } | Self::Codes { ids, .. } => ids.len() as u64,
        }
    }

    /// Appends the values of these rows.
    pub(super) fn append(&mut self, rows: impl Iterator<Item = usize>, interner: &mut Interner, out: &mut Vec<u32>) {
        match self {
            Self::Constant(id) => out.extend(rows.map(|_| *id)),
            Self::Coded { coded, steps, ids } => {
                let mut tree = Value::Null;
                out.extend(rows.map(|row| {
                    let code = coded.code(row);
                    let id = &mut ids[code as usize];
                    if *id == UNKNOWN {
                        let cell = coded.entry(code);
                        let datum = Datum::of(&cell, &mut tree);
                        *id = if steps.is_empty() {
                            interner.intern(datum)
                        } else {
                            interner.intern((&inside(datum.to_value(), steps)).into())
                        };
                    }
                    *id
                }));
            }
            Self::Runs { ends, ids } => {
                // Groups in order of their keys are mostly in the run of the one before.
                let (mut start, mut end, mut id) = (0, 0, Interner::NULL);
                out.extend(rows.map(|row| {
                    if !(start..end).contains(&row) {
                        let run = ends.partition_point(|(end, _)| *end <= row);
                        start = run.checked_sub(1).map_or(0, |before| ends[before].0);
                        let code;
                        (end, code) = ends[run];
                        id = ids[code as usize];
                    }
                    id
                }));
            }
            Self::Codes { codes, ids } => out.extend(rows.map(|row| ids[codes[row] as usize])),
        }
    }
}

/// A key for every row: equal where all columns are, smaller where the first columns' codes are smaller.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) keys: Vec<u32>,
    /// All keys are below.
    pub(super) space: usize,
}

impl Keys {
    pub(super) fn fill<'a, 'g: 'a, 'p: 'a>(
        &mut self,
        len: usize,
        columns: impl Iterator<Item = &'a KeyColumn<'g, 'p>>,
    ) {
        self.keys.clear();
        self.keys.resize(len, 0);
        let mut space = 1_u64;
        for column in columns {
            let codes = column.codes();
            if codes == 1 {
                continue;
            }
            if space * codes <= SPACE_MAX {
                let stride = u32::try_from(codes).expect("it is at most the space");
                each_code(column, &mut self.keys, |key, code| *key = *key * stride + code);
                space *= codes;
            } else {
                let mut known: FxHashMap<(u32, u32), u32> = FxHashMap::default();
                each_code(column, &mut self.keys, |key, code| {
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
