//! Phrases: full-text search in what providers reported.

use regex::{Regex, RegexBuilder};

use super::document::Subject;
use crate::graph::table::Cell;

/// Words that must follow each other, whatever their case, perhaps across the border of two fields.
#[derive(Clone, Debug)]
pub(super) struct Phrase(Vec<Word>);

/// One word, in lower case.
#[derive(Clone, Debug)]
pub(super) struct Word {
    text: String,
    /// Finds it within a text of ASCII; none where no such text has it.
    ascii: Option<Regex>,
}

impl Phrase {
    /// The words of a text; none where it has no word.
    pub(super) fn new(text: &str) -> Option<Self> {
        let words: Vec<Word> = words(text).map(Word::new).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    pub(super) fn words(&self) -> &[Word] {
        &self.0
    }

    pub(super) fn occurs(&self, subject: &Subject<'_>) -> bool {
        let Some((view, node)) = subject.place() else { return false };
        let mut all = Vec::new();
        view.scalars(node, &mut |text| all.extend(words(text)));
        all.windows(self.0.len()).any(|window| window.iter().zip(&self.0).all(|(text, word)| *text == word.text))
    }
}

impl Word {
    fn new(text: String) -> Self {
        let pattern = text.is_ascii().then(|| regex::escape(&text));
        let ascii =
            pattern.and_then(|pattern| RegexBuilder::new(&pattern).case_insensitive(true).unicode(false).build().ok());
        Self { text, ascii }
    }

    /// Whether the word may be in a text: false only where it is not.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        // In other alphabets a letter's lower case may be several letters.
        !text.is_ascii() || self.ascii.as_ref().is_some_and(|word| word.is_match(text))
    }

    /// As [`may_be_in`](Self::may_be_in), for what a column has.
    pub(super) fn may_be_in_cell(&self, cell: &Cell<'_>) -> bool {
        match cell {
            Cell::Null | Cell::Bool(_) => false,
            Cell::Text(text) => self.may_be_in(text),
            // An escape hides what it stands for.
            Cell::Json(json) => json.contains('\\') || self.may_be_in(json),
            Cell::Int(_) | Cell::Float(_) | Cell::Time(_) => self.may_be_in(cell.value().to_string().trim_matches('"')),
        }
    }
}

/// The words of a text in lower case, split as the original splits them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let separator =
        |character: char| character.is_whitespace() || matches!(character, '_' | '-' | '@' | ':' | '/' | '.');
    text.split(separator).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
