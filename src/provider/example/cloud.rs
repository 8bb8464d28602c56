//! Clouds: the tables that an example cloud is drawn from.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::model::{CloudId, KindName, Map, Value};

/// The clouds in the order in which they are drawn; Kubernetes runs on top of them.
pub(super) static CLOUDS: LazyLock<Vec<Cloud>> = LazyLock::new(|| {
    [include_str!("data/aws.yaml"), include_str!("data/gcp.yaml"), include_str!("data/azure.yaml")]
        .map(|text| serde_saphyr::from_str(text).expect("the embedded tables are checked by a test"))
        .into()
});

/// A cloud: where it is, what it sells, and what its things are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cloud {
    pub(super) id: CloudId,
    /// Its share of the company's resources, in per cent.
    pub(super) share: u64,
    pub(super) account: NounEntry,
    pub(super) region_kind: KindName,
    pub(super) regions: Vec<RegionEntry>,
    pub(super) instance_types: Vec<InstanceType>,
    pub(super) volume_types: Vec<VolumeType>,
    pub(super) databases: Vec<Database>,
    pub(super) load_balancer_types: Vec<String>,
    pub(super) nouns: BTreeMap<Noun, NounEntry>,
    pub(super) quotas: Vec<Quota>,
}

/// What exists in one cloud or another, by the name that they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Noun {
    AccessKey,
    Alarm,
    AutoscalingGroup,
    Bucket,
    Certificate,
    ClassicLoadBalancer,
    Cluster,
    Database,
    DatabaseSnapshot,
    DnsRecordSet,
    DnsZone,
    EncryptionKey,
    Endpoint,
    FileShare,
    Firewall,
    Function,
    Gateway,
    Group,
    HealthCheck,
    Image,
    Instance,
    InstanceProfile,
    InstanceType,
    IpAddress,
    Keypair,
    LoadBalancer,
    NatGateway,
    Network,
    NetworkAcl,
    NetworkInterface,
    NetworkQuota,
    NodeGroup,
    PeeringConnection,
    Policy,
    Queue,
    Quota,
    ResourceGroup,
    Role,
    RootUser,
    RoutingTable,
    Secret,
    SecurityGroup,
    Snapshot,
    Stack,
    Subnet,
    Table,
    TargetGroup,
    Topic,
    Tunnel,
    User,
    Volume,
    VolumeType,
}

/// How a cloud has a noun.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NounEntry {
    pub(super) kind: KindName,
    /// The pattern of its ids: `{name}`, `{account}`, `{region}`, `{zone}`, `{group}`, `{hex:17}`, `{digits:12}`,
    /// `{upper:17}`, `{uuid}`; in properties also `{id}`.
    pub(super) id: String,
    /// Whether an account has it in no region.
    #[serde(default)]
    pub(super) global: bool,
    /// Properties that each one has; texts are patterns.
    #[serde(default)]
    pub(super) properties: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionEntry {
    pub(super) id: String,
    pub(super) weight: u64,
    pub(super) long_name: String,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    /// What the region's id is followed by in the names of its zones.
    pub(super) zones: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceType {
    pub(super) name: String,
    pub(super) weight: u64,
    pub(super) cores: f64,
    /// GiB.
    pub(super) memory: f64,
    /// USD an hour.
    pub(super) price: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeType {
    pub(super) name: String,
    pub(super) weight: u64,
    /// USD for a GiB and month.
    pub(super) price: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    pub(super) engine: String,
    pub(super) version: String,
    pub(super) instance_type: String,
    pub(super) weight: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quota {
    pub(super) name: String,
    #[serde(rename = "quota_type")]
    pub(super) group: String,
    #[serde(rename = "quota")]
    pub(super) limit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::KindModel, provider::known_kinds};

    #[test]
    fn every_table_names_kinds_that_exist() {
        let model = KindModel::new(known_kinds(&|_| false)).unwrap();
        for cloud in &*CLOUDS {
            assert!(model.is_a(&cloud.account.kind, "account"), "{}", cloud.account.kind);
            assert!(model.is_a(&cloud.region_kind, "region"), "{}", cloud.region_kind);
            for entry in cloud.nouns.values() {
                assert!(model.get(&entry.kind).is_some(), "{}", entry.kind);
            }
        }
    }

    #[test]
    fn every_table_can_be_drawn_from() {
        assert!(CLOUDS.iter().map(|cloud| cloud.share).sum::<u64>() < 100, "Kubernetes has the rest");
        for cloud in &*CLOUDS {
            assert!(cloud.regions.iter().all(|region| region.weight > 0 && !region.zones.is_empty()));
            assert!(cloud.instance_types.iter().all(|kind| kind.weight > 0 && kind.price > 0.0));
            assert!(cloud.volume_types.iter().all(|kind| kind.weight > 0 && kind.price > 0.0));
            assert!(!cloud.databases.is_empty() && !cloud.load_balancer_types.is_empty());
        }
    }
}
