//! Literals: what a value must be to be equal to one, less, or greater.

use std::{cmp::Ordering, sync::LazyLock};

use cloudgauge::{
    model::{Value, duration},
    search::Literal,
};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use regex::Regex;

use super::{Reference, path::Sort};

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
                Err(_) => Some(time.cmp(&instant(&word)?)),
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

impl Reference<'_> {
    /// A literal with the placeholders in its texts replaced.
    pub(super) fn dated_literal(&self, literal: &Literal, escape: fn(&str) -> String) -> Literal {
        match literal {
            Literal::Text(text) => Literal::Text(self.dated(text, escape)),
            Literal::List(items) => Literal::List(items.iter().map(|item| self.dated_literal(item, escape)).collect()),
            Literal::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| (key.clone(), self.dated_literal(value, escape)));
                Literal::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    /// A text with its placeholders replaced, all of them in UTC.
    pub(super) fn dated(&self, text: &str, escape: fn(&str) -> String) -> String {
        let now = self.now.to_zoned(TimeZone::UTC);
        let day = |days: i64| (now.date() + SignedDuration::from_hours(24 * days)).to_string();
        let mut text = text.to_owned();
        if !text.contains('@') {
            return text;
        }
        let mut replace = |name: &str, value: String| {
            for placeholder in [format!("@{name}@"), format!("@{}@", name.to_lowercase())] {
                text = text.replace(&placeholder, &escape(&value));
            }
        };
        let instant = now.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        replace("UTC", instant.clone());
        replace("NOW", instant);
        replace("TODAY", day(0));
        replace("TOMORROW", day(1));
        replace("YESTERDAY", day(-1));
        let parts =
            [("YEAR", "%Y"), ("MONTH", "%m"), ("DAY", "%d"), ("HOUR", "%H"), ("MINUTE", "%M"), ("SECOND", "%S")];
        for (name, format) in parts.into_iter().chain([("TIME", "%H:%M:%S"), ("TZ_OFFSET", "+0000"), ("TZ", "UTC")]) {
            replace(name, now.strftime(format).to_string());
        }
        let weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
        for (offset, name) in (0_i64..).zip(weekdays) {
            let today = i64::from(now.weekday().to_monday_zero_offset());
            replace(name, day((offset - today).rem_euclid(7)));
        }
        text
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
