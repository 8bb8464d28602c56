//! Durations as users write them: `30d`, `1d3h`, `"2 days and 4 hours"`, `P1DT2H`.
//!
//! A month is 31 days and a year 365, as in the expiration tags that already exist in the wild.

use jiff::SignedDuration;

/// Text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration; write for example `90s`, `30d`, `1d12h` or `\"2 weeks and 3 days\"`")]
pub struct DurationError {
    text: String,
}

/// Units with all their spellings; the first is how it is written out.
const UNITS: [(&[&str], i64); 7] = [
    (&["yr", "years", "year", "y"], 365 * 86_400),
    (&["mo", "months", "month", "M"], 31 * 86_400),
    (&["w", "weeks", "week"], 7 * 86_400),
    (&["d", "days", "day"], 86_400),
    (&["h", "hours", "hour"], 3_600),
    (&["min", "minutes", "minute", "m"], 60),
    (&["s", "seconds", "second"], 1),
];

/// Units that are never written out, because people count in days up to a month.
const NEVER_WRITTEN: &str = "w";

/// Reads a duration; a sign in front holds for the whole sum.
pub fn parse(text: &str) -> Result<SignedDuration, DurationError> {
    let error = || DurationError { text: text.to_owned() };
    let trimmed = text.trim();
    let (sign, body) = match trimmed.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let seconds = if body.starts_with('P') { iso(body) } else { units(body) }.ok_or_else(error)?;
    SignedDuration::try_from_secs_f64(sign * seconds).map_err(|_| error())
}

/// Writes a duration with its largest units first: `1yr2mo3d4h5min6s`; below a second `0s`.
pub fn format(duration: SignedDuration) -> String {
    let mut text = String::new();
    let mut rest = duration.as_secs().saturating_abs();
    for (names, seconds) in UNITS {
        let count = rest / seconds;
        if names[0] == NEVER_WRITTEN || count == 0 {
            continue;
        }
        rest -= count * seconds;
        text.push_str(&count.to_string());
        text.push_str(names[0]);
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false if duration.is_negative() => format!("-{text}"),
        false => text,
    }
}

/// Reads and writes durations as users do, for `#[serde(with = "model::duration::text")]`.
pub mod text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        let signed = super::SignedDuration::try_from(*duration).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&super::format(signed))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        let signed = super::parse(&text).map_err(D::Error::custom)?;
        Duration::try_from(signed).map_err(|_| D::Error::custom(format!("`{text}` must not be negative")))
    }
}

/// As [`text`], for what may be left out.
pub mod optional_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "super::text")] Duration);

    pub fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(Text).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
    }
}

fn units(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return None;
    }
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('.') {
            return None;
        }
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        // `1d and 2h` has white space in front of `and`; a unit never contains it.
        let (unit, after) = after.split_at(letters);
        let (_, seconds) = UNITS.iter().find(|(names, _)| names.contains(&unit))?;
        #[expect(clippy::cast_precision_loss, reason = "a unit has at most 32 million seconds")]
        let seconds = *seconds as f64;
        total += number.parse::<f64>().ok()? * seconds;
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(total);
        }
        rest = rest.strip_prefix(',').or_else(|| rest.strip_prefix("and ")).unwrap_or(rest).trim_start();
    }
}

fn iso(text: &str) -> Option<f64> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = parts(date, &[('Y', 365.0 * 86_400.0), ('M', 31.0 * 86_400.0), ('W', 7.0 * 86_400.0), ('D', 86_400.0)])?;
    Some(days + parts(time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)])?)
}

/// Sums up `<number><letter>` pairs whose letters keep the order of `units`.
fn parts(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut total = 0.0;
    let mut left = units;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = text.split_at(end);
        let letter = rest.chars().next()?;
        let position = left.iter().position(|(unit, _)| *unit == letter)?;
        total += number.parse::<f64>().ok()? * left[position].1;
        left = &left[position + 1..];
        text = &rest[letter.len_utf8()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> f64 {
        parse(text).unwrap().as_secs_f64()
    }

    #[test]
    fn every_spelling_of_the_grammar_is_read() {
        assert_eq!(seconds("30d"), 30.0 * 86_400.0);
        assert_eq!(seconds("1d3h"), 97_200.0);
        assert_eq!(seconds("1d,3h"), 97_200.0);
        assert_eq!(seconds("2 days and 4 hours"), 187_200.0);
        assert_eq!(seconds("4h30min"), 16_200.0);
        assert_eq!(seconds("1.5h"), 5_400.0);
        assert_eq!(seconds("-1d12h"), -129_600.0);
        assert_eq!(seconds("1y1mo1w"), (365.0 + 31.0 + 7.0) * 86_400.0);
        assert_eq!(seconds("2M"), 62.0 * 86_400.0);
        assert_eq!(seconds("P1DT2H"), 93_600.0);
        assert_eq!(seconds("P1Y2M"), (365.0 + 62.0) * 86_400.0);
        assert_eq!(seconds("PT1.5M"), 90.0);
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "never", "5", "d", "1x", ".5h", "1.h", "1d and", "1d,", "P", "PT", "P1H", "PT1H1H", "1e999y"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writing_uses_the_largest_units_and_no_weeks() {
        let all = 365 * 86_400 + 62 * 86_400 + 3 * 86_400 + 4 * 3_600 + 5 * 60 + 6;
        assert_eq!(format(SignedDuration::from_secs(all)), "1yr2mo3d4h5min6s");
        assert_eq!(format(SignedDuration::from_secs(14 * 86_400)), "14d");
        assert_eq!(format(SignedDuration::from_millis(500)), "0s");
        assert_eq!(format(SignedDuration::from_secs(-90)), "-1min30s");
        assert_eq!(parse("1yr2mo3d4h5min6s").unwrap(), SignedDuration::from_secs(all));
    }
}
