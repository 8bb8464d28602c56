//! Where a value was written: a file, an environment variable or a flag.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What kind of place a text comes from, and its name there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file, by the path as the user wrote it.
    File(String),
    /// An environment variable, by its name.
    Variable(String),
    /// A command-line flag, with its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.write_str(path),
            Self::Variable(name) => write!(formatter, "environment variable {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}

/// A text that settings are read from.
///
/// For a variable and a flag the text is `NAME=value`, so that a mistake in either half can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub origin: Origin,
    pub text: String,
}

impl Source {
    pub fn file(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { origin: Origin::File(path.into()), text: text.into() })
    }

    pub fn variable(name: &str, value: &str) -> Arc<Self> {
        Arc::new(Self { origin: Origin::Variable(name.to_owned()), text: format!("{name}={value}") })
    }

    pub fn flag(name: &str, value: &str) -> Arc<Self> {
        Arc::new(Self { origin: Origin::Flag(name.to_owned()), text: format!("{name}={value}") })
    }
}

/// A range of bytes in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<Source>,
    pub range: Range<usize>,
}

impl Span {
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        Self { source: Arc::clone(source), range }
    }

    /// The text it covers.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }

    /// Line and column of its start, both counted from 1, the column in characters.
    pub fn position(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.range.start).unwrap_or(&self.source.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
        (line, column)
    }

    /// The part on its first line, because an arrow over twenty lines helps nobody.
    pub(super) fn first_line(&self) -> Self {
        let length = self.text().find(['\n', '\r']).unwrap_or(self.range.len());
        Self::new(&self.source, self.range.start..self.range.start + length)
    }
}
