//! Printing: the canonical text of a syntax tree.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    ast::{
        Additive, Aggregate, Comparison, Count, Depth, Expression, Function, Group, GroupBy, Merge, Multiplicative,
        Navigation, Part, Search, SortKey, Steps, TemplatePiece, Term, Usage, With,
    },
    literal::{Literal, Number},
    path::{Index, Path},
    scanner,
};
use crate::model::EdgeType;

/// Names that would be read as a keyword where a path may stand.
const RESERVED: [&str; 16] = [
    "aggregate",
    "all",
    "and",
    "any",
    "as",
    "asc",
    "desc",
    "in",
    "limit",
    "none",
    "not",
    "or",
    "reversed",
    "sort",
    "with",
    "with_usage",
];

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(aggregate) = &self.aggregate {
            write!(f, "{aggregate}")?;
        }
        if !self.edge_types.is_empty() {
            f.write_str(if self.aggregate.is_some() { " " } else { "" })?;
            write!(f, "(edge_type={})", edge_types(&self.edge_types))?;
        }
        if self.aggregate.is_some() || !self.edge_types.is_empty() {
            f.write_str(": ")?;
        }
        join(f, " ", &self.parts)
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.usage.as_ref().map(Usage::to_string));
        let only_navigation = Self { navigation: None, ..self.clone() } == Self::default() && self.navigation.is_some();
        if !only_navigation {
            words.push(self.term.to_string());
        }
        words.extend(self.merge.as_ref().map(Merge::to_string));
        words.extend(self.with.as_ref().map(With::to_string));
        words.extend(self.tag.as_ref().map(|tag| format!("#{tag}")));
        if !self.sort.is_empty() {
            let keys: Vec<String> = self.sort.iter().map(SortKey::to_string).collect();
            words.push(format!("sort {}", keys.join(", ")));
        }
        words.extend(self.limit.map(|limit| match limit.offset {
            0 => format!("limit {}", limit.count),
            offset => format!("limit {offset}, {}", limit.count),
        }));
        words.extend(self.reversed.then(|| "reversed".to_owned()));
        words.extend(self.navigation.as_ref().map(Navigation::to_string));
        f.write_str(&words.join(" "))
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Is(kinds) => {
                f.write_str("is(")?;
                join(f, ", ", kinds.iter().map(|kind| Name(&kind.node)))?;
                f.write_str(")")
            }
            Self::Id(ids) => {
                f.write_str("id(")?;
                join(f, ", ", ids.iter().map(|id| Word(&id.node)))?;
                f.write_str(")")
            }
            Self::Text(text) => write!(f, "{}", Quoted(&text.node)),
            Self::HasKey { path, keys } => match keys.as_slice() {
                [key] => write!(f, "has_key({}, {})", path.node, Word(key)),
                keys => {
                    write!(f, "has_key({}, [", path.node)?;
                    join(f, ", ", keys.iter().map(|key| Word(key)))?;
                    f.write_str("])")
                }
            },
            Self::InSubnet { path, network } => write!(f, "in_subnet({}, {})", path.node, Quoted(&network.node)),
            Self::HasDesiredChange(path) => write!(f, "has_desired_change({})", path.node),
            Self::Compare(comparison) => write!(f, "{comparison}"),
            Self::Context { path, term } => write!(f, "{}.{{{term}}}", path.node),
            Self::Not(term) => write!(f, "not {}", Simple(term)),
            Self::Chain { first, rest } => {
                write!(f, "{}", Simple(first))?;
                for (connective, term) in rest {
                    write!(f, " {} {}", connective.node.as_str(), Simple(term))?;
                }
                Ok(())
            }
        }
    }
}

/// A term inside another one: only a chain needs brackets there.
struct Simple<'a>(&'a Term);

impl Display for Simple<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            chain @ Term::Chain { .. } => write!(f, "({chain})"),
            other => write!(f, "{other}"),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.path.node)?;
        if let Some(quantifier) = self.quantifier {
            write!(f, "{} ", quantifier.as_str())?;
        }
        write!(f, "{} {}", self.operator.as_str(), self.value.node)
    }
}

impl Display for Merge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("{ ")?;
        for (index, query) in self.queries.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let list = if query.list { "[]" } else { "" };
            write!(f, "{separator}{}{list}: {}", query.name.node, query.search)?;
        }
        f.write_str(" }")?;
        self.then.as_ref().map_or(Ok(()), |term| write!(f, " {term}"))
    }
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.count {
            Count::Empty => f.write_str("with(empty, ")?,
            Count::Any => f.write_str("with(any, ")?,
            Count::Compare(operator, count) => write!(f, "with(count {} {count}, ", operator.as_str())?,
        }
        write!(f, "{} {}", self.navigation, self.term)?;
        if let Some(with) = &self.with {
            write!(f, " {with}")?;
        }
        f.write_str(")")
    }
}

