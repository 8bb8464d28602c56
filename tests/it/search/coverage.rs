//! Coverage: which constructs of the language a query has.
//!
//! Every `match` is exhaustive, so a new construct does not compile until it has a name here, and a name that no random
//! query has fails the comparison.

use std::collections::BTreeMap;

use cloudgauge::{
    model::EdgeType,
    search::{
        Index, Literal, Path,
        ast::{
            Additive, Aggregate, Connective, Count, Depth, Expression, FunctionKind, GroupBy, Merge, Multiplicative,
            Navigation, Operator, Part, Quantifier, Search, Steps, TemplatePiece, Term, With,
        },
    },
};

/// How often each construct was met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage(BTreeMap<&'static str, usize>);

impl Coverage {
    pub(crate) fn count(&self, construct: &str) -> usize {
        self.0.get(construct).copied().unwrap_or(0)
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (construct, count) in &other.0 {
            *self.0.entry(construct).or_default() += count;
        }
    }

    pub(crate) fn search(&mut self, search: &Search) {
        let Search { aggregate, edge_types, parts } = search;
        if let Some(aggregate) = aggregate {
            self.aggregate(aggregate);
        }
        if !edge_types.is_empty() {
            self.met("preamble");
        }
        self.met(if parts.len() > 1 { "several parts" } else { "one part" });
        if parts.last().is_some_and(|part| part.navigation.is_some()) {
            self.met("navigation at the end");
        }
        for part in parts {
            self.part(part);
        }
    }

    fn met(&mut self, construct: &'static str) {
        *self.0.entry(construct).or_default() += 1;
    }

    fn part(&mut self, part: &Part) {
        let Part { usage, term, merge, with, tag, sort, limit, reversed, navigation } = part;
        assert!(usage.is_none(), "usage is refused");
        self.term(term);
        if let Some(merge) = merge {
            self.merge(merge);
        }
        if let Some(with) = with {
            self.with(with);
        }
        if tag.is_some() {
            self.met("tag");
        }
        for key in sort {
            self.met(if key.descending { "sort desc" } else { "sort asc" });
            self.path(&key.path.node);
        }
        match limit {
            Some(limit) if limit.offset > 0 => self.met("limit with offset"),
            Some(_) => self.met("limit"),
            None => {}
        }
        if *reversed {
            self.met("reversed");
        }
        if let Some(navigation) = navigation {
            self.navigation(navigation);
        }
    }

    fn merge(&mut self, merge: &Merge) {
        let Merge { queries, then } = merge;
        for query in queries {
            self.met(match (query.list, &query.search.aggregate) {
                (_, Some(_)) => "merge of an aggregate",
                (true, None) => "merge of a list",
                (false, None) => "merge",
            });
            self.search(&query.search);
        }
        if let Some(term) = then {
            self.met("condition behind a merge");
            self.term(term);
        }
    }

    fn with(&mut self, with: &With) {
        let With { count, navigation, term, with } = with;
        self.met(match count {
            Count::Empty => "with empty",
            Count::Any => "with any",
            Count::Compare(_, _) => "with count",
        });
        self.navigation(navigation);
        self.term(term);
        if let Some(inner) = with {
            self.met("with in with");
            self.with(inner);
        }
    }

