//! What a part of the program finds wrong with its own settings, in its own terms.

use std::fmt;
use std::ops::Range;

/// Checks that types cannot express: limits that contradict each other, names that must exist elsewhere.
pub trait Validate {
    /// Everything that is wrong; paths are relative to the value itself.
    fn validate(&self) -> Vec<Complaint>;
}

/// One thing that is wrong, and where, as a path instead of a line.
///
/// ```ignore
/// Complaint::new("the first address is used twice")
///     .at("listen_addresses").at(1)
///     .help("remove one of them")
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub path: Vec<Segment>,
    pub message: String,
    pub help: Option<String>,
    /// The bytes of the value's text that are meant, for languages inside a string such as search queries.
    pub within: Option<Range<usize>>,
}

/// A step of a path: the key of a map or the position in a list, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Key(String),
    Index(usize),
}

impl Complaint {
    /// A complaint about the whole value; narrow it with [`Complaint::at`].
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into(), help: None, within: None }
    }

    /// Goes one step down: a key (`"rules"`) or a position (`0`).
    #[must_use]
    pub fn at(mut self, segment: impl Into<Segment>) -> Self {
        self.path.push(segment.into());
        self
    }

    /// Puts a step in front, when a section passes on what a part of it complained about.
    #[must_use]
    pub fn under(mut self, segment: impl Into<Segment>) -> Self {
        self.path.insert(0, segment.into());
        self
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Points into the value's text.
    #[must_use]
    pub fn within(mut self, range: Range<usize>) -> Self {
        self.within = Some(range);
        self
    }
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Writes a path as `cleanup.rules."team-a".search`.
///
/// Positions in lists are left out: the line tells which one, and counting from 0 confuses.
pub(super) fn dotted(path: &[Segment]) -> impl fmt::Display {
    let keys = path.iter().filter_map(|segment| match segment {
        Segment::Key(key) if key.contains(|c: char| !c.is_alphanumeric() && !"_-".contains(c)) => {
            Some(format!("{key:?}"))
        }
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) => None,
    });
    keys.collect::<Vec<_>>().join(".")
}
