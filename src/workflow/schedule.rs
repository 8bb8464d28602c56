//! Schedules: when a workflow is due.

use std::{fmt, str::FromStr};

use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, civil, tz};
use serde::{Deserialize, Serialize};

/// A cron expression in a time zone.
///
/// Around the switch to and from summer time it does what people expect of cron: a daily time that the clock skips runs
/// when the clock goes on, and one that the clock repeats runs once; an hourly one follows the real hours.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: CronExpression,
    zone: TimeZone,
}

impl Schedule {
    pub fn new(cron: CronExpression, zone: TimeZone) -> Self {
        Self { cron, zone }
    }

    /// The first due time after `after`; `None` only at the end of the calendar.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.to_zoned(self.zone.zone.clone());
        self.cron.cron.find_next_occurrence(&after, false).ok().map(|due| due.timestamp())
    }

    pub fn cron(&self) -> &CronExpression {
        &self.cron
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// Five cron fields (minute, hour, day of month, month, day of week) that come due at some time.
///
/// Days of the week are cron's: 0 and 7 are Sunday, 1 is Monday; names (`MON`) are accepted, as are `@hourly` and its
/// kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronExpression {
    text: String,
    cron: Cron,
}

/// Text that is no cron expression, or one that never comes due.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{text}` is not a cron expression that comes due; write minute, hour, day of month, month and day of week, \
     for example `0 * * * *`"
)]
pub struct CronExpressionError {
    text: String,
    source: CronError,
}

impl FromStr for CronExpression {
    type Err = CronExpressionError;

    fn from_str(text: &str) -> Result<Self, CronExpressionError> {
        // `30 February` is well formed; that it is never due shows only when it is asked for. Every date that exists
        // comes within the forty years after this one.
        let some_day =
            civil::date(2000, 1, 1).at(0, 0, 0, 0).to_zoned(tz::TimeZone::UTC).map_err(|_| CronError::InvalidDate);
        CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(text)
            .and_then(|cron| cron.find_next_occurrence(&some_day?, false).map(|_| cron))
            .map(|cron| Self { text: text.to_owned(), cron })
            .map_err(|source| CronExpressionError { text: text.to_owned(), source })
    }
}

impl TryFrom<String> for CronExpression {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // A deserializer shows one line, so the cause goes into it.
        text.parse().map_err(|error: CronExpressionError| format!("{error}: {}", error.source))
    }
}

impl From<CronExpression> for String {
    fn from(expression: CronExpression) -> Self {
        expression.text
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A time zone of the IANA database, by name: `UTC`, `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone {
    name: String,
    zone: tz::TimeZone,
}

/// A name that the time zone database does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{name}`; write an IANA name, for example `UTC` or `Europe/Berlin`")]
pub struct UnknownTimeZone {
    name: String,
}

impl TimeZone {
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: tz::TimeZone::UTC }
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(name: &str) -> Result<Self, UnknownTimeZone> {
        match tz::TimeZone::get(name) {
            Ok(zone) => Ok(Self { name: name.to_owned(), zone }),
            Err(_) => Err(UnknownTimeZone { name: name.to_owned() }),
        }
    }
}

impl TryFrom<String> for TimeZone {
    type Error = UnknownTimeZone;

    fn try_from(name: String) -> Result<Self, UnknownTimeZone> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::new(cron.parse().unwrap(), zone.parse().unwrap());
        let first: Timestamp = after.parse().unwrap();
        std::iter::successors(Some(first), |after| schedule.next(*after))
            .skip(1)
            .take(count)
            .map(|due| due.to_zoned(schedule.zone.zone.clone()).strftime("%F %H:%M %z").to_string())
            .collect()
    }

    #[test]
    fn a_due_time_lies_after_the_time_it_is_asked_for() {
        assert_eq!(
            due("0 * * * *", "UTC", "2026-11-22T20:00:00Z", 2),
            ["2026-11-22 21:00 +0000", "2026-11-22 22:00 +0000"]
        );
        assert_eq!(due("0 * * * *", "UTC", "2026-11-22T20:59:59.9Z", 1), ["2026-11-22 21:00 +0000"]);
    }

    #[test]
    fn weekday_numbers_are_those_of_cron() {
        // 2026-11-22 is a Sunday.
        for sunday in ["0 12 * * 0", "0 12 * * 7", "0 12 * * SUN"] {
            assert_eq!(due(sunday, "UTC", "2026-11-20T00:00:00Z", 1), ["2026-11-22 12:00 +0000"], "{sunday}");
        }
        assert_eq!(due("0 12 * * 1", "UTC", "2026-11-20T00:00:00Z", 1), ["2026-11-23 12:00 +0000"]);
    }

    #[test]
    fn day_of_month_and_day_of_week_are_either_or() {
        assert_eq!(
            due("0 0 13 * 5", "UTC", "2026-11-01T00:00:00Z", 3),
            ["2026-11-06 00:00 +0000", "2026-11-13 00:00 +0000", "2026-11-20 00:00 +0000"]
        );
    }

    #[test]
    fn a_daily_time_that_summer_time_skips_runs_when_the_clock_goes_on() {
        assert_eq!(
            due("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28 02:30 +0100", "2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"]
        );
    }

    #[test]
    fn a_daily_time_that_winter_time_repeats_runs_once() {
        assert_eq!(
            due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"]
        );
    }

    #[test]
    fn an_hourly_schedule_follows_the_real_hours_through_both_switches() {
        assert_eq!(
            due("0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 2),
            ["2026-03-29 03:00 +0200", "2026-03-29 04:00 +0200"]
        );
        assert_eq!(
            due("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", 3),
            ["2026-10-25 02:00 +0200", "2026-10-25 02:00 +0100", "2026-10-25 03:00 +0100"]
        );
    }

    #[test]
    fn a_leap_day_is_a_date_and_the_thirtieth_of_february_is_none() {
        assert_eq!(due("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1), ["2028-02-29 00:00 +0000"]);
        for wrong in ["0 0 30 2 *", "", "* * * *", "0 0 0 * * *", "60 * * * *", "0 * * * 8", "each hour"] {
            let error = wrong.parse::<CronExpression>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{wrong}` is not a cron expression")), "{error}");
        }
    }

    #[test]
    fn nicknames_and_names_are_read() {
        assert_eq!(due("@daily", "UTC", "2026-11-22T20:00:00Z", 1), ["2026-11-23 00:00 +0000"]);
        assert_eq!(due("0 0 * JAN mon-fri", "UTC", "2026-11-22T20:00:00Z", 1), ["2027-01-01 00:00 +0000"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|([0-9*,/#LW?@-]{1,5} ){4}[0-9*,/#LW?-]{1,5}") {
            if let Ok(cron) = text.parse::<CronExpression>() {
                let now = Timestamp::UNIX_EPOCH;
                let next = Schedule::new(cron, TimeZone::utc()).next(now);
                proptest::prop_assert!(next.is_none_or(|next| next > now));
            }
        }
    }

    #[test]
    fn an_unknown_time_zone_is_refused() {
        assert_eq!(
            "Europe/Bern".parse::<TimeZone>().unwrap_err().to_string(),
            "unknown time zone `Europe/Bern`; write an IANA name, for example `UTC` or `Europe/Berlin`"
        );
    }
}
