//! Accounts and regions: where resources live.

use serde::{Deserialize, Serialize};

use super::{AccountId, CloudId, KindName, Map, RegionId, Value};

/// An account of a cloud; a project, subscription, cluster or team is one too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub cloud: CloudId,
    pub id: AccountId,
    /// The account's name or alias; the id where it has none.
    pub name: String,
    /// The kind of the account's own node, for example `aws_account`.
    pub kind: KindName,
    /// What else is known of the account, as reported properties of its node.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

/// A region of an account; a location or namespace is one too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    pub id: RegionId,
    /// The name that metrics show; mostly the id.
    pub name: String,
    /// The kind of the region's own node, for example `aws_region`.
    pub kind: KindName,
    #[serde(default)]
    pub properties: Map<String, Value>,
}

impl Region {
    /// A region that is named by its id and has no further properties.
    pub fn named(id: impl Into<RegionId>, kind: impl Into<KindName>) -> Self {
        let id = id.into();
        Self { name: id.to_string(), id, kind: kind.into(), properties: Map::new() }
    }
}
