//! Organizations: the accounts that belong together, asked of AWS with every collection.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, TryStreamExt, stream};
use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::{debug, warn};

use super::{account::Entered, client::AwsClient, error::AwsError, paginate::Listing, protocol::Projection};
use crate::{document::Complaint, model::Failure};

/// Questions about single accounts that are under way at a time: AWS allows few of them a second.
const AT_A_TIME: usize = 4;
/// Units below units; AWS allows five levels.
const DEPTH_MAX: usize = 10;

/// The accounts of an AWS organization, found anew with every collection.
///
/// The credentials must be those of the management account or of a delegated administrator. Accounts that join the
/// organization are collected from then on. While the organization does not answer, its accounts stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationConfig {
    /// Whether the accounts of the organization are collected. Default: false.
    pub enabled: bool,
    /// The profile of the shared configuration file to ask with, and to begin with in each account.
    /// Default: none, which means the default credentials.
    pub profile: Option<String>,
    /// The role to assume for asking, by its whole name. Default: none.
    pub role_arn: Option<String>,
    /// The name of the role to assume in each account; the account that asks needs none.
    /// Default: none, which means the `role` for all accounts.
    pub role: Option<String>,
    /// The accounts to collect. Default: none named, which means all.
    pub include: AccountFilter,
    /// The accounts to leave out, whatever `include` says. Default: none.
    pub exclude: AccountFilter,
}

/// Names accounts; an account is meant if any entry of any list fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFilter {
    /// Accounts by their twelve digits. Default: none.
    pub ids: Vec<String>,
    /// Accounts by name, with `*` and `?`. Default: none.
    pub names: Vec<String>,
    /// Organizational units with everything below them, by id (`ou-ab12-cdefgh34`) or by path with `*` and `?`
    /// (`/production/web`). Default: none.
    pub units: Vec<String>,
    /// Tags of accounts: key and value, the value with `*` and `?`. Default: none.
    pub tags: BTreeMap<String, String>,
}

impl AccountFilter {
    /// What is wrong with the patterns.
    pub(super) fn complaints(&self, name: &str) -> Vec<Complaint> {
        let patterns = [("names", self.names.iter().collect::<Vec<_>>()), ("units", self.units.iter().collect())];
        let lists = patterns.into_iter().flat_map(|(list, patterns)| {
            patterns.into_iter().enumerate().filter_map(move |(index, pattern)| {
                let error = Glob::new(pattern).err()?;
                Some(Complaint::new(error.kind().to_string()).at("organization").at(name).at(list).at(index))
            })
        });
        let tags = self.tags.iter().filter_map(|(key, pattern)| {
            let error = Glob::new(pattern).err()?;
            Some(Complaint::new(error.kind().to_string()).at("organization").at(name).at("tags").at(key.as_str()))
        });
        lists.chain(tags).collect()
    }
}

/// An account as the organization describes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) name: String,
    /// The path of the unit that it is in, `/` for none; only known where a setting asks for units.
    pub(super) unit: Option<String>,
    tags: BTreeMap<String, String>,
    /// The ids of the units above it.
    units: BTreeSet<String>,
}

/// An organization, and what is remembered of it.
#[derive(Debug)]
pub(super) struct Organization {
    include: Patterns,
    exclude: Patterns,
    /// What the last discovery that worked found.
    members: Mutex<Option<Vec<Member>>>,
}

impl Organization {
    /// Patterns that do not compile are left out; the settings were checked before.
    pub(super) fn new(config: &OrganizationConfig) -> Self {
        Self {
            include: Patterns::new(&config.include),
            exclude: Patterns::new(&config.exclude),
            members: Mutex::default(),
        }
    }

    /// The accounts to collect, in order of id; those of the last time and a failure, if AWS does not answer.
    pub(super) async fn members(&self, client: &AwsClient, entered: &Entered) -> (Vec<Member>, Option<Failure>) {
        match self.ask(client, entered).await {
            Ok(members) => {
                *self.members.lock().unwrap_or_else(PoisonError::into_inner) = Some(members.clone());
                (members, None)
            }
            Err(error) => {
                let failure = error.failure("asking for the accounts of the organization");
                let known = self.members.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
                warn!(class = %failure.class, error = failure.message, accounts = known.len(),
                    "the organization does not answer; its accounts are those of the last time");
                (known, Some(failure))
            }
        }
    }

