//! Parts of a page: rendered text and its compressed form, ready to be put after other parts.

use std::sync::Arc;

use crc32fast::Hasher;
use rayon::prelude::*;

use super::{
    Format,
    chunk::{Chunk, Compressor, Draft, KnownChunks, Level},
};
use crate::metrics::exposition::{Block, Exposition};

/// From this size on speed matters more than the last tenth of the size.
const FAST_FROM_BYTES: usize = 10 * 1024 * 1024;
/// Text that comes as a whole is cut where a family begins, when this much is there.
const CHUNK_BYTES: usize = 128 * 1024;

/// One part of every body of a page; clones share it.
///
/// Rendering and compressing take half a second per 100 MB and core; do it on a thread that may block. What is the same
/// in an earlier part is taken over from there: the bytes are those that compressing anew would yield.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) text: Text,
    pub(super) openmetrics: Text,
}

/// The text of one format.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) chunks: Arc<[Chunk]>,
    pub(super) checksum: Hasher,
}

impl Part {
    /// Renders families; most of the work is that of an earlier part where little has changed since.
    pub fn render(exposition: &Exposition, earlier: Option<&Self>) -> Self {
        let blocks = exposition.blocks();
        let known = earlier.map(Self::known).unwrap_or_default();
        let drafts: Vec<(Draft, Option<Draft>)> = blocks
            .par_iter()
            .map_init(Vec::new, |buffer, block: &Block<'_>| {
                let mut draft = |format| {
                    buffer.clear();
                    block.encode(format, buffer);
                    Draft::new(buffer, &known)
                };
                let text = draft(Format::Text004);
                (text, (!block.is_the_same_everywhere()).then(|| draft(Format::OpenMetrics)))
            })
            .collect();
        let level = level(drafts.iter().map(|(text, _)| text.len()).sum());
        let chunks: Vec<(Chunk, Option<Chunk>)> = drafts
            .into_par_iter()
            .map_init(
                || Compressor::new(level),
                |compressor, (text, openmetrics)| {
                    (compressor.finish(text), openmetrics.map(|draft| compressor.finish(draft)))
                },
            )
            .collect();
        let openmetrics = chunks.iter().map(|(text, openmetrics)| openmetrics.as_ref().unwrap_or(text).clone());
        let openmetrics = Text::new(openmetrics.collect());
        Self { text: Text::new(chunks.into_iter().map(|(text, _)| text).collect()), openmetrics }
    }

    /// Compresses the text of both formats; neither contains the end of a body.
    pub fn compress(text: &[u8], openmetrics: &[u8], earlier: Option<&Self>) -> Self {
        let known = earlier.map(Self::known).unwrap_or_default();
        let level = level(text.len());
        let compressed = |text| {
            let chunks = families(text)
                .into_par_iter()
                .map_init(|| Compressor::new(level), |compressor, piece| compressor.finish(Draft::new(piece, &known)));
            Text::new(chunks.collect())
        };
        let in_text = compressed(text);
        // Gauges without units read the same in both formats, and then need half the time and memory.
        let openmetrics = if text == openmetrics { in_text.clone() } else { compressed(openmetrics) };
        Self { text: in_text, openmetrics }
    }

    pub(super) fn text(&self, format: Format) -> &Text {
        match format {
            Format::Text004 => &self.text,
            Format::OpenMetrics => &self.openmetrics,
        }
    }

    fn known(&self) -> KnownChunks<'_> {
        KnownChunks::new(self.text.chunks.iter().chain(&*self.openmetrics.chunks))
    }
}

impl Text {
    pub(super) fn new(chunks: Vec<Chunk>) -> Self {
        let mut checksum = Hasher::new();
        for chunk in &chunks {
            checksum.combine(&chunk.checksum());
        }
        Self { chunks: chunks.into(), checksum }
    }
}

fn level(bytes: usize) -> Level {
    if bytes < FAST_FROM_BYTES { Level::Small } else { Level::Fast }
}

