//! Timestamps: the three notations of AWS.

use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::{rfc2822, strtime},
    tz::TimeZone,
};
use serde_json::Value;

use crate::provider::aws::schema::TimestampFormat;

/// Reads a timestamp in any of the notations, whatever the schema says: services get it wrong.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    if let Ok(seconds) = text.parse() {
        return from_seconds(seconds);
    }
    // Without an offset it is UTC.
    if let Ok(civil) = text.parse::<DateTime>() {
        return civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()).or_else(|| fractional_rfc822(text))
}

/// The date and time of a text that says it as nearly all services do, and as we write it but for zeros of a fraction:
/// parsing and writing it would make no difference.
pub(super) fn usual(text: &str) -> Option<&str> {
    let (time, fraction) = text.strip_suffix('Z')?.split_at_checked("2014-01-01T08:08:08".len())?;
    let is_plain = match fraction.as_bytes() {
        [] => true,
        [b'.', digits @ ..] => (1..=9).contains(&digits.len()) && digits.iter().all(|digit| *digit == b'0'),
        _ => false,
    };
    let bytes = time.as_bytes();
    let two = |at: usize| -> Option<u8> {
        let digit = |at: usize| Some(bytes[at] - b'0').filter(|_| bytes[at].is_ascii_digit());
        Some(10 * digit(at)? + digit(at + 1)?)
    };
    // Longer months are for those who know the calendar.
    let is_time = (1..).contains(&two(0)?)
        && two(2).is_some()
        && (1..=12).contains(&two(5)?)
        && (1..=28).contains(&two(8)?)
        && two(11)? < 24
        && two(14)? < 60
        && two(17)? < 60;
    let separators = [bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]];
    (is_plain && is_time && separators == *b"--T::").then_some(time)
}

/// Seconds since the epoch; microseconds are kept, as that is what a double carries.
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let microseconds = (seconds * 1e6).round();
    // Beyond this a double is no timestamp, and the cast would saturate.
    if !(-1e18..1e18).contains(&microseconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and within the range just checked")]
    Timestamp::from_microsecond(microseconds as i64).ok()
}

/// A parameter as a timestamp: RFC 3339 text or seconds since the epoch.
pub(super) fn from_param(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => from_seconds(number.as_f64()?),
        _ => None,
    }
}

pub(super) fn format(timestamp: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 => timestamp.to_string(),
        TimestampFormat::UnixTimestamp => unix(timestamp).to_string(),
        TimestampFormat::Rfc822 => timestamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    }
}

/// Seconds since the epoch as JSON: an integer where there is no fraction.
pub(super) fn unix(timestamp: Timestamp) -> Value {
    if timestamp.subsec_nanosecond() == 0 {
        return timestamp.as_second().into();
    }
    #[expect(clippy::cast_precision_loss, reason = "a double is what the protocol carries")]
    let seconds = timestamp.as_microsecond() as f64 / 1e6;
    seconds.into()
}

/// `Sun, 02 Jan 2000 20:34:56.456 GMT`: RFC 822 with a fraction of a second.
fn fractional_rfc822(text: &str) -> Option<Timestamp> {
    let broken = strtime::parse("%a, %d %b %Y %H:%M:%S%.f GMT", text).ok()?;
    broken.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_notations_are_read() {
        for (text, expected) in [
            ("2014-01-01T08:08:08Z", "2014-01-01T08:08:08Z"),
            ("2014-01-01T08:08:08.123000Z", "2014-01-01T08:08:08.123Z"),
            ("2014-01-01T08:08:08+0200", "2014-01-01T06:08:08Z"),
            ("2014-01-01T08:08:08", "2014-01-01T08:08:08Z"),
            ("1388563688", "2014-01-01T08:08:08Z"),
            ("1.388563688123456e9", "2014-01-01T08:08:08.123456Z"),
            ("Wed, 01 Jan 2014 08:08:08 GMT", "2014-01-01T08:08:08Z"),
            ("Sun, 02 Jan 2000 20:34:56.456 GMT", "2000-01-02T20:34:56.456Z"),
        ] {
            assert_eq!(parse(text).map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "0-0", "yesterday", "NaN", "1e300"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_usual_need_not_be_parsed() {
        for text in ["2014-01-28T23:59:59Z", "1999-12-01T00:00:00.000Z", "2014-02-10T08:08:08.000000000Z"] {
            let usual = usual(text).map(|time| format!("{time}Z"));
            assert_eq!(usual, parse(text).map(|time| time.to_string()), "{text}");
            assert!(usual.is_some());
        }
        for text in [
            "",
            "Z",
            "2014-01-01T08:08:08",
            "2014-01-01T08:08:08.120Z",
            "2014-01-29T08:08:08Z",
            "2014-13-01T08:08:08Z",
            "2014-01-01T24:08:08Z",
            "2014-01-01T08:08:60Z",
            "2014-01-01 08:08:08Z",
            "0014-01-01T08:08:08Z",
            "2014-01-01T08:08:08.Z",
            "2014-01-0aT08:08:08Z",
            "2014-01-01T08:08:0üZ",
            "2014-01-01T08:08:08.0000000000Z",
        ] {
            assert_eq!(usual(text), None, "{text}");
        }
    }

    #[test]
    fn all_notations_are_written() {
        let timestamp: Timestamp = "2014-01-01T08:08:08Z".parse().unwrap();
        assert_eq!(format(timestamp, TimestampFormat::Iso8601), "2014-01-01T08:08:08Z");
        assert_eq!(format(timestamp, TimestampFormat::UnixTimestamp), "1388563688");
        assert_eq!(format(timestamp, TimestampFormat::Rfc822), "Wed, 01 Jan 2014 08:08:08 GMT");
    }
}
