//! Tests of what resources cost.
use serde_json::{Value, json};

use super::*;

fn prices() -> Prices {
    Prices::new(PricesConfig::default())
}

fn resource(kind: &str, properties: &Value) -> Resource {
    let mut resource = Resource::new(kind, "r-1");
    resource.properties = properties.as_object().unwrap().clone().into();
    resource
}

/// What a resource costs in a region.
fn cost(prices: &Prices, resource: Resource, region: &str) -> Option<f64> {
    let mut listing = Listing::Complete(vec![resource]);
    prices.apply(&mut listing, &region.into());
    let Listing::Complete(resources) = listing else { unreachable!() };
    resources[0].properties.get(COST).and_then(Property::as_f64)
}

#[test]
fn an_instance_type_has_the_price_of_its_region() {
    let micro = || resource("aws_ec2_instance_type", &json!({"instance_type": "t3.micro"}));
    assert_eq!(cost(&prices(), micro(), "us-east-1"), Some(0.0104));
    assert_eq!(cost(&prices(), micro(), "eu-west-1"), Some(0.0114));
    assert_eq!(cost(&prices(), micro(), "cn-north-1"), None);
}

#[test]
fn a_volume_type_has_the_price_of_a_gib_and_a_volume_its_own() {
    let prices = prices();
    let gp3 = resource("aws_ec2_volume_type", &json!({"volume_type": "gp3"}));
    assert_eq!(cost(&prices, gp3, "us-east-1"), Some(0.08));
    let volume = json!({"volume_type": "gp3", "volume_size": 2000, "volume_iops": 10_000, "volume_throughput": 500});
    let month = 2_000.0 * 0.08 + 7_000.0 * 0.005 + 375.0 * 0.04;
    assert_eq!(cost(&prices, resource("aws_ec2_volume", &volume), "us-east-1"), Some(month / 730.0));
}

#[test]
fn what_no_table_has_costs_nothing_known_rather_than_nothing() {
    let prices = prices();
    let unknown = [
        resource("aws_ec2_instance_type", &json!({"instance_type": "t99.micro"})),
        resource("aws_ec2_instance_type", &json!({})),
        resource("aws_ec2_volume", &json!({"volume_type": "gp9", "volume_size": 1})),
        resource("aws_ec2_volume", &json!({"volume_type": "gp3"})),
        resource("aws_vpc", &json!({"instance_type": "t3.micro"})),
    ];
    for resource in unknown {
        assert_eq!(cost(&prices, resource, "us-east-1"), None);
    }
}

fn table(date: &str, regions: &Value) -> Table {
    serde_json::from_value(json!({"source": "a test", "date": date, "regions": regions})).unwrap()
}

#[tokio::test]
async fn what_was_asked_for_wins_is_kept_and_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let config = PricesConfig {
        refresh: Some(Duration::from_hours(7 * 24)),
        file: Some(folder.path().join("below/prices.json")),
    };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let prices = Prices::new(config.clone());
    assert!(prices.is_due(at("2026-01-01T00:00:00Z")), "AWS was never asked");
    let first = json!({"eu-west-1": {"instances": {"t3.micro": 1.0}}, "us-east-1": {"instances": {"t3.micro": 2.0}}});
    prices.keep(table("2026-01-01", &first), at("2026-01-01T00:00:00Z")).await.unwrap();
    let second = json!({"us-east-1": {"instances": {"t3.micro": 3.0}}});
    prices.keep(table("2026-01-02", &second), at("2026-01-02T00:00:00Z")).await.unwrap();

    let again = Prices::new(config);
    for prices in [&prices, &again] {
        let micro = || resource("aws_ec2_instance_type", &json!({"instance_type": "t3.micro"}));
        let small = resource("aws_ec2_instance_type", &json!({"instance_type": "t3.small"}));
        assert_eq!(cost(prices, micro(), "us-east-1"), Some(3.0));
        assert_eq!(cost(prices, micro(), "eu-west-1"), Some(1.0));
        // Of these nobody asked, so what is built in holds.
        assert_eq!(cost(prices, micro(), "us-east-2"), Some(0.0104));
        assert_eq!(cost(prices, small, "us-east-1"), Some(0.0208));
        let dates: Vec<_> = prices.report().sources.iter().take(2).map(|of| of.date.to_string()).collect();
        assert_eq!(dates, ["2026-01-02", "2026-01-01"]);
        assert!(!prices.is_due(at("2026-01-08T23:59:59Z")) && prices.is_due(at("2026-01-09T00:00:00Z")));
    }
}

#[test]
fn a_file_that_cannot_be_used_leaves_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.json");
    let contents = ["", "{", "[]", r#"{"version": 2, "refreshed": "2026-01-01T00:00:00Z", "tables": []}"#];
    for content in contents {
        std::fs::write(&file, content).unwrap();
        let prices = Prices::new(PricesConfig { refresh: None, file: Some(file.clone()) });
        let micro = resource("aws_ec2_instance_type", &json!({"instance_type": "t3.micro"}));
        assert_eq!(cost(&prices, micro, "us-east-1"), Some(0.0104));
    }
}

#[test]
fn without_the_setting_nobody_is_asked() {
    assert!(!prices().is_due(Timestamp::MAX));
}

#[test]
fn single_prices_say_what_they_are_for_and_where_they_are_from() {
    let rows = prices().of("gp3");
    let rows: Vec<_> = rows.iter().filter(|row| row.region == "us-east-1").collect();
    let shown: Vec<_> = rows.iter().map(|row| format!("{} per {}, {}", row.dollars, row.unit, row.source)).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    0.08 per GiB and month, Amazon EBS price list, by hand, each price compared with a copy of the list
    0.005 per IOPS and month, Amazon EBS price list, by hand, each price compared with a copy of the list
    0.04 per MiB/s and month, Amazon EBS price list, by hand, each price compared with a copy of the list
    ");
    assert_eq!(prices().of("nothing"), []);
}
