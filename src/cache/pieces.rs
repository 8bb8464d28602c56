//! Pieces: a part as bytes that can be kept on disk, and put together again without compressing anything.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{
    chunk::{Chunk, Level},
    part::{Part, Text},
};

/// How chunks follow from pieces, and texts from chunks.
#[derive(Serialize, Deserialize)]
struct Layout {
    chunks: Vec<StoredChunk>,
    /// Positions among the chunks; what both formats share is stored once.
    text: Vec<usize>,
    openmetrics: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
struct StoredChunk {
    checksum: u32,
    level: Level,
}

impl Part {
    /// The bytes it consists of: first how they belong together, then the text and the compressed text of each chunk.
    /// No content is copied.
    pub fn pieces(&self) -> Vec<Bytes> {
        let mut numbers: BTreeMap<*const u8, usize> = BTreeMap::new();
        let mut chunks: Vec<&Chunk> = Vec::new();
        let [text, openmetrics] = [&self.text, &self.openmetrics].map(|text| {
            let mut positions = Vec::with_capacity(text.chunks.len());
            for chunk in &*text.chunks {
                // Compressed it is never empty, so that its place tells it from others.
                positions.push(*numbers.entry(chunk.deflated.as_ptr()).or_insert_with(|| {
                    chunks.push(chunk);
                    chunks.len() - 1
                }));
            }
            positions
        });
        let stored = chunks.iter().map(|chunk| StoredChunk { checksum: chunk.checksum, level: chunk.level });
        let layout = Layout { chunks: stored.collect(), text, openmetrics };
        let layout = serde_json::to_vec(&layout).expect("numbers and names are written to memory");
        let contents = chunks.into_iter().flat_map(|chunk| [chunk.text.clone(), chunk.deflated.clone()]);
        std::iter::once(layout.into()).chain(contents).collect()
    }

    /// The part that has these pieces; none where they are not those of a part.
    ///
    /// Whether the bytes are still the same is for whoever kept them to find out.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Bytes>) -> Option<Self> {
        let mut pieces = pieces.into_iter();
        let layout: Layout = serde_json::from_slice(&pieces.next()?).ok()?;
        let chunks = layout.chunks.into_iter().map(|StoredChunk { checksum, level }| {
            let (text, deflated) = (pieces.next()?, pieces.next()?);
            Some(Chunk { text, deflated, checksum, level })
        });
        let chunks: Vec<Chunk> = chunks.collect::<Option<_>>()?;
        let text = |positions: Vec<usize>| {
            let chunks = positions.into_iter().map(|position| chunks.get(position).cloned());
            chunks.collect::<Option<_>>().map(Text::new)
        };
        let part = Self { text: text(layout.text)?, openmetrics: text(layout.openmetrics)? };
        pieces.next().is_none().then_some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Format;

    fn part() -> Part {
        let family =
            |name: &str| format!("# HELP {name} H.\n# TYPE {name} gauge\n{}", format!("{name} 1\n").repeat(40_000));
        let text = [family("a"), family("b")].concat();
        Part::compress(text.as_bytes(), text.replacen("# HELP a H.", "# HELP a \\\"H.", 1).as_bytes(), None)
    }

    fn contents(part: &Part, format: Format) -> Vec<(Bytes, Bytes, u32)> {
        let chunks = part.text(format).chunks.iter();
        chunks.map(|chunk| (chunk.text.clone(), chunk.deflated.clone(), chunk.checksum)).collect()
    }

    #[test]
    fn a_part_comes_back_from_its_pieces() {
        let part = part();
        let read = Part::from_pieces(part.pieces()).unwrap();
        for format in Format::ALL {
            assert_eq!(contents(&read, format), contents(&part, format));
            assert_eq!(
                read.text(format).checksum.clone().finalize(),
                crc32fast::hash(&contents(&part, format).into_iter().flat_map(|(text, ..)| text).collect::<Vec<u8>>())
            );
        }
    }

    #[test]
    fn text_that_both_formats_share_is_stored_once() {
        let text = "# HELP a H.\na 1\n";
        let part = Part::compress(text.as_bytes(), text.as_bytes(), None);
        assert_eq!(part.pieces().len(), 3, "the layout, and a text twice");
        let read = Part::from_pieces(part.pieces()).unwrap();
        let [text, openmetrics] = Format::ALL.map(|format| read.text(format).chunks[0].text.as_ptr());
        assert_eq!(text, openmetrics);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        let pieces = part().pieces();
        assert!(Part::from_pieces([]).is_none());
        assert!(Part::from_pieces([Bytes::from_static(b"{}")]).is_none());
        assert!(Part::from_pieces(pieces[..pieces.len() - 1].to_vec()).is_none());
        assert!(Part::from_pieces(pieces.iter().cloned().chain([Bytes::new()])).is_none());
        let beyond = Bytes::from_static(br#"{"chunks": [], "text": [0], "openmetrics": []}"#);
        assert!(Part::from_pieces([beyond]).is_none());
    }
}
