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
    pub(super) feeds: Vec<Feed>,
}

/// A plan whose answer comes from a unit.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) plan: usize,
    /// Where its functions stand in the unit.
    pub(super) functions: Vec<usize>,
}

/// The groups of one unit, table after table.
#[derive(Debug)]
pub(super) struct Groups {
    /// Ids of values, for each group of the aggregate.
    pub(super) values: Vec<Vec<u32>>,
    /// How many rows each group has.
    pub(super) counts: Vec<u64>,
    pub(super) tallies: Vec<Tally>,
    pub(super) segments: Vec<Segment>,
}

/// The groups of one table, which stand together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Behind its last group.
    pub(super) end: usize,
    /// Whether each group is known to be greater than the one before it.
    pub(super) ordered: bool,
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

/// Finds the keys that occur.
#[derive(Debug, Default)]
struct Slots {
    /// For each key what is known of it; no rows but while keys are being found.
    of_key: Vec<OfKey>,
    /// The keys.
    occurring: Vec<u32>,
    /// The first row of each.
    first_rows: Vec<usize>,
    counts: Vec<u64>,
    /// A bit for each key that occurs.
    present: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct OfKey {
    rows: u32,
    /// The first row, then the position among the keys that occur.
    at: u32,
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
            segments: Vec::new(),
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
        self.slots.find(&keys, len, rows);
        let base = out.len();
        for (name, values) in unit.columns.iter().zip(&mut out.values) {
            let column = self.columns[*name].as_mut().expect("columns were made");
            column.append(&self.slots.first_rows, &mut self.interner, values);
        }
        out.counts.extend_from_slice(&self.slots.counts);
        out.segments.push(Segment { end: out.counts.len(), ordered: keys.ordered });
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
            let (slots, keys) = (&self.slots, &keys.of_row);
            let grouped = |row: usize| (row, base + slots.of_key[keys[row] as usize].at as usize);
            match rows {
                Selection::None => {}
                Selection::All => tally.add((0..len).map(grouped), &numbers),
                Selection::Some(bits) => tally.add(bits.iter().map(grouped), &numbers),
            }
            if function.operand.cheap() {
                self.numbers[name] = Some(numbers);
            }
        }
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
        out.segments.push(Segment { end: out.counts.len(), ordered: false });
        result
    }
}

impl Slots {
    /// Finds the keys of these rows, in their order.
    fn find(&mut self, keys: &Keys, len: usize, rows: &Selection) {
        let Self { of_key, occurring, first_rows, counts, present } = self;
        occurring.clear();
        first_rows.clear();
        counts.clear();
        let count = rows.count(len);
        if count == 0 {
            return;
        }
        if of_key.len() < keys.space {
            of_key.resize(keys.space, OfKey::default());
        }
        if keys.space == 1 {
            let first = if let Selection::Some(bits) = rows { bits.iter().next().unwrap_or(0) } else { 0 };
            occurring.push(0);
            first_rows.push(first);
            counts.push(count as u64);
            of_key[0] = OfKey::default();
            return;
        }
        let mut ascending = true;
        #[expect(clippy::cast_possible_truncation, reason = "a table has fewer than 2^32 rows")]
        rows.for_each(len, |row| {
            let key = keys.of_row[row];
            let known = &mut of_key[key as usize];
            if known.rows == 0 {
                ascending &= occurring.last().is_none_or(|last| *last < key);
                known.at = row as u32;
                occurring.push(key);
            }
            known.rows += 1;
        });
        if !ascending {
            Self::sort(occurring, present, keys.space);
        }
        for (slot, key) in (0..).zip(occurring.iter()) {
            let known = &mut of_key[*key as usize];
            first_rows.push(known.at as usize);
            counts.push(known.rows.into());
            *known = OfKey { rows: 0, at: slot };
        }
    }

    /// Puts keys, which are below `space`, in order.
    fn sort(occurring: &mut Vec<u32>, present: &mut Vec<u64>, space: usize) {
        if space / 64 > occurring.len() {
            occurring.sort_unstable();
            return;
        }
        // So few keys could occur that looking at each is faster than comparing those that do.
        present.clear();
        present.resize(space.div_ceil(64), 0);
        for key in occurring.drain(..) {
            present[key as usize / 64] |= 1 << (key % 64);
        }
        for (mut word, first) in present.iter().copied().zip((0..).step_by(64)) {
            while word != 0 {
                occurring.push(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}
