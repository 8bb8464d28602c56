//! Operands: a literal with everything that it may mean.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use crate::model::duration;

use super::{datum::Datum, literal::Literal, placeholder, size};

/// A scalar literal, converted once to every type that a property may turn out to have.
///
/// A query is checked against the kinds, but values come from clouds: the type of the value that is met decides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) text: String,
    /// Written as a number, without quotes.
    numeric: bool,
    pub(super) number: Option<f64>,
    pub(super) boolean: Option<bool>,
    pub(super) moment: Option<Moment>,
}

/// A point in time, perhaps relative to the evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    At(Timestamp),
    FromNow(SignedDuration),
    /// Midnight UTC, so many days from today.
    Day(i64),
    /// Midnight UTC of the next such day, which may be today.
    Weekday(civil::Weekday),
}

/// How a duration is read where a time is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DurationSense {
    /// So long ago, as for `age`.
    Ago,
    /// So long from now, which a sign asks for.
    FromNow,
}

impl Operand {
    /// The operand for a scalar literal; none for null, lists and objects.
    ///
    /// `unit` is the number of bytes in one unit of the property, for sizes.
    pub(super) fn new(literal: &Literal, unit: f64) -> Option<Self> {
        let (text, number) = match literal {
            Literal::Bool(value) => (value.to_string(), None),
            Literal::Number(number) => (number.as_str().to_owned(), Some(number.value())),
            Literal::Text(text) => {
                let number = super::literal::Number::new(text).map(|number| number.value());
                (text.clone(), number.or_else(|| size::bytes(text).map(|bytes| bytes / unit)))
            }
            Literal::Null | Literal::List(_) | Literal::Object(_) => return None,
        };
        let boolean = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        };
        let moment = placeholder::moment(&text).or_else(|| instant(&text).map(Moment::At));
        let numeric = matches!(literal, Literal::Number(_));
        Some(Self { text, numeric, number, boolean, moment })
    }

    /// A duration, and what its sign says about its sense.
    pub(super) fn duration(&self) -> Option<(SignedDuration, DurationSense)> {
        let sense = if self.text.starts_with(['+', '-']) { DurationSense::FromNow } else { DurationSense::Ago };
        duration::parse(&self.text).ok().map(|duration| (duration, sense))
    }

    /// How a value stands to the operand; none where they cannot be compared.
    pub(super) fn compare(&self, value: Datum<'_>, as_time: bool, now: Timestamp) -> Option<Ordering> {
        match value {
            Datum::Null => None,
            Datum::Bool(value) => self.boolean.map(|operand| value.cmp(&operand)),
            Datum::Time(time) if as_time => Some(time.cmp(&self.moment?.at(now)?)),
            Datum::Text(text) if as_time => Some(instant(text)?.cmp(&self.moment?.at(now)?)),
            // A number is equal to its text, as in `account.id = 123456789012`; it has no place in the alphabet.
            Datum::Text(text) if self.numeric => (*text == self.text).then_some(Ordering::Equal),
            Datum::Text(text) => Some(text.cmp(&self.text)),
            Datum::Time(time) => self.compare(Datum::Text(&time.to_string()), as_time, now),
            Datum::Int(_) | Datum::Float(_) | Datum::Tree(_) => value.number()?.partial_cmp(&self.number?),
        }
    }
}

impl Moment {
    pub(super) fn at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::FromNow(duration) => now.checked_add(duration).ok(),
            Self::Day(days) => midnight(today(now).checked_add(SignedDuration::from_hours(24 * days)).ok()?),
            Self::Weekday(weekday) => midnight(placeholder::next(today(now), weekday)?),
        }
    }
}

fn today(now: Timestamp) -> civil::Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn midnight(date: civil::Date) -> Option<Timestamp> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Reads a time with offset; a time or date without one is in UTC, a date alone is its midnight.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let utc = |time: civil::DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<civil::DateTime>().ok().and_then(utc))
        .or_else(|| text.parse::<civil::Date>().ok().and_then(|date| utc(date.at(0, 0, 0, 0))))
}
