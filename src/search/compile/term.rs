//! Terms: each condition becomes a predicate.

use super::{Compiler, Complaint, Context, Predicate, Source, Span, Spanned, Term};
use crate::{
    graph::Section,
    search::{
        location::{Location, Whose},
        path::Path,
        phrase::Phrase,
        predicate::Subnet,
    },
};

impl Compiler<'_> {
    /// The predicate of a term; one that holds always where a complaint was recorded.
    pub(super) fn term(&mut self, term: &Term, context: Context<'_>) -> Predicate {
        match term {
            Term::All => Predicate::All,
            Term::Is(kinds) => {
                for kind in kinds {
                    self.check_kind(&kind.node, kind.span);
                    if context.element {
                        self.not_of_an_element("is", kind.span);
                    }
                }
                Predicate::Is(kinds.iter().map(|kind| kind.node.clone()).collect())
            }
            Term::Id(ids) => {
                if let (true, Some(id)) = (context.element, ids.first()) {
                    self.not_of_an_element("id", id.span);
                }
                Predicate::Id(ids.iter().map(|id| id.node.clone()).collect())
            }
            Term::Text(text) => Phrase::new(&self.dated_text(&text.node, text.span, str::to_owned))
                .map_or(Predicate::All, Predicate::Phrase),
            Term::HasKey { path, keys } => match self.source(path, context) {
                Some(source) => Predicate::HasKey { source, keys: keys.clone() },
                None => Predicate::All,
            },
            Term::InSubnet { path, network } => self.in_subnet(path, network, context),
            Term::HasDesiredChange(path) => self.desired_change(path),
            Term::Compare(comparison) => self.comparison(comparison, context),
            Term::Context { path, term } => {
                let inner = self.term(term, Context { element: true, ..context });
                match self.source(path, context) {
                    Some(source) => Predicate::Context { source, inner: Box::new(inner) },
                    None => Predicate::All,
                }
            }
            Term::Not(inner) => Predicate::Not(Box::new(self.term(inner, context))),
            Term::Chain { first, rest } => {
                self.check_mixed(rest);
                let first = Box::new(self.term(first, context));
                let rest = rest.iter().map(|(connective, term)| (connective.node, self.term(term, context))).collect();
                Predicate::Chain { first, rest }
            }
        }
    }

    fn not_of_an_element(&mut self, function: &str, span: Span) {
        let complaint = Complaint::new(span, format!("`{function}(...)` asks for a node, not for an array's element"));
        self.errors.push(complaint.help("move it out of the braces"));
    }

    fn in_subnet(&mut self, path: &Spanned<Path>, network: &Spanned<String>, context: Context<'_>) -> Predicate {
        let source = self.source(path, context);
        let subnet = Subnet::new(&network.node);
        if subnet.is_none() {
            let complaint = Complaint::new(network.span, format!("`{}` is not an IPv4 network", network.node));
            self.errors.push(complaint.help("write an address and the length of its prefix, as in `10.0.0.0/8`"));
        }
        match (source, subnet) {
            (Some(source), Some(subnet)) => Predicate::InSubnet { source, subnet },
            _ => Predicate::All,
        }
    }

    /// Both `has_desired_change(clean)` and the original's `has_desired_change(/clean)` mean `/desired.clean`.
    fn desired_change(&mut self, path: &Spanned<Path>) -> Predicate {
        let relative = Path { absolute: false, segments: path.node.segments.clone() };
        let Ok(reported) = Location::resolve(&relative) else {
            return self.not_desirable(path.span);
        };
        if reported.whose != Whose::Own || reported.age {
            return self.not_desirable(path.span);
        }
        let desired = Location { section: Section::Desired, ..reported.clone() };
        self.check_names(&desired, path, None);
        Predicate::DesiredChange { desired, reported }
    }

    fn not_desirable(&mut self, span: Span) -> Predicate {
        let complaint = Complaint::new(span, "nobody can desire a change of this");
        self.errors.push(complaint.help("as in `has_desired_change(clean)`"));
        Predicate::All
    }

    /// The source of a path that must lead into a node.
    pub(super) fn location(&mut self, path: &Spanned<Path>, context: Context<'_>) -> Option<Location> {
        match self.source(path, Context { element: false, ..context })? {
            Source::Node(location) => Some(location),
            Source::Element(_) => None,
        }
    }
}
