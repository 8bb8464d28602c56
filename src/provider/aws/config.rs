//! Settings of the AWS provider.

use std::{collections::BTreeMap, fmt, time::Duration};

use globset::Glob;
use serde::{Deserialize, Deserializer, Serialize, de::Visitor};

use super::{denial::ExpectedDenial, limit::LimitsConfig, organization::OrganizationConfig, prices::PricesConfig};
use crate::{
    document::{Complaint, Validate},
    model::duration,
};

/// What to collect from AWS, and with whose credentials.
///
/// Credentials themselves are never settings here: they come from the places that the AWS command line knows, which
/// are environment variables, the shared configuration and credentials files, single sign-on, web identity, and the
/// metadata services of containers and instances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each switches something of its own")]
pub struct Config {
    /// Whether AWS is collected at all. Default: false.
    pub enabled: bool,
    /// Profiles of the shared configuration file, each of which is collected as an account.
    /// Default: none; without profiles and accounts, the account of the default credentials is collected.
    pub profiles: Vec<String>,
    /// Accounts to collect through a role.
    /// Default: none.
    pub accounts: Vec<AccountConfig>,
    /// The accounts of an AWS organization, beside those above.
    pub organization: OrganizationConfig,
    /// The name of the role to assume in those `accounts` that name none themselves.
    /// Default: none; such an account is then read with the credentials as they are.
    pub role: Option<String>,
    /// The external id that trust policies of the roles ask for.
    /// Default: none.
    pub external_id: Option<String>,
    /// The session's name, as it shows in AWS's audit log. Default: `cloudgauge`.
    pub session_name: String,
    /// Kinds to collect, as glob patterns: `aws_ec2_*`, `*_snapshot`; `*` means all.
    /// Default: none, which means those that a metric, a cleanup rule or an edge between them needs;
    /// `cloudgauge kinds --needed` shows them.
    pub collect: Vec<String>,
    /// Kinds not to collect, whatever `collect` says and whatever needs them.
    /// Default: none.
    pub no_collect: Vec<String>,
    /// What is known to be denied, and stays quiet: such a scope is unknown as after any failure, but is logged at
    /// level `debug` only, and counted apart.
    /// Default: none.
    pub expected_denials: Vec<ExpectedDenial>,
    /// How many details of single items, such as the tags of a bucket, are asked for at a time in an account.
    /// Default: 32.
    pub details_concurrency: usize,
    /// How many calls for details of single items a run makes in an account; what is beyond is missing, and the kind is
    /// partial.
    /// Default: 100000.
    pub details_max: u64,
    /// Regions to collect.
    /// Default: none, which means every region that is enabled in an account.
    pub regions: Vec<String>,
    /// The region that global questions are asked in: who we are, which regions there are, to assume a role.
    /// It decides the partition too.
    /// Default: none, which means the region of the credentials' profile or environment, else `us-east-1`.
    pub home_region: Option<String>,
    /// Where to send all requests instead of AWS, for example `http://localhost:5000`.
    /// Default: none.
    pub endpoint_url: Option<String>,
    /// The same for single services, by the name the catalogue uses, for example `s3`.
    /// Default: none.
    pub endpoint_urls: BTreeMap<String, String>,
    /// Whether to use AWS's FIPS endpoints. Default: false.
    pub use_fips: bool,
    /// Whether to use endpoints that speak IPv6 too. Default: false.
    pub use_dualstack: bool,
    /// What instances and volumes cost.
    pub prices: PricesConfig,
    /// Whether CloudWatch is asked how much is used of those quotas that are not counted anyway. AWS takes a cent for
    /// 1000 of them, with every collection.
    /// Default: false.
    pub quota_usage: bool,
    /// How many items to ask for in a page.
    /// Default: none, which means as many as the service gives at once.
    pub page_size: Option<u32>,
    /// How long connecting may take. Default: `5s`.
    #[serde(with = "duration::text")]
    pub connect_timeout: Duration,
    /// How long one attempt of a request may take, from sending it to the end of the answer. Default: `1min`.
    #[serde(with = "duration::text")]
    pub request_timeout: Duration,
    /// How often a request is tried when AWS is busy or does not answer. Default: 5.
    pub attempts_max: u32,
    /// How fast AWS is asked, and how much at a time.
    pub limits: LimitsConfig,
}

