//! Offers: products of the Price List API, and what of them is a price.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{table::RegionPrices, volume::VolumePrice};

/// MiB in a GiB.
const MIB_OF_A_GIB: f64 = 1_024.0;

/// The prices that products have, while they are read.
#[derive(Debug, Default)]
pub(super) struct Offers {
    prices: BTreeMap<Priced, f64>,
    /// What two products price differently: nobody knows then which one holds.
    disputed: BTreeSet<Priced>,
}

/// What has a price.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Priced {
    Instance(String),
    Storage(&'static str),
    /// An operation a second, and its tier from 0 on.
    Operations(&'static str, usize),
    Throughput(&'static str),
}

impl Offers {
    /// Takes what a product says; products that are about something else say nothing here.
    pub(super) fn add(&mut self, product: &Value) {
        let attribute = |name: &str| product["product"]["attributes"][name].as_str().unwrap_or_default();
        let Some((unit, price)) = on_demand(product) else { return };
        let priced = match attribute("instanceType") {
            "" => volume_part(attribute("usagetype")),
            name if unit == "Hrs" && is_plain(attribute) => Some(Priced::Instance(name.to_owned())),
            _ => None,
        };
        let Some(priced) = priced else { return };
        // Throughput is listed by the GiB a second, and was by the MiB.
        let price = if unit.eq_ignore_ascii_case("GiBps-mo") { price / MIB_OF_A_GIB } else { price };
        let known = *self.prices.entry(priced.clone()).or_insert(price);
        if (known - price).abs() > f64::EPSILON {
            self.disputed.insert(priced);
        }
    }

    /// How many things two products price differently.
    pub(super) fn disputed(&self) -> usize {
        self.disputed.len()
    }

    /// What was read, without what is disputed.
    pub(super) fn into_prices(self) -> RegionPrices {
        let mut region = RegionPrices::default();
        let mut tiers: BTreeMap<&'static str, BTreeMap<usize, f64>> = BTreeMap::new();
        for (priced, price) in self.prices {
            if self.disputed.contains(&priced) {
                continue;
            }
            match priced {
                Priced::Instance(name) => drop(region.instances.insert(name, price)),
                Priced::Storage(name) => volume(&mut region, name).gib = Some(price),
                Priced::Throughput(name) => volume(&mut region, name).mibps = Some(price),
                Priced::Operations(name, tier) => drop(tiers.entry(name).or_default().insert(tier, price)),
            }
        }
        for (name, tiers) in tiers {
            // Without all of them it is not known what many operations cost.
            if tiers.keys().copied().eq(0..tiers.len()) && matches!(tiers.len(), 1 | 3) {
                volume(&mut region, name).iops = tiers.into_values().collect();
            }
        }
        region.volumes.retain(|_, price| price.gib.is_some());
        region
    }
}

fn volume<'a>(region: &'a mut RegionPrices, name: &str) -> &'a mut VolumePrice {
    region.volumes.entry(name.to_owned()).or_default()
}

/// Whether it is what most people use: Linux, nothing installed, on hardware that is shared, and not a reservation.
fn is_plain<'a>(attribute: impl Fn(&str) -> &'a str) -> bool {
    attribute("operatingSystem") == "Linux"
        && attribute("tenancy") == "Shared"
        && attribute("preInstalledSw") == "NA"
        && attribute("capacitystatus") == "Used"
        && matches!(attribute("marketoption"), "" | "OnDemand")
}

/// What of a volume a usage type is about: `EUC1-EBS:VolumeP-IOPS.io2.tier2`. Volumes at outposts are others.
fn volume_part(usage_type: &str) -> Option<Priced> {
    let start = usage_type.find("EBS:")?;
    let prefix = &usage_type[..start];
    if !prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-') {
        return None;
    }
    let (part, name) = usage_type[start + 4..].split_once('.').unwrap_or((&usage_type[start + 4..], "standard"));
    let (name, tier) = name.split_once(".tier").map_or((name, "1"), |(name, tier)| (name, tier));
    let name = match name {
        "piops" => "io1",
        "gp2" => "gp2",
        "gp3" => "gp3",
        "io2" => "io2",
        "sc1" => "sc1",
        "st1" => "st1",
        "standard" => "standard",
        _ => return None,
    };
    match part {
        "VolumeUsage" => Some(Priced::Storage(name)),
        "VolumeP-IOPS" => Some(Priced::Operations(name, tier.parse::<usize>().ok()?.checked_sub(1)?)),
        "VolumeP-Throughput" => Some(Priced::Throughput(name)),
        _ => None,
    }
}

