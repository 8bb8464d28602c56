//! The directory: which files there are.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Bodies, FileError, Ledger, StoreError, container, generation};
use crate::{graph::Generation, model::KindModel};

/// A folder with the newest generations and the last page.
///
/// Only one program may use it at a time. Everything here waits for the disk: call it where that is allowed.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    keep: usize,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub path: PathBuf,
    pub bytes: u64,
    /// Older generations that were removed.
    pub removed: usize,
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    /// The newest generation that is not damaged; none where there is none.
    pub generation: Option<Generation>,
    /// What was stored with it.
    pub totals: Vec<u8>,
    /// Files that are newer than it and cannot be used.
    pub skipped: Vec<Skipped>,
}

/// A file that cannot be used. It stays until as many newer ones have been written as are kept.
#[derive(Debug)]
pub struct Skipped {
    pub path: PathBuf,
    pub error: FileError,
}

const EXTENSION: &str = "cloudgauge";
const GENERATION: &str = "generation-";
const BODIES: &str = "bodies.cloudgauge";

/// Reads the generation in a file, wherever that is.
pub fn read_generation(path: &Path, kinds: &Arc<KindModel>) -> Result<Generation, StoreError> {
    let read = generation::read(path, kinds).map(|(generation, _)| generation);
    read.map_err(|source| StoreError::Read { path: path.to_owned(), source })
}

impl Directory {
    /// A folder to read from, which need not exist and may be another program's.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), keep: 1 }
    }

    /// Opens a folder to write to, which is created where it does not exist. What an interrupted write left is
    /// removed.
    pub fn open(path: impl Into<PathBuf>, keep: usize) -> Result<Self, StoreError> {
        let directory = Self { path: path.into(), keep: keep.max(1) };
        let prepare = || {
            fs::create_dir_all(&directory.path)?;
            for path in directory.files()? {
                if path.extension().is_some_and(|extension| extension == container::BESIDE) {
                    fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        prepare().map_err(|source| directory.folder(source))?;
        Ok(directory)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Stores a generation, and with it what was counted until then, and removes those that are more than are kept. The
    /// store does not know what the totals mean.
    pub fn save_generation(&self, generation: &Generation, totals: Vec<u8>) -> Result<Saved, StoreError> {
        let path = self.path.join(format!("{GENERATION}{:020}.{EXTENSION}", generation.number));
        let encoded = generation::Encoded::of(generation, totals).ok_or(StoreError::TooLarge)?;
        let write = |source| StoreError::Write { path: path.clone(), source };
        let bytes = encoded.write(&path).map_err(write)?;
        let generations = self.generations().map_err(|source| self.folder(source))?;
        let removed = generations.len().saturating_sub(self.keep);
        for path in &generations[..removed] {
            fs::remove_file(path).map_err(|source| self.folder(source))?;
        }
        Ok(Saved { path, bytes, removed })
    }

    /// Reads the newest generation that can be used.
    ///
    /// Accounts, tables, ledger and marks are those that were stored; the graph is sealed anew, against `kinds`.
    pub fn load_generation(&self, kinds: &Arc<KindModel>) -> Result<Loaded, StoreError> {
        let mut skipped = Vec::new();
        for path in self.generations().map_err(|source| self.folder(source))?.into_iter().rev() {
            match generation::read(&path, kinds) {
                Ok((generation, totals)) => {
                    return Ok(Loaded { generation: Some(generation), totals, skipped });
                }
                Err(error) => skipped.push(Skipped { path, error }),
            }
        }
        Ok(Loaded { generation: None, totals: Vec::new(), skipped })
    }

    /// How the scopes of the newest generation went, without reading its resources; none where there is no file of one
    /// whose ledger is not damaged. What else is wrong with it, [`load_generation`](Self::load_generation) says.
    pub fn load_ledger(&self) -> Option<Ledger> {
        let paths = self.generations().ok()?;
        paths.iter().rev().find_map(|path| generation::read_ledger(path).ok())
    }

    /// Stores the last page in place of the one before.
    pub fn save_bodies(&self, bodies: &Bodies) -> Result<Saved, StoreError> {
        let path = self.path.join(BODIES);
        match bodies.write(&path) {
            Ok(bytes) => Ok(Saved { path, bytes, removed: 0 }),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// The last page; none where there is none.
    pub fn load_bodies(&self) -> Result<Option<Bodies>, StoreError> {
        let path = self.path.join(BODIES);
        match Bodies::read(&path) {
            Ok(bodies) => Ok(Some(bodies)),
            Err(FileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Read { path, source }),
        }
    }

    /// The files of generations, the oldest first.
    fn generations(&self) -> io::Result<Vec<PathBuf>> {
        let number = |path: &Path| {
            let name = path.file_name()?.to_str()?.strip_prefix(GENERATION)?;
            name.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse::<u64>().ok()
        };
        let files = match self.files() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files?,
        };
        let files = files.into_iter();
        let mut numbered: Vec<_> = files.filter_map(|path| Some((number(&path)?, path))).collect();
        numbered.sort();
        Ok(numbered.into_iter().map(|(_, path)| path).collect())
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn folder(&self, source: io::Error) -> StoreError {
        StoreError::Folder { path: self.path.clone(), source }
    }
}
