//! Kinds: what a resource can be, what that inherits, and which properties it has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::KindName;

/// The type of a property; a query's literals are converted to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PropertyType {
    String,
    Int,
    Float,
    Bool,
    Datetime,
    /// An object with free keys, or a nested structure.
    Object,
    /// A list; its elements are not described further.
    List,
    Any,
}

/// One kind, as its catalogue describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub name: KindName,
    /// The kinds it inherits from directly; `resource` ends every chain.
    #[serde(default)]
    pub bases: Vec<KindName>,
    /// Its own properties; what it inherits is not repeated.
    #[serde(default)]
    pub properties: BTreeMap<String, PropertyType>,
    /// Describes something that is no resource: not taggable, not deletable, not counted.
    #[serde(default)]
    pub phantom: bool,
    /// Whether it may have properties beyond those described, so that a query may name any.
    #[serde(default)]
    pub open: bool,
}

/// All kinds that exist: the base kinds and those of every provider.
#[derive(Clone, Debug, Default)]
pub struct KindModel {
    kinds: BTreeMap<KindName, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    kind: Arc<Kind>,
    /// The kind itself and everything it inherits from.
    lineage: BTreeSet<KindName>,
    /// The kind itself and everything that inherits from it, in order of name.
    heirs: Vec<Arc<Kind>>,
}

/// A set of kinds that does not fit together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    #[error("kind `{0}` is described twice")]
    Twice(KindName),
    #[error("kind `{kind}` inherits from `{base}`, which does not exist")]
    UnknownBase { kind: KindName, base: KindName },
    #[error("kind `{0}` inherits from itself")]
    Cycle(KindName),
}

impl KindModel {
    /// Joins kinds, from any number of catalogues, with the base kinds.
    pub fn new(kinds: impl IntoIterator<Item = Kind>) -> Result<Self, KindError> {
        let mut by_name = BTreeMap::new();
        for kind in base_kinds().into_iter().chain(kinds) {
            let name = kind.name.clone();
            if by_name.insert(name.clone(), kind).is_some() {
                return Err(KindError::Twice(name));
            }
        }
        let mut model = Self::default();
        let mut heirs: BTreeMap<KindName, Vec<Arc<Kind>>> = BTreeMap::new();
        for kind in by_name.values() {
            let (lineage, kind) = (lineage(kind, &by_name)?, Arc::new(kind.clone()));
            for base in &lineage {
                heirs.entry(base.clone()).or_default().push(kind.clone());
            }
            model.kinds.insert(kind.name.clone(), Entry { kind, lineage, heirs: Vec::new() });
        }
        for (name, heirs) in heirs {
            if let Some(entry) = model.kinds.get_mut(&name) {
                entry.heirs = heirs;
            }
        }
        Ok(model)
    }

    /// The base kinds alone.
    pub fn base() -> Self {
        Self::new([]).expect("the base kinds are checked by a test")
    }

