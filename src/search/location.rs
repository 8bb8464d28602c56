//! Locations: where in the graph a path's value is found.

use crate::{
    graph::Section,
    model::{KindModel, KindName, PropertyType},
};

use super::path::{Index, Path, Segment};
use std::{collections::BTreeSet, fmt};

/// A path, resolved: whose document, which field of it, and the way within the field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Location {
    pub(super) whose: Whose,
    pub(super) section: Section,
    /// The field of the section, as it is stored: `ctime` for `age`.
    pub(super) field: String,
    pub(super) steps: Vec<Step>,
    /// Written as `age`, `last_update` or `last_access`: the time from the field's value until now.
    pub(super) age: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    Own,
    /// The nearest node of the kind against the default edges.
    Ancestor(String),
    /// The nearest node of the kind along the default edges.
    Descendant(String),
    /// What the merge of the same part puts under a name: a document, a list of documents, or the rows of an
    /// aggregate. The steps lead on from there, through the document as it is written out; `field` is the name, for
    /// people.
    Merged {
        /// The position of the sub-query in the merge.
        query: usize,
        /// The type of what the steps lead to, as far as the kinds agree on it.
        property_type: PropertyType,
    },
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    At(usize),
    /// Every element.
    Each,
}

/// Why a path leads nowhere, and what would.
#[derive(Debug)]
pub(super) struct Nowhere {
    pub(super) message: String,
    pub(super) help: String,
}

/// Words that stand for an ancestor's name, or with a path behind them for its properties.
const SHORTCUTS: [&str; 4] = ["cloud", "account", "region", "zone"];

const SECTIONS: [(&str, Section); 3] =
    [("reported", Section::Reported), ("metadata", Section::Metadata), ("desired", Section::Desired)];

/// Properties that are times seen from now.
const AGES: [(&str, &str); 3] = [("age", "ctime"), ("last_update", "mtime"), ("last_access", "atime")];

impl Location {
    /// Resolves a path as the original does: shortcuts first, then the section `reported`.
    pub(super) fn resolve(path: &Path) -> Result<Self, Nowhere> {
        let (first, rest) = path.segments.split_first().expect("a path has a segment");
        if path.absolute {
            return Self::absolute(first, rest);
        }
        let shortcut = SHORTCUTS.contains(&first.name.as_str()) && first.indexes.is_empty();
        match (shortcut, rest) {
            (true, []) => {
                Self::field(Whose::Ancestor(first.name.clone()), Section::Reported, &[Segment::named("name")])
            }
            (true, rest) => Self::field(Whose::Ancestor(first.name.clone()), Section::Reported, rest),
            (false, [_, ..]) if first.name == "usage" => Err(not_kept("usage")),
            (false, _) => Self::field(Whose::Own, Section::Reported, &path.segments),
        }
    }

    fn absolute(first: &Segment, rest: &[Segment]) -> Result<Self, Nowhere> {
        let whose = match first.name.as_str() {
            "ancestors" => Whose::Ancestor,
            "descendants" => Whose::Descendant,
            _ => return Self::section(Whose::Own, first, rest),
        };
        match rest {
            [kind, section, rest @ ..] if kind.indexes.is_empty() => {
                Self::section(whose(kind.name.clone()), section, rest)
            }
            _ => Err(Nowhere {
                message: format!("`/{}` needs a kind and a property", first.name),
                help: format!("as in `/{}.account.reported.name`", first.name),
            }),
        }
    }

    fn section(whose: Whose, section: &Segment, rest: &[Segment]) -> Result<Self, Nowhere> {
        if let Some((name, section)) = SECTIONS.into_iter().find(|(name, _)| *name == section.name) {
            return match rest {
                [] => Err(Nowhere {
                    message: format!("`{name}` needs a property behind it"),
                    help: format!("as in `/{name}.{}`", known(section)[0]),
                }),
                rest => Self::field(whose, section, rest),
            };
        }
        match section.name.as_str() {
            "id" | "kinds" => Self::field(whose, Section::Root, &[std::slice::from_ref(section), rest].concat()),
            "usage" | "security" => Err(not_kept(&section.name)),
            other => Err(Nowhere {
                message: format!("a document has no section `{other}`"),
                help: format!(
                    "the sections are `/reported`, `/metadata`, `/desired`, `/ancestors` and `/descendants`; properties \
                     of the resource itself are written without a slash: `{other}`"
                ),
            }),
        }
    }

    fn field(whose: Whose, section: Section, segments: &[Segment]) -> Result<Self, Nowhere> {
        let (first, rest) = segments.split_first().expect("callers pass at least one segment");
        let stored = AGES.into_iter().find(|(name, _)| *name == first.name && section == Section::Reported);
        let age = stored.is_some();
        let location = Self {
            whose,
            section,
            field: stored.map_or_else(|| first.name.clone(), |(_, stored)| stored.to_owned()),
            steps: indexes(first).chain(steps(rest)).collect(),
            age,
        };
        if age && !location.steps.is_empty() {
            Err(Nowhere {
                message: format!("`{}` has no inner properties", first.name),
                help: format!("it is a duration, as in `{} > 30d`", first.name),
            })
        } else {
            Ok(location)
        }
    }

