//! Anomalies: what answers have that the catalogue did not expect.

use std::collections::BTreeMap;

use crate::model::KindName;

/// Something strange about an item; the item itself is mapped as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// An item that nothing identifies; its listing is partial.
    NoId { kind: KindName },
    /// A value that the entry has no word for: the provider has a new one.
    UnmappedValue { kind: KindName, property: String, value: String },
    /// Text that is no time.
    BadTime { kind: KindName, property: String, value: String },
}

/// How often each anomaly was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anomalies(BTreeMap<Anomaly, u64>);

/// How many different anomalies are told apart: enough to see what is wrong with an entry.
const DISTINCT_MAX: usize = 100;

impl Anomalies {
    /// Counts an anomaly; a new kind of it only up to a limit.
    pub fn record(&mut self, anomaly: Anomaly) {
        if self.0.len() < DISTINCT_MAX || self.0.contains_key(&anomaly) {
            *self.0.entry(anomaly).or_default() += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each anomaly and its count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Anomaly, u64)> {
        self.0.iter().map(|(anomaly, count)| (anomaly, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anomalies_are_counted_up_to_a_limit_of_different_ones() {
        let mut anomalies = Anomalies::default();
        for number in 0..200 {
            let value = number.to_string();
            anomalies.record(Anomaly::UnmappedValue { kind: "k".into(), property: "p".into(), value });
        }
        anomalies.record(Anomaly::UnmappedValue { kind: "k".into(), property: "p".into(), value: "7".into() });
        assert_eq!(anomalies.iter().count(), DISTINCT_MAX);
        assert_eq!(anomalies.iter().map(|(_, count)| count).max(), Some(2));
    }
}
