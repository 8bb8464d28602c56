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
    text: Text,
    openmetrics: Text,
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
            let chunks = families(text).into_par_iter().map_init(
                || Compressor::new(level),
                |compressor, piece| compressor.finish(Draft::new(piece, &known)),
            );
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
    fn new(chunks: Vec<Chunk>) -> Self {
        let mut checksum = Hasher::new();
        for chunk in &chunks {
            checksum.combine(&chunk.checksum());
        }
        Self { chunks: chunks.into(), checksum }
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.text.len()).sum()
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
