//! Predicates: compiled conditions and whether they hold.

use std::{cmp::Ordering, collections::BTreeSet, net::Ipv4Addr};

use regex::Regex;

use crate::model::{KindName, Value};

use super::{
    ast::{Connective, Operator, Quantifier},
    document::{Source, Subject},
    location::Location,
    operand::Operand,
};

/// A condition, ready to be tested on any number of nodes.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    All,
    /// Any of these kinds, or one that inherits from them.
    Is(Vec<String>),
    Id(Vec<String>),
    Phrase(Phrase),
    HasKey {
        source: Source,
        keys: Vec<String>,
    },
    InSubnet {
        source: Source,
        subnet: Subnet,
    },
    /// The desired field is set and differs from the reported one.
    DesiredChange {
        desired: Location,
        reported: Location,
    },
    Compare {
        source: Source,
        quantifier: Option<Quantifier>,
        test: Test,
    },
    Context {
        source: Source,
        inner: Box<Predicate>,
    },
    Not(Box<Predicate>),
    Chain {
        first: Box<Predicate>,
        rest: Vec<(Connective, Predicate)>,
    },
    /// The node's kind describes one of the properties, or the node has one of them all the same.
    Owns {
        kinds: BTreeSet<KindName>,
        properties: Vec<String>,
    },
}

/// What is asked of one value.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Null {
        negated: bool,
    },
    /// One of the six comparisons with a scalar; `as_time` reads text as a time.
    Order {
        operator: Operator,
        operand: Operand,
        as_time: bool,
    },
    OneOf {
        operands: Vec<Operand>,
        negated: bool,
        as_time: bool,
    },
    Regex {
        regex: Regex,
        negated: bool,
    },
    /// Equality with a whole list or object.
    Whole {
        value: Value,
        negated: bool,
    },
}

/// Words that must follow each other.
#[derive(Clone, Debug)]
pub(super) struct Phrase(Vec<String>);

/// An IPv4 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    address: u32,
    mask: u32,
}

impl Predicate {
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        let graph = &subject.view.generation.graph;
        let node = graph.node(subject.node);
        match self {
            Self::All => true,
            Self::Is(kinds) => kinds.iter().any(|kind| node.is(kind)),
            Self::Id(ids) => ids.iter().any(|id| **id == *node.key),
            Self::Phrase(phrase) => phrase.occurs(subject),
            Self::HasKey { source, keys } => any(subject, source, |value| {
                value.as_object().is_some_and(|fields| keys.iter().all(|key| fields.contains_key(key)))
            }),
            Self::InSubnet { source, subnet } => any(subject, source, |value| match value {
                Value::Array(items) => items.iter().any(|item| subnet.contains(item)),
                scalar => subnet.contains(scalar),
            }),
            Self::DesiredChange { desired, reported } => {
                let desired = subject.view.value(subject.node, desired);
                !desired.is_null() && desired != subject.view.value(subject.node, reported)
            }
            Self::Compare { source, quantifier, test } => compare(subject, source, *quantifier, test),
            Self::Context { source, inner } => {
                // What is null is no element, however it is reached.
                let on = |element: &Value| {
                    !element.is_null()
                        && inner.holds(&Subject { view: subject.view, node: subject.node, element: Some(element) })
                };
                any(subject, source, |value| match value {
                    // `a.{...}` on an array means any of its elements, as `a[*].{...}` does.
                    Value::Array(items) => items.iter().any(on),
                    element => on(element),
                })
            }
            Self::Not(inner) => !inner.holds(subject),
            Self::Chain { first, rest } => {
                rest.iter().fold(first.holds(subject), |held, (connective, next)| match connective {
                    Connective::And => held && next.holds(subject),
                    Connective::Or => held || next.holds(subject),
                })
            }
            Self::Owns { kinds, properties } => {
                kinds.contains(&node.resource.kind)
                    || properties.iter().any(|property| subject.view.has(subject.node, property))
            }
        }
    }

    /// Kinds of which a node must be one for the predicate to hold; none where it says nothing of kinds.
    pub(super) fn required_kinds(&self) -> Option<&[String]> {
        match self {
            Self::Is(kinds) => Some(kinds),
            Self::Chain { first, rest } if rest.iter().all(|(connective, _)| *connective == Connective::And) => {
                first.required_kinds().or_else(|| rest.iter().find_map(|(_, predicate)| predicate.required_kinds()))
            }
            _ => None,
        }
    }
}