/// An account to collect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountConfig {
    /// The account's twelve digits. Default: none, in which case AWS is asked.
    #[serde(deserialize_with = "account_id")]
    pub id: Option<String>,
    /// The name to show. Default: none, which means the account's alias, or its id.
    pub name: Option<String>,
    /// The profile of the shared configuration file to begin with.
    /// Default: none, which means the default credentials.
    pub profile: Option<String>,
    /// The name of the role to assume; needs `id`. Default: none, which means the `role` for all accounts.
    pub role: Option<String>,
    /// The whole name of the role to assume, where its path or partition is unusual. Default: none.
    pub role_arn: Option<String>,
    /// The external id for this account. Default: none, which means the one for all accounts.
    pub external_id: Option<String>,
    /// The session's name in this account. Default: none, which means the one for all accounts.
    pub session_name: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: false,
            profiles: Vec::new(),
            accounts: Vec::new(),
            organization: OrganizationConfig::default(),
            role: None,
            external_id: None,
            session_name: "cloudgauge".to_owned(),
            collect: Vec::new(),
            no_collect: Vec::new(),
            expected_denials: Vec::new(),
            details_concurrency: 32,
            details_max: 100_000,
            regions: Vec::new(),
            home_region: None,
            endpoint_url: None,
            endpoint_urls: BTreeMap::new(),
            use_fips: false,
            use_dualstack: false,
            prices: PricesConfig::default(),
            quota_usage: false,
            page_size: None,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_mins(1),
            attempts_max: 5,
            limits: LimitsConfig::default(),
        }
    }
}

impl Config {
    /// The endpoint that replaces AWS's own for a service, if one is set.
    pub fn endpoint_url(&self, service: &str) -> Option<&str> {
        self.endpoint_urls.get(service).or(self.endpoint_url.as_ref()).map(String::as_str)
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (index, account) in self.accounts.iter().enumerate() {
            if account.role.is_some() && account.id.is_none() {
                let complaint = Complaint::new("a role is assumed in an account, but none is named");
                complaints.push(complaint.at("accounts").at(index).help("write the account's twelve digits as `id`"));
            }
        }
        let organization = &self.organization;
        if organization.enabled && organization.role.is_none() && self.role.is_none() {
            let complaint =
                Complaint::new("the accounts of the organization are entered through a role, but none is named");
            complaints.push(complaint.at("organization").help("write the role's name as `role`"));
        }
        for (field, patterns) in [("collect", &self.collect), ("no_collect", &self.no_collect)] {
            for (index, pattern) in patterns.iter().enumerate() {
                if let Err(error) = Glob::new(pattern) {
                    let complaint = Complaint::new(format!("`{pattern}` is not a glob pattern: {}", error.kind()));
                    complaints.push(complaint.at(field).at(index).help("write for example `aws_ec2_*`"));
                }
            }
        }
        for (index, denial) in self.expected_denials.iter().enumerate() {
            complaints.extend(denial.complaints().map(|complaint| complaint.under(index).under("expected_denials")));
        }
        complaints.extend(self.limits.complaints());
        complaints.extend(organization.include.complaints("include"));
        complaints.extend(organization.exclude.complaints("exclude"));
        complaints
    }
}

/// Account ids look like numbers, so files have them with and without quotes; as a number it has lost its zeros.
fn account_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct AccountId;

    impl<'de> Visitor<'de> for AccountId {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an account id of twelve digits")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                Ok(Some(text.to_owned()))
            } else {
                Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
            self.visit_str(&format!("{number:012}"))
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
            self.visit_str(&format!("{number:012}"))
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    }

    deserializer.deserialize_option(AccountId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_read_with_and_without_quotes() {
        let config: Config = serde_saphyr::from_str("accounts: [{id: '000000000042'}, {id: 123456789012}]").unwrap();
        let ids: Vec<_> = config.accounts.iter().map(|account| account.id.as_deref()).collect();
        assert_eq!(ids, [Some("000000000042"), Some("123456789012")]);
    }

    #[test]
    fn a_short_account_id_is_refused() {
        let error = serde_saphyr::from_str::<Config>("accounts: [{id: '42'}]").unwrap_err().to_string();
        assert!(error.contains("twelve digits"), "{error}");
    }

    #[test]
    fn a_services_own_endpoint_wins() {
        let config: Config =
            serde_saphyr::from_str("{endpoint_url: 'http://a', endpoint_urls: {s3: 'http://b'}}").unwrap();
        assert_eq!(config.endpoint_url("s3"), Some("http://b"));
        assert_eq!(config.endpoint_url("ec2"), Some("http://a"));
    }
}
