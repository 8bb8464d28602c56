//! Characters of few kinds, packed to a few bits each.

#![expect(clippy::cast_possible_truncation, reason = "codes have at most six bits")]

use super::{cursor::Cursor, sink::Sink};

/// The characters that occur, at most 64 and all ASCII; one is stored as its position among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alphabet<'a> {
    characters: &'a [u8],
    bits: usize,
}

impl<'a> Alphabet<'a> {
    pub(super) const MAX: usize = 64;

    pub(super) fn parse(cursor: &mut Cursor<'a>) -> Option<Self> {
        let characters = cursor.string()?;
        let fits = !characters.is_empty() && characters.len() <= Self::MAX && characters.is_ascii();
        fits.then(|| Self { characters, bits: bits(characters.len()) })
    }

    /// The bytes that this many characters take.
    pub(super) fn bytes(&self, characters: usize) -> Option<usize> {
        Some(characters.checked_mul(self.bits)?.div_ceil(8))
    }

    /// Calls `each` with `len` characters from the one at `start` on, or with those of them that are there.
    pub(super) fn unpack(&self, data: &[u8], start: usize, len: usize, mut each: impl FnMut(u8)) {
        let mut bit = start.saturating_mul(self.bits);
        let mut left = len;
        let mask = (1u64 << self.bits) - 1;
        while left > 0 {
            let Some(rest @ [_, ..]) = data.get(bit / 8..) else { return };
            let mut word = load(rest) >> (bit % 8);
            let count = left.min((64 - bit % 8) / self.bits);
            for _ in 0..count {
                each(self.characters.get((word & mask) as usize).copied().unwrap_or(b'?'));
                word >>= self.bits;
            }
            bit += count * self.bits;
            left -= count;
        }
    }
}

/// Eight bytes, or as many as are left.
fn load(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        return u64::from_le_bytes(*first);
    }
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

fn bits(characters: usize) -> usize {
    characters.next_power_of_two().trailing_zeros().max(1) as usize
}

/// The set of characters of some text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Characters {
    ascii: u128,
    /// Whether something else than ASCII occurs.
    beyond: bool,
}

impl Characters {
    pub(super) fn add(&mut self, byte: u8) {
        if byte < 0x80 {
            self.ascii |= 1 << byte;
        } else {
            self.beyond = true;
        }
    }

    /// The bits of one character; none where they cannot be packed.
    pub(super) fn bits(&self) -> Option<usize> {
        let count = self.ascii.count_ones() as usize;
        (!self.beyond && (1..=Alphabet::MAX).contains(&count)).then(|| bits(count))
    }

    /// The bytes of the alphabet itself.
    pub(super) fn size(&self) -> usize {
        1 + self.ascii.count_ones() as usize
    }

    /// Writes the alphabet, and what encodes text with it.
    pub(super) fn write(&self, sink: &mut Sink) -> Packer {
        let characters: Vec<u8> = (0..0x80).filter(|byte| self.ascii >> byte & 1 == 1).collect();
        sink.string(&characters);
        let mut codes = [0; 0x80];
        for (code, character) in characters.iter().enumerate() {
            codes[*character as usize] = code as u8;
        }
        Packer { codes, bits: bits(characters.len()), word: 0, filled: 0 }
    }
}

impl Characters {
    /// Writes the alphabet and then the packed text, which has `total` characters.
    pub(super) fn write_all<'t>(&self, texts: impl Iterator<Item = &'t str>, total: usize, sink: &mut Sink) {
        let mut packer = self.write(sink);
        sink.count((total * packer.bits).div_ceil(8));
        for text in texts {
            text.bytes().for_each(|byte| packer.push(byte, sink));
        }
        packer.finish(sink);
    }
}

/// Packs characters one after the other.
#[derive(Debug)]
pub(super) struct Packer {
    codes: [u8; 0x80],
    bits: usize,
    word: u64,
    filled: usize,
}

impl Packer {
    pub(super) fn push(&mut self, character: u8, sink: &mut Sink) {
        self.word |= u64::from(self.codes[usize::from(character)]) << self.filled;
        self.filled += self.bits;
        while self.filled >= 8 {
            sink.u8(self.word as u8);
            self.word >>= 8;
            self.filled -= 8;
        }
    }

    pub(super) fn finish(self, sink: &mut Sink) {
        if self.filled > 0 {
            sink.u8(self.word as u8);
        }
    }
}