    async fn ask(&self, client: &AwsClient, entered: &Entered) -> Result<Vec<Member>, AwsError> {
        let asking = Asking { client, entered };
        let mut members = if self.include.units.is_some() || self.exclude.units.is_some() {
            asking.accounts_by_unit().await?
        } else {
            asking.accounts().await?
        };
        if self.include.tags.is_some() || self.exclude.tags.is_some() {
            members = stream::iter(members.into_iter().map(|member| asking.with_tags(member)))
                .buffered(AT_A_TIME)
                .try_collect()
                .await?;
        }
        members.retain(|member| self.wants(member));
        members.sort();
        members.dedup_by(|a, b| a.id == b.id);
        Ok(members)
    }

    fn wants(&self, member: &Member) -> bool {
        (self.include.are_empty() || self.include.mean(member)) && !self.exclude.mean(member)
    }
}

/// One discovery.
struct Asking<'a> {
    client: &'a AwsClient,
    entered: &'a Entered,
}

impl Asking<'_> {
    async fn accounts(&self) -> Result<Vec<Member>, AwsError> {
        let accounts = self.items("ListAccounts", json!({}), "Accounts", &["Id", "Name", "Status"]).await?;
        Ok(accounts.iter().filter_map(|account| member(account, None, &BTreeSet::new())).collect())
    }

    /// Walks the units from the root down, as no call tells an account's unit for all accounts at once.
    async fn accounts_by_unit(&self) -> Result<Vec<Member>, AwsError> {
        let mut members = Vec::new();
        let roots = self.items("ListRoots", json!({}), "Roots", &["Id"]).await?;
        let ids = roots.iter().filter_map(|root| root["Id"].as_str());
        let mut open: Vec<_> = ids.map(|id| (id.to_owned(), String::new(), BTreeSet::from([id.to_owned()]))).collect();
        while let Some((parent, path, units)) = open.pop() {
            let params = json!({ "ParentId": parent });
            let accounts =
                self.items("ListAccountsForParent", params.clone(), "Accounts", &["Id", "Name", "Status"]).await?;
            let shown = if path.is_empty() { "/" } else { &path };
            members.extend(accounts.iter().filter_map(|account| member(account, Some(shown), &units)));
            if units.len() > DEPTH_MAX {
                continue;
            }
            let below = self.items("ListOrganizationalUnitsForParent", params, "OrganizationalUnits", &["Id", "Name"]);
            for unit in below.await? {
                if let (Some(id), Some(name)) = (unit["Id"].as_str(), unit["Name"].as_str()) {
                    let mut above = units.clone();
                    above.insert(id.to_owned());
                    open.push((id.to_owned(), format!("{path}/{name}"), above));
                }
            }
        }
        Ok(members)
    }

    async fn with_tags(&self, mut member: Member) -> Result<Member, AwsError> {
        let params = json!({ "ResourceId": member.id });
        let tags = self.items("ListTagsForResource", params, "Tags", &["Key", "Value"]).await?;
        let text = |tag: &Value, name: &str| tag[name].as_str().map(str::to_owned);
        member.tags = tags.iter().filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?))).collect();
        Ok(member)
    }

    async fn items(
        &self,
        operation: &str,
        params: Value,
        list: &str,
        members: &[&str],
    ) -> Result<Vec<Value>, AwsError> {
        let paths: Vec<String> = members.iter().map(|member| format!("{list}[].{member}")).collect();
        let listing = Listing {
            service: "organizations".to_owned(),
            operation: operation.to_owned(),
            region: self.entered.home_region.clone(),
            params,
            page_size: None,
            projection: Arc::new(Projection::of(paths.iter().map(String::as_str))),
        };
        let pages = self.client.pages(&self.entered.session, listing);
        pages
            .try_fold(Vec::new(), |mut items, mut page| async move {
                if let Value::Array(found) = page[list].take() {
                    items.extend(found);
                }
                Ok(items)
            })
            .await
    }
}

/// An account that is in use; those that are suspended or on their way out answer nothing.
fn member(account: &Value, unit: Option<&str>, units: &BTreeSet<String>) -> Option<Member> {
    let id = account["Id"].as_str()?.to_owned();
    if account["Status"].as_str().is_some_and(|status| status != "ACTIVE") {
        debug!(account = id, status = %account["Status"], "an account of the organization is not active");
        return None;
    }
    let name = account["Name"].as_str().unwrap_or(&id).to_owned();
    Some(Member { name, unit: unit.map(str::to_owned), tags: BTreeMap::new(), units: units.clone(), id })
}

