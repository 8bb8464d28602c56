//! Scanning: the words and signs of a query, read where the parser expects them.
//!
//! What a character means depends on what is expected (`-` ends a path, belongs to a value, starts a navigation), so
//! there is no token stream: the parser asks for a word, a sign, a path or a value.

use super::error::Span;
use crate::model::EdgeType;

/// A position in a query's text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self::at(text, 0)
    }

    /// A scanner in the middle of a text.
    pub(super) fn at(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// The position behind white space.
    pub(super) fn here(&mut self) -> usize {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.at
    }

    /// Everything from the position on, which may be white space.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Everything behind white space.
    pub(super) fn ahead(&mut self) -> &'t str {
        self.here();
        self.rest()
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        self.ahead().chars().next()
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.ahead().is_empty()
    }

    /// The span from `start` to the position.
    pub(super) fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The text from `start` to the position.
    pub(super) fn text_since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    /// Takes a sign, after white space.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.ahead().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Takes a sign that follows without white space.
    pub(super) fn eat_close(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// The word ahead, which may be a keyword; empty where none begins.
    ///
    /// `in-use` is one word and not the keyword `in`; in `reversed-delete->` the dash begins a navigation.
    pub(super) fn word(&mut self) -> &'t str {
        let ahead = self.ahead();
        let mut end = self.plain_word().len();
        while end > 0 && ahead[end..].starts_with('-') {
            let rest = &ahead[end + 1..];
            let part = take(rest, is_word);
            if part.is_empty() || EdgeType::ALL.iter().any(|edge_type| part == edge_type.as_str()) {
                break;
            }
            end += 1 + part.len();
        }
        &ahead[..end]
    }

    /// The letters, digits and underscores ahead.
    pub(super) fn plain_word(&mut self) -> &'t str {
        take(self.ahead(), is_word)
    }

    /// Takes a keyword; a longer word that begins with it is not taken.
    pub(super) fn eat_word(&mut self, keyword: &str) -> bool {
        let found = self.word() == keyword;
        if found {
            self.at += keyword.len();
        }
        found
    }

    /// Whether the sign follows the word ahead.
    pub(super) fn word_then(&mut self, sign: &str) -> bool {
        let word = self.word();
        !word.is_empty() && self.rest()[word.len()..].trim_start().starts_with(sign)
    }

    /// Takes a name: letters, digits, `_` and `-`; empty where none begins.
    pub(super) fn name(&mut self) -> &'t str {
        let ahead = self.ahead();
        let mut end = 0;
        for (index, character) in ahead.char_indices() {
            let navigation =
                character == '-' && ["-->", "->", "-[", "-{"].iter().any(|end| ahead[index..].starts_with(end));
            if !(is_word(character) || (character == '-' && index > 0)) || navigation {
                break;
            }
            end = index + 1;
        }
        self.at += end;
        &ahead[..end]
    }

    /// Takes a bare value; empty where none begins.
    pub(super) fn bare(&mut self) -> &'t str {
        let ahead = self.ahead();
        let mut end = 0;
        for (index, character) in ahead.char_indices() {
            // In front of a number, and in a time's offset.
            let digit = |text: &str, last: bool| {
                let neighbour = if last { text.chars().next_back() } else { text.chars().next() };
                neighbour.is_some_and(|character| character.is_ascii_digit())
            };
            let sign =
                character == '+' && (index == 0 || digit(&ahead[..index], true)) && digit(&ahead[index + 1..], false);
            if !(is_bare_character(character) || sign)
                || ["-->", "->", "-["].iter().any(|end| ahead[index..].starts_with(end))
            {
                break;
            }
            end = index + 1;
        }
        self.at += end;
        &ahead[..end]
    }

    /// Takes digits; empty where none begin.
    pub(super) fn digits(&mut self) -> &'t str {
        let digits = take(self.ahead(), |character| character.is_ascii_digit());
        self.at += digits.len();
        digits
    }

    /// Takes the number ahead, with its sign.
    pub(super) fn number(&mut self) -> &'t str {
        let ahead = self.ahead();
        let sign = ahead.len() - ahead.strip_prefix(['+', '-']).unwrap_or(ahead).len();
        let digits = take(&ahead[sign..], |character| character.is_ascii_digit() || character == '.');
        let text = &ahead[..sign + digits.len()];
        self.at += text.len();
        text
    }

    /// Takes everything up to the closing sign and the sign itself; none where it never comes.
    pub(super) fn until(&mut self, sign: char) -> Option<&'t str> {
        let length = self.rest().find(sign)?;
        let text = &self.rest()[..length];
        self.at += length + sign.len_utf8();
        Some(text)
    }

    /// Takes a quoted string behind its opening quote, and undoes its escapes; none where it is not closed.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += index + 1;
                    return Some(text);
                }
                '\\' => match characters.next_if(|(_, next)| matches!(next, '\\' | '/' | '"' | '\'')) {
                    Some((_, escaped)) => text.push(escaped),
                    // Any other backslash stays, so that a regular expression need not double it.
                    None => text.push('\\'),
                },
                other => text.push(other),
            }
        }
        None
    }
}

/// Whether text can be a segment of a path without backticks.
pub(super) fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_');
    starts && text.split('-').all(|part| !part.is_empty() && part.chars().all(is_word))
}

/// Whether text is read as one bare value, whatever it stands for.
pub(super) fn is_bare(text: &str) -> bool {
    let starts = text.starts_with(|character: char| character.is_ascii_alphanumeric() || character == '_');
    starts
        && text.chars().all(is_bare_character)
        && !text.contains("--")
        && !text.contains("::")
        && !text.ends_with(['-', ':'])
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_bare_character(character: char) -> bool {
    is_word(character) || matches!(character, '-' | ':' | '/' | '.' | '@')
}

fn take(text: &str, accept: impl Fn(char) -> bool) -> &str {
    let end = text.find(|character| !accept(character)).unwrap_or(text.len());
    &text[..end]
}
