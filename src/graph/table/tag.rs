//! Tags: the first byte of each block.

use super::present::Mode;

/// What a block holds, in the lower bits of its first byte; the higher ones are the mode of presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Coded = 0,
    Bools = 1,
    Ints = 2,
    Floats = 3,
    Decimals = 4,
    Numbers = 5,
    Seconds = 6,
    Nanoseconds = 7,
    Text = 8,
    Json = 9,
    Mixed = 10,
}

impl Tag {
    const ALL: [Self; 11] = [
        Self::Coded,
        Self::Bools,
        Self::Ints,
        Self::Floats,
        Self::Decimals,
        Self::Numbers,
        Self::Seconds,
        Self::Nanoseconds,
        Self::Text,
        Self::Json,
        Self::Mixed,
    ];
    const BITS: u8 = 4;

    pub(super) fn with(self, mode: Mode) -> u8 {
        (mode as u8) << Self::BITS | self as u8
    }

    pub(super) fn of(byte: u8) -> Option<(Self, Mode)> {
        let tag = *Self::ALL.get(usize::from(byte & ((1 << Self::BITS) - 1)))?;
        Some((tag, Mode::of(byte >> Self::BITS)?))
    }
}
