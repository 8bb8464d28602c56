//! What is wrong with a catalogue file.

use crate::model::KindName;

/// A catalogue file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not in the format; the source has line, column and what would be right.
    #[error("catalogue file {file}")]
    Syntax { file: String, source: Box<serde_saphyr::Error> },
    #[error("{file}:{line}: kind `{kind}`: {problem}")]
    Entry { file: String, line: u64, kind: KindName, problem: String },
}

impl CatalogueError {
    pub(super) fn entry((file, line): &(String, u64), kind: &KindName, problem: impl Into<String>) -> Self {
        Self::Entry { file: file.clone(), line: *line, kind: kind.clone(), problem: problem.into() }
    }
}