/// A compiled filter; what was not named is none.
#[derive(Debug)]
struct Patterns {
    ids: BTreeSet<String>,
    names: Option<Vec<GlobMatcher>>,
    units: Option<Units>,
    tags: Option<Vec<(String, GlobMatcher)>>,
}

#[derive(Debug)]
struct Units {
    ids: BTreeSet<String>,
    paths: Vec<GlobMatcher>,
}

impl Patterns {
    fn new(filter: &AccountFilter) -> Self {
        let glob = |pattern: &String| Glob::new(pattern).ok().map(|glob| glob.compile_matcher());
        Self {
            ids: filter.ids.iter().cloned().collect(),
            names: (!filter.names.is_empty()).then(|| filter.names.iter().filter_map(glob).collect()),
            units: (!filter.units.is_empty()).then(|| Units {
                ids: filter.units.iter().filter(|unit| !unit.starts_with('/')).cloned().collect(),
                paths: filter.units.iter().filter(|unit| unit.starts_with('/')).filter_map(glob).collect(),
            }),
            tags: (!filter.tags.is_empty())
                .then(|| filter.tags.iter().filter_map(|(key, pattern)| Some((key.clone(), glob(pattern)?))).collect()),
        }
    }

    fn are_empty(&self) -> bool {
        self.ids.is_empty() && self.names.is_none() && self.units.is_none() && self.tags.is_none()
    }

    fn mean(&self, member: &Member) -> bool {
        self.ids.contains(&member.id)
            || self.names.iter().flatten().any(|name| name.is_match(&member.name))
            || self.units.as_ref().is_some_and(|units| units.hold(member))
            || self
                .tags
                .iter()
                .flatten()
                .any(|(key, value)| member.tags.get(key).is_some_and(|tag| value.is_match(tag)))
    }
}

impl Units {
    fn hold(&self, member: &Member) -> bool {
        let path = member.unit.as_deref().unwrap_or("/");
        // The unit itself, and every unit above it.
        let ends = path.match_indices('/').skip(1).map(|(end, _)| end).chain([path.len()]);
        let above: Vec<&str> = ends.map(|end| &path[..end]).collect();
        self.ids.intersection(&member.units).next().is_some()
            || self.paths.iter().any(|pattern| above.iter().any(|unit| pattern.is_match(unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, name: &str, unit: &str) -> Member {
        Member {
            id: id.to_owned(),
            name: name.to_owned(),
            unit: Some(unit.to_owned()),
            tags: BTreeMap::from([("stage".to_owned(), "prod-eu".to_owned())]),
            units: BTreeSet::from(["r-1".to_owned(), "ou-1".to_owned()]),
        }
    }

    fn wants(settings: &str, member: &Member) -> bool {
        let config: OrganizationConfig = serde_saphyr::from_str(settings).unwrap();
        Organization::new(&config).wants(member)
    }

    #[test]
    fn without_a_filter_every_account_is_wanted() {
        assert!(wants("{}", &member("111111111111", "data", "/")));
    }

    #[test]
    fn an_account_is_meant_by_id_name_unit_or_tag() {
        let data = member("111111111111", "acme-data", "/production/web");
        for filter in [
            "ids: ['111111111111']",
            "names: ['acme-*']",
            "units: [ou-1]",
            "units: [/production]",
            "units: [/production/web]",
            "units: ['/prod*']",
            "tags: {stage: 'prod-*'}",
        ] {
            assert!(wants(&format!("include: {{{filter}}}"), &data), "{filter}");
            assert!(!wants(&format!("exclude: {{{filter}}}"), &data), "{filter}");
        }
        for filter in [
            "ids: ['222222222222']",
            "names: [acme]",
            "units: [ou-2]",
            "units: [/production/web/shop]",
            "units: [/web]",
            "tags: {stage: prod}",
            "tags: {owner: '*'}",
        ] {
            assert!(!wants(&format!("include: {{{filter}}}"), &data), "{filter}");
            assert!(wants(&format!("exclude: {{{filter}}}"), &data), "{filter}");
        }
    }

    #[test]
    fn what_is_excluded_stays_out() {
        let data = member("111111111111", "acme-data", "/");
        assert!(!wants("{include: {names: ['*']}, exclude: {ids: ['111111111111']}}", &data));
    }
}
