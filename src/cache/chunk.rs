//! Chunks: pieces of a body's text with their compressed form, which the next page takes over where they are the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};
use serde::{Deserialize, Serialize};

/// A piece of a body, plain and as raw deflate blocks; clones share the content.
///
/// The blocks end on a byte and none is marked as the last one, so that chunks form one stream when they follow each
/// other. One stream matters: many clients ignore what follows a gzip file's first member. No chunk refers to what is
/// before it, so that its bytes are the same in whichever body it stands.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) text: Bytes,
    pub(super) deflated: Bytes,
    /// The text's CRC-32.
    pub(super) checksum: u32,
    pub(super) level: Level,
}

/// How hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As small as is reasonable.
    Small,
    /// Where a tenth of the size costs too much time.
    Fast,
}

/// A chunk that is not compressed yet, if it is not a known one.
#[derive(Debug)]
pub(super) struct Draft {
    text: Bytes,
    checksum: u32,
    known: Option<Chunk>,
}

/// Chunks by checksum and length.
#[derive(Debug, Default)]
pub(super) struct KnownChunks<'c>(BTreeMap<(u32, usize), Vec<&'c Chunk>>);

/// Compresses one chunk after the other with the same memory.
#[derive(Debug)]
pub(super) struct Compressor {
    level: Level,
    state: Compress,
    buffer: Vec<u8>,
}

impl Chunk {
    /// Compresses a few bytes.
    pub(super) fn small(text: &'static [u8]) -> Self {
        let draft = Draft { text: Bytes::from_static(text), checksum: crc32fast::hash(text), known: None };
        Compressor::new(Level::Small).finish(draft)
    }

    /// The text's CRC-32, ready to be combined with that of others.
    pub(super) fn checksum(&self) -> Hasher {
        Hasher::new_with_initial_len(self.checksum, self.text.len() as u64)
    }
}

impl Draft {
    /// Takes the text over from a known chunk if there is an equal one, else copies it.
    pub(super) fn new(text: &[u8], known: &KnownChunks<'_>) -> Self {
        let checksum = crc32fast::hash(text);
        let mut candidates = known.0.get(&(checksum, text.len())).into_iter().flatten();
        match candidates.find(|chunk| chunk.text == text) {
            Some(known) => Self { text: known.text.clone(), checksum, known: Some((*known).clone()) },
            None => Self { text: Bytes::copy_from_slice(text), checksum, known: None },
        }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }
}

impl<'c> KnownChunks<'c> {
    pub(super) fn new(chunks: impl IntoIterator<Item = &'c Chunk>) -> Self {
        let mut known: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for chunk in chunks {
            known.entry((chunk.checksum, chunk.text.len())).or_default().push(chunk);
        }
        Self(known)
    }
}

impl Compressor {
    pub(super) fn new(level: Level) -> Self {
        let compression = match level {
            Level::Small => Compression::new(6),
            Level::Fast => Compression::fast(),
        };
        Self { level, state: Compress::new(compression, false), buffer: Vec::new() }
    }

    /// Compresses the chunk unless it was known with this level already.
    pub(super) fn finish(&mut self, draft: Draft) -> Chunk {
        let Draft { text, checksum, known } = draft;
        if let Some(known) = known.filter(|known| known.level == self.level) {
            return known;
        }
        self.state.reset();
        self.buffer.clear();
        let mut consumed = 0;
        loop {
            // Far more than the mark takes that ends the blocks on a byte, so that it is written once.
            self.buffer.reserve(text.len() / 8 + 1024);
            let before = self.state.total_in();
            let rest = &text[consumed..];
            self.state.compress_vec(rest, &mut self.buffer, FlushCompress::Sync).expect("the stream has not ended");
            let read = self.state.total_in() - before;
            consumed += usize::try_from(read).expect("no more was read than there is");
            // Room that is left says that nothing waits to be written.
            if consumed == text.len() && self.buffer.len() < self.buffer.capacity() {
                break;
            }
        }
        Chunk { text, deflated: Bytes::copy_from_slice(&self.buffer), checksum, level: self.level }
    }
}
