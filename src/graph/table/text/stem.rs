//! Stems: how all texts of a column begin and end.

use crate::graph::table::{cursor::Cursor, sink::Sink};

/// What comes before and after the part that differs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stem<'a> {
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
}

impl<'a> Stem<'a> {
    pub(super) fn parse(cursor: &mut Cursor<'a>) -> Option<Self> {
        Some(Self { before: cursor.string()?, after: cursor.string()? })
    }

    pub(super) fn write(&self, sink: &mut Sink) {
        sink.string(self.before);
        sink.string(self.after);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// The longest stem that the texts have in common, at the borders of characters.
    ///
    /// A text that is the only one has no stem: nothing tells its parts apart.
    pub(super) fn of(texts: &[&'a str]) -> Self {
        let [first, others @ ..] = texts else { return Self::default() };
        let (mut before, mut after) = (first.len(), first.len());
        for text in others {
            let (first, text) = (first.as_bytes(), text.as_bytes());
            let rest = before.min(text.len());
            before = first[..rest].iter().zip(&text[..rest]).take_while(|(a, b)| a == b).count();
            let rest = after.min(text.len());
            let tails = first[first.len() - rest..].iter().rev().zip(text[text.len() - rest..].iter().rev());
            after = tails.take_while(|(a, b)| a == b).count();
            if before == 0 && after == 0 {
                return Self::default();
            }
        }
        if others.is_empty() {
            return Self::default();
        }
        let shortest = texts.iter().map(|text| text.len()).min().unwrap_or(0);
        before = (0..=before).rev().find(|at| first.is_char_boundary(*at)).unwrap_or(0);
        after = after.min(shortest - before);
        after = (0..=after).rev().find(|at| first.is_char_boundary(first.len() - at)).unwrap_or(0);
        Self { before: &first.as_bytes()[..before], after: &first.as_bytes()[first.len() - after..] }
    }

    /// The stem without the digits at its inner ends, so that numbers stay whole.
    pub(super) fn without_digits(&self) -> Self {
        let digits = self.before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let before = &self.before[..self.before.len() - digits];
        let digits = self.after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        Self { before, after: &self.after[digits..] }
    }

    /// The part of a text that differs.
    pub(super) fn middle<'t>(&self, text: &'t str) -> &'t str {
        &text[self.before.len()..text.len() - self.after.len()]
    }
}
