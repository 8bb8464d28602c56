//! Regions of an account.

use serde_json::json;

use super::{
    client::{AwsClient, Session},
    error::AwsError,
    protocol::Projection,
};

/// The region of those who name none.
pub const DEFAULT: &str = "us-east-1";

/// The regions that are enabled in an account, in alphabetical order.
pub(super) async fn enabled(client: &AwsClient, session: &Session, home_region: &str) -> Result<Vec<String>, AwsError> {
    let projection = Projection::of(["Regions[].RegionName"]);
    let answer = client.call(session, home_region, "ec2", "DescribeRegions", &json!({}), &projection).await?.value();
    let regions = answer["Regions"].as_array().into_iter().flatten();
    let mut names: Vec<String> =
        regions.filter_map(|region| region["RegionName"].as_str().map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}
