//! Collating: the groups of all tables become sorted rows over one pool.

use std::{cmp::Ordering, ops::Range};

use crate::search::{
    aggregate::AggregatePlan,
    limits::{Exhausted, Limits},
    rows::{Histograms, Rows},
};

use super::{
    pass::{Groups, Unit},
    tally::Tally,
};

/// The groups of one unit that came from one interner, and the rank of each of its ids.
#[derive(Debug)]
pub(super) struct Part<'r> {
    pub(super) groups: Groups,
    pub(super) ranks: &'r [u32],
}

/// The rows of one unit: its groups, each once and in order.
#[derive(Debug)]
pub(super) struct Collated<'r> {
    parts: Vec<Part<'r>>,
    /// What is merged of several tables, with ranks for ids.
    merged: Vec<Groups>,
    /// Groups that follow each other, and where they are.
    runs: Vec<(Source, Range<usize>)>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Part(usize),
    Merged(usize),
}

/// The groups of one table.
#[derive(Clone, Debug)]
struct Span {
    part: usize,
    groups: Range<usize>,
    least: usize,
    greatest: usize,
    /// Whether each group is greater than the one before it.
    ordered: bool,
}

impl Part<'_> {
    fn rank(&self, column: usize, group: usize) -> u32 {
        self.ranks[self.groups.values[column][group] as usize]
    }

    /// How a group stands to one of the same or another part.
    fn compare(&self, group: usize, other: &Self, other_group: usize) -> Ordering {
        let columns = 0..self.groups.values.len();
        let mut orderings = columns.map(|column| self.rank(column, group).cmp(&other.rank(column, other_group)));
        orderings.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The spans that have groups.
    fn spans(&self, part: usize) -> impl Iterator<Item = Span> {
        let mut start = 0;
        self.groups.segments.iter().filter_map(move |segment| {
            let groups = std::mem::replace(&mut start, segment.end)..segment.end;
            if groups.is_empty() {
                return None;
            }
            let compare = |a: &usize, b: &usize| self.compare(*a, self, *b);
            let ordered = segment.ordered || groups.clone().is_sorted_by(|a, b| compare(a, b).is_lt());
            let (least, greatest) = if ordered {
                (groups.start, groups.end - 1)
            } else {
                (groups.clone().min_by(compare)?, groups.clone().max_by(compare)?)
            };
            Some(Span { part, groups, least, greatest, ordered })
        })
    }
}

impl<'r> Collated<'r> {
    /// Sorts the groups by their values and puts equal ones together; `values` is how many ranks there are.
    ///
    /// The groups of a table mostly are in order, and those of different accounts different, so that the tables only have
    /// to be put in order; where some overlap, these alone are merged. Parts come in the order of their tables, which is
    /// the order in which equal groups are added up.
    pub(super) fn new(
        parts: Vec<Part<'r>>,
        unit: &Unit,
        plans: &[&AggregatePlan],
        values: usize,
        limits: Limits,
    ) -> Result<Self, Exhausted> {
        let mut collated = Self { parts, merged: Vec::new(), runs: Vec::new() };
        let mut spans: Vec<Span> =
            collated.parts.iter().enumerate().flat_map(|(number, part)| part.spans(number)).collect();
        spans.sort_by(|a, b| collated.parts[a.part].compare(a.least, &collated.parts[b.part], b.least));
        let mut rest = spans.as_mut_slice();
        while !rest.is_empty() {
            let (cluster, others) = rest.split_at_mut(collated.cluster(rest));
            rest = others;
            collated.runs.push(match cluster {
                [Span { part, groups, ordered: true, .. }] => (Source::Part(*part), groups.clone()),
                cluster => {
                    cluster.sort_by_key(|span| (span.part, span.groups.start));
                    let merged = collated.merge(cluster, unit, plans, values);
                    let run = (Source::Merged(collated.merged.len()), 0..merged.len());
                    collated.merged.push(merged);
                    run
                }
            });
        }
        if collated.runs.is_empty() && plans[unit.plan].groups.is_empty() {
            // Without groups there is one row, even of nothing.
            let mut nothing = Groups::new(unit, plans);
            nothing.counts.push(0);
            for (tally, &(plan, _, _)) in nothing.tallies.iter_mut().zip(&unit.functions) {
                tally.grow(1, plans[plan].bounds.as_ref());
            }
            collated.merged.push(nothing);
            collated.runs.push((Source::Merged(0), 0..1));
        }
        if collated.len() > limits.groups {
            return Err(Exhausted::Groups(limits.groups));
        }
        Ok(collated)
    }

