//! Pace: how long calls take at the rates that are kept to.

use super::{LimitsConfig, table::Table};

/// Says how long calls would take, before any is made.
#[derive(Debug)]
pub struct Paces(Table);

/// The bucket that calls of an operation share with others of the service, and how fast it gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    pub bucket: String,
    burst: f64,
    per_second: f64,
}

impl Paces {
    pub fn new(config: LimitsConfig) -> Self {
        Self(Table::new(config))
    }

    /// The pace of an operation in one region of an account.
    pub fn of(&self, service: &str, operation: &str) -> Pace {
        let sized = self.0.bucket(service, operation, true);
        Pace { bucket: sized.name, burst: sized.rate.burst, per_second: sized.rate.per_second }
    }
}

impl Pace {
    /// The seconds that so many calls take, one after the other as the bucket lets them.
    pub fn seconds(&self, calls: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let calls = calls as f64;
        (calls - self.burst).max(0.0) / self.per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_takes_no_time_and_the_rest_goes_at_the_rate() {
        let pace = Paces::new(LimitsConfig::default()).of("sqs", "ListQueues");
        assert_eq!((pace.seconds(0), pace.seconds(20), pace.seconds(120)), (0.0, 0.0, 10.0));
    }
}
