//! Skew: how far the machine's clock is from AWS's, which refuses signatures of another time.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use tracing::warn;

use crate::model::Clock;

/// AWS takes signatures that are up to five minutes off, and some services say only that a signature is wrong.
const TOLERATED: SignedDuration = SignedDuration::from_mins(4);

/// Codes that mean that the time may be what is wrong.
const SUSPECTS: [&str; 6] = [
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// AWS's time as far as it is known: the machine's, corrected by what refused requests were answered with.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<SignedDuration>);

impl Skew {
    /// The time to sign a request with.
    pub(super) fn now(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        now.checked_add(self.get()).unwrap_or(now)
    }

    /// How far the time that a refused request was signed with is off; none where that is not why it was refused.
    ///
    /// `date` is the answer's own header.
    pub(super) fn suspect(code: &str, date: Option<&str>, signed_at: Timestamp) -> Option<SignedDuration> {
        if !SUSPECTS.contains(&code) {
            return None;
        }
        let date = rfc2822::parse(date?).ok()?.timestamp();
        let off = date.duration_since(signed_at);
        (off.abs() > TOLERATED).then_some(off)
    }

    /// Takes AWS's word for what time it is.
    pub(super) fn correct(&self, clock: &dyn Clock, signed_at: Timestamp, off: SignedDuration) {
        let skew = signed_at.checked_add(off).map(|date| date.duration_since(clock.now())).unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = skew;
        warn!(seconds = skew.as_secs(), "the clock of this machine is wrong; requests are signed with AWS's time");
    }

    fn get(&self) -> SignedDuration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FixedClock;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_is_off_is_corrected_by_the_answer() {
        let clock = FixedClock(at("2026-11-29T12:00:00Z"));
        let skew = Skew::default();
        let signed_at = skew.now(&clock);
        let date = Some("Sun, 29 Nov 2026 11:40:00 GMT");
        let off = Skew::suspect("RequestTimeTooSkewed", date, signed_at).unwrap();
        assert_eq!(off, SignedDuration::from_mins(-20));
        skew.correct(&clock, signed_at, off);
        assert_eq!(skew.now(&clock), at("2026-11-29T11:40:00Z"));
        assert_eq!(Skew::suspect("SignatureDoesNotMatch", date, skew.now(&clock)), None, "the time is right now");
    }

    #[test]
    fn what_has_other_reasons_is_not_put_down_to_the_clock() {
        let signed_at = at("2026-11-29T12:00:00Z");
        let suspect = |code, date| Skew::suspect(code, date, signed_at);
        assert_eq!(suspect("AccessDenied", Some("Sun, 29 Nov 2026 11:00:00 GMT")), None);
        assert_eq!(suspect("AuthFailure", Some("Sun, 29 Nov 2026 12:03:00 GMT")), None);
        assert_eq!(suspect("AuthFailure", Some("yesterday")), None);
        assert_eq!(suspect("AuthFailure", None), None);
    }
}
