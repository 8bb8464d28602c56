//! Sources: which files there are, and how each is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};

use crate::model::KindName;

use super::{
    Config, document,
    entry::Entry,
    lines,
    problem::{FileError, Problems},
    roles::Roles,
    table,
};

/// What a file says of kinds that nobody else knows: name → bases.
pub(super) type DeclaredKinds = BTreeMap<KindName, Vec<KindName>>;

/// Where the entries of a file go, with the line each begins on.
pub(super) type Sink<'a> = &'a mut dyn FnMut(u64, Entry);

/// What is to be said of a file besides its entries.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) problems: Problems,
    pub(super) kinds: DeclaredKinds,
    /// The file, where the places of entries are in it.
    pub(super) file: Option<File>,
}

/// All files that the patterns match, in order of name, and what is wrong with the patterns.
pub(super) fn find(patterns: &[String]) -> (Vec<PathBuf>, Vec<FileError>) {
    let mut files = BTreeSet::new();
    let mut errors = Vec::new();
    for pattern in patterns {
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(source) => {
                errors.push(FileError::Pattern { pattern: pattern.clone(), source });
                continue;
            }
        };
        let before = (files.len(), errors.len());
        let mut matched = false;
        for path in paths {
            match path {
                Ok(path) if path.is_file() => {
                    matched = true;
                    files.insert(path);
                }
                Ok(_) => {}
                Err(error) => errors.push(FileError::Read { path: error.path().to_owned(), source: error.into() }),
            }
        }
        if !matched && before.1 == errors.len() {
            errors.push(FileError::NoMatch { pattern: pattern.clone() });
        }
    }
    (files.into_iter().collect(), errors)
}

/// Reads one file, entry by entry.
///
/// Entries that were delivered before an error must be forgotten by the caller.
pub(super) fn read(path: &Path, config: &Config, roles: &Roles, sink: Sink<'_>) -> Result<Read, FileError> {
    let mut usable = false;
    let mut counting = |line, entry| {
        usable = true;
        sink(line, entry);
    };
    let read = match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => document::read_yaml(path, config.document_bytes_max, &mut counting),
        Some("json") => document::read_json(path, config.document_bytes_max, &mut counting),
        Some("ndjson" | "jsonl") => lines::read(path, config.line_bytes_max, roles, &mut counting),
        Some("csv") => table::read(path, &mut counting),
        _ => Err(FileError::Type { path: path.to_owned() }),
    }?;
    if !usable && !read.problems.is_empty() {
        return Err(FileError::Nothing { path: path.to_owned(), problems: read.problems });
    }
    Ok(read)
}
