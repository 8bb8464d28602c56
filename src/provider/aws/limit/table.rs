//! What AWS allows, as its documentation says: `limits.yaml`, with the user's corrections and share.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use super::{LimitsConfig, bucket::Rate, config::Allowed};

/// AWS's limits by service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// The day on which the sources were read.
    #[expect(dead_code, reason = "it is for people, and the file must have it")]
    read: String,
    default: Usual,
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    #[expect(dead_code, reason = "it is for people, and the file must have it")]
    source: String,
    burst: f64,
    rate: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    #[expect(dead_code, reason = "it is for people, and the file must have it")]
    source: String,
    /// Whether every operation has a bucket of its own.
    #[serde(default)]
    each: bool,
    classes: Vec<Class>,
}

/// Operations that share a bucket, or that have equal ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    name: String,
    /// Operations by name; the end may be a `*`.
    operations: Vec<String>,
    #[serde(default)]
    unpaginated: bool,
    burst: f64,
    rate: f64,
}

/// AWS's limits as they are to be kept.
#[derive(Debug)]
pub(super) struct Table {
    document: &'static Document,
    config: LimitsConfig,
}

/// The bucket of a request: its name within its service, and its size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sized {
    pub(super) name: String,
    pub(super) rate: Rate,
}

impl Document {
    fn embedded() -> &'static Self {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        DOCUMENT.get_or_init(|| {
            serde_saphyr::from_str(include_str!("../limits.yaml")).expect("the embedded limits are valid")
        })
    }
}

impl Class {
    fn means(&self, operation: &str, paginated: bool) -> bool {
        let named = self.operations.iter().any(|name| match name.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == name,
        });
        named && !(self.unpaginated && paginated)
    }
}

impl Table {
    pub(super) fn new(config: LimitsConfig) -> Self {
        Self { document: Document::embedded(), config }
    }

    /// The bucket of a request; `paginated` if it asks for a page, for some or for single ones.
    pub(super) fn bucket(&self, service: &str, operation: &str, paginated: bool) -> Sized {
        let rates = &self.config.rates;
        if let Some(own) = (!rates.is_empty()).then(|| rates.get(&format!("{service}:{operation}"))).flatten() {
            return Sized { name: operation.to_owned(), rate: self.share_of(*own) };
        }
        let found = self.document.services.get(service);
        let class = found.and_then(|found| {
            let class = found.classes.iter().find(|class| class.means(operation, paginated))?;
            Some((found.each, class))
        });
        let (name, usual) = match class {
            // What has neither size nor filter has its own bucket beside that of the operation.
            Some((true, class)) if class.unpaginated => (format!("{operation} {}", class.name), class.allowed()),
            Some((true, class)) => (operation.to_owned(), class.allowed()),
            Some((false, class)) => (class.name.clone(), class.allowed()),
            None => {
                let Usual { burst, rate, .. } = self.document.default;
                (String::new(), Allowed { burst, rate })
            }
        };
        Sized { name, rate: self.share_of(rates.get(service).copied().unwrap_or(usual)) }
    }

    /// At least one request at once, however small the share.
    fn share_of(&self, allowed: Allowed) -> Rate {
        let share = self.config.share;
        Rate { burst: (allowed.burst * share).max(1.0), per_second: allowed.rate * share }
    }
}

impl Class {
    fn allowed(&self) -> Allowed {
        Allowed { burst: self.burst, rate: self.rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::schema::Schema;

    fn bucket(settings: &str, call: &str, paginated: bool) -> (String, f64, f64) {
        let table = Table::new(serde_saphyr::from_str(settings).unwrap());
        let (service, operation) = call.split_once(':').unwrap();
        let Sized { name, rate } = table.bucket(service, operation, paginated);
        (name, rate.burst, rate.per_second)
    }

    #[test]
    fn half_of_what_aws_documents_is_used() {
        let of = |call, paginated| bucket("{}", call, paginated);
        assert_eq!(of("ec2:DescribeVolumes", true), ("DescribeVolumes".to_owned(), 50.0, 10.0));
        assert_eq!(of("ec2:DescribeVolumes", false), ("DescribeVolumes unfiltered".to_owned(), 25.0, 5.0));
        assert_eq!(of("ec2:DescribeVpcs", false), ("DescribeVpcs".to_owned(), 50.0, 10.0));
        assert_eq!(of("ec2:TerminateInstances", true), ("TerminateInstances".to_owned(), 50.0, 2.5));
        assert_eq!(of("ec2:ModifyVolume", true), ("ModifyVolume".to_owned(), 25.0, 2.5));
        assert_eq!(of("route53:ListHostedZones", true), ("all".to_owned(), 2.5, 2.5));
        assert_eq!(of("lambda:GetFunction", true), ("functions".to_owned(), 50.0, 50.0));
        assert_eq!(of("lambda:ListFunctions", true), ("control".to_owned(), 7.5, 7.5));
        assert_eq!(of("sqs:ListQueues", true), (String::new(), 20.0, 10.0));
    }

    #[test]
    fn the_user_knows_better() {
        let settings =
            "{share: 0.25, rates: {'ec2:DescribeVolumes': {burst: 400, rate: 80}, iam: {burst: 8, rate: 1}}}";
        assert_eq!(bucket(settings, "ec2:DescribeVolumes", false), ("DescribeVolumes".to_owned(), 100.0, 20.0));
        assert_eq!(bucket(settings, "ec2:DescribeVpcs", false), ("DescribeVpcs".to_owned(), 25.0, 5.0));
        assert_eq!(bucket(settings, "iam:ListUsers", true), ("reading".to_owned(), 2.0, 0.25));
        assert_eq!(bucket("share: 0.01", "ec2:DescribeVpcs", true).1, 1.0, "one request at once is always allowed");
    }

    #[test]
    fn every_service_exists_and_every_request_finds_a_class() {
        let document = Document::embedded();
        for (name, service) in &document.services {
            let known = Schema::embedded().service(name).unwrap_or_else(|| panic!("{name} is no service"));
            for operation in known.operations() {
                let found = service.classes.iter().any(|class| class.means(&operation.name, true));
                assert!(found, "{name}:{}", operation.name);
            }
            assert!(service.classes.iter().all(|class| class.burst > 0.0 && class.rate > 0.0), "{name}");
        }
    }
}
