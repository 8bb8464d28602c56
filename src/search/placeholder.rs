//! Placeholders: `@TODAY@` and its like in values, replaced when a query is evaluated.
//!
//! All of them are in UTC, so that a definition means the same wherever it is evaluated.

use std::borrow::Cow;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use super::operand::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placeholder {
    /// The time of the evaluation.
    Now,
    /// Today's date, so many days on.
    Day(i64),
    /// The date of the next such day, which may be today.
    Weekday(Weekday),
    /// A part of the time, as `strftime` writes it.
    Part(&'static str),
}

const PLACEHOLDERS: [(&str, Placeholder); 21] = [
    ("UTC", Placeholder::Now),
    ("NOW", Placeholder::Now),
    ("TODAY", Placeholder::Day(0)),
    ("TOMORROW", Placeholder::Day(1)),
    ("YESTERDAY", Placeholder::Day(-1)),
    ("YEAR", Placeholder::Part("%Y")),
    ("MONTH", Placeholder::Part("%m")),
    ("DAY", Placeholder::Part("%d")),
    ("TIME", Placeholder::Part("%H:%M:%S")),
    ("HOUR", Placeholder::Part("%H")),
    ("MINUTE", Placeholder::Part("%M")),
    ("SECOND", Placeholder::Part("%S")),
    ("TZ", Placeholder::Part("UTC")),
    ("TZ_OFFSET", Placeholder::Part("+0000")),
    ("MONDAY", Placeholder::Weekday(Weekday::Monday)),
    ("TUESDAY", Placeholder::Weekday(Weekday::Tuesday)),
    ("WEDNESDAY", Placeholder::Weekday(Weekday::Wednesday)),
    ("THURSDAY", Placeholder::Weekday(Weekday::Thursday)),
    ("FRIDAY", Placeholder::Weekday(Weekday::Friday)),
    ("SATURDAY", Placeholder::Weekday(Weekday::Saturday)),
    ("SUNDAY", Placeholder::Weekday(Weekday::Sunday)),
];

/// Whether the text has a placeholder in it.
pub(super) fn occurs(text: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Placeholder(_)))
}

/// The text with its placeholders replaced; `escape` is applied to what they stand for.
pub(super) fn replace(text: &str, now: Timestamp, escape: fn(&str) -> String) -> Cow<'_, str> {
    if !occurs(text) {
        return Cow::Borrowed(text);
    }
    let replaced = pieces(text).map(|piece| match piece {
        Piece::Text(text) | Piece::Unknown(text) => text.to_owned(),
        Piece::Placeholder(placeholder) => escape(&placeholder.text(now)),
    });
    Cow::Owned(replaced.collect())
}

/// The point in time that the text stands for, where it is one placeholder and nothing else.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let mut pieces = pieces(text);
    let (Some(Piece::Placeholder(placeholder)), None) = (pieces.next(), pieces.next()) else { return None };
    match placeholder {
        Placeholder::Now => Some(Moment::FromNow(SignedDuration::ZERO)),
        Placeholder::Day(days) => Some(Moment::Day(days)),
        Placeholder::Weekday(weekday) => Some(Moment::Weekday(weekday)),
        Placeholder::Part(_) => None,
    }
}

/// What looks like a placeholder and is none, and the one that is most like it.
pub(super) fn unknown(text: &str) -> Option<(&str, &'static str)> {
    let unknown = pieces(text).find_map(|piece| match piece {
        Piece::Unknown(name) => Some(name),
        Piece::Text(_) | Piece::Placeholder(_) => None,
    })?;
    let name = unknown.trim_matches('@').to_uppercase();
    let known = PLACEHOLDERS.iter().map(|(known, _)| (strsim::normalized_damerau_levenshtein(&name, known), *known));
    let (likeness, like) = known.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > 0.5).then_some((unknown, like))
}

/// The date of the next such day, which may be today.
pub(super) fn next(today: Date, weekday: Weekday) -> Option<Date> {
    today.nth_weekday(1, weekday).ok().map(|next| if today.weekday() == weekday { today } else { next })
}

