//! Bodies: what is sent, in the pieces it was put together from.

use bytes::Bytes;

use super::chunk::Chunk;

/// How a body is encoded for the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    pub const ALL: [Self; 2] = [Self::Identity, Self::Gzip];

    /// The name it has in HTTP headers and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
        }
    }
}

/// Magic number, method deflate, no flags, no time, no extra flags, unknown system: the same for equal content.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty block that is marked as the last one.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

/// A body as chunks that are shared with other pages; cloning it copies no content.
#[derive(Clone, Debug)]
pub struct Body {
    chunks: Vec<Bytes>,
    len: usize,
    etag: String,
}

impl Body {
    /// The chunks' text, one after the other.
    pub(super) fn identity(chunks: &[&Chunk], etag: String) -> Self {
        Self::new(chunks.iter().map(|chunk| chunk.text.clone()).collect(), etag)
    }

    /// The chunks' text as a gzip file of one member.
    pub(super) fn gzip(texts: &[&Chunk], checksum: &crc32fast::Hasher, etag: String) -> Self {
        let len: usize = texts.iter().map(|chunk| chunk.text.len()).sum();
        #[expect(clippy::cast_possible_truncation, reason = "gzip states the length modulo 2^32")]
        let stated_len = len as u32;
        let mut end = Vec::with_capacity(LAST_BLOCK.len() + 8);
        end.extend_from_slice(&LAST_BLOCK);
        end.extend_from_slice(&checksum.clone().finalize().to_le_bytes());
        end.extend_from_slice(&stated_len.to_le_bytes());

        let mut chunks = vec![Bytes::from_static(&GZIP_HEADER)];
        chunks.extend(texts.iter().map(|chunk| chunk.deflated.clone()));
        chunks.push(end.into());
        Self::new(chunks, etag)
    }

    fn new(mut chunks: Vec<Bytes>, etag: String) -> Self {
        chunks.retain(|chunk| !chunk.is_empty());
        let len = chunks.iter().map(Bytes::len).sum();
        Self { chunks, len, etag }
    }

    /// The content, in order; no chunk is empty.
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// The length of all chunks together.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The strong entity tag, quotation marks included; different for each encoding.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}