impl Test {
    /// Whether one value passes; a missing one is null.
    fn passes(&self, value: &Value, subject: &Subject<'_>) -> bool {
        let now = subject.view.now;
        match self {
            Self::Null { negated } => value.is_null() != *negated,
            Self::Order { operator, operand, as_time } => {
                let ordering = operand.compare(value, *as_time, now);
                match operator {
                    Operator::NotEqual => ordering != Some(Ordering::Equal),
                    operator => ordering.is_some_and(|ordering| accepts(*operator, ordering)),
                }
            }
            Self::OneOf { operands, negated, as_time } => {
                let equal = |operand: &Operand| operand.compare(value, *as_time, now) == Some(Ordering::Equal);
                operands.iter().any(equal) != *negated
            }
            Self::Regex { regex, negated } => {
                let matches = match value {
                    Value::String(text) => regex.is_match(text),
                    Value::Number(number) => regex.is_match(&number.to_string()),
                    Value::Bool(value) => regex.is_match(if *value { "true" } else { "false" }),
                    Value::Null | Value::Array(_) | Value::Object(_) => false,
                };
                matches != *negated
            }
            Self::Whole { value: whole, negated } => same(value, whole) != *negated,
        }
    }

    /// Whether an array is tested as it is, rather than element by element.
    fn whole(&self) -> bool {
        matches!(self, Self::Null { .. } | Self::Whole { .. })
    }
}

/// Whether an ordering of value and operand satisfies the operator.
pub(super) fn accepts(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Equal => ordering == Ordering::Equal,
        Operator::NotEqual => ordering != Ordering::Equal,
        Operator::Less => ordering == Ordering::Less,
        Operator::LessOrEqual => ordering != Ordering::Greater,
        Operator::Greater => ordering == Ordering::Greater,
        Operator::GreaterOrEqual => ordering != Ordering::Less,
        Operator::Matches | Operator::NotMatches | Operator::In | Operator::NotIn => false,
    }
}

fn compare(subject: &Subject<'_>, source: &Source, quantifier: Option<Quantifier>, test: &Test) -> bool {
    let (mut seen, mut passed) = (0_usize, 0_usize);
    let mut on = |value: &Value| {
        seen += 1;
        passed += usize::from(test.passes(value, subject));
    };
    subject.values(source, &mut |value| match value {
        Value::Array(items) if !test.whole() || quantifier.is_some() => items.iter().for_each(&mut on),
        value => on(value),
    });
    match quantifier {
        // An empty array has nothing to compare: it counts as a missing value.
        None if seen == 0 => test.passes(&Value::Null, subject),
        None | Some(Quantifier::Any) => passed > 0,
        Some(Quantifier::All) => passed == seen,
        Some(Quantifier::None) => passed == 0,
    }
}

fn any(subject: &Subject<'_>, source: &Source, mut accept: impl FnMut(&Value) -> bool) -> bool {
    let mut found = false;
    subject.values(source, &mut |value| found = found || accept(value));
    found
}

/// Equality of JSON where 1 equals 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (a, b) => a == b,
    }
}

impl Phrase {
    /// The words of a text; none where it has no word.
    pub(super) fn new(text: &str) -> Option<Self> {
        let words: Vec<String> = words(text).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    fn occurs(&self, subject: &Subject<'_>) -> bool {
        let mut all = Vec::new();
        subject.view.scalars(subject.node, &mut |text| all.extend(words(text)));
        all.windows(self.0.len()).any(|window| window == self.0)
    }
}

/// The words of a text in lower case, split as the original splits them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let separator =
        |character: char| character.is_whitespace() || matches!(character, '_' | '-' | '@' | ':' | '/' | '.');
    text.split(separator).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

impl Subnet {
    /// Reads `a.b.c.d/n`; a single address is a network of its own.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').unwrap_or((text, "32"));
        let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let length = length.parse::<u32>().ok().filter(|length| *length <= 32)?;
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        Some(Self { address: address & mask, mask })
    }

    fn contains(self, value: &Value) -> bool {
        let address = value.as_str().and_then(|text| text.parse::<Ipv4Addr>().ok());
        address.is_some_and(|address| u32::from(address) & self.mask == self.address)
    }
}