impl Placeholder {
    fn text(self, now: Timestamp) -> String {
        // Whole seconds, as the original writes them.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let zoned = now.to_zoned(TimeZone::UTC);
        let today = zoned.date();
        match self {
            Self::Now => now.to_string(),
            Self::Day(days) => {
                let day = today.checked_add(SignedDuration::from_hours(24 * days));
                day.unwrap_or(today).to_string()
            }
            Self::Weekday(weekday) => next(today, weekday).unwrap_or(today).to_string(),
            Self::Part(format) => zoned.strftime(format).to_string(),
        }
    }
}

enum Piece<'t> {
    Text(&'t str),
    Placeholder(Placeholder),
    /// Between two `@`, and no placeholder.
    Unknown(&'t str),
}

/// The text cut up at its placeholders.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = rest.find('@').unwrap_or(rest.len());
        if start > 0 {
            let (before, after) = rest.split_at(start);
            rest = after;
            return Some(Piece::Text(before));
        }
        let name = rest[1..].find(|character: char| !(character.is_ascii_alphabetic() || character == '_'));
        let end = name.map_or(rest.len(), |length| 1 + length);
        let (piece, after) = match rest[end..].strip_prefix('@') {
            Some(after) if end > 1 => {
                let name = rest[1..end].to_ascii_uppercase();
                let known = PLACEHOLDERS.into_iter().find(|(known, _)| *known == name);
                (known.map_or(Piece::Unknown(&rest[..=end]), |(_, known)| Piece::Placeholder(known)), after)
            }
            _ => (Piece::Text(&rest[..end]), &rest[end..]),
        };
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday.
    fn now() -> Timestamp {
        "2026-11-22T09:05:07.25Z".parse().unwrap()
    }

    fn said(text: &str) -> Cow<'_, str> {
        replace(text, now(), str::to_owned)
    }

    #[test]
    fn every_placeholder_is_replaced_in_either_case() {
        let all: Vec<String> =
            PLACEHOLDERS.iter().map(|(name, _)| format!("{name}={}", said(&format!("@{name}@")))).collect();
        insta::assert_snapshot!(all.join(" "), @"UTC=2026-11-22T09:05:07Z NOW=2026-11-22T09:05:07Z TODAY=2026-11-22 TOMORROW=2026-11-23 YESTERDAY=2026-11-21 YEAR=2026 MONTH=11 DAY=22 TIME=09:05:07 HOUR=09 MINUTE=05 SECOND=07 TZ=UTC TZ_OFFSET=+0000 MONDAY=2026-11-23 TUESDAY=2026-11-24 WEDNESDAY=2026-11-25 THURSDAY=2026-11-26 FRIDAY=2026-11-27 SATURDAY=2026-11-28 SUNDAY=2026-11-22");
        assert_eq!(said("@utc@ @Today@"), "2026-11-22T09:05:07Z 2026-11-22");
    }

    #[test]
    fn placeholders_stand_anywhere_in_a_text() {
        assert_eq!(said("@YEAR@-@MONTH@-01"), "2026-11-01");
        assert_eq!(said("backup of @TODAY@, @TIME@ @TZ@"), "backup of 2026-11-22, 09:05:07 UTC");
        assert_eq!(replace("^@TIME@@TZ_OFFSET@", now(), regex::escape), "^09:05:07\\+0000");
    }

    #[test]
    fn other_signs_stay_as_they_are() {
        for text in ["", "@", "@@", "ann@example.com", "@YEAR", "a@b@c", "@MOON@", "@ YEAR@", "@@YEAR", "é@é"] {
            assert_eq!(said(text), text);
        }
        assert_eq!(said("@@YEAR@"), "@2026");
        assert_eq!(said("@YEAR@YEAR@"), "2026YEAR@");
    }

    #[test]
    fn a_misspelt_placeholder_finds_its_like() {
        assert_eq!(unknown("since @YESTERDY@"), Some(("@YESTERDY@", "YESTERDAY")));
        assert_eq!(unknown("@x@"), None);
        assert_eq!(unknown("@YEAR@"), None);
    }

    #[test]
    fn the_next_weekday_may_be_today() {
        let day = |text: &str, weekday| next(text.parse().unwrap(), weekday).unwrap().to_string();
        assert_eq!(day("2026-11-22", Weekday::Sunday), "2026-11-22");
        assert_eq!(day("2026-11-22", Weekday::Monday), "2026-11-23");
        assert_eq!(day("2026-11-22", Weekday::Saturday), "2026-11-28");
    }
}
