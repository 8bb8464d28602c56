//! Expiry: when a resource's own tags say that it should go.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::model::{Resource, duration};

/// Tag with a point in time; it wins over the durations.
pub const EXPIRES_TAG: &str = "cloudgauge:expires";

/// Tags with a duration after the resource's creation; the first one present counts.
pub const EXPIRATION_TAGS: [&str; 2] = ["cloudgauge:expiration", "expiration"];

/// When the resource expires by its current tags.
///
/// None without such a tag, with a value that is neither a time nor a duration (`never`), and with a duration where
/// the creation time is not known. It is computed anew from every listing, so that a removed tag takes effect.
pub fn expires(resource: &Resource) -> Option<Timestamp> {
    if let Some(text) = resource.tags.get(EXPIRES_TAG) {
        return point_in_time(text);
    }
    let lifetime = duration::parse(expiration(&resource.tags)?).ok()?;
    resource.ctime?.checked_add(lifetime).ok()
}

fn expiration(tags: &BTreeMap<String, String>) -> Option<&str> {
    EXPIRATION_TAGS.iter().find_map(|tag| tags.get(*tag)).map(String::as_str)
}

/// A time with offset; a time or date without one is in UTC.
fn point_in_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let utc = |time: civil::DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<civil::DateTime>().ok().and_then(utc))
        .or_else(|| text.parse::<civil::Date>().ok().and_then(|date| utc(date.at(0, 0, 0, 0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(tags: &[(&str, &str)]) -> Resource {
        Resource {
            ctime: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..Resource::new("volume", "v")
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_point_in_time_wins_over_a_duration() {
        let tags = [("cloudgauge:expires", "2026-03-01T12:00:00+01:00"), ("expiration", "1d")];
        assert_eq!(expires(&resource(&tags)), Some(at("2026-03-01T11:00:00Z")));
        assert_eq!(expires(&resource(&[("cloudgauge:expires", "2026-03-01")])), Some(at("2026-03-01T00:00:00Z")));
    }

    #[test]
    fn a_duration_counts_from_the_creation() {
        assert_eq!(expires(&resource(&[("expiration", "36h")])), Some(at("2026-01-02T12:00:00Z")));
        let both = [("expiration", "1d"), ("cloudgauge:expiration", "2d")];
        assert_eq!(expires(&resource(&both)), Some(at("2026-01-03T00:00:00Z")));
        let unborn = Resource { ctime: None, ..resource(&[("expiration", "1d")]) };
        assert_eq!(expires(&unborn), None);
    }

    #[test]
    fn what_is_neither_time_nor_duration_does_not_expire() {
        assert_eq!(expires(&resource(&[])), None);
        assert_eq!(expires(&resource(&[("expiration", "never")])), None);
        assert_eq!(expires(&resource(&[("cloudgauge:expires", "soon"), ("expiration", "1d")])), None);
    }
}
