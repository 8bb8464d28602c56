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
    fn all_notations_are_written() {
        let timestamp: Timestamp = "2014-01-01T08:08:08Z".parse().unwrap();
        assert_eq!(format(timestamp, TimestampFormat::Iso8601), "2014-01-01T08:08:08Z");
        assert_eq!(format(timestamp, TimestampFormat::UnixTimestamp), "1388563688");
        assert_eq!(format(timestamp, TimestampFormat::Rfc822), "Wed, 01 Jan 2014 08:08:08 GMT");
    }
}
