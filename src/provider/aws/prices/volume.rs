//! Prices of volumes: what one costs by its size, operations and throughput.

use serde::{Deserialize, Serialize};

/// Hours of a month, as AWS counts them.
const HOURS_OF_A_MONTH: f64 = 730.0;
/// Where the second and third price of an operation begin, as `io2` has them.
const TIERS: [f64; 2] = [32_000.0, 64_000.0];

/// What a type of volume costs in a region, in US dollars a month.
///
/// A price that is not there is not known, which does not mean that there is nothing to pay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VolumePrice {
    /// Of a GiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gib: Option<f64>,
    /// Of an operation a second: one price, or three for the first 32,000, up to 64,000, and beyond.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) iops: Vec<f64>,
    /// Of a MiB a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mibps: Option<f64>,
}

/// What of a volume is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Provisioned {
    pub(super) gib: f64,
    pub(super) iops: Option<f64>,
    pub(super) mibps: Option<f64>,
}

impl VolumePrice {
    /// Dollars per hour; none where a part of it has no price.
    pub(super) fn hourly(&self, volume_type: &str, volume: Provisioned) -> Option<f64> {
        let (iops, mibps) = match volume_type {
            // What is beyond the performance that every volume has.
            "gp3" => ((volume.iops.unwrap_or(0.0) - 3_000.0).max(0.0), (volume.mibps.unwrap_or(0.0) - 125.0).max(0.0)),
            "io1" | "io2" => (volume.iops?, 0.0),
            // These state what they can do too, but it comes with the size.
            _ => (0.0, 0.0),
        };
        let storage = volume.gib * self.gib?;
        let throughput = if mibps > 0.0 { mibps * self.mibps? } else { 0.0 };
        Some((storage + self.operations(iops)? + throughput) / HOURS_OF_A_MONTH)
    }

    fn operations(&self, iops: f64) -> Option<f64> {
        match self.iops.as_slice() {
            _ if iops == 0.0 => Some(0.0),
            [price] => Some(iops * price),
            [first, second, third] => {
                let beyond = |start: f64| (iops - start).max(0.0);
                let (above, top) = (beyond(TIERS[0]), beyond(TIERS[1]));
                Some((iops - above) * first + (above - top) * second + top * third)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> VolumePrice {
        VolumePrice { gib: Some(0.08), iops: vec![0.005], mibps: Some(0.04) }
    }

    fn hourly(price: &VolumePrice, kind: &str, gib: f64, iops: f64, mibps: f64) -> Option<f64> {
        price.hourly(kind, Provisioned { gib, iops: Some(iops), mibps: Some(mibps) })
    }

    #[test]
    fn size_operations_and_throughput_beyond_what_is_included_are_paid_for() {
        // AWS's own example: 2,000 GB with 10,000 IOPS and 500 MB/s.
        let month = 2_000.0 * 0.08 + 7_000.0 * 0.005 + 375.0 * 0.04;
        assert_eq!(hourly(&price(), "gp3", 2_000.0, 10_000.0, 500.0), Some(month / 730.0));
        assert_eq!(hourly(&price(), "gp3", 100.0, 3_000.0, 125.0), Some(8.0 / 730.0));
    }

    #[test]
    fn what_comes_with_the_size_costs_nothing_more() {
        assert_eq!(hourly(&price(), "gp2", 100.0, 300.0, 128.0), Some(8.0 / 730.0));
    }

    #[test]
    fn operations_become_cheaper_in_three_steps() {
        let io2 = VolumePrice { gib: Some(0.125), iops: vec![0.065, 0.0455, 0.031_85], mibps: None };
        let month = 100.0 * 0.125 + 32_000.0 * 0.065 + 32_000.0 * 0.0455 + 1_000.0 * 0.031_85;
        let cost = hourly(&io2, "io2", 100.0, 65_000.0, 0.0).unwrap();
        assert!((cost - month / 730.0).abs() < 1e-9, "{cost}");
    }

    #[test]
    fn a_part_without_a_price_leaves_the_whole_without() {
        let storage_only = VolumePrice { iops: Vec::new(), mibps: None, ..price() };
        assert_eq!(hourly(&storage_only, "gp3", 100.0, 3_000.0, 125.0), Some(8.0 / 730.0));
        assert_eq!(hourly(&storage_only, "gp3", 100.0, 3_001.0, 125.0), None);
        assert_eq!(hourly(&storage_only, "gp3", 100.0, 3_000.0, 126.0), None);
        assert_eq!(price().hourly("io1", Provisioned { gib: 10.0, ..Provisioned::default() }), None);
        assert_eq!(hourly(&VolumePrice::default(), "gp2", 1.0, 0.0, 0.0), None);
    }
}
