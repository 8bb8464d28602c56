//! Bodies: the last rendered page.

use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    FileError,
    container::{self, Container, Content, Section},
};

/// What a page was made of, to be served again before anything else is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bodies {
    /// The generation it was rendered from.
    pub generation: u64,
    /// When that was collected: the age of what is served.
    pub collected_at: Timestamp,
    /// When the page was rendered.
    pub rendered_at: Timestamp,
    /// Bytes with a name, which several may have. The store does not know what they mean.
    pub pieces: Vec<(String, Bytes)>,
}

#[derive(Serialize, Deserialize)]
struct About {
    generation: u64,
    collected_at: Timestamp,
    rendered_at: Timestamp,
    /// The pieces' names and lengths.
    pieces: Vec<(String, u64)>,
}

const ABOUT: &str = "about";
const PIECES: &str = "pieces";

impl Bodies {
    /// The pieces with a name, in order.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter().filter(move |(own, _)| own == name).map(|(_, bytes)| bytes)
    }

    pub(super) fn write(&self, path: &Path) -> std::io::Result<u64> {
        let pieces = self.pieces.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
        let Self { generation, collected_at, rendered_at, .. } = *self;
        let about = About { generation, collected_at, rendered_at, pieces };
        let about = serde_json::to_vec(&about)?;
        let pieces = Section { name: PIECES, pieces: self.pieces.iter().map(|(_, bytes)| &**bytes).collect() };
        container::write(path, Content::Bodies, &[Section::new(ABOUT, &about), pieces])
    }

    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let mut container = Container::open(path, Content::Bodies)?;
        let about = container.read(ABOUT)?;
        let about: About =
            serde_json::from_slice(&about).map_err(|source| FileError::Format { section: ABOUT, source })?;
        let mut stream = container.stream(PIECES)?;
        let mut pieces = Vec::with_capacity(about.pieces.len());
        for (name, len) in &about.pieces {
            let fits = *len <= stream.left();
            let len = usize::try_from(*len).ok().filter(|_| fits);
            // Each in memory of its own: a page that takes one over must not keep all of them.
            let mut piece = vec![0; len.ok_or(FileError::Contradiction { section: PIECES })?];
            stream.fill(&mut piece)?;
            pieces.push((name.clone(), Bytes::from(piece)));
        }
        stream.finish()?;
        let About { generation, collected_at, rendered_at, .. } = about;
        Ok(Self { generation, collected_at, rendered_at, pieces })
    }
}
