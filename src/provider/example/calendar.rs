//! The calendar: what time does to the example inventory.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::seed::Seed;

/// A full hour since the epoch: the inventory stands still within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hour(i64);

impl Hour {
    pub(super) const DAY: i64 = 24;
    pub(super) const WEEK: i64 = 7 * Self::DAY;
    pub(super) const YEAR: i64 = 365 * Self::DAY;

    pub(super) fn of(time: Timestamp) -> Self {
        Self(time.as_second().div_euclid(3_600))
    }

    pub(super) fn start(self) -> Timestamp {
        Timestamp::from_second(self.0 * 3_600).expect("an hour comes from a timestamp, or from one less some years")
    }

    /// A moment within the hour before this one, so that nothing happens in the future.
    pub(super) fn moment(self, seed: Seed) -> Timestamp {
        let seconds = seed.fork("moment", 0).between(1, 3_600);
        self.start() - SignedDuration::from_secs(seconds.cast_signed())
    }

    pub(super) fn ago(self, hours: i64) -> Self {
        Self(self.0 - hours)
    }

    pub(super) fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The start of the day, in UTC.
    pub(super) fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(Self::DAY))
    }

    /// The number as a draw's argument.
    pub(super) fn number(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// Whether people are at work: Monday to Friday, 06:00 to 20:00 UTC.
    pub(super) fn is_office(self) -> bool {
        let time = self.start().to_zoned(TimeZone::UTC);
        time.weekday().to_monday_zero_offset() < 5 && (6..20).contains(&time.hour())
    }

    /// How busy the customers are, in per cent of the busiest hour: little at night, less at weekends.
    pub(super) fn demand(self) -> u64 {
        const BY_HOUR: [u64; 24] =
            [12, 5, 0, 0, 0, 4, 14, 30, 48, 62, 70, 75, 82, 80, 76, 74, 78, 86, 95, 100, 92, 70, 45, 25];
        let time = self.start().to_zoned(TimeZone::UTC);
        let hour = BY_HOUR[usize::try_from(time.hour()).expect("a day has 24 hours")];
        if time.weekday().to_monday_zero_offset() < 5 { hour } else { hour * 7 / 10 }
    }
}

/// One life of something that is replaced again and again: a server, a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    /// The seed of this life; the next one's is another.
    pub(super) seed: Seed,
    pub(super) born: Hour,
}

impl Life {
    /// The life that is led at `now` by something that lives `period` hours at a time.
    pub(super) fn at(now: Hour, seed: Seed, period: i64) -> Self {
        let period = period.max(1);
        let phase = seed.fork("phase", 0).below(period.unsigned_abs()).cast_signed();
        let number = (now.0 + phase).div_euclid(period);
        let born = Hour(number * period - phase);
        Self { seed: seed.fork("life", number.unsigned_abs()), born }
    }

    pub(super) fn ctime(self) -> Timestamp {
        self.born.moment(self.seed)
    }

    pub(super) fn age(self, now: Hour) -> i64 {
        now.since(self.born)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(text: &str) -> Hour {
        Hour::of(text.parse().unwrap())
    }

    #[test]
    fn a_life_lasts_its_period_and_is_followed_by_another() {
        let now = hour("2026-03-04T10:00:00Z");
        let life = Life::at(now, Seed::new(1), 100);
        assert!((0..100).contains(&life.age(now)));
        let next = Hour(life.born.0 + 100);
        assert_eq!(Life::at(Hour(next.0 - 1), Seed::new(1), 100).seed, life.seed);
        assert_ne!(Life::at(next, Seed::new(1), 100).seed, life.seed);
        assert_eq!(Life::at(next, Seed::new(1), 100).born, next);
        assert!(life.ctime() < life.born.start());
    }

    #[test]
    fn the_office_is_closed_at_night_and_at_weekends() {
        assert!(hour("2026-03-04T10:00:00Z").is_office());
        assert!(!hour("2026-03-04T22:00:00Z").is_office());
        assert!(!hour("2026-03-07T10:00:00Z").is_office());
    }

    #[test]
    fn demand_sinks_to_nothing_once_a_day() {
        assert_eq!(hour("2026-03-04T03:30:00Z").demand(), 0);
        assert_eq!(hour("2026-03-04T19:00:00Z").demand(), 100);
        assert_eq!(hour("2026-03-07T19:00:00Z").demand(), 70);
    }
}
