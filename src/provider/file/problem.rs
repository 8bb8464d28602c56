//! Problems: why a file, or an entry of one, cannot be used.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use crate::model::{Failure, FailureClass};

/// A file, or a pattern for files, that yields nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("`{pattern}` is no glob pattern; write for example `/etc/inventory/*.yaml`")]
    Pattern { pattern: String, source: glob::PatternError },
    #[error("`{pattern}` matches no file; correct the pattern or write the file")]
    NoMatch { pattern: String },
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: unknown file type; name it .yaml, .yml, .json, .ndjson, .jsonl or .csv", path.display())]
    Type { path: PathBuf },
    #[error("{} is larger than {limit} bytes; write it as NDJSON, or raise document_bytes_max", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax { path: PathBuf, line: u64, column: u64, message: String },
    #[error("{}:1: the header has no column `{column}`; a table needs `id` and `kind`", path.display())]
    Column { path: PathBuf, column: &'static str },
    #[error("{}: no entry can be used; {problems}", path.display())]
    Nothing { path: PathBuf, problems: Problems },
}

/// An entry that is no node and no edge; all but the place, which the file's reader knows.
#[derive(Debug, thiserror::Error)]
pub(super) enum EntryError {
    #[error("{}", without_place(.0))]
    Field(#[source] serde_json::Error),
    #[error("no JSON at column {}: {}", .0.column(), without_place(.0))]
    Json(#[source] serde_json::Error),
    #[error("an edge has no `{0}`; it needs `from` and `to`")]
    EdgeEnd(&'static str),
    #[error("a node has no `{0}`; it needs at least `id` and `kind`")]
    Missing(&'static str),
    #[error("`{field}` is `{text}`, which is no time; write for example 2026-01-31T12:00:00Z")]
    Time { field: &'static str, text: String },
    #[error("`{field}` is {found}; write {wanted}")]
    Shape { field: String, found: &'static str, wanted: &'static str },
    #[error("edge type `{0}` is unknown; write `default` or `delete`")]
    EdgeType(String),
    #[error("the line is longer than {limit} bytes; split it, or raise line_bytes_max")]
    TooLong { limit: u64 },
    #[error("the row has {found} cells, the header {wanted}; quote cells that contain commas")]
    Cells { found: u64, wanted: u64 },
    #[error("the row is not UTF-8, or the file broke off: {0}")]
    Row(#[source] csv::Error),
}

/// The entries of a file that cannot be used: how many, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Problems {
    count: u64,
    first: Vec<String>,
}

impl FileError {
    /// The file it is about; `None` for a pattern.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Pattern { .. } | Self::NoMatch { .. } => None,
            Self::Read { path, .. }
            | Self::Type { path }
            | Self::TooLarge { path, .. }
            | Self::Syntax { path, .. }
            | Self::Column { path, .. }
            | Self::Nothing { path, .. } => Some(path),
        }
    }

    pub(super) fn failure(&self) -> Failure {
        let class = match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => FailureClass::Denied,
            _ => FailureClass::BadAnswer,
        };
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        Failure::new(class, message)
    }
}

impl From<serde_json::Error> for EntryError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() { Self::Field(error) } else { Self::Json(error) }
    }
}

impl From<csv::Error> for EntryError {
    fn from(error: csv::Error) -> Self {
        match *error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len: wanted, len: found, .. } => Self::Cells { found, wanted },
            _ => Self::Row(error),
        }
    }
}

/// What is wrong, without the place within the text: the file's line is told already.
pub(super) fn without_place(error: &impl fmt::Display) -> String {
    let text = error.to_string();
    text.find(" at line ").map_or(&*text, |end| &text[..end]).to_owned()
}

impl Problems {
    /// How many are told; the others are counted.
    const TOLD: usize = 5;

    pub(super) fn add(&mut self, path: &Path, line: u64, error: &EntryError) {
        self.count += 1;
        if self.first.len() < Self::TOLD {
            self.first.push(format!("{}:{line}: {error}", path.display()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn failure(&self) -> Failure {
        Failure::new(FailureClass::BadAnswer, self.to_string())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = if self.count == 1 { "entry" } else { "entries" };
        write!(f, "{} unusable {entries}: {}", self.count, self.first.join("; "))?;
        match self.count - self.first.len() as u64 {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
