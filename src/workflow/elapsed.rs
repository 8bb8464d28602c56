//! Elapsed times for people.

use std::time::Duration;

use jiff::SignedDuration;

use crate::model::duration;

/// Writes how long something took: `250ms`, `1.5s`, `12min3s`.
pub fn elapsed(duration: Duration) -> String {
    match duration.as_millis() {
        milliseconds @ 0..1_000 => format!("{milliseconds}ms"),
        milliseconds @ 1_000..10_000 => format!("{}.{}s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => SignedDuration::try_from(duration).map_or_else(|_| "forever".to_owned(), duration::format),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_exact_and_long_ones_readable() {
        let text = |milliseconds| elapsed(Duration::from_millis(milliseconds));
        assert_eq!(text(0), "0ms");
        assert_eq!(text(999), "999ms");
        assert_eq!(text(1_550), "1.5s");
        assert_eq!(text(10_000), "10s");
        assert_eq!(text(723_400), "12min3s");
    }
}
