//! Queries: text that was read, and what can be asked of it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::Timestamp;

use crate::{
    graph::{Generation, NodeId},
    model::{KindModel, KindName},
};

use super::{
    Limits, Plan, Row, SearchError, Span, Templates, Warning,
    ast::{Aggregate, Group, Part, Search, SortKey, Term, With},
    compile,
    error::{QueryText, Spanned},
    location::{Location, Whose},
    parser,
    path::{Path, Segment},
};

/// What placeholders stand for while a query is checked; a plan that has any is compiled anew when it is evaluated.
const LOADED: Timestamp = Timestamp::UNIX_EPOCH;

/// A query: its text and its syntax tree.
///
/// `Display` prints the canonical text. Two queries are equal when they ask the same in the same order, however they
/// are laid out.
#[derive(Clone, Debug)]
pub struct Query {
    text: QueryText,
    search: Search,
}

impl Query {
    /// Reads a query; names are not looked up.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        Self::parse_with(text, &Templates::default())
    }

    /// Reads a query in which `expand(...)` stands for one of the templates.
    pub fn parse_with(text: &str, templates: &Templates) -> Result<Self, SearchError> {
        let text = match templates.expand(text) {
            Ok(expanded) => expanded,
            Err(complaint) => return Err(SearchError::new(&QueryText::from(text), complaint)),
        };
        match parser::parse(&text) {
            Ok(search) => Ok(Self { text, search }),
            Err(complaint) => Err(SearchError::new(&text, complaint)),
        }
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        self.text.written()
    }

    /// Where in the given text a place of the syntax tree comes from: the call of a template where it is inside of it.
    pub fn written(&self, span: Span) -> Span {
        self.text.written_span(span)
    }

    /// The syntax tree.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// The query in the order that people expect: by kind, name and id, unless it asks for another one.
    ///
    /// An aggregate has its groups' order, and a query for a text that of the graph.
    #[must_use]
    pub fn in_default_order(mut self) -> Self {
        const KEYS: [&str; 3] = ["kind", "name", "id"];
        if self.is_aggregate() || self.search.parts.iter().any(|part| has_text(&part.term)) {
            return self;
        }
        if self.search.parts.last().is_some_and(|part| part.navigation.is_some()) {
            self.search.parts.push(Part::default());
        }
        let key = |name: &str| {
            let path = Path { absolute: true, segments: vec![Segment::named("reported"), Segment::named(name)] };
            SortKey { path: Spanned::new(path, Span::default()), descending: false }
        };
        if let Some(last) = self.search.parts.last_mut().filter(|last| last.sort.is_empty()) {
            last.sort = KEYS.map(key).into();
        }
        self
    }

    /// Compiles the query for these kinds; every name, literal and regular expression is checked.
    pub fn compile(&self, kinds: &KindModel) -> Result<Plan, Vec<SearchError>> {
        compile::compile(&self.text, &self.search, kinds, LOADED).0
    }

    /// Everything that is wrong with the query for these kinds, and everything that is dubious, in order of place.
    pub fn check(&self, kinds: &KindModel) -> (Vec<SearchError>, Vec<Warning>) {
        let (plan, warnings) = compile::compile(&self.text, &self.search, kinds, LOADED);
        (plan.err().unwrap_or_default(), warnings)
    }

    /// Whether it computes rows rather than finding nodes.
    pub fn is_aggregate(&self) -> bool {
        self.search.aggregate.is_some()
    }

    /// The names of an aggregate's groups, in order; none for other queries.
    pub fn group_names(&self) -> Vec<String> {
        self.search.aggregate.as_ref().map_or_else(Vec::new, Aggregate::group_names)
    }

    /// The names of an aggregate's functions, in order; none for other queries.
    pub fn function_names(&self) -> Vec<String> {
        self.search.aggregate.as_ref().map_or_else(Vec::new, Aggregate::function_names)
    }

    /// The same query with other groups; one that computes nothing stays as it is.
    ///
    /// Its text stays the one that was written, so that errors still show their place.
    #[must_use]
    pub fn grouped_by(&self, groups: Vec<Group>) -> Self {
        let mut query = self.clone();
        if let Some(aggregate) = &mut query.search.aggregate {
            aggregate.groups = groups;
        }
        query
    }

    /// The kinds whose resources can change the answer: those it finds, walks to, counts, or reads ancestors of.
    ///
    /// All kinds where a part says nothing of kinds. Nodes that are only passed on the way are not among them.
    pub fn kinds(&self, model: &KindModel) -> BTreeSet<KindName> {
        let mut touched = Touched { model, kinds: BTreeSet::new() };
        touched.search(&self.search.parts, &self.search);
        touched.kinds
    }
}

