//! Policies: what IAM must allow, as documents.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Config, action, endpoint::Endpoints, region};
use crate::{model::KindName, provider::catalogue::Catalogue};

/// Characters of a managed policy, without white space.
pub const LENGTH_MAX: usize = 6_144;

/// Verbs whose operations tell of resources and of nothing that is in them, so that all of a service may be allowed.
const HARMLESS: [&str; 2] = ["Describe", "List"];

/// A policy, and whom it is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// Short, as a policy's name: `cloudgauge-read-1`.
    pub name: String,
    /// Whose policy it is, in words.
    pub attach_to: String,
    pub document: Value,
}

/// What the policies are to allow.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    pub config: &'a Config,
    pub catalogue: &'a Catalogue,
    /// The kinds that are collected.
    pub kinds: &'a BTreeSet<KindName>,
    /// The kinds whose resources cleanup may delete; none where it is to delete nothing.
    pub deleted: &'a BTreeSet<KindName>,
    /// Whether all that describes and lists of a service may be allowed, which is shorter and lets more in.
    pub wildcards: bool,
}

impl Purpose<'_> {
    /// All policies, each short enough for a managed policy.
    pub fn policies(&self) -> Vec<Policy> {
        let roles = self.roles();
        let mut policies = Vec::new();
        let mut reading: BTreeSet<String> =
            action::reading(self.config, self.catalogue, self.kinds).into_keys().collect();
        reading.extend(action::entering(self.config));
        reading.extend(action::pricing(self.config));
        let reader = match (roles.is_empty(), self.reads_itself()) {
            (true, _) => "the identity that cloudgauge runs as",
            (false, false) => "the role in every account",
            (false, true) => "the role in every account, and the identity that cloudgauge runs as",
        };
        policies.extend(split("cloudgauge-read", reader, &self.shortened(reading), &json!("*")));
        let deleting: BTreeSet<String> = action::deleting(self.catalogue, self.deleted).into_keys().collect();
        let reader = format!("{reader}, where cleanup may delete");
        policies.extend(split("cloudgauge-cleanup", &reader, &deleting, &json!("*")));
        let finding = action::finding(self.config);
        let asking = match &self.config.organization.role_arn {
            Some(role) => format!("the role {role}"),
            None => "the identity that cloudgauge runs as, in the management account or a delegated one".to_owned(),
        };
        policies.extend(split("cloudgauge-organization", &asking, &finding, &json!("*")));
        if !roles.is_empty() {
            let assume = BTreeSet::from([action::action("sts", "AssumeRole")]);
            let caller = "the identity that cloudgauge runs as";
            policies.extend(split("cloudgauge-assume", caller, &assume, &json!(roles)));
        }
        policies
    }

    /// The roles that are assumed, by their whole names; `*` stands for accounts that are found.
    fn roles(&self) -> BTreeSet<String> {
        let config = self.config;
        let home = config.home_region.as_deref().or(config.regions.first().map(String::as_str));
        let partition = &Endpoints::embedded().partition(home.unwrap_or(region::DEFAULT)).id;
        let in_account = |account: &str, role: &str| format!("arn:{partition}:iam::{account}:role/{role}");
        let mut roles = BTreeSet::new();
        for account in &config.accounts {
            let name = account.role.as_ref().or(config.role.as_ref());
            match (&account.role_arn, &account.id, name) {
                (Some(arn), ..) => drop(roles.insert(arn.clone())),
                (None, Some(id), Some(name)) => drop(roles.insert(in_account(id, name))),
                _ => {}
            }
        }
        let organization = &config.organization;
        if organization.enabled {
            roles.extend(organization.role_arn.clone());
            if let Some(name) = organization.role.as_ref().or(config.role.as_ref()) {
                roles.insert(in_account("*", name));
            }
        }
        roles
    }

    /// Whether some account is read with the credentials as they are.
    fn reads_itself(&self) -> bool {
        let config = self.config;
        let without_role = config.accounts.iter().any(|account| {
            let named = account.role.is_some() || (config.role.is_some() && account.id.is_some());
            account.role_arn.is_none() && !named
        });
        // Of an organization, the account that asks is read with the credentials that ask.
        let nobody_else = config.accounts.is_empty() && config.profiles.is_empty();
        let organization = &config.organization;
        without_role
            || !config.profiles.is_empty()
            || (nobody_else && !organization.enabled)
            || (organization.enabled && organization.role_arn.is_none())
    }

    fn shortened(&self, actions: BTreeSet<String>) -> BTreeSet<String> {
        if !self.wildcards {
            return actions;
        }
        let harmless = |action: String| {
            let (service, operation) = action.split_once(':').unwrap_or((&action, ""));
            match HARMLESS.iter().find(|verb| operation.starts_with(**verb)) {
                Some(verb) => format!("{service}:{verb}*"),
                None => action,
            }
        };
        actions.into_iter().map(harmless).collect()
    }
}

