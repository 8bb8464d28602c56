//! Charges: what AWS takes for requests.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::provider::catalogue::Call;

/// The table of charges; what is not in it is free.
///
/// It says what a request costs at most: the free tier is used up by somebody else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charges {
    /// The month that the prices are of, `YYYY-MM`.
    pub date: String,
    /// The first that fits counts.
    charges: Vec<Charge>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Charge {
    /// A service and an operation, whose name may end in `*`.
    call: Call,
    dollars: f64,
    /// The number of requests that cost so much.
    per: f64,
}

impl Charges {
    /// The table that is built into the program.
    pub fn embedded() -> &'static Self {
        static CHARGES: OnceLock<Charges> = OnceLock::new();
        CHARGES.get_or_init(|| {
            serde_saphyr::from_str(include_str!("charges.yaml")).expect("the table of charges is checked by a test")
        })
    }

    /// What one request costs, in dollars.
    pub fn dollars(&self, service: &str, operation: &str) -> f64 {
        let fits = |charge: &&Charge| {
            let pattern = charge.call.operation.as_str();
            let named = pattern.strip_suffix('*').map_or(operation == pattern, |prefix| operation.starts_with(prefix));
            charge.call.service == service && named
        };
        self.charges.iter().find(fits).map_or(0.0, |charge| charge.dollars / charge.per)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_requests_are_free_and_some_are_not() {
        let charges = Charges::embedded();
        assert_eq!(charges.dollars("ec2", "DescribeInstances"), 0.0);
        assert_eq!(charges.dollars("s3control", "GetPublicAccessBlock"), 0.0);
        assert_eq!(charges.dollars("s3", "ListBuckets"), 0.005 / 1000.0);
        assert_eq!(charges.dollars("s3", "GetBucketTagging"), 0.0004 / 1000.0);
        assert_eq!(charges.dollars("kms", "DescribeKey"), 0.03 / 10_000.0);
    }

    #[test]
    fn every_charge_is_a_price_of_something() {
        let charges = Charges::embedded();
        assert!(charges.charges.iter().all(|charge| charge.dollars > 0.0 && charge.per >= 1.0));
        assert_eq!(charges.date.len(), "2026-06".len());
    }
}
