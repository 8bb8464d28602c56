//! Places: where in a file a resource stands, so that it need not be held until it is asked for.

use std::{fs::File, io, os::unix::fs::FileExt as _, path::PathBuf};

use crate::model::{Failure, FailureClass, Resource, Value};

use super::{
    entry::{Content, Entry},
    problem::Problems,
};

/// A line of a file, and the checksum that it had when it was read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Two halves, so that a place has no gaps in memory.
    offset: [u32; 2],
    len: u32,
    line: u32,
    checksum: u32,
}

impl Place {
    /// None where the line is beyond what can be noted; it has to be held then.
    pub(super) fn new(offset: u64, line: u64, text: &[u8]) -> Option<Self> {
        let (high, low) = (u32::try_from(offset >> 32).ok()?, (offset & u64::from(u32::MAX)).try_into().ok()?);
        let (len, line) = (u32::try_from(text.len()).ok()?, u32::try_from(line).ok()?);
        Some(Self { offset: [high, low], len, line, checksum: crc32fast::hash(text) })
    }

    fn start(&self) -> u64 {
        u64::from(self.offset[0]) << 32 | u64::from(self.offset[1])
    }

    fn end(&self) -> u64 {
        self.start() + u64::from(self.len)
    }
}

/// A file that is read once more, line by line as lines are asked for.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// As it was opened first: a file that was replaced meanwhile is still read as it was.
    pub(super) file: Option<File>,
}

impl Source {
    /// Lines that lie closer to each other are read at once.
    const GAP: u64 = 16 * 1024;
    /// As much is read at once, unless a line is longer.
    const BLOCK: u64 = 512 * 1024;

    /// Calls `f` with the resource of each line, in order; lines that are unusable after all are told to `problems`.
    pub(super) fn read(
        &self,
        places: &[Place],
        problems: &mut Problems,
        f: &mut dyn FnMut(usize, Resource),
    ) -> Result<(), Failure> {
        // What is held as a whole may come from no file at all.
        if places.is_empty() {
            return Ok(());
        }
        let failed = |error: &io::Error| {
            Failure::new(FailureClass::BadAnswer, format!("{} cannot be read again: {error}", self.path.display()))
        };
        let opened;
        let file = if let Some(file) = &self.file {
            file
        } else {
            opened = File::open(&self.path).map_err(|error| failed(&error))?;
            &opened
        };
        let mut block = Vec::new();
        let mut first = 0;
        while let Some(start) = places.get(first).map(Place::start) {
            let near = |pair: &[Place]| {
                let (before, next) = (&pair[0], &pair[1]);
                before.end() <= next.start()
                    && next.start() - before.end() <= Self::GAP
                    && next.end() - start <= Self::BLOCK
            };
            let count = 1 + places[first..].windows(2).take_while(|pair| near(pair)).count();
            let lines = &places[first..first + count];
            let length = lines[count - 1].end() - start;
            block.resize(usize::try_from(length).expect("a line that was read fits into memory"), 0);
            match file.read_exact_at(&mut block, start) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(self.changed(&lines[0])),
                Err(error) => return Err(failed(&error)),
            }
            for (position, place) in (first..).zip(lines) {
                let at = usize::try_from(place.start() - start).expect("it lies within the block");
                let text = &block[at..at + place.len as usize];
                if crc32fast::hash(text) != place.checksum {
                    return Err(self.changed(place));
                }
                let entry = serde_json::from_slice::<Value>(text).map_err(Into::into).and_then(Entry::read);
                match entry {
                    Ok(Entry::Node(node)) => match node.content {
                        Content::Whole(resource) => f(position, *resource),
                        Content::Line { .. } => return Err(self.changed(place)),
                    },
                    Ok(Entry::Edge(_)) => return Err(self.changed(place)),
                    Err(error) => problems.add(&self.path, place.line.into(), &error),
                }
            }
            first += count;
        }
        Ok(())
    }

    fn changed(&self, place: &Place) -> Failure {
        let (path, line) = (self.path.display(), place.line);
        let message = format!(
            "{path}:{line}: the line changed while the file was being read; replace files by renaming, rather than \
             writing into them. The next collection reads it again"
        );
        Failure::new(FailureClass::BadAnswer, message)
    }
}
