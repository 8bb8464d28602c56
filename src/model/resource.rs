//! Resources: what providers list.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{KindName, Link, Properties, RegionId};

/// One resource as its provider reported it.
///
/// Cloud, account and region come from the scope it was listed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub kind: KindName,
    /// The provider's id, unique among the resources of its kind in an account and region.
    pub id: String,
    /// The name that people use; the id where there is none.
    pub name: String,
    /// The region it lives in, where that is not the scope's (an S3 bucket is listed globally). The empty one
    /// ([`RegionId::none`]) is none: the resource hangs directly below its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// The zone within the region, where the provider has zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctime: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<Timestamp>,
    /// When it was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atime: Option<Timestamp>,
    /// The kind's own reported properties: everything but id, name, kind, tags and times.
    #[serde(default)]
    pub properties: Properties,
    /// A page of the provider's console that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_link: Option<String>,
    /// Whether the source itself says that cleanup must leave it alone.
    #[serde(default)]
    pub protected: bool,
    /// Its neighbours, to be found when the graph is sealed.
    #[serde(default)]
    pub links: Vec<Link>,
}

impl Resource {
    /// A resource with nothing but an identity; its name is its id.
    pub fn new(kind: impl Into<KindName>, id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            kind: kind.into(),
            name: id.clone(),
            id,
            region: None,
            zone: None,
            tags: BTreeMap::new(),
            ctime: None,
            mtime: None,
            atime: None,
            properties: Properties::new(),
            provider_link: None,
            protected: false,
            links: Vec::new(),
        }
    }
}
