//! Compiling: from the syntax tree to a plan, checked against the kinds.
//!
//! Every name is looked up, every literal converted, every regular expression built. All complaints are collected, so
//! that a user can mend a query in one go.

mod aggregate;
mod comparison;
mod merge;
mod names;
mod navigation;
mod term;

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use crate::model::{EdgeType, KindModel, KindName};

use super::{
    ast::{Part, Search, Term},
    document::Source,
    error::{Complaint, QueryText, SearchError, Span, Spanned, Warning},
    literal::Literal,
    location::Location,
    path::Path,
    placeholder,
    plan::{MergePlan, Plan, SortBy, Stage},
    predicate::Predicate,
};

impl Plan {
    /// The plan for an evaluation at this time: another one only where texts have placeholders in them.
    ///
    /// # Errors
    /// A regular expression may become invalid by what is put into it.
    pub(super) fn at(&self, kinds: &KindModel, now: Timestamp) -> Result<Cow<'_, Self>, SearchError> {
        let Some(search) = &self.dated else { return Ok(Cow::Borrowed(self)) };
        let plan = compile(&self.text, search, kinds, now).0;
        let mut plan = plan.map_err(|errors| errors.into_iter().next().expect("a failure has a reason"))?;
        plan.time = self.time;
        if let (Some(aggregate), Some(loaded)) = (&mut plan.aggregate, &self.aggregate) {
            aggregate.bounds.clone_from(&loaded.bounds);
        }
        Ok(Cow::Owned(plan))
    }
}

/// Compiles a search for an evaluation at `now`, or says everything that is wrong with it; the warnings come either way.
pub(super) fn compile(
    text: &QueryText,
    search: &Search,
    model: &KindModel,
    now: Timestamp,
) -> (Result<Plan, Vec<SearchError>>, Vec<Warning>) {
    let mut compiler =
        Compiler { text: text.clone(), model, now, dated: false, errors: Vec::new(), warnings: Vec::new() };
    let mut plan = compiler.search(search, &search.edge_types, true);
    let Compiler { mut errors, mut warnings, dated, .. } = compiler;
    plan.dated = dated.then(|| Arc::new(search.clone()));
    errors.sort_by_key(|complaint| complaint.span);
    errors.dedup();
    warnings.sort_by_key(|complaint| complaint.span);
    warnings.dedup();
    let warnings = warnings.into_iter().map(|complaint| Warning::new(text, complaint)).collect();
    if errors.is_empty() {
        (Ok(plan), warnings)
    } else {
        (Err(errors.into_iter().map(|complaint| SearchError::new(text, complaint)).collect()), warnings)
    }
}

use merge::MergedName;

struct Compiler<'m> {
    text: QueryText,
    model: &'m KindModel,
    /// What placeholders in texts stand for.
    now: Timestamp,
    /// Whether there was such a placeholder, so that the plan holds for this moment only.
    dated: bool,
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
    /// What the merge of the same part puts beside the node's own document.
    merged: &'c [MergedName],
}

impl<'c> Context<'c> {
    fn of(kinds: Option<&'c BTreeSet<KindName>>) -> Self {
        Self { kinds, element: false, merged: &[] }
    }
}

impl Compiler<'_> {
    /// The plan of a search; `outermost` unless it is the sub-query of a merge.
    fn search(&mut self, search: &Search, edge_types: &[EdgeType], outermost: bool) -> Plan {
        let mut stages = Vec::new();
        for (index, part) in search.parts.iter().enumerate() {
            let mut stage = self.part(part, edge_types, outermost && index == 0);
            let answers = part.navigation.is_none() && search.aggregate.is_none();
            if part.sort.is_empty() && (answers || part.limit.is_some()) {
                stage.predicate.phrases(&mut stage.relevance);
            }
            stages.push(stage);
        }
        let last = search.parts.last().filter(|part| part.navigation.is_none());
        let kinds = last.and_then(|part| part_kinds(part, self.model));
        let merged = self.merged_names(last.and_then(|part| part.merge.as_ref()));
        let context = Context { merged: &merged, ..Context::of(kinds.as_ref()) };
        let aggregate = search.aggregate.as_ref().map(|aggregate| self.aggregate(aggregate, context));
        Plan { text: self.text.clone(), stages, aggregate, time: None, dated: None }
    }

    fn part(&mut self, part: &Part, edge_types: &[EdgeType], first: bool) -> Stage {
        let kinds = part_kinds(part, self.model);
        let context = Context::of(kinds.as_ref());
        if let Some(usage) = &part.usage {
            let complaint = Complaint::new(usage.start.span, "no usage series are kept, so there is nothing to join");
            self.errors.push(
                complaint.help("leave `with_usage(...)` out; a provider's metrics are best asked of Prometheus itself"),
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
        let merged = self.merged_names(part.merge.as_ref());
        let context = Context { merged: &merged, ..context };
        let merge = part.merge.as_ref().map(|merge| {
            let plan = self.merge(merge, edge_types);
            MergePlan { then: merge.then.as_ref().map(|then| self.term(then, context)), ..plan }
        });
        Stage {
            predicate,
            merge,
            with: part.with.as_ref().map(|with| self.with(with, edge_types)),
            sort: part.sort.iter().filter_map(|key| self.sort_key(&key.path, key.descending, context)).collect(),
            relevance: Vec::new(),
            limit: part.limit,
            reversed: part.reversed,
            walk: part.navigation.as_ref().map(|navigation| self.walk(navigation, edge_types)),
        }
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
        if let Some(location) = self.merged(path, context) {
            return Some(Source::Node(location));
        }
        match Location::resolve(&path.node) {
            Ok(location) => {
                self.check_names(&location, path, context.kinds);
                Some(Source::Node(location))
            }
            Err(nowhere) => {
                self.errors.push(Complaint::new(path.span, nowhere.message).help(nowhere.help));
                None
            }
        }
    }

    /// A text of the query with its placeholders replaced.
    fn dated_text<'t>(&mut self, text: &'t str, span: Span, escape: fn(&str) -> String) -> Cow<'t, str> {
        if let Some((unknown, like)) = placeholder::unknown(text) {
            let complaint = Complaint::new(span, format!("there is no placeholder `{unknown}`"));
            self.warnings.push(complaint.help(format!("did you mean `@{like}@`?")));
        }
        self.dated |= placeholder::occurs(text);
        placeholder::replace(text, self.now, escape)
    }

    /// A value of the query with the placeholders in its texts replaced.
    fn dated_literal(&mut self, literal: &Literal, span: Span) -> Literal {
        match literal {
            Literal::Text(text) => Literal::Text(self.dated_text(text, span, str::to_owned).into_owned()),
            Literal::List(items) => Literal::List(items.iter().map(|item| self.dated_literal(item, span)).collect()),
            Literal::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| (key.clone(), self.dated_literal(value, span)));
                Literal::Object(fields.collect())
            }
            Literal::Null | Literal::Bool(_) | Literal::Number(_) => literal.clone(),
        }
    }
}

/// The kinds that a part's nodes must have one of; none where they may have any.
pub(super) fn part_kinds(part: &Part, model: &KindModel) -> Option<BTreeSet<KindName>> {
    let then = part.merge.as_ref().and_then(|merge| kinds_of(merge.then.as_ref()?, model));
    match (kinds_of(&part.term, model), then) {
        (Some(term), Some(then)) => Some(term.intersection(&then).cloned().collect()),
        (term, then) => term.or(then),
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
