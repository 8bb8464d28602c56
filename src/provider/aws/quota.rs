//! Quotas: how much of them is used, as CloudWatch measures it.
//!
//! CloudWatch takes money for each metric that it is asked for, so this is done only where the settings say so.

use std::collections::BTreeMap;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{api::AccountApi, paginate::Listing as Pages, protocol::Projection};
use crate::model::{Failure, Listing, RegionId, Resource};

/// The kind of the resources that have a metric for their use.
pub(super) const KIND: &str = "aws_service_quota";
/// The property that says how much is used.
const USAGE: &str = "usage";
/// Metrics in one request, the most that there can be.
const METRICS_MAX: usize = 500;
/// The seconds of a data point: AWS writes these metrics every five minutes, or less often.
const PERIOD: i64 = 300;
/// How far back the newest data point may lie.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(3);

/// Says of each quota of a listing how much of it is used, where CloudWatch knows.
///
/// Where it cannot be asked the listing is partial: quotas are there, and without their use.
pub(super) async fn add_usage(api: &AccountApi, region: &RegionId, listing: &mut Listing, now: Timestamp) {
    let resources = match listing {
        Listing::Complete(resources) | Listing::Partial { resources, .. } => resources,
        Listing::Failed(_) => return,
    };
    let unknown = resources.iter_mut().filter(|quota| !quota.properties.contains_key(USAGE));
    let mut measured: Vec<(&mut Resource, Metric)> =
        unknown.filter_map(|quota| Metric::of(quota).map(|metric| (quota, metric))).collect();
    let mut failure = None;
    for chunk in measured.chunks_mut(METRICS_MAX) {
        match ask(api, region, chunk.iter().map(|(_, metric)| metric), now).await {
            Ok(values) => {
                for (position, (quota, metric)) in chunk.iter_mut().enumerate() {
                    if let Some(value) = values.get(&id(position)) {
                        quota.properties.insert(USAGE, json!(value * metric.factor));
                    }
                }
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let (Some(missing), Listing::Complete(resources)) = (failure, &mut *listing) {
        *listing = Listing::Partial { resources: std::mem::take(resources), missing };
    }
}

/// The metric that says how much of a quota is used.
#[derive(Clone, Debug, PartialEq)]
struct Metric {
    /// As CloudWatch wants it asked for.
    query: Value,
    /// What its value is to be multiplied with.
    factor: f64,
}

impl Metric {
    /// The metric of a quota; none where it has none, or one whose unit is not that of the quota.
    fn of(quota: &Resource) -> Option<Self> {
        let metric = quota.properties.value("quota_usage_metric")?;
        let text = |name: &str| metric[name].as_str();
        let statistic = text("metric_statistic_recommendation").unwrap_or("Maximum");
        let factor = match statistic {
            "Sum" => {
                // What adds up is limited within a time; without it nobody knows what the sum is to be compared with.
                let period = quota.properties.value("quota_period")?;
                seconds(period["period_value"].as_f64()?, period["period_unit"].as_str()?)? / seconds_of_a_point()
            }
            "Maximum" | "Minimum" | "Average" | "SampleCount" => 1.0,
            _ => return None,
        };
        let dimensions: Vec<Value> = metric["metric_dimensions"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| json!({"Name": name, "Value": value}))
            .collect();
        let query = json!({
            "Metric": {
                "Namespace": text("metric_namespace")?,
                "MetricName": text("metric_name")?,
                "Dimensions": dimensions,
            },
            "Period": PERIOD,
            "Stat": statistic,
        });
        Some(Self { query, factor })
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is a small constant")]
fn seconds_of_a_point() -> f64 {
    PERIOD as f64
}

fn seconds(value: f64, unit: &str) -> Option<f64> {
    let of_one = match unit {
        "MICROSECOND" => 1e-6,
        "MILLISECOND" => 1e-3,
        "SECOND" => 1.0,
        "MINUTE" => 60.0,
        "HOUR" => 3_600.0,
        "DAY" => 86_400.0,
        "WEEK" => 604_800.0,
        _ => return None,
    };
    Some(value * of_one)
}

/// The name of a metric within a request.
fn id(position: usize) -> String {
    format!("q{position}")
}

/// The newest value of each metric that has one.
async fn ask(
    api: &AccountApi,
    region: &RegionId,
    metrics: impl Iterator<Item = &Metric>,
    now: Timestamp,
) -> Result<BTreeMap<String, f64>, Failure> {
    let queries: Vec<Value> = metrics
        .enumerate()
        .map(|(position, metric)| json!({"Id": id(position), "MetricStat": metric.query, "ReturnData": true}))
        .collect();
    let request = Pages {
        service: "cloudwatch".to_owned(),
        operation: "GetMetricData".to_owned(),
        region: region.to_string(),
        params: json!({
            "MetricDataQueries": queries,
            "StartTime": (now - LOOK_BACK).to_string(),
            "EndTime": now.to_string(),
            "ScanBy": "TimestampDescending",
        }),
        page_size: None,
        projection: Projection::All.into(),
    };
    let mut newest = BTreeMap::new();
    let mut pages = Box::pin(api.client.pages(&api.entered.session, request));
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| error.failure("asking how much of the quotas is used"))?;
        for result in page["MetricDataResults"].as_array().into_iter().flatten() {
            if let (Some(id), Some(value)) = (result["Id"].as_str(), result["Values"][0].as_f64()) {
                // Later pages have older values.
                newest.entry(id.to_owned()).or_insert(value);
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(properties: &Value) -> Resource {
        let mut resource = Resource::new(KIND, "ec2/L-1");
        resource.properties = properties.as_object().unwrap().clone().into();
        resource
    }

    fn usage(statistic: &str) -> Value {
        json!({
            "metric_namespace": "AWS/Usage", "metric_name": "ResourceCount",
            "metric_dimensions": {"Service": "EC2", "Type": "Resource"}, "metric_statistic_recommendation": statistic,
        })
    }

    #[test]
    fn a_metric_is_asked_for_as_the_quota_describes_it() {
        let metric = Metric::of(&quota(&json!({"quota_usage_metric": usage("Maximum")}))).unwrap();
        assert_eq!(metric.factor, 1.0);
        insta::assert_snapshot!(metric.query, @r#"{"Metric":{"Dimensions":[{"Name":"Service","Value":"EC2"},{"Name":"Type","Value":"Resource"}],"MetricName":"ResourceCount","Namespace":"AWS/Usage"},"Period":300,"Stat":"Maximum"}"#);
    }

    #[test]
    fn what_adds_up_is_compared_within_the_time_of_the_quota() {
        let with = |period: Value| {
            let quota = quota(&json!({"quota_usage_metric": usage("Sum"), "quota_period": period}));
            Metric::of(&quota).map(|metric| metric.factor)
        };
        assert_eq!(with(json!({"period_value": 1, "period_unit": "SECOND"})), Some(1.0 / 300.0));
        assert_eq!(with(json!({"period_value": 5, "period_unit": "MINUTE"})), Some(1.0));
        assert_eq!(with(json!({"period_value": 1, "period_unit": "AGE"})), None);
        assert_eq!(with(Value::Null), None);
    }

    #[test]
    fn a_quota_without_a_metric_is_not_asked_for() {
        assert_eq!(Metric::of(&quota(&json!({}))), None);
        assert_eq!(Metric::of(&quota(&json!({"quota_usage_metric": {"metric_name": "x"}}))), None);
    }
}