    /// The base kinds and those few kinds of single clouds that the shipped metrics name.
    #[cfg(test)]
    pub(crate) fn shipped() -> Self {
        let kind = |(name, base): (&str, &str)| Kind {
            name: name.into(),
            bases: vec![base.into()],
            properties: BTreeMap::new(),
            phantom: false,
            open: true,
        };
        let kinds = [
            ("aws_ec2_image", "resource"),
            ("aws_ec2_reserved_instances", "resource"),
            ("aws_ecr_repository", "resource"),
            ("aws_lambda_function", "serverless_function"),
            ("aws_savings_plan", "resource"),
        ];
        Self::new(kinds.map(kind)).expect("the kinds fit the base kinds")
    }

    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name).map(|entry| &*entry.kind)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values().map(|entry| &*entry.kind)
    }

    /// The kind itself and all its bases; only the name itself where the kind is unknown.
    pub fn lineage(&self, name: &KindName) -> BTreeSet<KindName> {
        self.kinds.get(name).map_or_else(|| BTreeSet::from([name.clone()]), |entry| entry.lineage.clone())
    }

    /// Whether `kind` is `base` or inherits from it.
    pub fn is_a(&self, kind: &str, base: &str) -> bool {
        kind == base || self.kinds.get(kind).is_some_and(|entry| entry.lineage.contains(base))
    }

    /// Every kind that is `base` or inherits from it, in order of name.
    pub fn descendants(&self, base: &str) -> impl Iterator<Item = &Kind> {
        self.kinds.get(base).into_iter().flat_map(|entry| &entry.heirs).map(Arc::as_ref)
    }

    /// The type of a top-level reported property of a kind, its bases included.
    pub fn property(&self, kind: &str, property: &str) -> Option<PropertyType> {
        let entry = self.kinds.get(kind)?;
        entry.lineage.iter().find_map(|name| self.get(name)?.properties.get(property).copied())
    }

    /// Whether the kind, or one of its bases, may have properties that are not described.
    pub fn is_open(&self, kind: &str) -> bool {
        self.kinds
            .get(kind)
            .is_some_and(|entry| entry.lineage.iter().any(|name| self.get(name).is_some_and(|kind| kind.open)))
    }

    /// The kinds that describe `property` themselves, in order of name.
    pub fn owners<'a>(&'a self, property: &'a str) -> impl Iterator<Item = &'a Kind> {
        self.iter().filter(move |kind| kind.properties.contains_key(property))
    }

    /// The existing name that is most like `name`, for "did you mean".
    pub fn suggest_kind(&self, name: &str) -> Option<&str> {
        suggest(name, self.kinds.keys().map(KindName::as_str))
    }

    /// The described property that is most like `name`, for "did you mean".
    pub fn suggest_property(&self, name: &str) -> Option<&str> {
        suggest(name, self.iter().flat_map(|kind| kind.properties.keys()).map(String::as_str))
    }
}

/// The candidate that is most like `name`, if any is like it at all.
fn suggest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE: f64 = 0.7;
    candidates
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

fn lineage(kind: &Kind, by_name: &BTreeMap<KindName, Kind>) -> Result<BTreeSet<KindName>, KindError> {
    let mut found = BTreeSet::from([kind.name.clone()]);
    let mut open = vec![kind];
    while let Some(next) = open.pop() {
        for base in &next.bases {
            if *base == kind.name {
                return Err(KindError::Cycle(kind.name.clone()));
            }
            let Some(described) = by_name.get(base) else {
                return Err(KindError::UnknownBase { kind: next.name.clone(), base: base.clone() });
            };
            if found.insert(base.clone()) {
                open.push(described);
            }
        }
    }
    Ok(found)
}

fn base_kinds() -> Vec<Kind> {
    serde_saphyr::from_str(include_str!("base_kinds.yaml")).expect("base_kinds.yaml is checked by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, bases: &[&str]) -> Kind {
        Kind {
            name: name.into(),
            bases: bases.iter().map(|base| KindName::from(*base)).collect(),
            properties: BTreeMap::new(),
            phantom: false,
            open: false,
        }
    }

    #[test]
    fn a_kind_inherits_transitively() {
        let model = KindModel::new([kind("aws_ec2_instance", &["instance"])]).unwrap();
        assert!(model.is_a("aws_ec2_instance", "instance"));
        assert!(model.is_a("aws_ec2_instance", "resource"));
        assert!(!model.is_a("instance", "aws_ec2_instance"));
        assert_eq!(model.property("aws_ec2_instance", "instance_cores"), Some(PropertyType::Float));
        assert_eq!(model.property("aws_ec2_instance", "volume_size"), None);
    }

    #[test]
    fn a_set_that_does_not_fit_together_is_refused() {
        assert_eq!(
            KindModel::new([kind("a", &["instnace"])]).unwrap_err(),
            KindError::UnknownBase { kind: "a".into(), base: "instnace".into() }
        );
        assert_eq!(KindModel::new([kind("a", &["b"]), kind("b", &["a"])]).unwrap_err(), KindError::Cycle("a".into()));
        assert_eq!(KindModel::new([kind("volume", &[])]).unwrap_err(), KindError::Twice("volume".into()));
    }

    #[test]
    fn a_misspelt_name_finds_its_like() {
        let model = KindModel::base();
        assert_eq!(model.suggest_kind("instnace"), Some("instance"));
        assert_eq!(model.suggest_property("instance_statsu"), Some("instance_status"));
        assert_eq!(model.suggest_kind("zzz"), None);
    }
}
