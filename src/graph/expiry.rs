//! Expiry: when a resource's own tags say that it should go.

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::model::{Resource, duration};

use super::table::{Cell, ColumnName, Field, Table};

/// Tag with a point in time; it wins over the durations.
pub const EXPIRES_TAG: &str = "cloudgauge:expires";

/// Tags with a duration after the resource's creation; the first one present counts.
pub const EXPIRATION_TAGS: [&str; 2] = ["cloudgauge:expiration", "expiration"];

/// When the resource expires by its current tags.
///
/// None without such a tag, with a value that is neither a time nor a duration (`never`), and with a duration where
/// the creation time is not known. It is computed anew from every listing, so that a removed tag takes effect.
pub fn expires(resource: &Resource) -> Option<Timestamp> {
    by_tags(&|tag| resource.tags.get(tag).cloned(), || resource.ctime)
}

/// As [`expires`], of a row that need not be decoded for it.
pub(super) fn row_expires(table: &Table, row: usize) -> Option<Timestamp> {
    let tag = |tag: &str| match table.column(ColumnName::Tag(tag))?.cell(row) {
        Cell::Text(text) => Some(text.into_owned()),
        _ => None,
    };
    by_tags(&tag, || match table.field(Field::Ctime, row) {
        Cell::Time(ctime) => Some(ctime),
        _ => None,
    })
}

fn by_tags(tag: &dyn Fn(&str) -> Option<String>, ctime: impl FnOnce() -> Option<Timestamp>) -> Option<Timestamp> {
    if let Some(text) = tag(EXPIRES_TAG) {
        return point_in_time(&text);
    }
    let lifetime = duration::parse(&EXPIRATION_TAGS.iter().find_map(|name| tag(name))?).ok()?;
    ctime()?.checked_add(lifetime).ok()
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
    use crate::graph::{AccountKey, table::TableBuilder};

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
    fn a_row_expires_as_its_resource_does() {
        let account = AccountKey { provider: "test".into(), cloud: "sky".into(), account: "a".into() };
        let mut builder = TableBuilder::new(account, "volume".into());
        let tags =
            [("cloudgauge:expires", "2026-03-01"), ("expiration", "36h"), ("expiration", "never"), ("other", "1d")];
        for (id, tag) in tags.into_iter().enumerate() {
            builder.push(&"west".into(), &Resource { id: id.to_string(), ..resource(&[tag]) });
        }
        let table = builder.finish();
        for row in 0..table.len() {
            assert_eq!(row_expires(&table, row), expires(&table.resource(row)));
        }
        assert!(row_expires(&table, 0).is_some());
    }

    #[test]
    fn what_is_neither_time_nor_duration_does_not_expire() {
        assert_eq!(expires(&resource(&[])), None);
        assert_eq!(expires(&resource(&[("expiration", "never")])), None);
        assert_eq!(expires(&resource(&[("cloudgauge:expires", "soon"), ("expiration", "1d")])), None);
    }
}
