//! Actions: what a policy must allow for calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use serde::Deserialize;

use super::{Config, quota};
use crate::{
    model::KindName,
    provider::catalogue::{Call, Catalogue},
};

/// How actions are named where they are not named after their call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    services: BTreeMap<String, String>,
    /// By service, the methods of operations by what their names begin with.
    methods: BTreeMap<String, BTreeMap<String, String>>,
    calls: BTreeMap<String, String>,
}

impl Names {
    fn embedded() -> &'static Self {
        static NAMES: OnceLock<Names> = OnceLock::new();
        NAMES.get_or_init(|| {
            serde_saphyr::from_str(include_str!("actions.yaml")).expect("the names of actions are checked by a test")
        })
    }
}

/// The action that a policy must allow for a call: `ec2:DescribeInstances`.
pub fn action(service: &str, operation: &str) -> String {
    let names = Names::embedded();
    if let Some(action) = names.calls.get(&format!("{service}:{operation}")) {
        return action.clone();
    }
    if let Some(methods) = names.methods.get(service) {
        let method = methods.iter().find(|(verb, _)| operation.starts_with(verb.as_str()));
        return format!("{service}:{}", method.map_or("GET", |(_, method)| method));
    }
    format!("{}:{operation}", names.services.get(service).map_or(service, String::as_str))
}

/// The actions that listing kinds takes, each with the kinds that need it.
pub fn reading<'k>(
    config: &Config,
    catalogue: &Catalogue,
    kinds: impl IntoIterator<Item = &'k KindName>,
) -> BTreeMap<String, BTreeSet<KindName>> {
    let mut actions = by_action(kinds, |kind| catalogue.listing_calls(kind));
    // Beside the catalogue, quotas may be asked for their use.
    let quotas = |kinds: &BTreeSet<KindName>| kinds.contains(quota::KIND);
    if config.quota_usage && actions.values().any(quotas) {
        actions.entry(action("cloudwatch", "GetMetricData")).or_default().insert(quota::KIND.into());
    }
    actions
}

/// The actions that deleting resources of kinds takes, each with the kinds that need it.
pub fn deleting<'k>(
    catalogue: &Catalogue,
    kinds: impl IntoIterator<Item = &'k KindName>,
) -> BTreeMap<String, BTreeSet<KindName>> {
    by_action(kinds, |kind| catalogue.deletion_calls(kind))
}

/// The actions that finding out about an account takes, whatever is collected of it.
///
/// Who one is may be asked without a permission.
pub fn entering(config: &Config) -> BTreeSet<String> {
    let mut actions = BTreeSet::from([action("iam", "ListAccountAliases")]);
    if config.regions.is_empty() {
        actions.insert(action("ec2", "DescribeRegions"));
    }
    actions
}

/// The actions that finding the accounts of the organization takes; none where it is not asked.
pub fn finding(config: &Config) -> BTreeSet<String> {
    let organization = &config.organization;
    let mut operations = Vec::new();
    if organization.enabled {
        let filters = [&organization.include, &organization.exclude];
        if filters.iter().any(|filter| !filter.units.is_empty()) {
            operations.extend(["ListRoots", "ListAccountsForParent", "ListOrganizationalUnitsForParent"]);
        } else {
            operations.push("ListAccounts");
        }
        if filters.iter().any(|filter| !filter.tags.is_empty()) {
            operations.push("ListTagsForResource");
        }
    }
    operations.into_iter().map(|operation| action("organizations", operation)).collect()
}

/// The action that asking for newer prices takes; none where nobody asks.
pub fn pricing(config: &Config) -> BTreeSet<String> {
    config.prices.refresh.iter().map(|_| action("pricing", "GetProducts")).collect()
}

fn by_action<'k, 'c>(
    kinds: impl IntoIterator<Item = &'k KindName>,
    calls: impl Fn(&str) -> Vec<&'c Call>,
) -> BTreeMap<String, BTreeSet<KindName>> {
    let mut actions: BTreeMap<String, BTreeSet<KindName>> = BTreeMap::new();
    for kind in kinds {
        for call in calls(kind) {
            actions.entry(action(&call.service, &call.operation)).or_default().insert(kind.clone());
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::{kinds, organization::OrganizationConfig};

    fn names<'a>(actions: impl IntoIterator<Item = &'a String>) -> String {
        actions.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn actions_are_named_after_calls_but_for_some() {
        assert_eq!(action("ec2", "DescribeVpcs"), "ec2:DescribeVpcs");
        assert_eq!(action("elbv2", "DescribeTags"), "elasticloadbalancing:DescribeTags");
        assert_eq!(action("s3", "ListBuckets"), "s3:ListAllMyBuckets");
        assert_eq!(action("apigateway", "GetStages"), "apigateway:GET");
        assert_eq!(action("apigateway", "DeleteStage"), "apigateway:DELETE");
    }

    #[test]
    fn a_kind_needs_what_its_parents_and_details_need() {
        let catalogue = kinds::catalogue([]).unwrap();
        let of = |kind: &str| names(reading(&Config::default(), &catalogue, [&KindName::from(kind)]).keys());
        assert_eq!(of("aws_vpc"), "ec2:DescribeVpcs");
        insta::assert_snapshot!(of("aws_ecs_service"), @"ecs:DescribeServices ecs:ListClusters ecs:ListServices");
        insta::assert_snapshot!(of("aws_s3_bucket"), @"s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketLogging s3:GetBucketPolicy s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration s3:ListAllMyBuckets");
        assert_eq!(of("aws_region"), "", "nothing lists it");
    }

    #[test]
    fn a_deletion_needs_what_it_undoes_first() {
        let catalogue = kinds::catalogue([]).unwrap();
        let of = |kind: &str| names(deleting(&catalogue, [&KindName::from(kind)]).keys());
        insta::assert_snapshot!(of("aws_iam_group"), @"iam:DeleteGroup iam:DeleteGroupPolicy iam:DetachGroupPolicy iam:GetGroup iam:ListAttachedGroupPolicies iam:ListGroupPolicies iam:RemoveUserFromGroup");
        insta::assert_snapshot!(of("aws_ec2_instance"), @"ec2:DescribeInstances ec2:TerminateInstances");
    }

    #[test]
    fn the_organization_is_asked_for_no_more_than_its_filters_need() {
        let of = |text: &str| {
            let organization: OrganizationConfig = serde_saphyr::from_str(text).unwrap();
            names(&finding(&Config { organization, ..Config::default() }))
        };
        assert_eq!(of("{}"), "");
        assert_eq!(of("enabled: true"), "organizations:ListAccounts");
        assert_eq!(
            of("{enabled: true, exclude: {units: [/sandboxes], tags: {stage: dev}}}"),
            "organizations:ListAccountsForParent organizations:ListOrganizationalUnitsForParent \
             organizations:ListRoots organizations:ListTagsForResource"
        );
    }

    #[test]
    fn regions_that_are_named_need_not_be_asked_for() {
        assert_eq!(names(&entering(&Config::default())), "ec2:DescribeRegions iam:ListAccountAliases");
        assert!(pricing(&Config::default()).is_empty());
        let config: Config = serde_saphyr::from_str("prices: {refresh: 7d}").unwrap();
        assert_eq!(names(&pricing(&config)), "pricing:GetProducts");
        let config = Config { regions: vec!["eu-west-1".to_owned()], ..Config::default() };
        assert_eq!(names(&entering(&config)), "iam:ListAccountAliases");
    }
}
