//! Kinds that are known by name and lineage alone.
//!
//! Metric definitions, rules and searches that were written for Resoto and Fix Inventory name kinds of clouds that no
//! catalogue here describes yet. Those kinds exist all the same, so that a definition loads and `is(instance)` matches
//! what another source delivers; their own properties are not described, which is what [`Kind::open`] says.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Kind, KindModel, KindName};

/// Name → bases, one document per cloud.
const DOCUMENTS: [&str; 6] = [
    include_str!("kinds/aws.yaml"),
    include_str!("kinds/azure.yaml"),
    include_str!("kinds/digitalocean.yaml"),
    include_str!("kinds/gcp.yaml"),
    include_str!("kinds/hetzner.yaml"),
    include_str!("kinds/kubernetes.yaml"),
];

/// Every kind of the known clouds, except those that a catalogue describes better.
///
/// `excluding` says whether a catalogue has the kind of that name.
pub fn known_kinds(excluding: &dyn Fn(&str) -> bool) -> Vec<Kind> {
    let bases = documents();
    let model = KindModel::base();
    bases
        .iter()
        .filter(|(name, _)| !excluding(name))
        .map(|(name, direct)| Kind {
            name: name.clone(),
            bases: direct.clone(),
            properties: BTreeMap::new(),
            phantom: is_phantom(name, &bases, &model),
            open: true,
        })
        .collect()
}

fn documents() -> BTreeMap<KindName, Vec<KindName>> {
    DOCUMENTS
        .iter()
        .flat_map(|text| {
            serde_saphyr::from_str::<BTreeMap<KindName, Vec<KindName>>>(text)
                .expect("kinds/*.yaml are checked by a test")
        })
        .collect()
}

/// Whether anything it inherits from describes no resource.
fn is_phantom(name: &KindName, known: &BTreeMap<KindName, Vec<KindName>>, base: &KindModel) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![name];
    while let Some(next) = open.pop() {
        if base.is_a(next, "phantom_resource") {
            return true;
        }
        if seen.insert(next) {
            open.extend(known.get(next).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> KindModel {
        KindModel::new(known_kinds(&|_| false)).unwrap()
    }

    #[test]
    fn every_known_kind_fits_with_the_base_kinds() {
        let model = model();
        assert!(model.is_a("gcp_instance", "instance"));
        assert!(model.is_a("azure_postgresql_server_type", "instance_type"));
        assert!(model.is_a("aws_bedrock_custom_model", "ai_resource"));
        assert!(model.is_a("hcloud_server", "instance"));
        assert!(model.is_a("digitalocean_droplet", "digitalocean_resource"));
        assert!(model.is_open("kubernetes_pod"));
    }

    #[test]
    fn what_describes_no_resource_is_a_phantom() {
        let model = model();
        for name in ["aws_ec2_instance_type", "gcp_zone", "kubernetes_namespace", "azure_network_usage"] {
            assert!(model.get(name).unwrap().phantom, "{name}");
        }
        for name in ["aws_ec2_instance", "gcp_project", "kubernetes_pod"] {
            assert!(!model.get(name).unwrap().phantom, "{name}");
        }
    }

    #[test]
    fn each_base_kind_has_as_many_kinds_as_the_original() {
        let model = model();
        let own = |base: &str| model.descendants(base).filter(|kind| kind.open).count();
        assert_eq!(own("instance"), 8);
        assert_eq!(own("volume"), 6);
        assert_eq!(own("database"), 12);
        assert_eq!(own("load_balancer"), 7);
        assert_eq!(own("account"), 7);
        assert_eq!(own("gateway"), 10);
        assert_eq!(own("bucket_quota"), 0);
    }

    #[test]
    fn a_kind_of_a_catalogue_wins() {
        let names: Vec<_> =
            known_kinds(&|name| name.starts_with("aws_ec2_")).into_iter().map(|kind| kind.name).collect();
        assert!(names.iter().any(|name| *name == "aws_vpc"));
        assert!(!names.iter().any(|name| *name == "aws_ec2_instance"));
    }
}
