//! The file that prices are kept in once AWS was asked for them.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::table::Table;

/// The form of the file; one of another form is not read.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    version: u32,
    /// When AWS was asked last.
    pub(super) refreshed: Timestamp,
    pub(super) tables: Vec<Table>,
}

/// A file of prices that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} does not hold prices: {source}")]
    Content { path: PathBuf, source: serde_json::Error },
    #[error("{path} holds prices in form {version}; this program reads form {VERSION}")]
    Version { path: PathBuf, version: u32 },
}

impl Kept {
    pub(super) fn new(refreshed: Timestamp, tables: Vec<Table>) -> Self {
        Self { version: VERSION, refreshed, tables }
    }

    /// What the file holds; none where there is no file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, FileError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FileError::Io { path: path.to_owned(), source }),
        };
        let kept: Self =
            serde_json::from_slice(&bytes).map_err(|source| FileError::Content { path: path.to_owned(), source })?;
        if kept.version != VERSION {
            return Err(FileError::Version { path: path.to_owned(), version: kept.version });
        }
        Ok(Some(kept))
    }

    /// Puts it in place of the file that is there, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), FileError> {
        let beside = path.with_extension("new");
        let write = || {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::File::create(&beside)?;
            file.write_all(&serde_json::to_vec(self).map_err(io::Error::other)?)?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|source| FileError::Io { path: path.to_owned(), source })
    }
}
