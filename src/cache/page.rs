//! Pages: everything that one state of the metrics can be answered with.

use jiff::Timestamp;

use super::{
    Body, Encoding, Format,
    chunk::Chunk,
    part::{Part, Text},
};

/// The same metrics in every format and encoding.
#[derive(Clone, Debug)]
pub struct Page {
    generation: Option<u64>,
    rendered_at: Timestamp,
    text: Variants,
    openmetrics: Variants,
}

#[derive(Clone, Debug)]
struct Variants {
    identity: Body,
    gzip: Body,
}

impl Page {
    /// Puts parts one after the other; costs nothing but the end of each body.
    pub(super) fn compose(parts: &[&Part], generation: Option<u64>, rendered_at: Timestamp) -> Self {
        let variants = |format: Format| {
            let end = Chunk::small(format.end());
            let texts: Vec<&Text> = parts.iter().map(|part| part.text(format)).collect();
            let chunks: Vec<&Chunk> = texts.iter().flat_map(|text| &*text.chunks).chain([&end]).collect();
            let mut checksum = crc32fast::Hasher::new();
            for text in &texts {
                checksum.combine(&text.checksum);
            }
            checksum.combine(&end.checksum());
            let etag = |encoding: Encoding| {
                format!(
                    "\"{}-{:x}-{:08x}-{}-{}\"",
                    generation.unwrap_or_default(),
                    rendered_at.as_microsecond(),
                    checksum.clone().finalize(),
                    format.as_str(),
                    encoding.as_str()
                )
            };
            Variants {
                identity: Body::identity(&chunks, etag(Encoding::Identity)),
                gzip: Body::gzip(&chunks, &checksum, etag(Encoding::Gzip)),
            }
        };
        Self { generation, rendered_at, text: variants(Format::Text004), openmetrics: variants(Format::OpenMetrics) }
    }

    /// The generation whose metrics these are; none before the first one.
    pub fn generation(&self) -> Option<u64> {
        self.generation
    }

    pub fn rendered_at(&self) -> Timestamp {
        self.rendered_at
    }

    pub fn body(&self, format: Format, encoding: Encoding) -> &Body {
        let variants = match format {
            Format::Text004 => &self.text,
            Format::OpenMetrics => &self.openmetrics,
        };
        match encoding {
            Encoding::Identity => &variants.identity,
            Encoding::Gzip => &variants.gzip,
        }
    }

    /// The size in bytes of every body.
    pub fn sizes(&self) -> impl Iterator<Item = (Format, Encoding, usize)> {
        Format::ALL.into_iter().flat_map(move |format| {
            Encoding::ALL.into_iter().map(move |encoding| (format, encoding, self.body(format, encoding).len()))
        })
    }
}
