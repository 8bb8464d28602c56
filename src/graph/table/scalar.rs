//! Scalars: cells on their way into a table.

use std::{borrow::Cow, cmp::Ordering};

use jiff::Timestamp;

use super::Cell;

/// A [`Cell`] whose text is somebody else's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(Timestamp),
    Text(&'a str),
    Json(&'a str),
}

impl Scalar<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What [`Cell::order`] says.
    pub(super) fn order(&self, other: &Self) -> Ordering {
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
}

impl Cell<'_> {
    pub(super) fn scalar(&self) -> Scalar<'_> {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(bool) => Scalar::Bool(*bool),
            Self::Int(number) => Scalar::Int(*number),
            Self::Float(number) => Scalar::Float(*number),
            Self::Time(time) => Scalar::Time(*time),
            Self::Text(text) => Scalar::Text(text),
            Self::Json(json) => Scalar::Json(json),
        }
    }
}

impl<'a> From<Scalar<'a>> for Cell<'a> {
    fn from(scalar: Scalar<'a>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(bool) => Self::Bool(bool),
            Scalar::Int(number) => Self::Int(number),
            Scalar::Float(number) => Self::Float(number),
            Scalar::Time(time) => Self::Time(time),
            Scalar::Text(text) => Self::Text(Cow::Borrowed(text)),
            Scalar::Json(json) => Self::Json(Cow::Borrowed(json)),
        }
    }
}

/// Compares exactly, where a conversion of the integer would round; the integer is the lesser of two equals.
fn int_float(int: i64, float: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float < -BEYOND {
        return Ordering::Greater;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, the fraction is compared after")]
    let whole = float.trunc() as i64;
    int.cmp(&whole).then(if float < float.trunc() { Ordering::Greater } else { Ordering::Less })
}