    fn navigation(&mut self, navigation: &Navigation) {
        let Navigation { steps, depth, filter } = navigation;
        if filter.is_some() {
            self.met("condition on edges");
        }
        self.met(match steps {
            Steps::Out(_) => "out",
            Steps::In(_) => "in",
            Steps::Both { .. } => "both ways",
        });
        let types = match steps {
            Steps::Out(types) | Steps::In(types) => types.clone(),
            Steps::Both { inbound, outbound } => [inbound.clone(), outbound.clone()].concat(),
        };
        for edge in types {
            self.met(match edge {
                EdgeType::Default => "edge default",
                EdgeType::Delete => "edge delete",
                EdgeType::Iam => "edge iam",
            });
        }
        self.met(match (depth.min, depth.max) {
            (1, 1) => "one step",
            (0, Depth::LIMIT) => "any depth from zero",
            (_, Depth::LIMIT) => "any depth",
            (min, max) if min == max => "exact depth",
            _ => "range of depth",
        });
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::All => self.met("all"),
            Term::Is(kinds) => self.met(if kinds.len() > 1 { "is several" } else { "is" }),
            Term::Id(_) => self.met("id"),
            Term::Text(_) => self.met("text"),
            Term::HasKey { path, keys } => {
                self.met(if keys.len() > 1 { "has_key several" } else { "has_key" });
                self.path(&path.node);
            }
            Term::InSubnet { path, network: _ } => {
                self.met("in_subnet");
                self.path(&path.node);
            }
            Term::HasDesiredChange(_) => self.met("has_desired_change"),
            Term::Compare(comparison) => {
                self.met(match comparison.operator {
                    Operator::Equal => "==",
                    Operator::NotEqual => "!=",
                    Operator::Less => "<",
                    Operator::LessOrEqual => "<=",
                    Operator::Greater => ">",
                    Operator::GreaterOrEqual => ">=",
                    Operator::Matches => "=~",
                    Operator::NotMatches => "!~",
                    Operator::In => "in a list",
                    Operator::NotIn => "not in a list",
                });
                self.met(match comparison.quantifier {
                    None => "no quantifier",
                    Some(Quantifier::All) => "quantifier all",
                    Some(Quantifier::Any) => "quantifier any",
                    Some(Quantifier::None) => "quantifier none",
                });
                self.met(match comparison.value.node {
                    Literal::Null => "null",
                    Literal::Bool(_) => "boolean",
                    Literal::Number(_) => "number",
                    Literal::Text(_) => "text value",
                    Literal::List(_) => "list",
                    Literal::Object(_) => "object",
                });
                self.path(&comparison.path.node);
            }
            Term::Context { path, term } => {
                self.met("context");
                self.path(&path.node);
                self.term(term);
            }
            Term::Not(term) => {
                self.met("not");
                self.term(term);
            }
            Term::Chain { first, rest } => {
                self.term(first);
                for (connective, term) in rest {
                    self.met(match connective.node {
                        Connective::And => "and",
                        Connective::Or => "or",
                    });
                    self.term(term);
                }
            }
        }
    }

    fn path(&mut self, path: &Path) {
        let first = path.segments[0].name.as_str();
        self.met(match (path.absolute, first) {
            (true, "ancestors") => "ancestors",
            (true, "descendants") => "descendants",
            (true, "reported") => "reported",
            (true, "metadata") => "metadata",
            (true, "desired") => "desired",
            (true, _) => "root field",
            (false, "cloud" | "account" | "region" | "zone") => "shortcut",
            (false, "age" | "last_update" | "last_access") => "age",
            (false, _) => "relative path",
        });
        for index in path.segments.iter().flat_map(|segment| &segment.indexes) {
            self.met(match index {
                Index::At(_) => "one element",
                Index::Any => "every element",
            });
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        let Aggregate { groups, functions } = aggregate;
        self.met(if groups.is_empty() { "no groups" } else { "groups" });
        for group in groups {
            let paths = match &group.by.node {
                GroupBy::Path(path) => vec![path],
                GroupBy::Template(pieces) => {
                    self.met("template");
                    let mut paths = Vec::new();
                    for piece in pieces {
                        match piece {
                            TemplatePiece::Path(path) => paths.push(path),
                            TemplatePiece::Text(_) => self.met("text in a template"),
                        }
                    }
                    paths
                }
            };
            for path in paths {
                if path.segments.iter().any(|segment| segment.indexes.contains(&Index::Any)) {
                    self.met("unfolding");
                }
                self.path(path);
            }
        }
        for function in functions {
            self.met(match function.kind {
                FunctionKind::Sum => "sum",
                FunctionKind::Count => "count",
                FunctionKind::Min => "min",
                FunctionKind::Max => "max",
                FunctionKind::Avg => "avg",
                FunctionKind::Stddev => "stddev",
                FunctionKind::Variance => "variance",
            });
            self.expression(&function.operand.node);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Number(_) => self.met("number operand"),
            Expression::Path(path) => {
                self.met("path operand");
                self.path(&path.node);
            }
            Expression::Sum { first, rest } => {
                self.expression(first);
                for (operator, operand) in rest {
                    self.met(match operator {
                        Additive::Plus => "+",
                        Additive::Minus => "-",
                    });
                    self.expression(operand);
                }
            }
            Expression::Product { first, rest } => {
                self.expression(first);
                for (operator, operand) in rest {
                    self.met(match operator {
                        Multiplicative::Times => "*",
                        Multiplicative::Over => "/",
                        Multiplicative::Modulo => "%",
                    });
                    self.expression(operand);
                }
            }
        }
    }
}

/// Every construct that a random query may have.
pub(crate) const CONSTRUCTS: [&str; 93] = [
    "merge",
    "merge of a list",
    "merge of an aggregate",
    "condition behind a merge",
    "preamble",
    "one part",
    "several parts",
    "navigation at the end",
    "tag",
    "sort asc",
    "sort desc",
    "limit",
    "limit with offset",
    "reversed",
    "with empty",
    "with any",
    "with count",
    "with in with",
    "out",
    "in",
    "both ways",
    "edge default",
    "edge delete",
    "edge iam",
    "one step",
    "any depth",
    "any depth from zero",
    "exact depth",
    "range of depth",
    "condition on edges",
    "all",
    "is",
    "is several",
    "id",
    "text",
    "has_key",
    "has_key several",
    "in_subnet",
    "has_desired_change",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "=~",
    "!~",
    "in a list",
    "not in a list",
    "no quantifier",
    "quantifier all",
    "quantifier any",
    "quantifier none",
    "null",
    "boolean",
    "number",
    "text value",
    "list",
    "object",
    "context",
    "not",
    "and",
    "or",
    "ancestors",
    "descendants",
    "reported",
    "metadata",
    "desired",
    "root field",
    "shortcut",
    "age",
    "relative path",
    "one element",
    "every element",
    "no groups",
    "groups",
    "template",
    "text in a template",
    "unfolding",
    "sum",
    "count",
    "min",
    "max",
    "avg",
    "stddev",
    "variance",
    "number operand",
    "path operand",
    "+",
    "-",
    "*",
    "/",
    "%",
];
