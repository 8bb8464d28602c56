//! Link drafts: the links of a table while rows arrive.

use std::collections::BTreeSet;

use super::{
    LinkShape,
    draft::{Arena, Span},
    encode::{self, Allow},
    ends::EndsPlan,
    ints,
    links::{MANY, ONE},
    scalar::Scalar,
    sink::Sink,
    text::Base,
};
use crate::model::Link;

/// Links by shape, in order of pushing.
#[derive(Debug, Default)]
pub(super) struct LinkDrafts {
    shapes: Vec<LinkShape>,
    /// For each shape the rows and values.
    values: Vec<Vec<(u32, Span)>>,
    /// The shapes that came directly one after the other in some row.
    follows: BTreeSet<(u32, u32)>,
    /// For each link its row and shape.
    sequence: Vec<(u32, u32)>,
}

impl LinkDrafts {
    pub(super) fn push(&mut self, row: u32, link: &Link, arena: &mut Arena) {
        let known = self.guess(row, |shape| shape.fits(link));
        let code = known.unwrap_or_else(|| self.add(LinkShape::of(link)));
        self.add_value(row, code, arena.add(&link.other.value));
    }

    pub(super) fn push_value(&mut self, row: u32, shape: &LinkShape, value: &str, arena: &mut Arena) {
        let known = self.guess(row, |known| known == shape);
        let code = known.unwrap_or_else(|| self.add(shape.clone()));
        self.add_value(row, code, arena.add(value));
    }

    fn guess(&self, _row: u32, fits: impl Fn(&LinkShape) -> bool) -> Option<u32> {
        self.shapes.iter().position(fits).map(|code| u32::try_from(code).expect("shapes are counted with u32"))
    }

    fn add(&mut self, shape: LinkShape) -> u32 {
        self.shapes.push(shape);
        self.values.push(Vec::new());
        u32::try_from(self.shapes.len() - 1).expect("shapes are counted with u32")
    }

    fn add_value(&mut self, row: u32, code: u32, value: Span) {
        if let Some((last_row, last)) = self.sequence.last()
            && *last_row == row
            && *last != code
        {
            self.follows.insert((*last, code));
        }
        self.sequence.push((row, code));
        self.values[code as usize].push((row, value));
    }

    /// The shapes in an order that every row keeps, and whether there is one; their old codes.
    fn order(&self) -> (Vec<u32>, bool) {
        let mut left: BTreeSet<u32> = (0..).take(self.shapes.len()).collect();
        let mut order = Vec::new();
        while !left.is_empty() {
            let free =
                |code: &&u32| !self.follows.iter().any(|(before, after)| after == *code && left.contains(before));
            let next = left.iter().filter(free).min_by_key(|code| &self.shapes[**code as usize]);
            let Some(next) = next.copied() else {
                let mut order: Vec<u32> = (0..).take(self.shapes.len()).collect();
                order.sort_unstable_by_key(|code| &self.shapes[*code as usize]);
                return (order, false);
            };
            left.remove(&next);
            order.push(next);
        }
        (order, true)
    }
}

/// Links as they are written: shapes in their final order.
#[derive(Debug)]
pub(super) struct OrderedLinks<'a> {
    pub(super) shapes: Box<[LinkShape]>,
    columns: Vec<Vec<(u32, &'a str)>>,
    /// For each link its row and shape, where rows keep no common order.
    sequence: Option<Vec<(u32, u32)>>,
}

impl LinkDrafts {
    /// Brings links into the final order of rows; `rank` is where each pushed row goes.
    pub(super) fn finish<'a>(&self, rank: &[u32], arena: &'a Arena) -> OrderedLinks<'a> {
        let (order, kept) = self.order();
        let shapes = order.iter().map(|code| self.shapes[*code as usize].clone()).collect();
        let columns = order.iter().map(|code| {
            let values = self.values[*code as usize].iter();
            let mut values: Vec<_> = values.map(|(row, span)| (rank[*row as usize], arena.text(*span))).collect();
            values.sort_by_key(|(row, _)| *row);
            values
        });
        let sequence = (!kept).then(|| {
            let mut new = vec![0; order.len()];
            (0..).zip(&order).for_each(|(code, old)| new[*old as usize] = code);
            let renamed = self.sequence.iter().map(|(row, code)| (rank[*row as usize], new[*code as usize]));
            let mut sequence: Vec<_> = renamed.collect();
            sequence.sort_by_key(|(row, _)| *row);
            sequence
        });
        OrderedLinks { shapes, columns: columns.collect(), sequence }
    }
}

impl OrderedLinks<'_> {
    /// Writes the values of one shape.
    pub(super) fn write(&self, shape: usize, rows: usize, bases: &[Base<'_>], sink: &mut Sink) {
        let values = &self.columns[shape];
        if values.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            let mut cells = vec![Scalar::Null; rows];
            for (row, value) in values {
                cells[*row as usize] = Scalar::Text(value);
            }
            sink.u8(ONE);
            encode::write(&cells, bases, Allow::COLUMN, sink);
        } else {
            sink.u8(MANY);
            sink.count(values.len());
            lengths(values.iter().map(|(row, _)| *row), rows).write(sink);
            let cells: Vec<_> = values.iter().map(|(_, value)| Scalar::Text(value)).collect();
            encode::write(&cells, &[], Allow::COLUMN, sink);
        }
    }

    /// Writes the order of the shapes in each row; where, if that is needed.
    pub(super) fn write_order(&self, rows: usize, sink: &mut Sink) -> Option<u32> {
        let sequence = self.sequence.as_ref()?;
        let at = sink.at();
        sink.count(sequence.len());
        lengths(sequence.iter().map(|(row, _)| *row), rows).write(sink);
        ints::write(&sequence.iter().map(|(_, code)| i64::from(*code)).collect::<Vec<_>>(), sink);
        Some(at)
    }

    /// The first row that has a link of this shape, with the value; and all of them.
    pub(super) fn values(&self, shape: usize) -> &[(u32, &str)] {
        &self.columns[shape]
    }
}

/// Where the links of each row end.
fn lengths(links: impl Iterator<Item = u32>, rows: usize) -> EndsPlan {
    let mut lengths = vec![0; rows];
    links.for_each(|row| lengths[row as usize] += 1);
    EndsPlan::of(lengths.iter().copied())
}
