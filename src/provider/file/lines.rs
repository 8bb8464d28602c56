//! NDJSON: one entry a line.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _},
    path::Path,
};

use crate::model::{Resource, Value};

use super::{
    entry::{Content, Entry, NodeEntry},
    place::Place,
    problem::{EntryError, FileError},
    roles::{Role, Roles},
    skim::{Skimmed, SkimmedNode, Skimmer},
    source::{Read, Sink},
};

/// Reads line by line; a line that is no entry, or too long, costs itself alone.
///
/// Of a resource it hands on where it stands.
pub(super) fn read(path: &Path, line_bytes_max: u64, roles: &Roles, sink: Sink<'_>) -> Result<Read, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut read = Read { file: Some(file.try_clone().map_err(failed)?), ..Read::default() };
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut skimmer = Skimmer::default();
    let mut line = Vec::new();
    let (mut offset, mut next) = (0, 0);
    for number in 1.. {
        offset += next;
        line.clear();
        let length = reader.by_ref().take(line_bytes_max + 1).read_until(b'\n', &mut line).map_err(failed)?;
        if length == 0 {
            break;
        }
        next = length as u64;
        if length as u64 > line_bytes_max && line.last() != Some(&b'\n') {
            read.problems.add(path, number, &EntryError::TooLong { limit: line_bytes_max });
            next += skip_line(&mut reader).map_err(failed)?;
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let place = Place::new(offset, number, &line);
        let said = place.and_then(|place| Some((skimmer.skim(&line, roles)?, place)));
        let entry = match said {
            Some((Skimmed::Edge(edge), _)) => Ok(Entry::Edge(edge)),
            Some((Skimmed::Node(node), place)) => Ok(Entry::Node(Box::new(node.at(place)))),
            None => serde_json::from_slice::<Value>(&line).map_err(EntryError::from).and_then(Entry::read),
        };
        match entry {
            Ok(Entry::Node(node)) => sink(number, Entry::Node(Box::new(node.put_down(place, roles)))),
            Ok(edge) => sink(number, edge),
            Err(error) => read.problems.add(path, number, &error),
        }
    }
    Ok(read)
}

impl SkimmedNode {
    fn at(self, place: Place) -> NodeEntry {
        let Self { key, kind, id, bases, cloud, account, region } = self;
        NodeEntry { key, bases, cloud, account, region, content: Content::Line { kind, id, place } }
    }
}

impl NodeEntry {
    /// Without the content that can be read again; all but resources are needed at once.
    fn put_down(self, place: Option<Place>, roles: &Roles) -> Self {
        match (self.content, place) {
            (Content::Whole(resource), Some(place)) if roles.of(&resource.kind, &self.bases) == Role::Resource => {
                let Resource { kind, id, .. } = *resource;
                Self { content: Content::Line { kind, id, place }, ..self }
            }
            (content, _) => Self { content, ..self },
        }
    }
}

/// Passes over the rest of a line, however long it is; its length.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<u64> {
    let mut length = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(position) => (position + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        length += used as u64;
        if ended {
            return Ok(length);
        }
    }
}
