//! The ledger in a file: one record of fixed length for each scope.
//!
//! There may be hundreds of thousands of scopes, most of them empty, so they are neither text nor parsed.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    graph::{Entry, Outcome},
    model::ScopeKey,
};

/// How the scopes of a stored generation went.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// The generation's number.
    pub number: u64,
    pub collected_at: Option<Timestamp>,
    pub lines: Vec<LedgerLine>,
}

/// One scope as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerLine {
    pub scope: ScopeKey,
    pub account_name: String,
    pub entry: Entry,
    /// How many resources it has.
    pub resources: usize,
}

/// One scope: positions among the names of the file, its line in the ledger, and its rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) account: u32,
    pub(super) kind: u32,
    pub(super) region: u32,
    pub(super) outcome: Outcome,
    pub(super) failure: Option<u32>,
    pub(super) last_attempt: Timestamp,
    pub(super) last_success: Option<Timestamp>,
    pub(super) known_since: Timestamp,
    pub(super) duration: Duration,
    pub(super) calls: u32,
    pub(super) throttles: u32,
    /// The table and the range of rows in it; none of an empty scope.
    pub(super) rows: Option<(u32, u32, u32)>,
}

/// A record as it is written.
pub(super) type Words = [u64; 12];

const NONE: u32 = u32::MAX;
const OUTCOMES: [Outcome; 3] = [Outcome::Complete, Outcome::Partial, Outcome::Failed];
/// The bit beside the outcome that says whether there ever was a success.
const SUCCEEDED: u32 = 1 << 8;

impl Record {
    pub(super) fn words(&self) -> Words {
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let nanosecond = |time: Timestamp| time.subsec_nanosecond().cast_unsigned();
        let outcome = OUTCOMES.iter().position(|outcome| *outcome == self.outcome).expect("all are listed");
        let success = self.last_success.unwrap_or(Timestamp::UNIX_EPOCH);
        let flags = u32::try_from(outcome).expect("there are three") | self.last_success.map_or(0, |_| SUCCEEDED);
        let (table, start, end) = self.rows.unwrap_or((NONE, 0, 0));
        [
            pair(self.account, self.kind),
            pair(self.region, self.failure.unwrap_or(NONE)),
            pair(table, flags),
            pair(start, end),
            self.last_attempt.as_second().cast_unsigned(),
            success.as_second().cast_unsigned(),
            pair(nanosecond(self.last_attempt), nanosecond(success)),
            self.duration.as_secs(),
            self.duration.subsec_nanos().into(),
            pair(self.calls, self.throttles),
            self.known_since.as_second().cast_unsigned(),
            nanosecond(self.known_since).into(),
        ]
    }

    /// None where the words are those of no record.
    pub(super) fn of(words: &Words) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
        let [
            (account, kind),
            (region, failure),
            (table, flags),
            (start, end),
            (attempt_nano, success_nano),
            (calls, throttles),
        ] = [words[0], words[1], words[2], words[3], words[6], words[9]].map(|word| ((word >> 32) as u32, word as u32));
        let time = |second: u64, nano: u32| Timestamp::new(second.cast_signed(), i32::try_from(nano).ok()?).ok();
        let last_success = match flags & SUCCEEDED {
            0 => None,
            _ => Some(time(words[5], success_nano)?),
        };
        let nanoseconds = u32::try_from(words[8]).ok().filter(|nanoseconds| *nanoseconds < 1_000_000_000)?;
        Some(Self {
            account,
            kind,
            region,
            outcome: *OUTCOMES.get((flags & !SUCCEEDED) as usize)?,
            failure: (failure != NONE).then_some(failure),
            last_attempt: time(words[4], attempt_nano)?,
            last_success,
            known_since: time(words[10], u32::try_from(words[11]).ok()?)?,
            duration: Duration::new(words[7], nanoseconds),
            calls,
            throttles,
            rows: (table != NONE).then_some((table, start, end)),
        })
    }

    /// The ledger's line, with the failure that is meant.
    pub(super) fn entry(&self, failure: Option<crate::model::Failure>) -> Entry {
        Entry {
            outcome: self.outcome,
            failure,
            last_attempt: self.last_attempt,
            last_success: self.last_success,
            known_since: self.known_since,
            duration: self.duration,
            calls: self.calls,
            throttles: self.throttles,
        }
    }
}
