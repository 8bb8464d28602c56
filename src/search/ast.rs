//! The syntax tree: a query as it was written, with the place of every name.
//!
//! Printing a tree gives its canonical text, and reading that text gives an equal tree.

use crate::model::EdgeType;

use super::{error::Spanned, literal::Literal, path::Path};

/// A whole query, or the sub-query of a merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    pub aggregate: Option<Aggregate>,
    /// The edge types that navigation follows where a step names none; empty means the default edges.
    pub edge_types: Vec<EdgeType>,
    /// Never empty; every part but the last ends in a navigation.
    pub parts: Vec<Part>,
}

/// One step of a query: what to keep, in which order, and where to go from there.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub usage: Option<Usage>,
    pub term: Term,
    pub merge: Option<Merge>,
    pub with: Option<With>,
    pub tag: Option<String>,
    pub sort: Vec<SortKey>,
    pub limit: Option<Limit>,
    pub reversed: bool,
    pub navigation: Option<Navigation>,
}

impl Default for Part {
    fn default() -> Self {
        Self {
            usage: None,
            term: Term::All,
            merge: None,
            with: None,
            tag: None,
            sort: Vec::new(),
            limit: None,
            reversed: false,
            navigation: None,
        }
    }
}

/// A condition on one node, or on one element of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    All,
    Is(Vec<Spanned<String>>),
    Id(Vec<Spanned<String>>),
    /// A phrase that must occur in the node's reported values.
    Text(Spanned<String>),
    HasKey {
        path: Spanned<Path>,
        keys: Vec<String>,
    },
    InSubnet {
        path: Spanned<Path>,
        network: Spanned<String>,
    },
    HasDesiredChange(Spanned<Path>),
    Compare(Comparison),
    /// All of `term` must hold for the same element of the array at `path`.
    Context {
        path: Spanned<Path>,
        term: Box<Term>,
    },
    Not(Box<Term>),
    /// Conditions from left to right; `and` and `or` bind equally strongly.
    Chain {
        first: Box<Term>,
        /// Never empty.
        rest: Vec<(Spanned<Connective>, Term)>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub path: Spanned<Path>,
    pub quantifier: Option<Quantifier>,
    pub operator: Operator,
    pub value: Spanned<Literal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connective {
    And,
    Or,
}

impl Connective {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

/// How many elements of an array must satisfy a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Any,
    None,
}

impl Quantifier {
    pub const ALL: [Self; 3] = [Self::All, Self::Any, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::None => "none",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    NotMatches,
    In,
    NotIn,
}

impl Operator {
    /// Every spelling; of two that begin alike the longer comes first. The first spelling of each is canonical.
    pub const SPELLINGS: [(&str, Self); 10] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("=~", Self::Matches),
        ("!~", Self::NotMatches),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
        ("~", Self::Matches),
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }

    /// The operator that says the same when the order of the values is turned around.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            other => other,
        }
    }
}

/// `{ name: query, list[]: query }`, and the condition behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// Never empty.
    pub queries: Vec<MergeQuery>,
    pub then: Option<Term>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MergeQuery {
    /// Where the value is put in the document, from its root, with or without a leading slash.
    pub name: Spanned<Path>,
    /// Whether all matches are merged, not only the first.
    pub list: bool,
    pub search: Search,
}

/// Keeps a node by the number of nodes that are reached from it.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    pub count: Count,
    pub navigation: Navigation,
    pub term: Term,
    /// A further condition on each reached node.
    pub with: Option<Box<With>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Empty,
    Any,
    /// The operator is one of the six that compare.
    Compare(Operator, u64),
}

/// Usage time series to join: parsed, so that a query that uses them is refused with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    pub start: Spanned<String>,
    pub end: Option<String>,
    pub metrics: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    pub path: Spanned<Path>,
    pub descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub offset: usize,
    pub count: usize,
}

/// A walk over edges.
#[derive(Clone, Debug, PartialEq)]
pub struct Navigation {
    pub steps: Steps,
    pub depth: Depth,
    /// A condition on the edges themselves.
    pub filter: Option<Spanned<Term>>,
}

