//! Which rows have a value: only those are stored.

use super::{
    cursor::Cursor,
    ints::{self, Ints},
    sink::Sink,
};

/// Finds the value of a row among those that are stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Present<'a> {
    /// Every row has one.
    All,
    /// A bit for each row, and for every eighth word how many rows before it have one.
    Bits { words: &'a [u64], ranks: &'a [u32] },
    /// The rows that have one, where they are few.
    Rows { rows: Ints<'a>, len: usize },
}

/// Words of bits between two ranks.
const STRIDE: usize = 8;

/// How a block says which rows are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    All = 0,
    Bits = 1,
    Rows = 2,
}

impl Mode {
    pub(super) fn of(code: u8) -> Option<Self> {
        [Self::All, Self::Bits, Self::Rows].into_iter().find(|mode| *mode as u8 == code)
    }
}

impl<'a> Present<'a> {
    /// With how many rows have a value.
    pub(super) fn parse(mode: Mode, cursor: &mut Cursor<'a>, rows: usize) -> Option<(Self, usize)> {
        match mode {
            Mode::All => Some((Self::All, rows)),
            Mode::Bits => {
                let len = cursor.count().filter(|len| *len <= rows)?;
                let words = rows.div_ceil(64);
                let (words, ranks) = (cursor.slice(words)?, cursor.slice(words.div_ceil(STRIDE))?);
                Some((Self::Bits { words, ranks }, len))
            }
            Mode::Rows => {
                let len = cursor.count().filter(|len| *len <= rows)?;
                Some((Self::Rows { rows: Ints::parse(cursor, len)?, len }, len))
            }
        }
    }

    /// The position of a row's value; none where it has none.
    pub(super) fn position(&self, row: usize) -> Option<usize> {
        match self {
            Self::All => Some(row),
            Self::Bits { words, ranks } => {
                let (word, bit) = (row / 64, row % 64);
                if words[word] >> bit & 1 == 0 {
                    return None;
                }
                let whole = words[word / STRIDE * STRIDE..word].iter().map(|word| word.count_ones()).sum::<u32>();
                let part = (words[word] & ((1 << bit) - 1)).count_ones();
                Some((ranks[word / STRIDE] + whole + part) as usize)
            }
            Self::Rows { rows, len } => {
                let (mut low, mut high) = (0, *len);
                let row = i64::try_from(row).ok()?;
                while low < high {
                    let middle = low.midpoint(high);
                    if rows.get(middle) < row { low = middle + 1 } else { high = middle }
                }
                (low < *len && rows.get(low) == row).then_some(low)
            }
        }
    }

    /// Calls `each` with every row that has a value, in order.
    pub(super) fn each(&self, rows: usize, mut each: impl FnMut(usize)) {
        match self {
            Self::All => (0..rows).for_each(each),
            Self::Bits { words, .. } => {
                for (position, word) in words.iter().enumerate() {
                    let mut word = *word;
                    while word != 0 {
                        each(position * 64 + word.trailing_zeros() as usize);
                        word &= word - 1;
                    }
                }
            }
            Self::Rows { rows, len } => rows.each(*len, |row| each(usize::try_from(row).unwrap_or(usize::MAX))),
        }
    }
}

/// Says that `present` of `rows` have a value; the mode goes into the block's tag.
pub(super) fn write(present: &[u32], rows: usize, mode: Mode, sink: &mut Sink) {
    match mode {
        Mode::All => {}
        Mode::Bits => {
            sink.count(present.len());
            let mut words = vec![0u64; rows.div_ceil(64)];
            for row in present {
                words[*row as usize / 64] |= 1 << (row % 64);
            }
            let mut rank = 0;
            let ranks = words.chunks(STRIDE).map(|chunk| {
                let before = rank;
                rank += chunk.iter().map(|word| word.count_ones()).sum::<u32>();
                before
            });
            let ranks: Vec<_> = ranks.collect();
            sink.slice(&words);
            sink.slice(&ranks);
        }
        Mode::Rows => {
            sink.count(present.len());
            ints::write(&present.iter().map(|row| i64::from(*row)).collect::<Vec<_>>(), sink);
        }
    }
}

/// The smallest mode.
pub(super) fn mode(present: usize, rows: usize) -> Mode {
    let width = match rows {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    };
    if present == rows {
        Mode::All
    } else if present * width < rows / 8 {
        Mode::Rows
    } else {
        Mode::Bits
    }
}
