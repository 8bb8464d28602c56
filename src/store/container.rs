//! Containers: files of named sections, each with a checksum.
//!
//! ```text
//! magic · version · byte order · content · number of sections
//! name · length · CRC-32              for each section
//! CRC-32 of all this
//! the sections, one after the other
//! ```

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::FileError;

const MAGIC: [u8; 8] = *b"cldgauge";
const VERSION: u32 = 2;
/// Reads differently where bytes have another order.
const BYTE_ORDER: u32 = 0x0102_0304;

/// The bytes before the directory, of one entry of it, and of a name in it.
const START: usize = 24;
const ENTRY: usize = 32;
const NAME: usize = 16;
/// More sections than any content has.
const SECTIONS_MAX: usize = 64;

const WRITTEN_AT_ONCE: usize = 1 << 20;
/// Small, because longer reads pass it by.
const READ_AHEAD: usize = 1 << 14;

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Generation = 1,
    Bodies = 2,
}

/// A section to be written: the pieces of its content, in order.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    pub(super) pieces: Vec<&'a [u8]>,
}

impl<'a> Section<'a> {
    pub(super) fn new(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, pieces: vec![content] }
    }

    fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }
}

/// Writes a file beside its place and puts it there when it is safely on disk; its size.
pub(super) fn write(path: &Path, content: Content, sections: &[Section<'_>]) -> io::Result<u64> {
    let beside = path.with_extension(BESIDE);
    let written = write_beside(&beside, content, sections).and_then(|size| {
        fs::rename(&beside, path)?;
        // The new name must survive a loss of power, too.
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
        Ok(size)
    });
    if written.is_err() {
        // Whatever was written is of no use; that it cannot be removed either adds nothing to the error.
        drop(fs::remove_file(&beside));
    }
    written
}

/// The extension of files that are being written.
pub(super) const BESIDE: &str = "partial";

fn write_beside(path: &Path, content: Content, sections: &[Section<'_>]) -> io::Result<u64> {
    let mut head = Vec::with_capacity(START + sections.len() * ENTRY + 4);
    head.extend(MAGIC);
    let count = u32::try_from(sections.len()).expect("sections are few");
    for number in [VERSION, BYTE_ORDER, content as u32, count] {
        head.extend(number.to_ne_bytes());
    }
    for section in sections {
        let mut name = [0; NAME];
        name[..section.name.len()].copy_from_slice(section.name.as_bytes());
        let mut checksum = crc32fast::Hasher::new();
        section.pieces.iter().for_each(|piece| checksum.update(piece));
        head.extend(name);
        head.extend(section.len().to_ne_bytes());
        head.extend(u64::from(checksum.finalize()).to_ne_bytes());
    }
    head.extend(crc32fast::hash(&head).to_ne_bytes());

    let mut file = BufWriter::with_capacity(WRITTEN_AT_ONCE, File::create(path)?);
    file.write_all(&head)?;
    for piece in sections.iter().flat_map(|section| &section.pieces) {
        file.write_all(piece)?;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// A container whose head was read and agrees with the length of the file.
#[derive(Debug)]
pub(super) struct Container {
    file: BufReader<File>,
    sections: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    start: u64,
    len: u64,
    checksum: u64,
}

impl Container {
    pub(super) fn open(path: &Path, content: Content) -> Result<Self, FileError> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut file = BufReader::with_capacity(READ_AHEAD, file);
        let mut head = vec![0; START];
        file.read_exact(&mut head).map_err(|_| FileError::Foreign)?;
        if !head.starts_with(&MAGIC) {
            return Err(FileError::Foreign);
        }
        let [version, byte_order, stated_content, sections] = [8, 12, 16, 20].map(|at| number(&head, at));
        if byte_order == BYTE_ORDER.swap_bytes() {
            return Err(FileError::ByteOrder);
        }
        if version != VERSION {
            return Err(FileError::Version { found: version, read: VERSION });
        }
        let broken = || FileError::Checksum { section: "head".to_owned() };
        let sections =
            usize::try_from(sections).ok().filter(|sections| *sections <= SECTIONS_MAX).ok_or_else(broken)?;
        head.resize(START + sections * ENTRY, 0);
        let mut checksum = [0; 4];
        file.read_exact(&mut head[START..]).and_then(|()| file.read_exact(&mut checksum)).map_err(|_| broken())?;
        if crc32fast::hash(&head).to_ne_bytes() != checksum {
            return Err(broken());
        }
        if stated_content != content as u32 {
            return Err(FileError::Content);
        }
        let mut start = (head.len() + checksum.len()) as u64;
        let mut entries = Vec::with_capacity(sections);
        for entry in head[START..].chunks_exact(ENTRY) {
            let long = |at: usize| u64::from_ne_bytes(*entry[at..].first_chunk().expect("an entry is long enough"));
            let name = entry[..NAME].split(|byte| *byte == 0).next().unwrap_or_default();
            let (len, checksum) = (long(NAME), long(NAME + 8));
            entries.push(Entry { name: String::from_utf8_lossy(name).into_owned(), start, len, checksum });
            start = start.saturating_add(len);
        }
        if start != size {
            return Err(FileError::Length { found: size, stated: start });
        }
        Ok(Self { file, sections: entries })
    }

    /// The bytes of a section.
    pub(super) fn read(&mut self, section: &'static str) -> Result<Vec<u8>, FileError> {
        let mut stream = self.stream(section)?;
        // The section lies inside the file, so no more is reserved than is there.
        let mut bytes = vec![0; usize::try_from(stream.left()).map_err(|_| FileError::Missing { section })?];
        stream.fill(&mut bytes)?;
        stream.finish()?;
        Ok(bytes)
    }

    /// A section that is read piece by piece.
    pub(super) fn stream(&mut self, section: &'static str) -> Result<Stream<'_>, FileError> {
        let entry = self.sections.iter().find(|entry| entry.name == section).ok_or(FileError::Missing { section })?;
        self.file.seek(SeekFrom::Start(entry.start))?;
        Ok(Stream { file: &mut self.file, entry, left: entry.len, checksum: crc32fast::Hasher::new() })
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(*bytes[at..].first_chunk().expect("the start is long enough"))
}

/// The content of a section. Only [`finish`](Self::finish) says whether it is right.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    file: &'a mut BufReader<File>,
    entry: &'a Entry,
    left: u64,
    checksum: crc32fast::Hasher,
}

impl Stream<'_> {
    /// The bytes that were not read yet.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), FileError> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| self.broken())?;
        self.file.read_exact(bytes)?;
        self.checksum.update(bytes);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), FileError> {
        let right = self.left == 0 && u64::from(self.checksum.clone().finalize()) == self.entry.checksum;
        if right { Ok(()) } else { Err(self.broken()) }
    }

    fn broken(&self) -> FileError {
        FileError::Checksum { section: self.entry.name.clone() }
    }
}
