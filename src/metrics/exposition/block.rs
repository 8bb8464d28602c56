//! Blocks: the pieces that an exposition is rendered, compressed and served in.
//!
//! Where one ends depends on the families and their labels alone, and hardly on what stands before: when an account
//! changes, the blocks before it and soon behind it have the text that they had.

use std::{ops::Range, sync::Arc};

use super::{
    Family, Format,
    header::{encode_header, is_the_same_everywhere},
    lines::encode_lines,
};

/// About the least that a block holds where more follows in the same family.
const BLOCK_BYTES: usize = 128 * 1024;
/// What a label value and a number are assumed to take, and a header.
const VALUE_BYTES: usize = 12;
const HEADER_BYTES: usize = 256;
/// So many labels at the front, the cloud and the account as a rule, change where a block ends.
const LEADING: usize = 2;

/// A piece of an exposition, which begins with a family or within one.
#[derive(Clone, Debug, Default)]
pub struct Block<'e> {
    pieces: Vec<Piece<'e>>,
    /// About how many bytes its text takes.
    bytes: usize,
}

/// The header of a family or some of its samples.
#[derive(Clone, Debug)]
struct Piece<'e> {
    family: &'e Family,
    header: bool,
    rows: Range<usize>,
}

impl Block<'_> {
    /// Writes the text.
    pub fn encode(&self, format: Format, text: &mut Vec<u8>) {
        text.reserve(self.bytes);
        for Piece { family, header, rows } in &self.pieces {
            if *header {
                encode_header(text, family, format);
            }
            encode_lines(text, family, rows.clone());
        }
    }

    /// Whether the text is the same in all formats.
    pub fn is_the_same_everywhere(&self) -> bool {
        self.pieces.iter().all(|piece| !piece.header || is_the_same_everywhere(piece.family))
    }
}

/// Cuts families into blocks, all of them together being the exposition.
///
/// Small families share blocks. The samples of a large one are in blocks of their own.
pub(super) fn blocks(families: &[Arc<Family>]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut shared = Block::default();
    for family in families {
        let (rows, row_bytes) = (family.samples().len(), row_bytes(family));
        if shared.bytes >= BLOCK_BYTES {
            blocks.push(std::mem::take(&mut shared));
        }
        let is_small = rows * row_bytes <= BLOCK_BYTES;
        shared.pieces.push(Piece { family, header: true, rows: 0..if is_small { rows } else { 0 } });
        shared.bytes += HEADER_BYTES;
        if is_small {
            shared.bytes += rows * row_bytes;
            continue;
        }
        blocks.push(std::mem::take(&mut shared));
        let mut start = 0;
        while start < rows {
            let end = end(family, start, (BLOCK_BYTES / row_bytes).max(1));
            let piece = Piece { family, header: false, rows: start..end };
            blocks.push(Block { pieces: vec![piece], bytes: (end - start) * row_bytes });
            start = end;
        }
    }
    if !shared.pieces.is_empty() {
        blocks.push(shared);
    }
    blocks
}

/// About how many bytes a sample takes; the same whatever the samples are, so that ends stay where they are.
fn row_bytes(family: &Family) -> usize {
    let labels: usize = family.label_names().iter().map(|name| name.len() + 4 + VALUE_BYTES).sum();
    (family.name().len() + labels + VALUE_BYTES) * family.samples().values().series_per_row()
}

/// Where the block that starts at a row ends, `unit` rows later at the earliest.
///
/// Rows are chosen by what their labels are, so that blocks soon end where they did although one before them grew: a
/// quarter of the accounts may begin a block, then single samples within a large account, and when a block has become
/// large all accounts; it never has more than eight units.
fn end(family: &Family, start: usize, unit: usize) -> usize {
    let labels = family.samples().labels();
    let leading = &labels.columns()[..labels.columns().len().min(LEADING)];
    let last = labels.len().min(start + 8 * unit);
    let begins = |row: &usize| {
        let size = row - start;
        let changes = leading.iter().any(|column| column[*row] != column[*row - 1]);
        if changes {
            size >= 4 * unit || hash(family, *row, leading.len()).is_multiple_of(4)
        } else {
            size >= 2 * unit && hash(family, *row, labels.columns().len()).is_multiple_of(256)
        }
    };
    (start + unit..last).find(begins).unwrap_or(last)
}

/// A hash of a sample's first labels (FNV-1a, which is the same everywhere and forever).
fn hash(family: &Family, row: usize, labels: usize) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for text in family.samples().get(row).labels().take(labels) {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    // The low bits alone are weak.
    hash ^ (hash >> 15)
}
