//! Tables for people: columns two spaces apart, no lines, nothing cut off.

use std::collections::BTreeSet;
use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// The cells of a table, row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Positions of the columns that hold numbers.
    numeric: BTreeSet<usize>,
}

impl Cells {
    pub(super) fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    pub(super) fn without_header() -> Self {
        Self::default()
    }

    pub(super) fn push<T: Into<String>>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    /// Aligns columns to the right.
    ///
    /// Not guessed from the cells: an account's number is a name.
    #[must_use]
    pub(super) fn numeric(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.numeric.extend(columns);
        self
    }
}

impl fmt::Display for Cells {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if !self.header.is_empty() {
            table.set_header(self.header.iter().map(|name| name.to_uppercase()));
        }
        // A line break in a value would break the table.
        table.add_rows(self.rows.iter().map(|row| row.iter().map(|cell| cell.replace(['\n', '\r', '\t'], " "))));
        for (position, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if self.numeric.contains(&position) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(formatter, "{}", table.trim_fmt())
    }
}
