//! Refreshing: asks AWS's Price List API what things cost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use serde_json::{Value, json};
use tracing::debug;

use super::{
    super::{
        client::{AwsClient, Session},
        paginate::Listing,
        protocol::Projection,
    },
    offer::Offers,
    table::{RegionPrices, Table},
};
use crate::model::{Failure, FailureClass};

/// What prices that AWS was asked for say of where they are from.
pub(super) const SOURCE: &str = "AWS Price List API";
/// The regions that answer for all regions of their partition.
const ANSWERING: [&str; 3] = ["us-east-1", "eu-central-1", "ap-south-1"];
/// How many regions are asked for at a time.
const AT_A_TIME: usize = 4;
/// Products in a page, the most that there can be.
const PAGE: u32 = 100;

/// Whom to ask, and with whose credentials.
#[derive(Clone, Copy, Debug)]
pub(in crate::provider::aws) struct Asking<'a> {
    pub(in crate::provider::aws) client: &'a AwsClient,
    pub(in crate::provider::aws) session: &'a Session,
    pub(in crate::provider::aws) home_region: &'a str,
    pub(in crate::provider::aws) partition: &'a str,
}

impl Asking<'_> {
    /// The prices of all these regions, or why there are none.
    pub(super) async fn ask(&self, regions: &BTreeSet<String>, today: Date) -> Result<Table, Failure> {
        if self.partition != "aws" {
            let message = format!("the Price List API has no dollar prices in the partition {}", self.partition);
            return Err(Failure::new(FailureClass::Unsupported, message));
        }
        let region = |name: String| async move { Ok((name.clone(), self.region(&name).await?)) };
        let asked = stream::iter(regions.iter().cloned()).map(region).buffer_unordered(AT_A_TIME);
        let regions: BTreeMap<String, RegionPrices> = asked.try_collect().await?;
        Ok(Table { source: SOURCE.to_owned(), date: today, regions })
    }

    async fn region(&self, name: &str) -> Result<RegionPrices, Failure> {
        let plain =
            [("operatingSystem", "Linux"), ("tenancy", "Shared"), ("preInstalledSw", "NA"), ("capacitystatus", "Used")];
        let mut offers = Offers::default();
        self.products(name, &plain, &mut offers).await?;
        for family in ["Storage", "System Operation", "Provisioned Throughput"] {
            self.products(name, &[("productFamily", family)], &mut offers).await?;
        }
        if offers.disputed() > 0 {
            debug!(region = name, disputed = offers.disputed(), "some things have two prices and so none");
        }
        let prices = offers.into_prices();
        if prices.instances.is_empty() || prices.volumes.is_empty() {
            let message = format!("asking what things cost in {name}: the answer has no prices");
            return Err(Failure::new(FailureClass::BadAnswer, message));
        }
        Ok(prices)
    }

    async fn products(&self, region: &str, filters: &[(&str, &str)], offers: &mut Offers) -> Result<(), Failure> {
        let place = [("regionCode", region), ("locationType", "AWS Region")];
        let filters = place.iter().chain(filters);
        let filters: Value =
            filters.map(|(field, value)| json!({"Type": "TERM_MATCH", "Field": field, "Value": value})).collect();
        let answering = ANSWERING.into_iter().find(|name| *name == self.home_region).unwrap_or(ANSWERING[0]);
        let listing = Listing {
            service: "pricing".to_owned(),
            operation: "GetProducts".to_owned(),
            region: answering.to_owned(),
            params: json!({"ServiceCode": "AmazonEC2", "FormatVersion": "aws_v1", "Filters": filters}),
            page_size: Some(PAGE),
            projection: Arc::new(Projection::of(["PriceList[]"])),
        };
        let mut pages = Box::pin(self.client.pages(self.session, listing));
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| error.failure(&format!("asking what things cost in {region}")))?;
            for product in page["PriceList"].as_array().into_iter().flatten() {
                // A product is JSON in a text.
                let read = product.as_str().map_or_else(|| Ok(product.clone()), serde_json::from_str);
                offers.add(&read.map_err(|error| {
                    let message = format!("asking what things cost in {region}: a product is not JSON: {error}");
                    Failure::new(FailureClass::BadAnswer, message)
                })?);
            }
        }
        Ok(())
    }
}