    fn len(&self) -> usize {
        self.runs.iter().map(|(_, groups)| groups.len()).sum()
    }

    /// How many of the spans, which are in order of their least groups, stand before the first one whose groups are all
    /// greater than all of theirs.
    fn cluster(&self, spans: &[Span]) -> usize {
        let greatest = |span: &Span| (&self.parts[span.part], span.greatest);
        let mut last = greatest(&spans[0]);
        let ends = spans[1..].iter().position(|span| {
            let ((part, group), next) = (last, &self.parts[span.part]);
            if part.compare(group, next, span.least).is_lt() {
                return true;
            }
            if part.compare(group, next, span.greatest).is_lt() {
                last = greatest(span);
            }
            false
        });
        ends.map_or(spans.len(), |position| position + 1)
    }

    /// Merges spans, which are in the order of their tables.
    fn merge(&self, spans: &[Span], unit: &Unit, plans: &[&AggregatePlan], values: usize) -> Groups {
        let mut all = Groups::new(unit, plans);
        for Span { part, groups, .. } in spans {
            let Part { groups: part, ranks } = &self.parts[*part];
            all.counts.extend_from_slice(&part.counts[groups.clone()]);
            for (own, ids) in all.values.iter_mut().zip(&part.values) {
                own.extend(ids[groups.clone()].iter().map(|id| ranks[*id as usize]));
            }
            all.tallies.iter_mut().zip(&part.tallies).for_each(|(own, part)| own.append(part, groups.clone()));
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
        let sorted = |column: &Vec<u32>| kept.iter().map(|group| column[*group as usize]).collect();
        let tallies = all.tallies.iter().zip(&unit.functions).map(|(tally, &(plan, function, _))| {
            let mut sorted = Tally::new(&plans[plan].functions[function], plans[plan].bounds.as_ref());
            sorted.append(tally, kept.iter().map(|group| *group as usize));
            sorted
        });
        Groups {
            tallies: tallies.collect(),
            counts: kept.iter().map(|group| all.counts[*group as usize]).collect(),
            values: all.values.iter().map(sorted).collect(),
            segments: Vec::new(),
        }
    }

    /// The groups of every run, in order.
    fn each(&self) -> impl Iterator<Item = (&Groups, Range<usize>)> {
        self.runs.iter().map(|(source, groups)| match source {
            Source::Part(part) => (&self.parts[*part].groups, groups.clone()),
            Source::Merged(merged) => (&self.merged[*merged], groups.clone()),
        })
    }

    /// The rows of one of the plans, whose functions stand at these positions of the unit.
    pub(super) fn rows(&self, plan: &AggregatePlan, positions: &[usize]) -> Rows {
        let len = self.len();
        let group = |number: usize| {
            let mut column = Vec::with_capacity(len);
            for (source, groups) in &self.runs {
                match source {
                    Source::Part(part) => {
                        let Part { groups: part, ranks } = &self.parts[*part];
                        column.extend(part.values[number][groups.clone()].iter().map(|id| ranks[*id as usize]));
                    }
                    Source::Merged(merged) => {
                        column.extend_from_slice(&self.merged[*merged].values[number][groups.clone()]);
                    }
                }
            }
            column
        };
        let functions = || plan.functions.iter().zip(positions);
        let values = functions().map(|(function, position)| {
            let mut values = Vec::with_capacity(len);
            for (part, groups) in self.each() {
                part.tallies[*position].values(groups, &part.counts, function.kind, &mut values);
            }
            values
        });
        let histograms = plan.bounds.iter().flat_map(|bounds| {
            functions().map(|(_, position)| {
                let mut histograms = Histograms::new(bounds.clone());
                for (part, groups) in self.each() {
                    let tally = &part.tallies[*position];
                    groups
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
                unequal.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
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
