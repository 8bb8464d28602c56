//! Navigation: which edges a step follows, and what is counted at its end.

use jiff::Timestamp;

use super::{Compiler, Complaint, Context, Span, comparison::Left, kinds_of};
use crate::{
    graph::Direction,
    model::{EdgeType, PropertyType, Value},
    search::{
        ast::{Comparison, Connective, Navigation, Operator, Steps, Term, With},
        literal::Literal,
        plan::WithClause,
        traverse::Walk,
    },
};

/// What an edge's type is called in a condition on edges; an edge has nothing else.
const TYPE_NAMES: [&str; 2] = ["edge_type", "type"];

impl Compiler<'_> {
    pub(super) fn with(&mut self, with: &With, edge_types: &[EdgeType]) -> WithClause {
        let kinds = kinds_of(&with.term, self.model);
        WithClause {
            count: with.count,
            walk: self.walk(&with.navigation, edge_types),
            predicate: self.term(&with.term, Context::of(kinds.as_ref())),
            with: with.with.as_ref().map(|inner| Box::new(self.with(inner, edge_types))),
        }
    }

    /// The edges of a step. A condition on edges can only be about their type, so it is decided here.
    pub(super) fn walk(&mut self, navigation: &Navigation, edge_types: &[EdgeType]) -> Walk {
        let passing: Vec<EdgeType> = match &navigation.filter {
            Some(filter) => {
                EdgeType::ALL.into_iter().filter(|edge_type| self.edge(&filter.node, *edge_type, filter.span)).collect()
            }
            None => EdgeType::ALL.to_vec(),
        };
        let along = |direction: Direction, types: &[EdgeType]| {
            let types = match (types, edge_types) {
                // Who asks for a type need not name it twice.
                ([], []) if navigation.filter.is_some() => &EdgeType::ALL,
                ([], []) => &[EdgeType::Default][..],
                ([], query) => query,
                (own, _) => own,
            };
            let types = types.iter().filter(|edge_type| passing.contains(edge_type));
            types.map(|edge_type| (direction, *edge_type)).collect::<Vec<_>>()
        };
        let mut edges = match &navigation.steps {
            Steps::Out(types) => along(Direction::Out, types),
            Steps::In(types) => along(Direction::In, types),
            Steps::Both { inbound, outbound } => {
                [along(Direction::In, inbound), along(Direction::Out, outbound)].concat()
            }
        };
        edges.dedup();
        if let (true, Some(filter)) = (edges.is_empty(), &navigation.filter) {
            let complaint = Complaint::new(filter.span, "no edge that this step follows satisfies the condition");
            self.warnings.push(complaint.help("edge types are `default`, `delete` and `iam`"));
        }
        Walk { edges, depth: navigation.depth }
    }

    /// Whether an edge of the type satisfies the condition; what cannot be asked of an edge is complained of.
    fn edge(&mut self, term: &Term, edge_type: EdgeType, span: Span) -> bool {
        match term {
            Term::All => true,
            Term::Not(inner) => !self.edge(inner, edge_type, span),
            Term::Chain { first, rest } => {
                self.check_mixed(rest);
                let first = self.edge(first, edge_type, span);
                rest.iter().fold(first, |holds, (connective, term)| {
                    let next = self.edge(term, edge_type, span);
                    match connective.node {
                        Connective::And => holds && next,
                        Connective::Or => holds || next,
                    }
                })
            }
            Term::Compare(comparison) => self.edge_type_is(comparison, edge_type),
            Term::HasKey { path, .. }
            | Term::InSubnet { path, .. }
            | Term::HasDesiredChange(path)
            | Term::Context { path, .. } => self.no_attribute(path.span),
            Term::Is(names) | Term::Id(names) => self.no_attribute(names.first().map_or(span, |name| name.span)),
            Term::Text(text) => self.no_attribute(text.span),
        }
    }

    fn edge_type_is(&mut self, comparison: &Comparison, edge_type: EdgeType) -> bool {
        let Comparison { path, quantifier, operator, value } = comparison;
        let name = &path.node;
        if name.segments.len() > 1 || !name.plain() || !TYPE_NAMES.contains(&name.last_name()) || quantifier.is_some() {
            return self.no_attribute(path.span.to(value.span));
        }
        let left = Left { name: name.last_name(), property_type: PropertyType::String, age: false };
        let test = match operator {
            Operator::Matches | Operator::NotMatches => self.regex(&left, *operator, value, path.span),
            Operator::In | Operator::NotIn => self.one_of(&left, *operator, value),
            operator => self.order(&left, *operator, value),
        };
        let known = |word: &&Literal| EdgeType::ALL.iter().any(|edge_type| word.to_value() == edge_type.as_str());
        let words = match &value.node {
            Literal::List(items) => items.iter().collect(),
            word => vec![word],
        };
        let regex = matches!(operator, Operator::Matches | Operator::NotMatches);
        if !regex && let Some(unknown) = words.into_iter().find(|word| !known(word)) {
            let complaint = Complaint::new(value.span, format!("there is no edge type `{unknown}`"));
            self.errors.push(complaint.help("edge types are `default`, `delete` and `iam`"));
        }
        test.is_some_and(|test| test.passes(&Value::String(edge_type.as_str().to_owned()), Timestamp::UNIX_EPOCH))
    }

    fn no_attribute(&mut self, span: Span) -> bool {
        let complaint = Complaint::new(span, "edges have a type and no other attributes");
        self.errors.push(complaint.help("as in `-{edge_type == delete}->`, or shorter `-delete->`"));
        true
    }
}
