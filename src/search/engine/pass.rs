//! Passes: the rows of tables become groups and numbers.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    graph::TablePlace,
    search::{aggregate::AggregatePlan, document::View, limits::Exhausted},
};

use super::{
    bits::Selection,
    interner::Interner,
    keys::{Constants, KeyColumn, Keys},
    numbers::Numbers,
    tally::Tally,
};

/// Aggregates that have their groups in common, and differ in their functions.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// The plan whose groups these are.
    pub(super) plan: usize,
    /// Names the groups, each and all of them, among those of the whole batch.
    pub(super) columns: Vec<usize>,
    pub(super) groups: usize,
    /// Plan, function, and the name of its operand among those of the batch.
    pub(super) functions: Vec<(usize, usize, usize)>,
}

/// The groups of one unit, table after table.
#[derive(Debug)]
pub(super) struct Groups {
    /// Ids of values, for each group of the aggregate.
    pub(super) values: Vec<Vec<u32>>,
    /// How many rows each group has.
    pub(super) counts: Vec<u64>,
    pub(super) tallies: Vec<Tally>,
}

/// The state of a pass, and all its scratch space.
#[derive(Debug)]
pub(super) struct Pass<'g, 'p> {
    view: View<'g>,
    plans: &'p [&'p AggregatePlan],
    pub(super) interner: Interner,
    constants: Constants,
    /// What is known of the table at hand, by the names that units give to it.
    columns: Vec<Option<KeyColumn<'g, 'p>>>,
    keys: Vec<Option<Keys>>,
    numbers: Vec<Option<Numbers>>,
    spare: Vec<Keys>,
    slots: Slots,
}

/// Numbers the keys that occur.
#[derive(Debug, Default)]
struct Slots {
    /// For each key its position among `occurring`, if that says the same.
    of_key: Vec<u32>,
    /// The keys, and the first row of each.
    occurring: Vec<(u32, u32)>,
    counts: Vec<u64>,
    /// For each row, in order, its slot.
    of_row: Vec<u32>,
    /// For each slot its place in the order of keys.
    ranks: Vec<u32>,
    /// A bit for each key that occurs.
    present: Vec<u64>,
    /// What is put in order, as it was.
    before: Vec<((u32, u32), u64)>,
}

