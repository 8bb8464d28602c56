//! A pipe with a name, by which tests see processes begin and end without waiting for a time.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// A named pipe in a directory of its own.
#[derive(Debug)]
pub(super) struct Fifo {
    path: PathBuf,
    _directory: TempDir,
}

impl Fifo {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        Self { path, _directory: directory }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it, which succeeds as soon as some process has it open to write.
    pub(super) fn open(&self) -> impl Future<Output = OpenFifo> + use<> {
        let path = self.path.clone();
        async move { OpenFifo(spawn_blocking(move || File::open(path).unwrap()).await.unwrap()) }
    }
}

/// The reading end of a named pipe.
#[derive(Debug)]
pub(super) struct OpenFifo(File);

impl OpenFifo {
    /// Returns when no process has it open to write any more.
    pub(super) async fn until_writers_are_gone(mut self) {
        spawn_blocking(move || self.0.read_to_end(&mut Vec::new()).unwrap()).await.unwrap();
    }
}
