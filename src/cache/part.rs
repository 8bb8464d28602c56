//! Parts of a page: rendered text and its compressed form, ready to be put after other parts.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::DeflateEncoder};

use super::Format;

/// From this size on speed matters more than the last tenth of the size.
const FAST_FROM_BYTES: usize = 10 * 1024 * 1024;

/// One part of every body of a page.
///
/// Compressing takes a second per 100 MB; do it on a thread that may block.
#[derive(Clone, Debug)]
pub struct Part {
    text: Segment,
    openmetrics: Segment,
}

impl Part {
    /// Compresses the text of both formats; neither contains the end of a body.
    pub fn compress(text: Vec<u8>, openmetrics: Vec<u8>) -> Self {
        // Gauges without units read the same in both formats, and then need half the time and memory.
        let same = text == openmetrics;
        let text = Segment::compress(text);
        let openmetrics = if same { text.clone() } else { Segment::compress(openmetrics) };
        Self { text, openmetrics }
    }

    pub(super) fn segment(&self, format: Format) -> &Segment {
        match format {
            Format::Text004 => &self.text,
            Format::OpenMetrics => &self.openmetrics,
        }
    }
}

/// A piece of a body, plain and as raw deflate blocks.
///
/// The blocks end on a byte and none is marked as the last one, so that segments form one stream when they follow each
/// other. One stream matters: many clients ignore what follows a gzip file's first member.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) identity: Bytes,
    pub(super) deflated: Bytes,
    pub(super) checksum: crc32fast::Hasher,
}

impl Segment {
    pub(super) fn compress(mut text: Vec<u8>) -> Self {
        // The text lives as long as its generation; what the encoder reserved too much need not.
        text.shrink_to_fit();
        let level = if text.len() < FAST_FROM_BYTES { Compression::new(6) } else { Compression::fast() };
        let mut encoder = DeflateEncoder::new(Vec::with_capacity(text.len() / 8), level);
        encoder.write_all(&text).and_then(|()| encoder.flush()).expect("writing to a vector cannot fail");
        // What `flush` wrote is complete; `finish` would go on to mark the last block.
        let deflated = Bytes::copy_from_slice(encoder.get_ref());
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&text);
        Self { identity: text.into(), deflated, checksum }
    }
}
