//! Dictionaries: the distinct cells of a column.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::{block::ZEROS_MAX, scalar::Scalar, sink::Sink};

/// Sorted distinct cells, and which of them each row has.
#[derive(Debug)]
pub(super) struct Dictionary<'a> {
    pub(super) codes: Vec<u32>,
    pub(super) entries: Vec<Scalar<'a>>,
}

const FREE: u32 = u32::MAX;

impl<'a> Dictionary<'a> {
    /// The dictionary of some cells; none where more than `limit` are distinct.
    pub(super) fn of(cells: &[Scalar<'a>], limit: usize) -> Option<Self> {
        let limit = limit.min(cells.len());
        let mut slots = vec![FREE; (2 * limit + 2).next_power_of_two()];
        let mask = slots.len() - 1;
        let mut entries: Vec<Scalar<'a>> = Vec::new();
        let mut codes = Vec::with_capacity(cells.len());
        for cell in cells {
            let mut slot = hash(cell) & mask;
            let code = loop {
                match slots[slot] {
                    FREE => {
                        if entries.len() == limit {
                            return None;
                        }
                        let code = u32::try_from(entries.len()).expect("a table has fewer than 2^32 rows");
                        slots[slot] = code;
                        entries.push(*cell);
                        break code;
                    }
                    code if same(&entries[code as usize], cell) => break code,
                    _ => slot = (slot + 1) & mask,
                }
            };
            codes.push(code);
        }
        let mut order: Vec<u32> = (0..).take(entries.len()).collect();
        order.sort_unstable_by(|a, b| entries[*a as usize].order(&entries[*b as usize]));
        let mut rank = vec![0; order.len()];
        (0..).zip(&order).for_each(|(code, old)| rank[*old as usize] = code);
        for code in &mut codes {
            *code = rank[*code as usize];
        }
        Some(Self { codes, entries: order.iter().map(|old| entries[*old as usize]).collect() })
    }

    /// Writes everything but the entries; those that are to follow.
    pub(super) fn write(&self, sink: &mut Sink) -> &[Scalar<'a>] {
        let null = self.entries.first().is_some_and(Scalar::is_null);
        let entries = &self.entries[usize::from(null)..];
        let width = match self.entries.len() {
            0..=1 if self.codes.len() <= ZEROS_MAX => 0,
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        sink.u8(null.into());
        sink.u8(width);
        sink.count(entries.len());
        #[expect(clippy::cast_possible_truncation, reason = "the width is that of the number of entries")]
        match width {
            0 => {}
            1 => sink.slice(&self.codes.iter().map(|code| *code as u8).collect::<Vec<_>>()),
            2 => sink.slice(&self.codes.iter().map(|code| *code as u16).collect::<Vec<_>>()),
            _ => sink.slice(&self.codes),
        }
        entries
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only its lower bits are used")]
fn hash(cell: &Scalar<'_>) -> usize {
    let mut hasher = FxHasher::default();
    match cell {
        Scalar::Null => {}
        Scalar::Bool(bool) => hasher.write_u8(1 + u8::from(*bool)),
        Scalar::Int(number) => hasher.write_i64(*number),
        Scalar::Float(number) => hasher.write_u64(number.to_bits()),
        Scalar::Time(time) => hasher.write_i64(time.as_second()),
        Scalar::Text(text) | Scalar::Json(text) => hasher.write(text.as_bytes()),
    }
    let hash = hasher.finish();
    // The lower bits choose the slot, and the higher ones are the better mixed.
    (hash ^ (hash >> 32)) as usize
}

fn same(a: &Scalar<'_>, b: &Scalar<'_>) -> bool {
    match (a, b) {
        (Scalar::Text(a), Scalar::Text(b)) => a == b,
        _ => a.order(b).is_eq(),
    }
}
