//! Collating: the groups of all tables become sorted rows over one pool.

use crate::search::{
    aggregate::AggregatePlan,
    limits::{Exhausted, Limits},
    rows::{Histograms, Rows},
};

use super::{
    pass::{Groups, Unit},
    tally::Tally,
};

/// The rows of one unit: its groups, each once and in order, part after part.
#[derive(Debug)]
pub(super) struct Collated {
    parts: Vec<Groups>,
}

impl Collated {
    /// Sorts the groups by their values and puts equal ones together; ids of values are their ranks already.
    ///
    /// Parts come in the order of their tables, which is the order in which equal groups are added up.
    pub(super) fn new(
        parts: Vec<Groups>,
        unit: &Unit,
        plans: &[&AggregatePlan],
        values: usize,
        limits: Limits,
    ) -> Result<Self, Exhausted> {
        let len: usize = parts.iter().map(Groups::len).sum();
        if (1..=limits.groups).contains(&len) && are_ascending(&parts) {
            return Ok(Self { parts });
        }
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_else(|| Groups::new(unit, plans));
        all.counts.reserve_exact(len - all.counts.len());
        all.values.iter_mut().for_each(|column| column.reserve_exact(len - column.len()));
        for part in parts {
            let len = part.len();
            all.counts.extend(part.counts);
            all.values.iter_mut().zip(part.values).for_each(|(own, part)| own.extend(part));
            all.tallies.iter_mut().zip(&part.tallies).for_each(|(own, part)| own.append(part, 0..len));
        }
        if all.values.is_empty() && all.counts.is_empty() {
            // Without groups there is one row, even of nothing.
            all.counts.push(0);
            for (tally, &(plan, _, _)) in all.tallies.iter_mut().zip(&unit.functions) {
                tally.grow(1, plans[plan].bounds.as_ref());
            }
        }
        let order = order(&all.values, all.counts.len(), values);
        let same = |a: u32, b: u32| all.values.iter().all(|column| column[a as usize] == column[b as usize]);
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        for group in order {
            match kept.last() {
                Some(last) if same(*last, group) => {
                    let (into, from) = (*last as usize, group as usize);
                    all.counts[into] += all.counts[from];
                    all.tallies.iter_mut().for_each(|tally| tally.merge(into, from));
                }
                _ => kept.push(group),
            }
        }
        if kept.len() > limits.groups {
            return Err(Exhausted::Groups(limits.groups));
        }
        let sorted = |column: &Vec<u32>| kept.iter().map(|group| column[*group as usize]).collect();
        let tallies = all.tallies.iter().zip(&unit.functions).map(|(tally, &(plan, function, _))| {
            let mut sorted = Tally::new(&plans[plan].functions[function], plans[plan].bounds.as_ref());
            sorted.append(tally, kept.iter().map(|group| *group as usize));
            sorted
        });
        let sorted = Groups {
            tallies: tallies.collect(),
            counts: kept.iter().map(|group| all.counts[*group as usize]).collect(),
            values: all.values.iter().map(sorted).collect(),
        };
        Ok(Self { parts: vec![sorted] })
    }

    /// The rows of one of the plans, whose functions stand at these positions of the unit.
    pub(super) fn rows(&self, plan: &AggregatePlan, positions: &[usize]) -> Rows {
        let len = self.parts.iter().map(Groups::len).sum();
        let group = |number: usize| {
            let mut column = Vec::with_capacity(len);
            self.parts.iter().for_each(|part| column.extend_from_slice(&part.values[number]));
            column
        };
        let functions = || plan.functions.iter().zip(positions);
        let values = functions().map(|(function, position)| {
            let mut values = Vec::with_capacity(len);
            for part in &self.parts {
                let tally = &part.tallies[*position];
                let value = |(group, count): (usize, &u64)| tally.value(group, *count, function.kind);
                values.extend(part.counts.iter().enumerate().map(value));
            }
            values
        });
        let histograms = plan.bounds.iter().flat_map(|bounds| {
            functions().map(|(_, position)| {
                let mut histograms = Histograms::new(bounds.clone());
                for part in &self.parts {
                    let tally = &part.tallies[*position];
                    (0..part.len())
                        .filter_map(|group| tally.distribution(group))
                        .for_each(|distribution| histograms.push(distribution));
                }
                histograms
            })
        });
        Rows {
            groups: (0..plan.groups.len()).map(group).collect(),
            values: values.collect(),
            histograms: histograms.collect(),
        }
    }
}

/// Whether every group is greater than the one before it, as where accounts are grouped by and come in their order.
fn are_ascending(parts: &[Groups]) -> bool {
    let mut filled = parts.iter().filter(|part| part.len() > 0);
    let within = |part: &Groups| (1..part.len()).all(|group| is_less(part, group - 1, part, group));
    let Some(mut last) = filled.next() else { return true };
    within(last)
        && filled.all(|part| {
            let before = std::mem::replace(&mut last, part);
            is_less(before, before.len() - 1, part, 0) && within(part)
        })
}

fn is_less(a: &Groups, group: usize, b: &Groups, other: usize) -> bool {
    let mut unequal = a.values.iter().zip(&b.values).map(|(a, b)| (a[group], b[other])).filter(|(a, b)| a != b);
    unequal.next().is_some_and(|(a, b)| a < b)
}

/// The groups in the order of their values, equal ones in the order in which they came.
fn order(columns: &[Vec<u32>], len: usize, values: usize) -> Vec<u32> {
    let groups = (0..u32::try_from(len).expect("there are fewer than four billion groups")).collect::<Vec<u32>>();
    let bits = usize::BITS - values.leading_zeros();
    let width = usize::try_from(bits).expect("a few dozen") * columns.len();
    match width {
        0..=64 => by_key(&groups, |group| {
            columns.iter().fold(0_u64, |key, column| key << bits | u64::from(column[group as usize]))
        }),
        65..=128 => by_key(&groups, |group| {
            columns.iter().fold(0_u128, |key, column| key << bits | u128::from(column[group as usize]))
        }),
        _ => {
            let mut groups = groups;
            groups.sort_by(|a, b| {
                let unequal = columns.iter().map(|column| column[*a as usize].cmp(&column[*b as usize]));
                unequal.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
            });
            groups
        }
    }
}

fn by_key<K: Ord + Copy>(groups: &[u32], key: impl Fn(u32) -> K) -> Vec<u32> {
    let mut keyed: Vec<(K, u32)> = groups.iter().map(|group| (key(*group), *group)).collect();
    // The groups come in runs that are sorted already, which a stable sort is made for.
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, group)| group).collect()
}