impl Display for Usage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "with_usage({}", Word(&self.start.node))?;
        if let Some(end) = &self.end {
            write!(f, "::{}", Word(end))?;
        }
        f.write_str(", ")?;
        join(f, ", ", self.metrics.iter().map(|metric| Name(metric)))?;
        f.write_str(")")
    }
}

impl Display for SortKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path.node, if self.descending { " desc" } else { "" })
    }
}

impl Display for Navigation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let filter = self.filter.as_ref().map(|filter| format!("{{{}}}", filter.node)).unwrap_or_default();
        let middle = format!("{}{filter}", self.depth);
        match &self.steps {
            Steps::Out(types) => write!(f, "-{}{middle}->", edge_types(types)),
            Steps::In(types) => write!(f, "<-{}{middle}-", edge_types(types)),
            Steps::Both { inbound, outbound } if inbound == outbound => {
                write!(f, "<-{}{middle}->", edge_types(inbound))
            }
            Steps::Both { inbound, outbound } => {
                // Two lists need something between them.
                let middle = if middle.is_empty() { "[1]" } else { &middle };
                write!(f, "<-{}{middle}{}->", edge_types(inbound), edge_types(outbound))
            }
        }
    }
}

impl Display for Depth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (1, 1) => Ok(()),
            (min, max) if min == max => write!(f, "[{min}]"),
            (min, Self::LIMIT) => write!(f, "[{min}:]"),
            (min, max) => write!(f, "[{min}:{max}]"),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("aggregate(")?;
        if !self.groups.is_empty() {
            join(f, ", ", &self.groups)?;
            f.write_str(": ")?;
        }
        join(f, ", ", &self.functions)?;
        f.write_str(")")
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.by.node {
            GroupBy::Path(path) => write!(f, "{path}")?,
            GroupBy::Template(pieces) => write!(f, "{}", Quoted(&template(pieces)))?,
        }
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " as {name}"))
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.kind.as_str(), self.operand.node)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " as {name}"))
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Path(path) => write!(f, "{}", path.node),
            Self::Sum { first, rest } => {
                write!(f, "{}", Operand(first, true))?;
                for (operator, operand) in rest {
                    let sign = match operator {
                        Additive::Plus => '+',
                        Additive::Minus => '-',
                    };
                    write!(f, " {sign} {}", Operand(operand, true))?;
                }
                Ok(())
            }
            Self::Product { first, rest } => {
                write!(f, "{}", Operand(first, false))?;
                for (operator, operand) in rest {
                    let sign = match operator {
                        Multiplicative::Times => '*',
                        Multiplicative::Over => '/',
                        Multiplicative::Modulo => '%',
                    };
                    write!(f, " {sign} {}", Operand(operand, false))?;
                }
                Ok(())
            }
        }
    }
}

/// An operand, in brackets unless it binds more strongly; a product may stand in a sum without.
struct Operand<'a>(&'a Expression, bool);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            sum @ Expression::Sum { .. } => write!(f, "({sum})"),
            product @ Expression::Product { .. } if !self.1 => write!(f, "({product})"),
            other => write!(f, "{other}"),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.absolute { "/" } else { "" })?;
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            // A dash may end a keyword, so `not-delete` stands in backticks as well.
            let keyword = |name: &str| RESERVED.iter().any(|word| name.split('-').next() == Some(word));
            let misread = index == 0 && !self.absolute && keyword(&segment.name);
            if scanner::is_name(&segment.name) && !misread {
                write!(f, "{}", segment.name)?;
            } else {
                write!(f, "`{}`", segment.name)?;
            }
            segment.indexes.iter().try_for_each(|index| match index {
                Index::At(position) => write!(f, "[{position}]"),
                Index::Any => f.write_str("[*]"),
            })?;
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", Word(text)),
            Self::List(items) => {
                f.write_str("[")?;
                join(f, ", ", items)?;
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (index, (key, value)) in fields.iter().enumerate() {
                    write!(f, "{}{}: {value}", if index == 0 { "" } else { ", " }, Quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text value: bare where it reads back as the same text.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if scanner::is_bare(self.0) && Literal::bare(self.0) == Some(Literal::Text(self.0.to_owned())) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

/// A name of a kind or metric: bare where it is one.
struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if scanner::is_name(self.0) { f.write_str(self.0) } else { write!(f, "{}", Quoted(self.0)) }
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            if matches!(character, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(character)?;
        }
        f.write_char('"')
    }
}

/// The text of a template, with its paths in braces.
pub(super) fn template(pieces: &[TemplatePiece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            TemplatePiece::Text(text) => text.clone(),
            TemplatePiece::Path(path) => format!("{{{path}}}"),
        })
        .collect()
}

fn edge_types(types: &[EdgeType]) -> String {
    types.iter().map(|edge| edge.as_str()).collect::<Vec<_>>().join(",")
}

fn join(f: &mut Formatter<'_>, separator: &str, items: impl IntoIterator<Item = impl Display>) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { "" } else { separator })?;
    }
    Ok(())
}
