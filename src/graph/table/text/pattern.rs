//! Patterns: texts of one length that differ only in some places.

use crate::graph::table::{
    alphabet::{Alphabet, Characters},
    cursor::Cursor,
    sink::Sink,
};

/// `vol-0123456789abcdef`: what is the same in all texts once, the other places packed.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::table) struct Pattern<'a> {
    template: &'a [u8],
    /// A bit for each byte of the template that differs.
    places: &'a [u8],
    /// How many differ.
    width: usize,
    alphabet: Alphabet<'a>,
    data: &'a [u8],
}

impl<'a> Pattern<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>, len: usize) -> Option<Self> {
        let template = cursor.string()?;
        let places = cursor.take(template.len().div_ceil(8))?;
        let width = places.iter().map(|places| places.count_ones() as usize).sum();
        let alphabet = Alphabet::parse(cursor)?;
        let data = cursor.take(alphabet.bytes(len.checked_mul(width)?)?)?;
        Some(Self { template, places, width, alphabet, data })
    }

    pub(super) fn append(&self, position: usize, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.template);
        let text = &mut out[start..];
        let mut word = 0;
        let mut bits = 0u8;
        let mut next = || {
            while bits == 0 {
                bits = *self.places.get(word)?;
                word += 1;
            }
            let place = (word - 1) * 8 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            Some(place)
        };
        self.alphabet.unpack(self.data, position * self.width, self.width, |character| {
            if let Some(byte) = next().and_then(|place| text.get_mut(place)) {
                *byte = character;
            }
        });
    }
}

/// How to write a pattern.
#[derive(Debug)]
pub(super) struct PatternPlan<'a> {
    template: &'a [u8],
    places: Vec<usize>,
    characters: Characters,
    len: usize,
}

impl<'a> PatternPlan<'a> {
    /// None where the texts differ in length, or in places with more than ASCII or too many characters.
    pub(super) fn of(texts: &[&'a str]) -> Option<Self> {
        let template = texts.first()?.as_bytes();
        if texts.iter().any(|text| text.len() != template.len()) {
            return None;
        }
        let mut differs = vec![false; template.len()];
        for text in texts {
            for ((differs, a), b) in differs.iter_mut().zip(template).zip(text.as_bytes()) {
                *differs |= a != b;
            }
        }
        let places: Vec<usize> = (0..template.len()).filter(|place| differs[*place]).collect();
        let mut characters = Characters::default();
        for text in texts {
            for place in &places {
                characters.add(text.as_bytes()[*place]);
            }
        }
        characters.bits()?;
        Some(Self { template, places, characters, len: texts.len() })
    }

    pub(super) fn size(&self) -> usize {
        let bits = self.characters.bits().expect("checked when the plan was made");
        2 + self.template.len() * 9 / 8 + self.characters.size() + (self.len * self.places.len() * bits).div_ceil(8)
    }

    pub(super) fn write(&self, texts: &[&str], sink: &mut Sink) {
        sink.string(self.template);
        let mut places = vec![0u8; self.template.len().div_ceil(8)];
        for place in &self.places {
            places[place / 8] |= 1 << (place % 8);
        }
        sink.extend(&places);
        let mut packer = self.characters.write(sink);
        for text in texts {
            for place in &self.places {
                packer.push(text.as_bytes()[*place], sink);
            }
        }
        packer.finish(sink);
    }
}