/// The nodes that a query finds.
///
/// The query is compiled for the generation's kinds; of several errors the first is returned. To evaluate a query more
/// than once, keep its [`Plan`].
pub fn select(
    query: &Query,
    generation: &Generation,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<NodeId>, SearchError> {
    compiled(query, generation)?.select(generation, now, limits)
}

/// The rows of an aggregate query, as [`select`].
pub fn aggregate(
    query: &Query,
    generation: &Generation,
    now: Timestamp,
    limits: Limits,
) -> Result<Vec<Row>, SearchError> {
    compiled(query, generation)?.aggregate(generation, now, limits)
}

/// Whether a condition asks for a text anywhere in a node.
fn has_text(term: &Term) -> bool {
    match term {
        Term::Text(_) => true,
        Term::Not(inner) => has_text(inner),
        Term::Chain { first, rest } => has_text(first) || rest.iter().any(|(_, term)| has_text(term)),
        _ => false,
    }
}

fn compiled(query: &Query, generation: &Generation) -> Result<Plan, SearchError> {
    query
        .compile(generation.graph.kinds())
        .map_err(|errors| errors.into_iter().next().expect("a failed compilation has at least one error"))
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.search == other.search
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.search.fmt(f)
    }
}

impl FromStr for Query {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, SearchError> {
        Self::parse(text)
    }
}

/// The kinds that parts of a query touch.
struct Touched<'m> {
    model: &'m KindModel,
    kinds: BTreeSet<KindName>,
}

impl Touched<'_> {
    fn search(&mut self, parts: &[Part], search: &Search) {
        for part in parts {
            self.restricted(&part.term);
            if let Some(merge) = &part.merge {
                // The first part of a sub-query is the node itself.
                merge.queries.iter().for_each(|query| self.search(&query.search.parts[1..], &query.search));
                merge.then.iter().for_each(|then| self.term(then));
            }
            if let Some(with) = &part.with {
                self.with(with);
            }
            part.sort.iter().for_each(|key| self.path(&key.path.node));
        }
        if search.parts.last().is_some_and(|part| part.navigation.is_some()) {
            self.restricted(&Term::All);
        }
        let Some(aggregate) = &search.aggregate else { return };
        aggregate.group_paths().for_each(|path| self.path(path));
        for function in &aggregate.functions {
            function.operand.node.paths().into_iter().for_each(|path| self.path(&path.node));
        }
    }

    fn with(&mut self, with: &With) {
        self.restricted(&with.term);
        if let Some(inner) = &with.with {
            self.with(inner);
        }
    }

    /// The kinds of the nodes that a term keeps, and those whose properties it reads.
    fn restricted(&mut self, term: &Term) {
        match compile::kinds_of(term, self.model) {
            Some(kinds) => self.kinds.extend(kinds),
            None => self.kinds.extend(self.model.iter().map(|kind| kind.name.clone())),
        }
        self.term(term);
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Compare(comparison) => self.path(&comparison.path.node),
            Term::HasKey { path, .. } | Term::InSubnet { path, .. } => self.path(&path.node),
            Term::Context { path, term } => {
                self.path(&path.node);
                self.term(term);
            }
            Term::Not(inner) => self.term(inner),
            Term::Chain { first, rest } => {
                self.term(first);
                for (_, term) in rest {
                    self.term(term);
                }
            }
            Term::All | Term::Is(_) | Term::Id(_) | Term::Text(_) | Term::HasDesiredChange(_) => {}
        }
    }

    fn path(&mut self, path: &Path) {
        if let Ok(Location { whose: Whose::Ancestor(kind) | Whose::Descendant(kind), .. }) = Location::resolve(path) {
            self.kinds.extend(self.model.descendants(&kind).map(|kind| kind.name.clone()));
        }
    }
}
