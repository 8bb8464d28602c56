//! Where a request goes: AWS's endpoint or its replacement, and S3's buckets in the path or the host name.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::provider::aws::{
    endpoint::{Endpoints, Variant},
    protocol::Request,
    schema::Service,
};

/// Finds the target of requests.
#[derive(Debug)]
pub(super) struct Targets {
    endpoints: &'static Endpoints,
    variant: Variant,
    replacement: Option<String>,
    replacements: BTreeMap<String, String>,
}

/// A request's URL, host and region.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) host: String,
    pub(super) signing_region: String,
}

impl Targets {
    pub(super) fn new(
        endpoints: &'static Endpoints,
        variant: Variant,
        replacement: Option<String>,
        replacements: BTreeMap<String, String>,
    ) -> Self {
        Self { endpoints, variant, replacement, replacements }
    }

    pub(super) fn target(
        &self,
        service: &Service,
        region: &str,
        request: &Request,
        params: &Map<String, Value>,
    ) -> Target {
        let prefix = &service.metadata.endpoint_prefix;
        let endpoint = self.endpoints.resolve(&service.name, prefix, region, self.variant);
        let mut path = request.path.clone();
        let replacement = self.replacements.get(&service.name).or(self.replacement.as_ref());
        let (scheme, host, base) = if let Some(url) = replacement {
            // An emulator seldom has names for every bucket and account.
            let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
            let (host, base) = rest.split_once('/').map_or((rest, ""), |(host, base)| (host, base));
            (scheme, host.to_owned(), base.trim_end_matches('/'))
        } else {
            let host = match bucket(service, params) {
                Some(bucket) => {
                    path = without_bucket(&path, bucket);
                    format!("{bucket}.{}", endpoint.host)
                }
                None => format!("{}{}", request.host_prefix, endpoint.host),
            };
            ("https", host, "")
        };
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        Target { url: format!("{scheme}://{host}{base}{path}{query}"), host, signing_region: endpoint.signing_region }
    }
}

/// The bucket, if its name can be part of a host name: a dot in it would not match the certificate.
fn bucket<'a>(service: &Service, params: &'a Map<String, Value>) -> Option<&'a str> {
    let bucket = params.get("Bucket").filter(|_| service.name == "s3")?.as_str()?;
    let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    ((3..=63).contains(&bucket.len()) && bucket.chars().all(fit)).then_some(bucket)
}

fn without_bucket(path: &str, bucket: &str) -> String {
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(bucket)) {
        Some("") => "/".to_owned(),
        Some(rest) => rest.to_owned(),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::aws::{protocol, schema::Schema};

    fn target(replacement: Option<&str>, service: &str, operation: &str, params: &Value) -> String {
        let targets =
            Targets::new(Endpoints::embedded(), Variant::Plain, replacement.map(str::to_owned), BTreeMap::new());
        let service = Schema::embedded().service(service).unwrap();
        let params = params.as_object().unwrap();
        let request = protocol::build(service, service.operation(operation).unwrap(), params, "token").unwrap();
        targets.target(service, "eu-west-1", &request, params).url
    }

    #[test]
    fn buckets_are_in_the_host_name_where_they_fit() {
        let of = |bucket: &str| target(None, "s3", "GetBucketTagging", &json!({"Bucket": bucket}));
        assert_eq!(of("my-bucket"), "https://my-bucket.s3.eu-west-1.amazonaws.com/?tagging");
        assert_eq!(of("my.bucket"), "https://s3.eu-west-1.amazonaws.com/my.bucket?tagging");
    }

    #[test]
    fn a_replacement_has_buckets_in_the_path() {
        let params = json!({"Bucket": "my-bucket"});
        let url = target(Some("http://localhost:5000/"), "s3", "GetBucketTagging", &params);
        assert_eq!(url, "http://localhost:5000/my-bucket?tagging");
        let url = target(Some("http://localhost:5000/aws"), "ec2", "DescribeRegions", &json!({}));
        assert_eq!(url, "http://localhost:5000/aws/");
    }
}
