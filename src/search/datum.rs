//! Data: one value, borrowed from wherever it lies.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::{graph::table::Cell, model::Value};

/// A value as conditions see it, whether it lies in a column, in a JSON tree or in neither.
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Stands for its RFC 3339 text in UTC.
    Time(Timestamp),
    Text(&'a str),
    /// An array, an object, or a number beyond `i64`.
    Tree(&'a Value),
}

impl<'a> From<&'a Value> for Datum<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::String(text) => Self::Text(text),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None if number.is_f64() => number.as_f64().map_or(Self::Tree(value), Self::Float),
                None => Self::Tree(value),
            },
            Value::Array(_) | Value::Object(_) => Self::Tree(value),
        }
    }
}

impl<'a> Datum<'a> {
    /// The datum of a cell; JSON is read into `tree`, which the datum then borrows.
    pub(super) fn of(cell: &'a Cell<'_>, tree: &'a mut Value) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(value) => Self::Bool(*value),
            Cell::Int(number) => Self::Int(*number),
            Cell::Float(number) => Self::Float(*number),
            Cell::Time(time) => Self::Time(*time),
            Cell::Text(text) => Self::Text(text),
            Cell::Json(_) => {
                *tree = cell.value();
                Self::from(&*tree)
            }
        }
    }

    pub(super) fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number, where it is one.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Tree(value) => value.as_f64(),
            _ => None,
        }
    }

    /// A scalar as text: what a regular expression is matched with, and what a template shows.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(Value::from(number).to_string()),
            Self::Time(time) => Cow::Owned(time.to_string()),
            Self::Tree(Value::Number(number)) => Cow::Owned(number.to_string()),
            Self::Null | Self::Tree(_) => return None,
        })
    }

    pub(super) fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Time(time) => Value::String(time.to_string()),
            Self::Text(text) => Value::String(text.to_owned()),
            Self::Tree(value) => value.clone(),
        }
    }

    /// Each element of an array; none where it is no array.
    pub(super) fn items(self) -> Option<&'a [Value]> {
        match self {
            Self::Tree(Value::Array(items)) => Some(items),
            _ => None,
        }
    }

    pub(super) fn fields(self) -> Option<&'a crate::model::Map<String, Value>> {
        match self {
            Self::Tree(Value::Object(fields)) => Some(fields),
            _ => None,
        }
    }
}
