//! Settings of the section `cleanup`.

use std::collections::BTreeMap;

use globset::Glob;
use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};

/// What may be deleted, and when.
///
/// Nothing is deleted unless `enabled` is true, `dry_run` is false and the account is named in `accounts`. The
/// candidates of the enabled rules are metrics in any case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the phase `cleanup` does anything at all.
    pub enabled: bool,
    /// Plan and log every deletion, but delete nothing.
    pub dry_run: bool,
    /// The accounts in which resources may be deleted: globs over account ids and names. None means no account.
    pub accounts: Vec<String>,
    /// How many resources one run may delete. A plan with more is not carried out at all.
    pub max_deletions: usize,
    /// How many deletions run at the same time.
    pub concurrency: usize,
    /// The rules that say which resources should go, by name. Those that are bundled need no more than `enabled: true`.
    pub rules: BTreeMap<String, RuleConfig>,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleConfig {
    /// Whether the rule marks anything.
    pub enabled: bool,
    /// The search whose results should go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Why, in words that the owner of a resource understands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: false,
            dry_run: true,
            accounts: Vec::new(),
            max_deletions: 100,
            concurrency: 10,
            rules: bundled(),
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (index, pattern) in self.accounts.iter().enumerate() {
            if let Err(error) = Glob::new(pattern) {
                complaints.push(
                    Complaint::new(error.kind().to_string())
                        .at("accounts")
                        .at(index)
                        .help("write an account's id or name; `*` stands for any text, `?` for one character"),
                );
            }
        }
        if self.concurrency == 0 {
            complaints.push(Complaint::new("at least one deletion must be allowed at a time").at("concurrency"));
        }
        complaints
    }
}

/// The rules that come with the program, all switched off; a rule of the same name takes from them what it leaves out.
pub(super) fn bundled() -> BTreeMap<String, RuleConfig> {
    let rule = |name: &str, search: &str, reason: &str| {
        let rule = RuleConfig { enabled: false, search: Some(search.to_owned()), reason: Some(reason.to_owned()) };
        (name.to_owned(), rule)
    };
    BTreeMap::from([
        rule("expired", "/metadata.expires < \"@UTC@\"", "The resource's own tag says that it has expired."),
        // A volume whose last use is not known counts as unused; one that was used lately does not.
        rule(
            "unused_volumes",
            "is(volume) and volume_status == available and age > 14d \
             and not last_access < 14d and not last_update < 14d",
            "The volume has been attached to nothing for at least 14 days.",
        ),
    ])
}
