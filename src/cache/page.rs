//! Pages: everything that one state of the metrics can be answered with.

use jiff::Timestamp;

use super::{Body, Encoding, Format, part::Part, part::Segment};

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
            let end = Segment::compress(format.end().to_vec());
            let segments: Vec<&Segment> =
                parts.iter().map(|part| part.segment(format)).chain(std::iter::once(&end)).collect();
            let mut checksum = crc32fast::Hasher::new();
            for segment in &segments {
                checksum.combine(&segment.checksum);
            }
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
                identity: Body::identity(&segments, etag(Encoding::Identity)),
                gzip: Body::gzip(&segments, &checksum, etag(Encoding::Gzip)),
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