impl Groups {
    pub(super) fn new(unit: &Unit, plans: &[&AggregatePlan]) -> Self {
        let functions = unit.functions.iter();
        let tally = |&(plan, function, _): &(usize, usize, usize)| {
            Tally::new(&plans[plan].functions[function], plans[plan].bounds.as_ref())
        };
        Self {
            values: vec![Vec::new(); plans[unit.plan].groups.len()],
            counts: Vec::new(),
            tallies: functions.map(tally).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }
}

impl<'g, 'p> Pass<'g, 'p> {
    pub(super) fn new(view: View<'g>, plans: &'p [&'p AggregatePlan], units: &[&Unit]) -> Self {
        let most = |names: &mut dyn Iterator<Item = usize>| names.max().map_or(0, |most| most + 1);
        let columns = most(&mut units.iter().flat_map(|unit| unit.columns.iter().copied()));
        let keys = most(&mut units.iter().map(|unit| unit.groups));
        let numbers = most(&mut units.iter().flat_map(|unit| unit.functions.iter().map(|function| function.2)));
        let none = |count| std::iter::repeat_with(|| None).take(count).collect();
        Self {
            view,
            plans,
            interner: Interner::new(),
            constants: Constants::default(),
            columns: std::iter::repeat_with(|| None).take(columns).collect(),
            keys: std::iter::repeat_with(|| None).take(keys).collect(),
            numbers: none(numbers),
            spare: Vec::new(),
            slots: Slots::default(),
        }
    }

    /// Forgets the table at hand.
    pub(super) fn leave(&mut self) {
        self.columns.fill_with(|| None);
        self.numbers.fill_with(|| None);
        self.spare.extend(self.keys.iter_mut().filter_map(Option::take));
    }

    /// Adds rows of a table to the groups of a unit.
    pub(super) fn add(&mut self, unit: &Unit, place: TablePlace<'g>, rows: &Selection, out: &mut Groups) {
        let len = place.table().len();
        self.make_columns(unit, place, rows);
        let keys = self.keys[unit.groups].take().unwrap_or_else(|| {
            let mut keys = self.spare.pop().unwrap_or_default();
            let columns = &self.columns;
            let columns = unit.columns.iter().map(|name| columns[*name].as_ref().expect("columns were made"));
            keys.fill(len, columns);
            keys
        });
        let needed = out.tallies.iter().any(Tally::needs_numbers);
        self.slots.assign(&keys, len, rows, needed);
        let base = out.len();
        for (name, values) in unit.columns.iter().zip(&mut out.values) {
            let column = self.columns[*name].as_mut().expect("columns were made");
            let first_rows = self.slots.occurring.iter().map(|(_, row)| *row as usize);
            column.append(first_rows, &mut self.interner, values);
        }
        out.counts.extend_from_slice(&self.slots.counts);
        let partial = |name: &&usize| matches!(self.columns[**name], Some(KeyColumn::Codes { .. }));
        let partial: Vec<usize> = unit.columns.iter().filter(partial).copied().collect();
        if partial.is_empty() {
            self.keys[unit.groups] = Some(keys);
        } else {
            for name in partial {
                self.columns[name] = None;
            }
            self.spare.push(keys);
        }
        for (&(plan, function, name), tally) in unit.functions.iter().zip(&mut out.tallies) {
            if !tally.needs_numbers() {
                continue;
            }
            tally.grow(base + self.slots.occurring.len(), self.plans[plan].bounds.as_ref());
            let function = &self.plans[plan].functions[function];
            let numbers = match self.numbers[name].take() {
                Some(numbers) => numbers,
                None => function.operand.numbers(self.view, place, rows, function.kind),
            };
            let groups = self.slots.of_row.iter().map(|slot| base + *slot as usize);
            match rows {
                Selection::None => {}
                Selection::All => tally.add((0..len).zip(groups), &numbers),
                Selection::Some(bits) => tally.add(bits.iter().zip(groups), &numbers),
            }
            if function.operand.cheap() {
                self.numbers[name] = Some(numbers);
            }
        }
    }

    fn make_columns(&mut self, unit: &Unit, place: TablePlace<'g>, rows: &Selection) {
        for (name, group) in unit.columns.iter().zip(&self.plans[unit.plan].groups) {
            if self.columns[*name].is_none() {
                let (interner, constants) = (&mut self.interner, &mut self.constants);
                let column = KeyColumn::new(self.view, place, group, *name, rows, interner, constants);
                self.columns[*name] = Some(column);
            }
        }
    }

    /// As [`add`](Self::add), for groups by the elements of arrays: a row counts once for each of them.
    ///
    /// `pay` is told before each of them how many groups there are: several arrays have more combinations than memory
    /// has room for.
    pub(super) fn unfold(
        &mut self,
        unit: &Unit,
        place: TablePlace<'g>,
        rows: &Selection,
        out: &mut Groups,
        pay: &mut dyn FnMut(usize) -> Result<(), Exhausted>,
    ) -> Result<(), Exhausted> {
        let plan = self.plans[unit.plan];
        let mut known: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        let mut result = Ok(());
        rows.for_each(place.table().len(), |row| {
            if result.is_err() {
                return;
            }
            let node = place.node(row);
            result = plan.unfolding.each(self.view, node, &mut |elements| {
                pay(out.counts.len())?;
                let value = |group: &crate::search::aggregate::GroupPlan| group.value(self.view, node, elements);
                let ids: Vec<u32> =
                    plan.groups.iter().map(|group| self.interner.intern((&value(group)).into())).collect();
                let group = *known.entry(ids).or_insert_with_key(|ids| {
                    out.values.iter_mut().zip(ids).for_each(|(values, id)| values.push(*id));
                    out.counts.push(0);
                    out.counts.len() - 1
                });
                out.counts[group] += 1;
                for (&(plan, function, _), tally) in unit.functions.iter().zip(&mut out.tallies) {
                    if tally.needs_numbers() {
                        let plan: &AggregatePlan = self.plans[plan];
                        let function = &plan.functions[function];
                        tally.grow(out.counts.len(), plan.bounds.as_ref() as Option<&Arc<[f64]>>);
                        tally.add_one(group, function.operand.value(self.view, node, elements, function.kind));
                    }
                }
                Ok(())
            });
        });
        result
    }
}

impl Slots {
    /// Numbers the keys of these rows in their order.
    fn assign(&mut self, keys: &Keys, len: usize, rows: &Selection, needed: bool) {
        self.occurring.clear();
        self.counts.clear();
        self.of_row.clear();
        let count = rows.count(len);
        if count == 0 {
            return;
        }
        if keys.space == 1 {
            let first = match rows {
                Selection::Some(bits) => bits.iter().next().unwrap_or(0),
                _ => 0,
            };
            self.occurring.push((0, u32::try_from(first).expect("a table has fewer than 2^32 rows")));
            self.counts.push(count as u64);
            if needed {
                self.of_row.resize(count, 0);
            }
            return;
        }
        if self.of_key.len() < keys.space {
            self.of_key.resize(keys.space, 0);
        }
        let mut ascending = true;
        let mut on = |row: usize| {
            let key = keys.keys[row];
            let known = &mut self.of_key[key as usize];
            if self.occurring.get(*known as usize).is_none_or(|(other, _)| *other != key) {
                *known = u32::try_from(self.occurring.len()).expect("a table has fewer than 2^32 rows");
                ascending &= self.occurring.last().is_none_or(|(last, _)| *last < key);
                #[expect(clippy::cast_possible_truncation, reason = "a table has fewer than 2^32 rows")]
                self.occurring.push((key, row as u32));
                self.counts.push(0);
            }
            self.counts[*known as usize] += 1;
            if needed {
                self.of_row.push(*known);
            }
        };
        match rows {
            Selection::None => {}
            Selection::All => (0..len).for_each(&mut on),
            Selection::Some(bits) => bits.iter().for_each(&mut on),
        }
        if !ascending {
            self.sort(keys.space);
        }
    }

