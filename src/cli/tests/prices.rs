//! Tests of `cloudgauge prices`.

use insta::assert_snapshot;
use jiff::civil::date;

use super::{ExitCode, Played, cli};
use crate::provider::{PriceReport, PriceRow, PriceSource};

/// Two tables.
pub(super) fn report() -> Vec<(String, PriceReport)> {
    let source = |table, source: &str, date, prices| PriceSource { table, source: source.to_owned(), date, prices };
    let sources = vec![
        source("instances", "a package 1.2", date(2026, 1, 2), 13_000),
        source("volumes", "a list", date(2025, 3, 4), 80),
    ];
    vec![("aws".to_owned(), PriceReport { sources, ..PriceReport::default() })]
}

/// Prices of `gp3`, and of nothing else.
pub(super) fn rows(types: &[String]) -> Vec<PriceRow> {
    let row = |region: &str, unit, dollars| PriceRow {
        name: "gp3".to_owned(),
        region: region.to_owned(),
        unit,
        dollars,
        source: "a list".to_owned(),
        date: date(2025, 3, 4),
    };
    let all = [
        row("eu-west-1", "GiB and month", 0.088),
        row("us-east-1", "GiB and month", 0.08),
        row("us-east-1", "IOPS and month", 0.005),
    ];
    all.into_iter().filter(|row| types.contains(&row.name)).collect()
}

#[test]
fn tables_of_prices_say_where_they_are_from_and_of_when() {
    let out = |line: &str| cli(line, "", &Played::default()).0;
    assert_snapshot!(out("prices"), @r"
    PROVIDER  TABLE      PRICES  DATE        SOURCE
    aws       instances   13000  2026-01-02  a package 1.2
    aws       volumes        80  2025-03-04  a list
    ");
    assert_snapshot!(out("prices|-o|csv"), @r"
    provider,table,prices,date,source
    aws,instances,13000,2026-01-02,a package 1.2
    aws,volumes,80,2025-03-04,a list
    ");
}

#[test]
fn single_types_have_a_price_for_each_region_and_part() {
    let out = |line: &str| cli(line, "", &Played::default()).0;
    assert_snapshot!(out("prices|--of=gp3"), @r"
    TYPE  REGION     DOLLARS  PER             DATE        SOURCE
    gp3   eu-west-1    0.088  GiB and month   2025-03-04  a list
    gp3   us-east-1     0.08  GiB and month   2025-03-04  a list
    gp3   us-east-1    0.005  IOPS and month  2025-03-04  a list
    ");
    assert_snapshot!(out("prices|--of=gp3|--region=eu-west-1|-o|ndjson"), @r#"
    {"date":"2025-03-04","dollars":0.088,"name":"gp3","region":"eu-west-1","source":"a list","unit":"GiB and month"}
    "#);
}

#[test]
fn what_has_no_price_is_said() {
    let (out, error, code) = cli("prices|--of=gp3,t3.micro|--region=eu-north-1", "", &Played::default());
    assert_eq!((out.as_str(), code), ("", ExitCode::Failure));
    assert_snapshot!(error, @"error: no table has a price of gp3, t3.micro in eu-north-1");
}

#[test]
fn refreshing_says_where_the_prices_are_kept() {
    let program = Played::default();
    let (out, _, code) = cli("prices|refresh", "", &program);
    assert_eq!(code, ExitCode::Success);
    assert_snapshot!(out, @"/var/lib/cloudgauge/prices-aws.json holds the prices of today; a running server reads it at its start.");
    assert_eq!(*program.asked.lock().unwrap(), ["refresh prices"]);
}