/// The unit and the price of what is paid as it is used; what is free of charge is the part that is included.
fn on_demand(product: &Value) -> Option<(&str, f64)> {
    let terms = product["terms"]["OnDemand"].as_object()?;
    let dimensions = terms.values().filter_map(|term| term["priceDimensions"].as_object()).flat_map(|all| all.values());
    let mut prices = dimensions.filter_map(|dimension| {
        let price = dimension["pricePerUnit"]["USD"].as_str()?.parse::<f64>().ok()?;
        (price.is_finite() && price > 0.0).then(|| (dimension["unit"].as_str().unwrap_or_default(), price))
    });
    let first = prices.next()?;
    // Several prices would be for amounts that one volume or hour does not have.
    prices.all(|(_, price)| (price - first.1).abs() < f64::EPSILON).then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn product(attributes: &Value, unit: &str, prices: &[&str]) -> Value {
        let dimensions: serde_json::Map<_, _> = prices
            .iter()
            .enumerate()
            .map(|(number, usd)| (format!("d{number}"), json!({"unit": unit, "pricePerUnit": {"USD": usd}})))
            .collect();
        json!({"product": {"attributes": attributes}, "terms": {"OnDemand": {"t": {"priceDimensions": dimensions}}}})
    }

    fn instance(name: &str, tenancy: &str, system: &str, usd: &str) -> Value {
        let attributes = json!({
            "instanceType": name, "tenancy": tenancy, "operatingSystem": system, "preInstalledSw": "NA",
            "capacitystatus": "Used",
        });
        product(&attributes, "Hrs", &[usd])
    }

    fn volume(usage_type: &str, unit: &str, usd: &str) -> Value {
        product(&json!({"usagetype": usage_type}), unit, &[usd])
    }

    fn read(products: &[Value]) -> RegionPrices {
        let mut offers = Offers::default();
        for product in products {
            offers.add(product);
        }
        offers.into_prices()
    }

    #[test]
    fn an_instance_costs_what_linux_costs_on_shared_hardware() {
        let region = read(&[
            instance("t3.micro", "Dedicated", "Linux", "0.0110000000"),
            instance("t3.micro", "Shared", "Windows", "0.0196000000"),
            instance("t3.micro", "Shared", "Linux", "0.0104000000"),
            instance("t3.nano", "Host", "Linux", "0.0000000000"),
        ]);
        assert_eq!(region.instances, BTreeMap::from([("t3.micro".to_owned(), 0.0104)]));
    }

    #[test]
    fn a_volume_has_its_parts_from_several_products() {
        let region = read(&[
            volume("EUC1-EBS:VolumeUsage.gp3", "GB-Mo", "0.0952000000"),
            volume("EUC1-EBS:VolumeP-IOPS.gp3", "IOPS-Mo", "0.0060000000"),
            volume("EUC1-EBS:VolumeP-Throughput.gp3", "GiBps-mo", "49.1520000000"),
            volume("EUC1-EBS:VolumeUsage.piops", "GB-Mo", "0.1490000000"),
            volume("EUC1-EBS:VolumeP-IOPS.piops", "IOPS-Mo", "0.0780000000"),
            volume("EUC1-EBS:VolumeUsage.io2", "GB-month", "0.1490000000"),
            volume("EUC1-EBS:VolumeP-IOPS.io2.tier3", "IOPS-Mo", "0.0382200000"),
            volume("EUC1-EBS:VolumeP-IOPS.io2", "IOPS-Mo", "0.0780000000"),
            volume("EUC1-EBS:VolumeP-IOPS.io2.tier2", "IOPS-Mo", "0.0546000000"),
            volume("EUC1-EBS:VolumeUsage", "GB-Mo", "0.0590000000"),
            volume("EUC1-EBS:VolumeIOUsage", "IOs", "0.0000000590"),
            volume("EUC1-EBS:SnapshotUsage", "GB-Mo", "0.0540000000"),
        ]);
        let gp3 = VolumePrice { gib: Some(0.0952), iops: vec![0.006], mibps: Some(0.048) };
        assert_eq!(region.volumes["gp3"], gp3);
        assert_eq!(region.volumes["io2"].iops, [0.078, 0.0546, 0.038_22]);
        assert_eq!(region.volumes["io1"].iops, [0.078]);
        assert_eq!(region.volumes.keys().collect::<Vec<_>>(), ["gp3", "io1", "io2", "standard"]);
    }

    #[test]
    fn what_two_products_price_differently_has_no_price() {
        let products =
            [instance("t3.micro", "Shared", "Linux", "0.0104"), instance("t3.micro", "Shared", "Linux", "0.0105")];
        let mut offers = Offers::default();
        for product in &products {
            offers.add(product);
        }
        assert_eq!(offers.disputed(), 1);
        assert_eq!(offers.into_prices(), RegionPrices::default());
    }

    #[test]
    fn what_is_included_is_no_price() {
        let free_at_first =
            product(&json!({"usagetype": "EBS:VolumeP-IOPS.gp3"}), "IOPS-Mo", &["0.0000000000", "0.005"]);
        let region = read(&[volume("EBS:VolumeUsage.gp3", "GB-Mo", "0.08"), free_at_first]);
        assert_eq!(region.volumes["gp3"].iops, [0.005]);
    }

    #[test]
    fn what_is_no_product_says_nothing() {
        for value in [
            json!(null),
            json!([]),
            json!({"terms": 1}),
            volume("EBS:", "", "x"),
            volume("ebs:EBS:VolumeUsage", "GB-Mo", "1"),
        ] {
            assert_eq!(read(&[value]), RegionPrices::default());
        }
    }
}
