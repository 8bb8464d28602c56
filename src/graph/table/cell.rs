//! Cells: one value of one column.

use std::{borrow::Cow, cmp::Ordering};

use jiff::Timestamp;

use crate::model::Value;

/// What one row has in one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, which is also what an explicit JSON null of a property becomes.
    Null,
    Bool(bool),
    Int(i64),
    /// A number written with a fraction or exponent: `1.0` is no `Int`.
    Float(f64),
    /// Only in the columns of times; a time in a property is text.
    Time(Timestamp),
    Text(Cow<'a, str>),
    /// Arrays, objects, and numbers beyond `i64`, as compact JSON.
    Json(Cow<'a, str>),
}

impl Cell<'_> {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number, where it is one; those beyond `i64` included.
    pub fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the language computes with f64")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Json(json) if !json.starts_with(['[', '{']) => json.parse().ok(),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON; a time is RFC 3339 text in UTC.
    pub fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(number) => Value::from(*number),
            Self::Float(number) => Value::from(*number),
            Self::Time(time) => Value::String(time.to_string()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            // What is no JSON comes from a damaged buffer only.
            Self::Json(json) => serde_json::from_str(json).unwrap_or_default(),
        }
    }

    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(bool) => Cell::Bool(bool),
            Self::Int(number) => Cell::Int(number),
            Self::Float(number) => Cell::Float(number),
            Self::Time(time) => Cell::Time(time),
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Json(json) => Cell::Json(Cow::Owned(json.into_owned())),
        }
    }

    /// The order of the entries of a coded column: null, bool, number, time, text, JSON.
    ///
    /// Total, and equal only for the same cell: an integer comes before the equal fraction, -0.0 before 0.0.
    pub fn order(&self, other: &Self) -> Ordering {
        self.scalar().order(&other.scalar())
    }
}