/// Policies for actions, as many as it takes.
fn split(name: &str, attach_to: &str, actions: &BTreeSet<String>, resource: &Value) -> Vec<Policy> {
    let around = document(&[], resource).to_string().len();
    let mut parts: Vec<(usize, Vec<&String>)> = Vec::new();
    for action in actions {
        // Its quotes and a comma.
        let length = action.len() + 3;
        match parts.last_mut() {
            Some((used, part)) if *used + length <= LENGTH_MAX => {
                *used += length;
                part.push(action);
            }
            _ => parts.push((around + length, vec![action])),
        }
    }
    let several = parts.len() > 1;
    let policy = |(number, (_, actions)): (usize, (usize, Vec<&String>))| Policy {
        name: if several { format!("{name}-{}", number + 1) } else { name.to_owned() },
        attach_to: attach_to.to_owned(),
        document: document(&actions, resource),
    };
    parts.into_iter().enumerate().map(policy).collect()
}

fn document(actions: &[&String], resource: &Value) -> Value {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Action".to_owned(), json!(actions));
    statement.insert("Resource".to_owned(), resource.clone());
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::aws::kinds;

    fn catalogue() -> Catalogue {
        kinds::catalogue([]).unwrap()
    }

    fn all(catalogue: &Catalogue) -> BTreeSet<KindName> {
        catalogue.entries().filter(|entry| entry.list.is_some()).map(|entry| entry.kind.clone()).collect()
    }

    fn policies(config: &str, kinds: &[&str], deleted: &[&str], wildcards: bool) -> Vec<Policy> {
        let config: Config = serde_saphyr::from_str(config).unwrap();
        let catalogue = catalogue();
        let set = |kinds: &[&str]| kinds.iter().map(|kind| KindName::from(*kind)).collect::<BTreeSet<_>>();
        let kinds = if kinds == ["*"] { all(&catalogue) } else { set(kinds) };
        Purpose { config: &config, catalogue: &catalogue, kinds: &kinds, deleted: &set(deleted), wildcards }.policies()
    }

    #[test]
    fn the_policy_of_one_kind_is_as_small_as_can_be() {
        insta::assert_json_snapshot!(policies("regions: [eu-west-1]", &["aws_vpc"], &[], false));
    }

    #[test]
    fn roles_and_the_organization_have_policies_of_their_own() {
        let config = "{role: reader, regions: [us-gov-west-1], accounts: [{id: 111111111111}, \
                      {role_arn: 'arn:aws-us-gov:iam::222222222222:role/ops/reader'}], organization: {enabled: true}}";
        insta::assert_json_snapshot!(policies(config, &["aws_vpc"], &["aws_vpc", "aws_region"], false));
    }

    #[test]
    fn every_policy_is_short_enough_for_a_managed_one() {
        for wildcards in [false, true] {
            let policies = policies("{}", &["*"], &["aws_vpc"], wildcards);
            for policy in &policies {
                let length = policy.document.to_string().len();
                assert!(length <= LENGTH_MAX, "{}: {length}", policy.name);
            }
            let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
            let parts = ["cloudgauge-read-1", "cloudgauge-read-2", "cloudgauge-cleanup"];
            assert_eq!(names, if wildcards { vec!["cloudgauge-read", "cloudgauge-cleanup"] } else { parts.to_vec() });
        }
    }

    #[test]
    fn wildcards_stand_for_what_describes_and_lists_and_for_nothing_else() {
        let policies = policies("{}", &["aws_s3_bucket", "aws_sqs_queue", "aws_vpc"], &[], true);
        insta::assert_json_snapshot!(policies[0].document["Statement"][0]["Action"]);
    }
}
