//! Literals: what a value must be to be equal to one, less, or greater.

use std::{cmp::Ordering, sync::LazyLock};

use cloudgauge::{
    model::{Value, duration},
    search::Literal,
};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use regex::Regex;

use super::path::Sort;

const GIB: f64 = 1_073_741_824.0;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[+-]?[0-9]+(\.[0-9]+)?$").unwrap());
static SIZE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^([+-]?[0-9]+(?:\.[0-9]+)?)\s*([kKMGTPE])(i?)B$").unwrap());

/// How a value stands to a literal; none where they are of different types or one is missing.
///
/// `name` is the name of the property, which says what its unit is.
pub(super) fn compare(value: &Value, literal: &Literal, name: &str, sort: Sort, now: Timestamp) -> Option<Ordering> {
    let word = word(literal)?;
    match (sort, value) {
        (Sort::Age, Value::String(time)) => {
            let age = now.as_nanosecond() - instant(time)?.as_nanosecond();
            Some(age.cmp(&duration::parse(&word).ok()?.as_nanos()))
        }
        (Sort::Time, Value::String(time)) => {
            let time = instant(time)?;
            match duration::parse(&word) {
                // With a sign: so long from now. Without: so old.
                Ok(duration) if word.starts_with(['+', '-']) => Some(time.cmp(&now.checked_add(duration).ok()?)),
                Ok(duration) => Some((now.as_nanosecond() - time.as_nanosecond()).cmp(&duration.as_nanos())),
                Err(_) => Some(time.cmp(&moment(&word, now)?)),
            }
        }
        (_, Value::Bool(value)) => Some(value.cmp(&truth(&word)?)),
        (_, Value::Number(number)) => number.as_f64()?.partial_cmp(&amount(literal, &word, name, sort)?),
        // A number is its own text, and has no place in the alphabet.
        (_, Value::String(text)) if matches!(literal, Literal::Number(_)) => (*text == word).then_some(Ordering::Equal),
        (_, Value::String(text)) => Some(text.cmp(&word)),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => None,
    }
}

/// A scalar literal as it was written.
fn word(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Bool(value) => Some(value.to_string()),
        Literal::Number(number) => Some(number.as_str().to_owned()),
        Literal::Text(text) => Some(text.clone()),
        Literal::Null | Literal::List(_) | Literal::Object(_) => None,
    }
}

fn truth(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "yes" | "on" | "true" | "1" => Some(true),
        "no" | "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

fn amount(literal: &Literal, word: &str, name: &str, sort: Sort) -> Option<f64> {
    if matches!(literal, Literal::Bool(_)) {
        return None;
    }
    if NUMBER.is_match(word) {
        return word.parse().ok();
    }
    let parts = SIZE.captures(word).filter(|_| sort != Sort::Text && matches!(literal, Literal::Text(_)))?;
    let power = "KMGTPE".find(&parts[2].to_uppercase()).unwrap() + 1;
    let base: f64 = if &parts[3] == "i" { 1024.0 } else { 1000.0 };
    let bytes = parts[1].parse::<f64>().unwrap() * base.powi(i32::try_from(power).unwrap());
    let unit = match name {
        "volume_size" | "share_size" | "instance_memory" | "allocated_storage" => GIB,
        "memory_size" => GIB / 1024.0,
        name if name.ends_with("_gib") => GIB,
        name if name.ends_with("_mb") => 1e6,
        _ => 1.0,
    };
    Some(bytes / unit)
}

/// A time that a value or literal is written as: with an offset, or else in UTC; a date is its midnight.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let utc = |time: civil::DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = text.parse::<civil::DateTime>() {
        return utc(time);
    }
    utc(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0))
}

/// A time, or a placeholder for one.
fn moment(word: &str, now: Timestamp) -> Option<Timestamp> {
    let midnight = now.to_zoned(TimeZone::UTC).start_of_day().unwrap().timestamp();
    let day = SignedDuration::from_hours(24);
    match word.to_uppercase().as_str() {
        "@NOW@" | "@UTC@" => Some(now),
        "@TODAY@" => Some(midnight),
        "@TOMORROW@" => Some(midnight + day),
        "@YESTERDAY@" => Some(midnight - day),
        _ => instant(word),
    }
}

/// Whether a value is the list or object that was written; 1 is 1.0.
pub(super) fn same(value: &Value, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Null, Literal::Null) => true,
        (Value::Bool(value), Literal::Bool(literal)) => value == literal,
        (Value::Number(value), Literal::Number(literal)) => value.as_f64() == literal.as_str().parse().ok(),
        (Value::String(value), Literal::Text(literal)) => value == literal,
        (Value::Array(items), Literal::List(literals)) => {
            items.len() == literals.len() && items.iter().zip(literals).all(|(value, literal)| same(value, literal))
        }
        (Value::Object(fields), Literal::Object(literals)) => {
            let has = |name: &String, literal: &Literal| fields.get(name).is_some_and(|value| same(value, literal));
            fields.len() == literals.len() && literals.iter().all(|(name, literal)| has(name, literal))
        }
        _ => false,
    }
}
