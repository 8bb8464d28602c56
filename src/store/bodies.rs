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
    /// When that was: the age of what is served.
    pub rendered_at: Timestamp,
    /// Bytes by name. The store does not know what they mean.
    pub pieces: Vec<(String, Bytes)>,
}

#[derive(Serialize, Deserialize)]
struct About {
    generation: u64,
    rendered_at: Timestamp,
    /// The pieces' names and lengths.
    pieces: Vec<(String, u64)>,
}

const ABOUT: &str = "about";
const PIECES: &str = "pieces";

impl Bodies {
    pub(super) fn write(&self, path: &Path) -> std::io::Result<u64> {
        let pieces = self.pieces.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
        let about = About { generation: self.generation, rendered_at: self.rendered_at, pieces };
        let about = serde_json::to_vec(&about)?;
        let pieces = Section { name: PIECES, pieces: self.pieces.iter().map(|(_, bytes)| &**bytes).collect() };
        container::write(path, Content::Bodies, &[Section::new(ABOUT, &about), pieces])
    }

    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let mut container = Container::open(path, Content::Bodies)?;
        let about = container.read(ABOUT)?;
        let about: About =
            serde_json::from_slice(&about).map_err(|source| FileError::Format { section: ABOUT, source })?;
        let mut rest = Bytes::from(container.read(PIECES)?);
        let mut pieces = Vec::with_capacity(about.pieces.len());
        for (name, len) in about.pieces {
            let len = usize::try_from(len).ok().filter(|len| *len <= rest.len());
            let len = len.ok_or(FileError::Contradiction { section: PIECES })?;
            pieces.push((name, rest.split_to(len)));
        }
        if !rest.is_empty() {
            return Err(FileError::Contradiction { section: PIECES });
        }
        Ok(Self { generation: about.generation, rendered_at: about.rendered_at, pieces })
    }
}