/// Cuts a text before families.
fn families(text: &[u8]) -> Vec<&[u8]> {
    const START: &[u8] = b"\n# HELP ";
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(behind) = rest.get(CHUNK_BYTES..) {
        let Some(position) = behind.windows(START.len()).position(|window| window == START) else { break };
        let (piece, others) = rest.split_at(CHUNK_BYTES + position + 1);
        pieces.push(piece);
        rest = others;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::metrics::{Family, FamilyKind};

    /// So many accounts of nine samples, of one of which a value is different.
    fn exposition(accounts: usize, changed: Option<usize>) -> Exposition {
        let family = |name: &str, help: &str| {
            let samples = (0..accounts * 9).map(|row| {
                let account = row / 9;
                let value = if changed == Some(account) { 1.5 } else { 1.0 };
                (["aws".to_owned(), format!("account {account:05}"), format!("region-{}", row % 9)], value)
            });
            let family = Family::new(name, help, FamilyKind::Gauge, ["cloud", "account", "region"]).unwrap();
            Arc::new(family.with_samples(samples).unwrap())
        };
        // The quotation mark makes the header differ between the formats.
        Exposition::new([family("instances", "All \"instances\"."), family("volumes", "Volumes.")]).unwrap()
    }

    fn bytes(part: &Part, format: Format) -> [Vec<u8>; 2] {
        let chunks = &part.text(format).chunks;
        [
            chunks.iter().flat_map(|chunk| chunk.text.to_vec()).collect(),
            chunks.iter().flat_map(|chunk| chunk.deflated.to_vec()).collect(),
        ]
    }

    fn addresses(part: &Part) -> BTreeSet<(usize, usize)> {
        let address = |chunk: &Chunk| (chunk.text.as_ptr().addr(), chunk.deflated.as_ptr().addr());
        part.text.chunks.iter().map(address).collect()
    }

    #[test]
    fn a_part_has_the_text_of_its_exposition() {
        let exposition = exposition(2000, None);
        let part = Part::render(&exposition, None);
        assert!(part.text.chunks.len() > 4);
        for format in Format::ALL {
            assert_eq!(bytes(&part, format)[0], exposition.encode(format));
            assert_eq!(part.text(format).checksum.clone().finalize(), crc32fast::hash(&bytes(&part, format)[0]));
        }
    }

    #[test]
    fn lines_that_are_the_same_in_both_formats_are_held_once() {
        let part = Part::render(&exposition(2000, None), None);
        let [text, openmetrics] = Format::ALL.map(|format| &part.text(format).chunks);
        let shared = text.iter().zip(&**openmetrics).filter(|(a, b)| a.text.as_ptr() == b.text.as_ptr()).count();
        assert_eq!(shared, text.len() - 1, "only the first header differs");
    }

    #[test]
    fn what_stays_the_same_is_taken_over_and_the_bytes_are_those_of_a_full_rebuild() {
        let before = Part::render(&exposition(2000, None), None);
        let changed = exposition(2000, Some(1000));
        let (after, rebuilt) = (Part::render(&changed, Some(&before)), Part::render(&changed, None));
        for format in Format::ALL {
            assert_eq!(bytes(&after, format), bytes(&rebuilt, format));
        }
        let new = addresses(&after).difference(&addresses(&before)).count();
        assert_eq!(new, 2, "a chunk of each family");
        assert_eq!(addresses(&rebuilt).intersection(&addresses(&before)).count(), 0);
    }

    #[test]
    fn large_parts_are_compressed_faster_and_anew_when_they_become_large() {
        let small = Part::render(&exposition(2000, None), None);
        let large = exposition(20_000, None);
        let (after, rebuilt) = (Part::render(&large, Some(&small)), Part::render(&large, None));
        let length: usize = after.text(Format::Text004).chunks.iter().map(|chunk| chunk.text.len()).sum();
        assert!(length >= FAST_FROM_BYTES);
        assert_eq!(bytes(&after, Format::Text004), bytes(&rebuilt, Format::Text004));
    }

    #[test]
    fn text_that_comes_as_a_whole_is_cut_before_families() {
        let family = |name: &str, lines: usize| {
            format!("# HELP {name} H.\n# TYPE {name} gauge\n{}", format!("{name} 1\n").repeat(lines))
        };
        let text = [family("a", 40_000), family("b", 3), family("c", 60_000), family("d", 1)].concat();
        let part = Part::compress(text.as_bytes(), text.as_bytes(), None);
        let starts: Vec<&[u8]> = part.text.chunks.iter().map(|chunk| &chunk.text[..8]).collect();
        assert_eq!(starts, [b"# HELP a", b"# HELP b", b"# HELP d"]);
        assert_eq!(bytes(&part, Format::Text004)[0], text.as_bytes());
        let again = Part::compress(text.as_bytes(), text.as_bytes(), Some(&part));
        assert_eq!(addresses(&again), addresses(&part));
    }
}
