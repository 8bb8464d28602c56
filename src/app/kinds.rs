//! The kinds: those of the catalogues, and those that are known by name.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    cli::KindRow,
    config::{Loaded, Settings},
    model::{Kind, KindError, KindModel, KindName},
    provider::{aws, catalogue::Catalogue, file::InlineInventory, known_kinds},
};

use super::providers;

/// The base of everything in AWS, which the original's searches name.
const AWS_BASE: &str = "aws_resource";

/// Every kind that queries may name with these settings: base kinds, catalogues, known names, the files' own.
pub(super) fn kinds(loaded: &Loaded<Settings>) -> Result<Arc<KindModel>, KindError> {
    let mut kinds = described();
    let known: BTreeSet<KindName> =
        kinds.iter().chain(KindModel::base().iter()).map(|kind| kind.name.clone()).collect();
    if loaded.settings.providers.file.enabled {
        kinds.extend(providers::file(loaded).declared_kinds(&|name| known.contains(name)));
    }
    KindModel::new(kinds).map(Arc::new)
}

/// The kinds that inventories within other documents declare and nobody describes.
pub(super) fn declared<'a>(described: &[Kind], inventories: impl Iterator<Item = &'a InlineInventory>) -> Vec<Kind> {
    let mut known: BTreeSet<KindName> =
        described.iter().chain(KindModel::base().iter()).map(|kind| kind.name.clone()).collect();
    let mut kinds = Vec::new();
    for inventory in inventories {
        let declared = inventory.declared_kinds(&|name| known.contains(name));
        known.extend(declared.iter().map(|kind| kind.name.clone()));
        kinds.extend(declared);
    }
    kinds
}

/// The rows of the command `kinds`.
pub(super) fn rows() -> Vec<KindRow> {
    let model = KindModel::new(described()).expect("the shipped kinds are checked by a test");
    let catalogue = aws_catalogue();
    let row = |kind: &Kind| KindRow {
        name: kind.name.to_string(),
        provider: catalogue.get(&kind.name).map(|_| "aws".to_owned()),
        bases: kind.bases.iter().map(ToString::to_string).collect(),
        lineage: model.lineage(&kind.name).iter().map(ToString::to_string).collect(),
        deletable: catalogue.get(&kind.name).is_some_and(|entry| entry.delete.is_some()),
    };
    model.iter().map(row).collect()
}

/// The kinds of the shipped catalogues, and the known names that no catalogue describes.
pub(super) fn described() -> Vec<Kind> {
    let mut kinds = aws_catalogue().kinds();
    for kind in &mut kinds {
        kind.bases.push(AWS_BASE.into());
    }
    let in_catalogue: BTreeSet<KindName> = kinds.iter().map(|kind| kind.name.clone()).collect();
    kinds.extend(known_kinds(&|name| in_catalogue.contains(name)));
    for kind in kinds.iter_mut().filter(|kind| kind.name == AWS_BASE) {
        // It is a name and nothing else; open, it would open everything that inherits from it.
        kind.open = false;
    }
    kinds
}

fn aws_catalogue() -> Catalogue {
    aws::kinds::catalogue([]).expect("the shipped catalogue is checked by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_kinds_fit_together() {
        let kinds = KindModel::new(described()).unwrap();
        assert!(kinds.is_a("aws_ec2_instance", "aws_resource"));
        assert!(kinds.is_a("aws_ec2_instance", "instance"));
        assert!(kinds.is_a("gcp_instance", "instance"));
        assert!(!kinds.is_open("aws_ec2_instance") && kinds.is_open("gcp_instance"));
        assert!(rows().iter().any(|row| row.name == "aws_ec2_volume" && row.deletable));
    }
}
