//! Scopes: the smallest things that are listed and can fail on their own.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, CloudId, KindName, ProviderName, RegionId};

/// Names a scope: one kind in one region of one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeKey {
    pub provider: ProviderName,
    pub cloud: CloudId,
    pub account: AccountId,
    /// [`RegionId::GLOBAL`] for what an account has only once.
    pub region: RegionId,
    pub kind: KindName,
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.cloud, self.account, self.region, self.kind)
    }
}
