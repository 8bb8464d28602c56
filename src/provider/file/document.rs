//! Documents: YAML and JSON files that are read as a whole.

use std::{fs::File, io::Read as _, mem, path::Path};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_saphyr::Spanned;

use crate::model::Value;

use super::{
    entry::{Entry, Named, Text},
    problem::{EntryError, FileError, Problems, without_place},
    source::{DeclaredKinds, Read, Sink},
};

/// A document; `T` is an entry that knows its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Document<T> {
    /// The cloud of nodes that name none; likewise account and region.
    cloud: Option<Text>,
    account: Option<Named>,
    region: Option<Named>,
    #[serde(default)]
    pub(super) kinds: DeclaredKinds,
    #[serde(default = "Vec::new")]
    pub(super) nodes: Vec<T>,
    #[serde(default = "Vec::new")]
    pub(super) edges: Vec<T>,
}

pub(super) fn read_yaml(path: &Path, bytes_max: u64, sink: Sink<'_>) -> Result<Read, FileError> {
    let text = load(path, bytes_max)?;
    // The size of the file is the limit; what else a document may not do stays as the library has it.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: usize::MAX,
            max_events: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
    };
    let document: Document<Spanned<Value>> = serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
        FileError::Syntax { path: path.to_owned(), line, column, message: without_place(&error.without_snippet()) }
    })?;
    Ok(document.deliver(path, sink, |entry| (entry.referenced.line(), Ok(entry.value))))
}

pub(super) fn read_json(path: &Path, bytes_max: u64, sink: Sink<'_>) -> Result<Read, FileError> {
    let text = load(path, bytes_max)?;
    let document = if text.trim_start().starts_with('[') {
        serde_json::from_str(&text).map(|nodes| Document {
            cloud: None,
            account: None,
            region: None,
            kinds: DeclaredKinds::new(),
            nodes,
            edges: Vec::new(),
        })
    } else {
        serde_json::from_str::<Document<&RawValue>>(&text)
    };
    let document = document.map_err(|error| FileError::Syntax {
        path: path.to_owned(),
        line: error.line() as u64,
        column: error.column() as u64,
        message: without_place(&error),
    })?;
    let mut lines = LineCounter { text: &text, offset: 0, line: 1 };
    Ok(document.deliver(path, sink, |raw: &RawValue| {
        let line = lines.line_of(raw.get());
        (line, serde_json::from_str(raw.get()).map_err(EntryError::from))
    }))
}

impl<T> Document<T> {
    /// Hands on every entry, filled up with what the head says.
    fn deliver(
        mut self,
        path: &Path,
        sink: Sink<'_>,
        mut locate: impl FnMut(T) -> (u64, Result<Value, EntryError>),
    ) -> Read {
        let mut problems = Problems::default();
        for raw in mem::take(&mut self.nodes).into_iter().chain(mem::take(&mut self.edges)) {
            let (line, value) = locate(raw);
            match value.and_then(Entry::read) {
                Ok(entry) => sink(line, self.filled(entry)),
                Err(error) => problems.add(path, line, &error),
            }
        }
        Read { problems, kinds: self.kinds, file: None }
    }

    /// The entry with what the head says where it says nothing itself.
    pub(super) fn filled(&self, mut entry: Entry) -> Entry {
        if let Entry::Node(node) = &mut entry {
            node.cloud = node.cloud.take().or_else(|| self.cloud.as_ref().map(|cloud| cloud.0.clone()));
            node.account = node.account.take().or_else(|| self.account.clone());
            node.region = node.region.take().or_else(|| self.region.clone());
        }
        entry
    }
}

/// Counts lines forwards; entries come in the order of the text, as a rule.
#[derive(Debug)]
struct LineCounter<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line on which `part`, a slice of the text, begins.
    fn line_of(&mut self, part: &str) -> u64 {
        let offset = part.as_ptr() as usize - self.text.as_ptr() as usize;
        if offset < self.offset {
            (self.offset, self.line) = (0, 1);
        }
        self.line += self.text[self.offset..offset].matches('\n').count() as u64;
        self.offset = offset;
        self.line
    }
}

fn load(path: &Path, bytes_max: u64) -> Result<String, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(bytes_max.saturating_add(1)).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > bytes_max {
        return Err(FileError::TooLarge { path: path.to_owned(), limit: bytes_max });
    }
    Ok(text)
}