    /// The name of the field, as the query wrote it.
    pub(super) fn written(&self) -> &str {
        if self.age {
            AGES.into_iter().find(|(_, stored)| *stored == self.field).map_or(&self.field, |(name, _)| name)
        } else {
            &self.field
        }
    }

    /// The kinds whose documents it reads: all of `kinds`, or those of the ancestor it names.
    pub(super) fn kinds(&self, model: &KindModel, kinds: Option<&BTreeSet<KindName>>) -> Option<BTreeSet<KindName>> {
        match &self.whose {
            Whose::Own => kinds.cloned(),
            Whose::Merged { .. } => None,
            Whose::Ancestor(kind) | Whose::Descendant(kind) => Some(descendants(model, kind)),
        }
    }

    /// The type of the value, as far as the kinds agree on it.
    pub(super) fn property_type(&self, model: &KindModel, kinds: Option<&BTreeSet<KindName>>) -> PropertyType {
        if let Whose::Merged { property_type, .. } = self.whose {
            return property_type;
        }
        let inner = self.steps.as_slice();
        match (self.section, self.field.as_str(), inner) {
            (Section::Reported, field, []) => reported_type(field, model, self.kinds(model, kinds).as_ref()),
            (Section::Metadata, "protected" | "phantom", []) | (Section::Desired, "clean", []) => PropertyType::Bool,
            (Section::Metadata, "expires", []) => PropertyType::Datetime,
            (Section::Metadata, "cleanup", [Step::Key(key)]) if key == "since" => PropertyType::Datetime,
            (Section::Metadata, "cleanup", []) => PropertyType::Object,
            (Section::Reported, "tags", [Step::Key(_)])
            | (Section::Metadata, "cleanup", [Step::Key(_)])
            | (Section::Metadata, "provider_link", [])
            | (Section::Root, "id", []) => PropertyType::String,
            (Section::Root, "kinds", []) => PropertyType::List,
            _ => PropertyType::Any,
        }
    }
}

impl fmt::Display for Location {
    /// As a query writes it, from the root of the document.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let section = SECTIONS.iter().find(|(_, section)| *section == self.section);
        let section = section.map_or_else(String::new, |(name, _)| format!("{name}."));
        match &self.whose {
            Whose::Own if self.section == Section::Reported => {}
            Whose::Own | Whose::Merged { .. } => write!(f, "/{section}")?,
            Whose::Ancestor(kind) => write!(f, "/ancestors.{kind}.{section}")?,
            Whose::Descendant(kind) => write!(f, "/descendants.{kind}.{section}")?,
        }
        f.write_str(self.written())?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::At(position) => write!(f, "[{position}]"),
            Step::Each => f.write_str("[*]"),
        })
    }
}

/// The fields of a section that is the same for every node.
pub(super) fn known(section: Section) -> &'static [&'static str] {
    match section {
        Section::Reported => &["name"],
        Section::Metadata => &["protected", "expires", "provider_link", "phantom", "cleanup"],
        Section::Desired => &["clean"],
        Section::Root => &["id", "kinds"],
    }
}

/// The kind and everything that inherits from it.
pub(super) fn descendants(model: &KindModel, kind: &str) -> BTreeSet<KindName> {
    model.descendants(kind).map(|kind| kind.name.clone()).collect()
}

/// The steps of a path inside a value.
pub(super) fn steps(segments: &[Segment]) -> impl Iterator<Item = Step> {
    segments.iter().flat_map(|segment| std::iter::once(Step::Key(segment.name.clone())).chain(indexes(segment)))
}

pub(super) fn indexes(segment: &Segment) -> impl Iterator<Item = Step> {
    segment.indexes.iter().map(|index| match index {
        Index::At(position) => Step::At(*position),
        Index::Any => Step::Each,
    })
}

fn reported_type(field: &str, model: &KindModel, kinds: Option<&BTreeSet<KindName>>) -> PropertyType {
    let mut types = match kinds {
        Some(kinds) => kinds.iter().filter_map(|kind| model.property(kind, field)).collect::<Vec<_>>(),
        None => model.owners(field).filter_map(|kind| kind.properties.get(field).copied()).collect(),
    };
    types.dedup();
    match types.as_slice() {
        [only] => *only,
        _ => PropertyType::Any,
    }
}

fn not_kept(section: &str) -> Nowhere {
    let what = if section == "usage" { "usage series" } else { "security findings" };
    Nowhere {
        message: format!("no {what} are kept, so there is no section `{section}`"),
        help: "the sections are `/reported`, `/metadata`, `/desired`, `/ancestors` and `/descendants`".to_owned(),
    }
}