/// Which edges are followed; an empty list stands for the query's own edge types.
#[derive(Clone, Debug, PartialEq)]
pub enum Steps {
    Out(Vec<EdgeType>),
    In(Vec<EdgeType>),
    Both { inbound: Vec<EdgeType>, outbound: Vec<EdgeType> },
}

/// How many steps are walked at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    pub min: u32,
    pub max: u32,
}

impl Depth {
    pub const ONE: Self = Self { min: 1, max: 1 };
    /// No walk goes further.
    pub const LIMIT: u32 = 250;
}

/// What to count or sum up, and by which groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub groups: Vec<Group>,
    /// Never empty.
    pub functions: Vec<Function>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub by: Spanned<GroupBy>,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum GroupBy {
    Path(Path),
    Template(Vec<TemplatePiece>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePiece {
    Text(String),
    Path(Path),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub kind: FunctionKind,
    pub operand: Spanned<Expression>,
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    Sum,
    Count,
    Min,
    Max,
    Avg,
    Stddev,
    Variance,
}

impl FunctionKind {
    pub const ALL: [Self; 7] = [Self::Sum, Self::Count, Self::Min, Self::Max, Self::Avg, Self::Stddev, Self::Variance];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Stddev => "stddev",
            Self::Variance => "variance",
        }
    }
}

/// Arithmetic over properties and numbers; lists keep a long sum flat.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Number(super::literal::Number),
    Path(Spanned<Path>),
    /// Additions and subtractions from left to right; `rest` is never empty.
    Sum {
        first: Box<Expression>,
        rest: Vec<(Additive, Expression)>,
    },
    /// Multiplications, divisions and remainders from left to right; `rest` is never empty.
    Product {
        first: Box<Expression>,
        rest: Vec<(Multiplicative, Expression)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Additive {
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplicative {
    Times,
    Over,
    Modulo,
}

impl Aggregate {
    /// The name of each group, in order: as written, or the default.
    pub fn group_names(&self) -> Vec<String> {
        self.groups.iter().map(Group::result_name).collect()
    }

    /// The properties that it groups by, those in templates included.
    pub(super) fn group_paths(&self) -> impl Iterator<Item = &Path> {
        self.groups.iter().flat_map(|group| match &group.by.node {
            GroupBy::Path(path) => vec![path],
            GroupBy::Template(pieces) => pieces.iter().filter_map(TemplatePiece::path).collect(),
        })
    }

    /// The name of each function, in order: as written, or the default.
    pub fn function_names(&self) -> Vec<String> {
        self.functions.iter().map(Function::result_name).collect()
    }
}

impl TemplatePiece {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Text(_) => None,
        }
    }
}

impl Group {
    /// The name in the result: the last name of a path, the text of a template.
    pub fn result_name(&self) -> String {
        match (&self.name, &self.by.node) {
            (Some(name), _) => name.clone(),
            (None, GroupBy::Path(path)) => path.last_name().to_owned(),
            (None, GroupBy::Template(pieces)) => super::print::template(pieces),
        }
    }
}

impl Function {
    /// The name in the result: by default the function and its properties, as in `sum_of_volume_size`.
    pub fn result_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let paths = self.operand.node.paths();
        let operand = match paths.as_slice() {
            [] => self.operand.node.to_string(),
            paths => paths.iter().map(|path| path.node.to_string()).collect::<Vec<_>>().join("_"),
        };
        let mut name = format!("{}_of_", self.kind.as_str());
        for character in operand.chars() {
            match character.is_ascii_alphanumeric() || character == '_' {
                true => name.push(character),
                false if name.ends_with('_') => {}
                false => name.push('_'),
            }
        }
        name
    }
}

impl Expression {
    /// The properties in it, from left to right.
    pub fn paths(&self) -> Vec<&Spanned<Path>> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Path(path) => vec![path],
            Self::Sum { first, rest } => {
                first.paths().into_iter().chain(rest.iter().flat_map(|(_, operand)| operand.paths())).collect()
            }
            Self::Product { first, rest } => {
                first.paths().into_iter().chain(rest.iter().flat_map(|(_, operand)| operand.paths())).collect()
            }
        }
    }
}
