//! Whether the engine's rows are those that were expected.

use cloudgauge::search;

use super::{
    aggregate::{Number, Row},
    order,
};

/// Whether these are the same rows in the same order, numbers to nine digits.
pub(crate) fn same_rows(rows: &[search::Row], expected: &[Row]) -> bool {
    rows.len() == expected.len() && rows.iter().zip(expected).all(|(row, expected)| same(row, expected))
}

fn same(row: &search::Row, expected: &Row) -> bool {
    let groups = row.group.iter().zip(&expected.group).all(|((name, value), (other_name, other))| {
        // 1 and 1.0 are one group, named by either.
        **name == **other_name && order::compare(value, other).is_eq()
    });
    let values = row
        .values
        .iter()
        .zip(&expected.values)
        .all(|((name, value), (other_name, other))| **name == **other_name && close(*value, *other));
    let complete = row.group.len() == expected.group.len() && row.values.len() == expected.values.len();
    complete && groups && values
}

/// Equal to nine digits, measured by the numbers that it was computed of.
fn close(value: Option<f64>, expected: Option<Number>) -> bool {
    match (value, expected) {
        (None, None) => true,
        (Some(value), Some(expected)) => {
            (value - expected.value).abs() <= 1e-9 * expected.scale.max(expected.value.abs()).max(1.0)
        }
        _ => false,
    }
}
