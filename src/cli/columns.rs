//! Rows of JSON as tables, CSV and JSON.

use std::collections::BTreeSet;
use std::io;

use super::Printer;
use super::arguments::OutputFormat;
use super::table::Cells;
use crate::model::Value;

/// What identifies a resource to a person.
const RESOURCE: [&str; 7] = ["kind", "id", "name", "cloud", "account", "region", "ctime"];

/// Where a resource is; such a column shows the name of the ancestor.
const ANCESTORS: [&str; 4] = ["cloud", "account", "region", "zone"];

/// The section of a document that plain names are looked up in.
const DEFAULT_SECTION: &str = "reported";

/// What every document has at its root; everything else was put there by a merge.
const ROOT: [&str; 7] = ["ancestors", "descendants", "desired", "id", "kinds", "metadata", "reported"];

/// The columns for rows whose reader named none: those of a resource and of what a merge adds to it, or all keys of the
/// groups of an aggregation.
pub(super) fn default_for(rows: &[Value]) -> Vec<String> {
    if rows.iter().any(|row| row.get(DEFAULT_SECTION).is_some()) {
        let keys = rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys());
        let merged: BTreeSet<&String> = keys.filter(|key| !ROOT.contains(&key.as_str())).collect();
        return RESOURCE.into_iter().chain(merged.into_iter().map(String::as_str)).map(String::from).collect();
    }
    let mut groups = BTreeSet::new();
    let mut others = BTreeSet::new();
    for row in rows.iter().filter_map(Value::as_object) {
        for (key, value) in row {
            match value.as_object().filter(|_| key == "group") {
                Some(group) => groups.extend(group.keys().map(|name| format!("group.{name}"))),
                None => drop(others.insert(key.clone())),
            }
        }
    }
    groups.into_iter().chain(others).collect()
}

/// Says which of the columns that a reader named no row has, and what was probably meant.
pub(super) fn absent(rows: &[Value], columns: &[String]) -> Vec<String> {
    /// Names that are less alike are not worth a guess.
    const LIKE: f64 = 0.5;
    let is_absent = |column: &&String| !rows.is_empty() && rows.iter().all(|row| cell(row, column).is_none());
    let names_of = |row: &Value| {
        let objects = [row.get(DEFAULT_SECTION), row.get("group"), Some(row)];
        let objects = objects.into_iter().flatten().filter_map(Value::as_object);
        objects.flat_map(|object| object.keys().cloned()).collect::<Vec<String>>()
    };
    let names = rows.iter().flat_map(names_of).chain(ANCESTORS.map(String::from));
    let known: BTreeSet<String> = names.filter(|name| name != "group").collect();
    let note = |column: &String| {
        let like = |name: &String| strsim::normalized_damerau_levenshtein(column, name);
        let alike = known.iter().map(|name| (like(name), name)).filter(|(like, _)| *like > LIKE);
        match alike.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((_, name)) => format!("No result has `{column}`; did you mean `{name}`?"),
            None => format!("No result has `{column}`."),
        }
    };
    columns.iter().filter(is_absent).map(note).collect()
}

/// Writes rows in one of the forms; `columns` matter for tables and CSV only.
pub(super) fn write(rows: &[Value], columns: &[String], format: OutputFormat, printer: &Printer) -> io::Result<()> {
    let headers = columns.iter().map(|column| column.strip_prefix("group.").unwrap_or(column));
    match format {
        OutputFormat::Table => {
            let is_number = |column: &str| {
                let mut values =
                    rows.iter().filter_map(|row| cell(row, column)).filter(|value| !value.is_null()).peekable();
                values.peek().is_some() && values.all(Value::is_number)
            };
            let numeric =
                columns.iter().enumerate().filter(|(_, column)| is_number(column)).map(|(position, _)| position);
            let mut cells = Cells::new(headers).numeric(numeric);
            for row in rows {
                cells.push(columns.iter().map(|column| text(cell(row, column))));
            }
            printer.print(&cells.to_string())
        }
        OutputFormat::Csv => printer.write(|stream| {
            let mut writer = csv::Writer::from_writer(stream);
            writer.write_record(headers)?;
            for row in rows {
                writer.write_record(columns.iter().map(|column| text(cell(row, column))))?;
            }
            writer.flush()
        }),
        OutputFormat::Json => printer.write(|stream| {
            serde_json::to_writer_pretty(&mut *stream, rows)?;
            writeln!(stream)
        }),
        OutputFormat::Ndjson => printer.write(|stream| {
            for row in rows {
                serde_json::to_writer(&mut *stream, row)?;
                writeln!(stream)?;
            }
            Ok(())
        }),
    }
}

/// The value that a column shows of a row.
fn cell<'a>(row: &'a Value, column: &str) -> Option<&'a Value> {
    let steps = |start: &'a Value| column.split('.').try_fold(start, |value, key| value.get(key));
    let ancestor = || {
        let ancestor =
            ANCESTORS.contains(&column).then(|| row.get("ancestors")?.get(column)?.get(DEFAULT_SECTION))??;
        ancestor.get("name").or_else(|| ancestor.get("id"))
    };
    // A group's key may contain dots, being the path that was grouped by.
    let group = || row.get("group")?.get(column.strip_prefix("group.")?);
    let whole_key = || row.get(column);
    // A row of a document has its node's key as `id`; people mean the cloud's.
    let reported = || row.get(DEFAULT_SECTION).and_then(steps);
    ancestor().or_else(group).or_else(reported).or_else(whole_key).or_else(|| steps(row))
}

/// A value in one cell.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(string)) => string.clone(),
        Some(Value::Array(items)) if items.iter().all(|item| is_plain(item) || name(item).is_some()) => {
            items.iter().map(|item| text(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => name(other).map_or_else(|| other.to_string(), str::to_owned),
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The name of a resource whose document a merge has put into a cell.
fn name(document: &Value) -> Option<&str> {
    let reported = document.get(DEFAULT_SECTION)?;
    reported.get("name").or_else(|| reported.get("id"))?.as_str()
}
