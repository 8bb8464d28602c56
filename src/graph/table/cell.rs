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

impl<'a> Cell<'a> {
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
            Self::Json(json) => serde_json::from_str(json).expect("a table holds only JSON that it wrote"),
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

    /// The cell without its text being copied.
    pub fn borrowed(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(Cow::Borrowed(text)),
            Self::Json(json) => Cell::Json(Cow::Borrowed(json)),
            Self::Null => Cell::Null,
            Self::Bool(bool) => Cell::Bool(*bool),
            Self::Int(number) => Cell::Int(*number),
            Self::Float(number) => Cell::Float(*number),
            Self::Time(time) => Cell::Time(*time),
        }
    }

    /// The order of the entries of a coded column: null, bool, number, time, text, JSON.
    ///
    /// Total, and equal only for the same cell: an integer comes before the equal fraction, -0.0 before 0.0.
    pub fn order(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Int(a), Self::Float(b)) => int_float(*a, *b),
            (Self::Float(a), Self::Int(b)) => int_float(*b, *a).reverse(),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            _ => Ordering::Equal,
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Float(_) => 2,
            Self::Time(_) => 3,
            Self::Text(_) => 4,
            Self::Json(_) => 5,
        }
    }

    /// The cell of a property's value.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Self::Int(int),
                (None, Some(float)) if number.is_f64() => Self::Float(float),
                _ => Self::Json(Cow::Owned(number.to_string())),
            },
            Value::Array(_) | Value::Object(_) => Self::Json(Cow::Owned(value.to_string())),
        }
    }
}

/// Compares exactly, where a conversion of the integer would round.
fn int_float(int: i64, float: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float < -BEYOND {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, the fraction is compared below")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then_with(|| {
        let fraction = float - float.trunc();
        if fraction < 0.0 { Ordering::Greater } else { Ordering::Less }
    })
}
