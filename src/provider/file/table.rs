//! CSV: one resource a line.

use std::{fs::File, path::Path};

use crate::model::{KindName, Resource, Value};

use super::{
    entry::{Content, Entry, Named, NodeEntry, time},
    problem::{EntryError, FileError},
    source::{Read, Sink},
};

/// What a column is.
#[derive(Debug)]
enum Column {
    Id,
    Kind,
    Name,
    Cloud,
    Account,
    AccountName,
    Region,
    Zone,
    Ctime,
    Tag(String),
    Property(String),
}

/// Reads a table whose first line names its columns.
pub(super) fn read(path: &Path, sink: Sink<'_>) -> Result<Read, FileError> {
    let file = File::open(path).map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().map_err(|error| FileError::Syntax {
        path: path.to_owned(),
        line: 1,
        column: 1,
        message: error.to_string(),
    })?;
    let columns: Vec<Column> = header.iter().map(Column::of).collect();
    for column in ["id", "kind"] {
        if !header.iter().any(|name| name == column) {
            return Err(FileError::Column { path: path.to_owned(), column });
        }
    }
    let mut read = Read::default();
    for record in reader.records() {
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line);
        match record {
            Ok(record) => match row(&columns, &record) {
                Ok(node) => sink(line(record.position()), Entry::Node(Box::new(node))),
                Err(error) => read.problems.add(path, line(record.position()), &error),
            },
            Err(error) => {
                let place = line(error.position());
                read.problems.add(path, place, &error.into());
            }
        }
    }
    Ok(read)
}

impl Column {
    fn of(name: &str) -> Self {
        match name {
            "id" => Self::Id,
            "kind" => Self::Kind,
            "name" => Self::Name,
            "cloud" => Self::Cloud,
            "account" => Self::Account,
            "account_name" => Self::AccountName,
            "region" => Self::Region,
            "zone" => Self::Zone,
            "ctime" => Self::Ctime,
            other => match other.strip_prefix("tags.") {
                Some(tag) => Self::Tag(tag.to_owned()),
                None => Self::Property(other.to_owned()),
            },
        }
    }
}

fn row(columns: &[Column], record: &csv::StringRecord) -> Result<NodeEntry, EntryError> {
    let (mut cloud, mut account, mut account_name, mut region) = (None, None, None, None);
    let mut resource = Resource::new("", "");
    for (column, cell) in columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let text = cell.to_owned();
        match column {
            Column::Id => resource.id = text,
            Column::Kind => resource.kind = KindName::from(text),
            Column::Name => resource.name = text,
            Column::Cloud => cloud = Some(text),
            Column::Account => account = Some(text),
            Column::AccountName => account_name = Some(text),
            Column::Region => region = Some(Named { id: text, name: None }),
            Column::Zone => resource.zone = Some(text),
            Column::Ctime => resource.ctime = time("ctime", Some(text))?,
            Column::Tag(key) => drop(resource.tags.insert(key.clone(), text)),
            Column::Property(key) => resource.properties.insert(key, typed(cell)),
        }
    }
    if resource.id.is_empty() {
        return Err(EntryError::Missing("id"));
    }
    if resource.kind.is_empty() {
        return Err(EntryError::Missing("kind"));
    }
    if resource.name.is_empty() {
        resource.name.clone_from(&resource.id);
    }
    Ok(NodeEntry {
        key: resource.id.clone(),
        bases: Vec::new(),
        cloud,
        account: account.map(|id| Named { id, name: account_name }),
        region,
        content: Content::Whole(Box::new(resource)),
    })
}

/// A number or truth value where the cell is written as JSON would write one; `007` and `1e5x` are text.
fn typed(cell: &str) -> Value {
    match serde_json::from_str(cell) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => cell.into(),
    }
}
