//! Names: whether the kinds and properties of a query exist, and what was probably meant.

use std::collections::BTreeSet;

use crate::{
    graph::Section,
    model::{KindModel, KindName},
};

use super::{Compiler, Complaint, Location, Predicate, Span, Term};
use crate::search::{
    ast::Connective,
    error::{Spanned, most_alike},
    location::{Whose, known},
    path::Path,
};

/// The kind whose properties every node has.
const ROOT_KIND: &str = "resource";

impl Compiler<'_> {
    pub(super) fn check_kind(&mut self, kind: &str, span: Span) {
        if self.model.get(kind).is_some() {
            return;
        }
        let complaint = Complaint::new(span, format!("there is no kind `{kind}`"));
        self.errors.push(match self.model.suggest_kind(kind) {
            Some(like) => complaint.help(format!("did you mean `{like}`?")),
            None => complaint.help("kinds are lower case, as in `is(instance)` or `is(aws_ec2_instance)`"),
        });
    }

    pub(super) fn check_names(
        &mut self,
        location: &Location,
        path: &Spanned<Path>,
        kinds: Option<&BTreeSet<KindName>>,
    ) {
        let span = path.span;
        if let Whose::Ancestor(kind) | Whose::Descendant(kind) = &location.whose {
            self.check_kind(kind, span);
            if self.model.get(kind).is_none() {
                return;
            }
        }
        match location.section {
            Section::Reported => self.check_property(location, path, kinds),
            section => {
                let fields = known(section);
                if !fields.contains(&location.field.as_str()) {
                    let complaint =
                        Complaint::new(span, format!("there is no field `{}` in this section", location.field));
                    self.errors.push(complaint.help(format!("its fields are {}", fields.join(", "))));
                }
            }
        }
    }

    fn check_property(&mut self, location: &Location, path: &Spanned<Path>, kinds: Option<&BTreeSet<KindName>>) {
        let span = path.span;
        let name = location.written();
        let kinds = location.kinds(self.model, kinds);
        let (described, open) = match &kinds {
            Some(kinds) => (
                kinds.iter().any(|kind| self.model.property(kind, name).is_some()),
                kinds.iter().any(|kind| self.model.is_open(kind)),
            ),
            None => (self.model.owners(name).next().is_some(), self.model.iter().any(|kind| kind.open)),
        };
        if described {
            return;
        }
        let own = kinds.iter().flatten().flat_map(|kind| self.model.lineage(kind));
        let own: BTreeSet<&str> = own
            .filter_map(|kind| self.model.get(&kind))
            .flat_map(|kind| kind.properties.keys().map(String::as_str))
            .collect();
        // Best of all one of the kinds that are searched.
        let like = suggest(name, own.into_iter()).or_else(|| self.model.suggest_property(name));
        // Open kinds may have any property, but hardly one that is so like a described one.
        let is_slip = !path.node.absolute && like.is_some_and(|like| is_slip(name, like));
        // No kind at all: the kinds are unknown, or contradict each other, which is complained of elsewhere. Only open
        // kinds: nothing can be said of their properties.
        let all_open = kinds.as_ref().is_some_and(|kinds| kinds.iter().all(|kind| self.model.is_open(kind)));
        if all_open && (!is_slip || kinds.as_ref().is_some_and(BTreeSet::is_empty)) {
            return;
        }
        let owners: Vec<&str> = self.model.owners(name).map(|kind| kind.name.as_str()).collect();
        if !owners.is_empty() {
            let complaint = Complaint::new(span, format!("none of the kinds searched here has a property `{name}`"));
            self.warnings.push(complaint.help(format!("it belongs to {}", shortened(&owners))));
            return;
        }
        let complaint = Complaint::new(span, format!("no kind has a property `{name}`"));
        let complaint = match (like, name) {
            (_, "reported" | "metadata" | "desired" | "ancestors" | "descendants") => {
                complaint.help("a path that starts with a section begins with a slash, as in `/metadata.protected`")
            }
            (Some(like), _) if open && is_slip => {
                complaint.help(format!("did you mean `{like}`? if not, write `/reported.{name}`"))
            }
            (Some(like), _) => complaint.help(format!("did you mean `{like}`?")),
            (None, _) => complaint,
        };
        if open && !is_slip { self.warnings.push(complaint) } else { self.errors.push(complaint) }
    }

    /// Warns where `and` and `or` meet without brackets, once for each chain.
    pub(super) fn check_mixed(&mut self, rest: &[(Spanned<Connective>, Term)]) {
        let Some(((first, _), others)) = rest.split_first() else { return };
        let Some((other, _)) = others.iter().find(|(other, _)| other.node != first.node) else { return };
        let complaint =
            Complaint::new(other.span, "`and` and `or` bind equally strongly and are read from left to right");
        self.warnings.push(complaint.help("set brackets to say what belongs together: `a and (b or c)`"));
    }
}

/// Whether a term says itself which kinds it wants.
pub(super) fn mentions_kinds(term: &Term) -> bool {
    match term {
        Term::Is(_) => true,
        Term::Not(inner) => mentions_kinds(inner),
        Term::Chain { first, rest } => mentions_kinds(first) || rest.iter().any(|(_, term)| mentions_kinds(term)),
        _ => false,
    }
}

/// The kinds that own the properties a term asks for, as the original restricts a search without `is(...)`.
///
/// Without it `volume_size != 10` would return every user and every role. None where some alternative asks for
/// nothing that only certain kinds have.
pub(super) fn implicit_kinds(term: &Term, model: &KindModel) -> Option<Predicate> {
    let properties = owned_properties(term, model);
    if properties.is_empty() {
        return None;
    }
    let owners = properties.iter().flat_map(|property| model.owners(property));
    let kinds = owners.flat_map(|owner| model.descendants(&owner.name)).map(|kind| kind.name.clone()).collect();
    Some(Predicate::Owns { kinds, properties: properties.into_iter().collect() })
}

fn owned_properties(term: &Term, model: &KindModel) -> BTreeSet<String> {
    let path = match term {
        Term::Compare(comparison) => &comparison.path,
        Term::HasKey { path, .. } | Term::InSubnet { path, .. } | Term::Context { path, .. } => path,
        Term::Not(inner) => return owned_properties(inner, model),
        Term::Chain { first, rest } => {
            let first = owned_properties(first, model);
            return rest.iter().fold(first, |found, (connective, term)| {
                let more = owned_properties(term, model);
                match connective.node {
                    Connective::Or if found.is_empty() || more.is_empty() => BTreeSet::new(),
                    _ => found.into_iter().chain(more).collect(),
                }
            });
        }
        _ => return BTreeSet::new(),
    };
    let own = |location: &Location| {
        location.whose == Whose::Own
            && location.section == Section::Reported
            && model.property(ROOT_KIND, location.written()).is_none()
            && model.owners(&location.field).next().is_some()
    };
    Location::resolve(&path.node).ok().filter(own).map(|location| location.field).into_iter().collect()
}

/// The property that is most like the one that was written; none where none is much like it.
fn suggest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE: f64 = 0.7;
    most_alike(name, known).filter(|like| strsim::normalized_damerau_levenshtein(name, like) >= LIKE)
}

/// Whether a name is another one, mistyped.
fn is_slip(name: &str, other: &str) -> bool {
    const LETTERS: usize = 2;
    // Short words are like each other without any mistake.
    name.len() > 3 * LETTERS && strsim::damerau_levenshtein(name, other) <= LETTERS
}

/// A list for people: the first few names and how many more there are.
fn shortened(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}
