//! Endpoints: which host answers for a service in a region.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;
use serde::Deserialize;

/// AWS's partitions, and the services whose host names are irregular.
///
/// It is derived from botocore's endpoint rules (`ci/aws/gen_endpoints.py`).
#[derive(Debug, Deserialize)]
pub struct Endpoints {
    partitions: Vec<Partition>,
    /// By service, partition and variant.
    exceptions: BTreeMap<String, BTreeMap<String, BTreeMap<Variant, Vec<Exception>>>>,
}

/// A part of AWS with accounts, regions and names of its own.
#[derive(Debug, Deserialize)]
pub struct Partition {
    /// As it stands in resource names: `aws`, `aws-cn`.
    pub id: String,
    dns_suffix: String,
    dual_stack_dns_suffix: String,
    /// The region that global services are signed for.
    pub global_region: String,
    region_pattern: String,
    /// Those that botocore knows by name.
    pub regions: Vec<String>,
    #[serde(skip)]
    pattern: OnceLock<Option<Regex>>,
}

/// Which of a service's endpoints is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    Plain,
    Fips,
    Dual,
    FipsDual,
}

impl Variant {
    pub fn new(fips: bool, dual_stack: bool) -> Self {
        match (fips, dual_stack) {
            (false, false) => Self::Plain,
            (true, false) => Self::Fips,
            (false, true) => Self::Dual,
            (true, true) => Self::FipsDual,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Exception {
    /// A host name, with `{region}` perhaps.
    host: String,
    signing_region: Option<String>,
    /// The regions it is for; all that are named nowhere else, if there is no list.
    regions: Option<Vec<String>>,
}

/// Where to send a request, and the region to sign it for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub host: String,
    pub signing_region: String,
}

impl Endpoints {
    /// The table that is built into the program.
    pub fn embedded() -> &'static Self {
        static ENDPOINTS: OnceLock<Endpoints> = OnceLock::new();
        ENDPOINTS.get_or_init(|| {
            serde_json::from_str(include_str!("endpoints.json")).expect("the embedded endpoints are valid")
        })
    }

    /// The partition a region belongs to; a region that is not known yet goes by its form, then to `aws`.
    pub fn partition(&self, region: &str) -> &Partition {
        let known = self.partitions.iter().find(|partition| partition.regions.iter().any(|known| known == region));
        known
            .or_else(|| self.partitions.iter().find(|partition| partition.matches(region)))
            .unwrap_or_else(|| self.partitions.first().expect("there is at least one partition"))
    }

    /// The endpoint of a service, given the prefix of its regular host names.
    pub fn resolve(&self, service: &str, prefix: &str, region: &str, variant: Variant) -> Endpoint {
        let partition = self.partition(region);
        if let Some(exception) = self.exception(service, &partition.id, region, variant) {
            return Endpoint {
                host: exception.host.replace("{region}", region),
                signing_region: exception.signing_region.clone().unwrap_or_else(|| region.to_owned()),
            };
        }
        let (fips, suffix) = match variant {
            Variant::Plain => ("", &partition.dns_suffix),
            Variant::Fips => ("-fips", &partition.dns_suffix),
            Variant::Dual => ("", &partition.dual_stack_dns_suffix),
            Variant::FipsDual => ("-fips", &partition.dual_stack_dns_suffix),
        };
        Endpoint { host: format!("{prefix}{fips}.{region}.{suffix}"), signing_region: region.to_owned() }
    }

    fn exception(&self, service: &str, partition: &str, region: &str, variant: Variant) -> Option<&Exception> {
        let exceptions = self.exceptions.get(service)?.get(partition)?.get(&variant)?;
        let listed = exceptions.iter().find(|exception| {
            exception.regions.as_ref().is_some_and(|regions| regions.iter().any(|listed| listed == region))
        });
        listed.or_else(|| exceptions.iter().find(|exception| exception.regions.is_none()))
    }
}

impl Partition {
    fn matches(&self, region: &str) -> bool {
        let pattern = self.pattern.get_or_init(|| Regex::new(&self.region_pattern).ok());
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(service: &str, prefix: &str, region: &str, variant: Variant) -> String {
        let endpoint = Endpoints::embedded().resolve(service, prefix, region, variant);
        format!("{} {}", endpoint.host, endpoint.signing_region)
    }

    #[test]
    fn regular_hosts_follow_the_template() {
        let of = |region, variant| host("ec2", "ec2", region, variant);
        assert_eq!(of("eu-west-1", Variant::Plain), "ec2.eu-west-1.amazonaws.com eu-west-1");
        assert_eq!(of("us-east-1", Variant::Fips), "ec2-fips.us-east-1.amazonaws.com us-east-1");
        assert_eq!(of("us-east-1", Variant::Dual), "ec2.us-east-1.api.aws us-east-1");
        assert_eq!(of("cn-north-1", Variant::Plain), "ec2.cn-north-1.amazonaws.com.cn cn-north-1");
        assert_eq!(of("us-gov-west-1", Variant::Fips), "ec2.us-gov-west-1.amazonaws.com us-gov-west-1");
    }

    #[test]
    fn a_global_service_is_signed_for_its_one_region() {
        assert_eq!(host("iam", "iam", "eu-west-1", Variant::Plain), "iam.amazonaws.com us-east-1");
        assert_eq!(host("iam", "iam", "us-gov-east-1", Variant::Plain), "iam.us-gov.amazonaws.com us-gov-west-1");
        assert_eq!(host("iam", "iam", "cn-north-1", Variant::Plain), "iam.cn-north-1.amazonaws.com.cn cn-north-1");
    }

    #[test]
    fn an_unknown_region_goes_by_its_form() {
        let endpoints = Endpoints::embedded();
        assert_eq!(endpoints.partition("eu-west-9").id, "aws");
        assert_eq!(endpoints.partition("cn-south-1").id, "aws-cn");
        assert_eq!(endpoints.partition("somewhere").id, "aws");
    }

    #[test]
    fn every_pattern_compiles() {
        for partition in &Endpoints::embedded().partitions {
            let region = partition.regions.first().unwrap();
            assert!(partition.matches(region), "{} {region}", partition.id);
        }
    }
}