    /// Puts the slots in the order of their keys, which are below `space`.
    fn sort(&mut self, space: usize) {
        let Self { of_key, occurring, counts, of_row, ranks, present, before } = self;
        before.clear();
        before.extend(occurring.iter().copied().zip(counts.iter().copied()));
        if space / 64 <= occurring.len() {
            // So few keys could occur that looking at each is faster than comparing those that do.
            present.clear();
            present.resize(space.div_ceil(64), 0);
            for (key, _) in occurring.iter() {
                present[*key as usize / 64] |= 1 << (key % 64);
            }
            occurring.clear();
            for (mut word, first) in present.iter().copied().zip((0..).step_by(64)) {
                while word != 0 {
                    let key = first + word.trailing_zeros();
                    occurring.push(before[of_key[key as usize] as usize].0);
                    word &= word - 1;
                }
            }
        } else {
            occurring.sort_unstable();
        }
        ranks.clear();
        ranks.resize(before.len(), 0);
        for ((rank, (key, _)), count) in (0..).zip(occurring.iter()).zip(counts.iter_mut()) {
            // Still the slot from before: it is what the rows have.
            let slot = of_key[*key as usize] as usize;
            ranks[slot] = rank;
            *count = before[slot].1;
        }
        for slot in of_row {
            *slot = ranks[*slot as usize];
        }
    }
}
