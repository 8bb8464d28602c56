//! NDJSON: one entry a line.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _},
    path::Path,
};

use crate::model::Value;

use super::{
    entry::Entry,
    problem::{EntryError, FileError},
    source::{Read, Sink},
};

/// Reads line by line; a line that is no entry, or too long, costs itself alone.
pub(super) fn read(path: &Path, line_bytes_max: u64, sink: Sink<'_>) -> Result<Read, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let mut reader = BufReader::with_capacity(256 * 1024, File::open(path).map_err(failed)?);
    let mut read = Read::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader.by_ref().take(line_bytes_max + 1).read_until(b'\n', &mut line).map_err(failed)?;
        if length == 0 {
            break;
        }
        if length as u64 > line_bytes_max && line.last() != Some(&b'\n') {
            read.problems.add(path, number, &EntryError::TooLong { limit: line_bytes_max });
            skip_line(&mut reader).map_err(failed)?;
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let entry = serde_json::from_slice::<Value>(&line).map_err(EntryError::from).and_then(Entry::read);
        match entry {
            Ok(entry) => sink(number, entry),
            Err(error) => read.problems.add(path, number, &error),
        }
    }
    Ok(read)
}

/// Passes over the rest of a line, however long it is.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(position) => (position + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        if ended {
            return Ok(());
        }
    }
}
