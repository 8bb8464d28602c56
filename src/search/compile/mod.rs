//! Compiling: from the syntax tree to a plan, checked against the kinds.
//!
//! Every name is looked up, every literal converted, every regular expression built. All complaints are collected, so
//! that a user can mend a query in one go.

mod aggregate;
mod comparison;
mod names;
mod term;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    graph::Direction,
    model::{EdgeType, KindModel, KindName},
};

use super::{
    ast::{Navigation, Part, Search, Steps, Term, With},
    document::Source,
    error::{Complaint, SearchError, Span, Spanned, Warning},
    location::Location,
    path::Path,
    plan::{Plan, SortBy, Stage, WithClause},
    predicate::Predicate,
    traverse::Walk,
};

/// Compiles a search, or says everything that is wrong with it; the warnings come either way.
pub(super) fn compile(
    text: &Arc<str>,
    search: &Search,
    model: &KindModel,
) -> (Result<Plan, Vec<SearchError>>, Vec<Warning>) {
    let mut compiler = Compiler { model, errors: Vec::new(), warnings: Vec::new() };
    let plan = compiler.search(text, search);
    let Compiler { mut errors, mut warnings, .. } = compiler;
    errors.sort_by_key(|complaint| complaint.span);
    warnings.sort_by_key(|complaint| complaint.span);
    warnings.dedup();
    let warnings = warnings.into_iter().map(|complaint| Warning::new(text, complaint)).collect();
    if errors.is_empty() {
        (Ok(plan), warnings)
    } else {
        (Err(errors.into_iter().map(|complaint| SearchError::new(text, complaint)).collect()), warnings)
    }
}

struct Compiler<'m> {
    model: &'m KindModel,
    errors: Vec<Complaint>,
    warnings: Vec<Complaint>,
}

/// What a name is looked up against.
#[derive(Clone, Copy)]
struct Context<'c> {
    /// The kinds that the nodes may have; none where nothing is known.
    kinds: Option<&'c BTreeSet<KindName>>,
    /// Whether relative paths start in an element of an array.
    element: bool,
}

impl Compiler<'_> {
    fn search(&mut self, text: &Arc<str>, search: &Search) -> Plan {
        let mut stages = Vec::new();
        for (index, part) in search.parts.iter().enumerate() {
            stages.push(self.part(part, &search.edge_types, index == 0));
        }
        let last = search.parts.last().filter(|part| part.navigation.is_none());
        let kinds = last.and_then(|part| kinds_of(&part.term, self.model));
        let context = Context { kinds: kinds.as_ref(), element: false };
        let aggregate = search.aggregate.as_ref().map(|aggregate| self.aggregate(aggregate, context));
        Plan { text: text.clone(), stages, aggregate }
    }

    fn part(&mut self, part: &Part, edge_types: &[EdgeType], first: bool) -> Stage {
        let kinds = kinds_of(&part.term, self.model);
        let context = Context { kinds: kinds.as_ref(), element: false };
        if let Some(usage) = &part.usage {
            self.unsupported(usage.start.span, "`with_usage`", "no usage time series are kept");
        }
        if let Some(merge) = &part.merge {
            self.unsupported(
                merge.span.span,
                "a merge `{...}`",
                "an ancestor's properties are read with `/ancestors.<kind>.reported.<property>`",
            );
        }
        let mut predicate = self.term(&part.term, context);
        if first
            && !names::mentions_kinds(&part.term)
            && let Some(owns) = names::implicit_kinds(&part.term, self.model)
        {
            predicate =
                Predicate::Chain { first: Box::new(owns), rest: vec![(super::ast::Connective::And, predicate)] };
        }
        Stage {
            predicate,
            with: part.with.as_ref().map(|with| self.with(with, edge_types)),
            sort: part.sort.iter().filter_map(|key| self.sort_key(&key.path, key.descending, context)).collect(),
            limit: part.limit,
            reversed: part.reversed,
            walk: part.navigation.as_ref().map(|navigation| self.walk(navigation, edge_types)),
        }
    }

    fn with(&mut self, with: &With, edge_types: &[EdgeType]) -> WithClause {
        let kinds = kinds_of(&with.term, self.model);
        let context = Context { kinds: kinds.as_ref(), element: false };
        WithClause {
            count: with.count,
            walk: self.walk(&with.navigation, edge_types),
            predicate: self.term(&with.term, context),
            with: with.with.as_ref().map(|inner| Box::new(self.with(inner, edge_types))),
        }
    }

    fn walk(&mut self, navigation: &Navigation, edge_types: &[EdgeType]) -> Walk {
        if let Some(filter) = &navigation.filter {
            self.unsupported(filter.span, "a condition on edges", "edges have a type and no properties");
        }
        let along = |direction: Direction, types: &[EdgeType]| {
            let types = match (types, edge_types) {
                ([], []) => &[EdgeType::Default],
                ([], query) => query,
                (own, _) => own,
            };
            types.iter().map(|edge_type| (direction, *edge_type)).collect::<Vec<_>>()
        };
        let mut edges = match &navigation.steps {
            Steps::Out(types) => along(Direction::Out, types),
            Steps::In(types) => along(Direction::In, types),
            Steps::Both { inbound, outbound } => {
                [along(Direction::In, inbound), along(Direction::Out, outbound)].concat()
            }
        };
        edges.dedup();
        Walk { edges, depth: navigation.depth }
    }

    fn sort_key(&mut self, path: &Spanned<Path>, descending: bool, context: Context<'_>) -> Option<SortBy> {
        let Source::Node(mut location) = self.source(path, context)? else { return None };
        // The older, the greater the age and the smaller the time.
        let descending = descending != location.age;
        location.age = false;
        let as_time = location.property_type(self.model, context.kinds) == crate::model::PropertyType::Datetime;
        Some(SortBy { location, as_time, descending })
    }

    /// Resolves a path and checks that it exists; the complaint is recorded.
    fn source(&mut self, path: &Spanned<Path>, context: Context<'_>) -> Option<Source> {
        if context.element && !path.node.absolute {
            return Some(Source::Element(super::location::steps(&path.node.segments).collect()));
        }
        match Location::resolve(&path.node) {
            Ok(location) => {
                self.check_names(&location, path.span, context.kinds);
                Some(Source::Node(location))
            }
            Err(nowhere) => {
                self.errors.push(Complaint::new(path.span, nowhere.message).help(nowhere.help));
                None
            }
        }
    }

    fn unsupported(&mut self, span: Span, what: &str, help: &str) {
        self.errors.push(Complaint::new(span, format!("{what} is not supported yet")).help(help));
    }
}

/// The kinds that a node must have one of for the term to hold; none where it may have any.
pub(super) fn kinds_of(term: &Term, model: &KindModel) -> Option<BTreeSet<KindName>> {
    match term {
        Term::Is(kinds) => {
            let all = kinds.iter().flat_map(|kind| super::location::descendants(model, &kind.node));
            Some(all.collect())
        }
        Term::Chain { first, rest } => rest.iter().fold(kinds_of(first, model), |kinds, (connective, term)| {
            match (connective.node, kinds, kinds_of(term, model)) {
                (super::ast::Connective::And, Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
                (super::ast::Connective::And, a, b) => a.or(b),
                (super::ast::Connective::Or, Some(a), Some(b)) => Some(a.union(&b).cloned().collect()),
                (super::ast::Connective::Or, _, _) => None,
            }
        }),
        _ => None,
    }
}
