//! What can go wrong with files.

use std::{io, path::PathBuf};

use crate::graph::table::Unsound;

/// Why something was not stored or not read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the storage folder {path} cannot be used", path = path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{path} cannot be written", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read", path = path.display())]
    Read { path: PathBuf, source: FileError },
    #[error("a generation with a time beyond the year 9999 or a table of over 4,294,967,295 rows cannot be stored")]
    TooLarge,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file system says no")]
    Io(#[from] io::Error),
    #[error("it is no file of cloudgauge")]
    Foreign,
    #[error("it has version {found} of the format, and this program reads version {read}")]
    Version { found: u32, read: u32 },
    #[error("it was written on a machine with another byte order")]
    ByteOrder,
    #[error("it holds something else than its name says")]
    Content,
    #[error("it has {found} bytes instead of {stated}")]
    Length { found: u64, stated: u64 },
    #[error("the checksum of its {section} is wrong")]
    Checksum { section: String },
    #[error("it has no {section}")]
    Missing { section: &'static str },
    #[error("its {section} cannot be understood")]
    Format { section: &'static str, source: serde_json::Error },
    #[error("its {section} contradict each other")]
    Contradiction { section: &'static str },
    #[error("its tables cannot be used")]
    Table(#[from] Unsound),
}
