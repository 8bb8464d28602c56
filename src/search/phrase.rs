//! Phrases: full-text search in what providers reported.

use std::cmp::Reverse;

use regex::{Regex, RegexBuilder};

use super::document::{Subject, View};
use crate::graph::{NodeId, table::Cell};

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
        self.places(&all_words(view, node)).next().is_some()
    }

    /// Where the phrase begins among the words.
    fn places<'w>(&'w self, words: &'w [String]) -> impl Iterator<Item = usize> + 'w {
        let begins = |window: &[String]| window.iter().zip(&self.0).all(|(text, word)| *text == word.text);
        words.windows(self.0.len()).enumerate().filter(move |(_, window)| begins(window)).map(|(start, _)| start)
    }
}

/// How much a node is about some phrases: the more often they occur in it, the more, and then the fewer words it has.
pub(super) fn relevance(phrases: &[Phrase], view: View<'_>, node: NodeId) -> (usize, Reverse<usize>) {
    let words = all_words(view, node);
    (phrases.iter().map(|phrase| phrase.places(&words).count()).sum(), Reverse(words.len()))
}

/// The words of everything that a node's provider reported.
fn all_words(view: View<'_>, node: NodeId) -> Vec<String> {
    let mut all = Vec::new();
    view.scalars(node, &mut |text| all.extend(words(text)));
    all
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
