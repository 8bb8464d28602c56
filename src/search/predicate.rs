//! Predicates: compiled conditions and whether they hold.

use std::{cmp::Ordering, collections::BTreeSet, net::Ipv4Addr};

use jiff::Timestamp;
use regex::Regex;

use crate::model::{KindName, Value};

use super::{
    ast::{Connective, Operator, Quantifier},
    datum::Datum,
    document::{Source, Subject},
    location::Location,
    operand::Operand,
    phrase::Phrase,
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

/// An IPv4 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    address: u32,
    mask: u32,
}

impl Predicate {
    /// Whether the condition holds. What asks for more than values holds for nodes only, never for a field alone.
    pub(super) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Is(kinds) => subject.node().is_some_and(|node| kinds.iter().any(|kind| node.is(kind))),
            Self::Id(ids) => subject.node().is_some_and(|node| ids.iter().any(|id| **id == *node.key())),
            Self::Phrase(phrase) => phrase.occurs(subject),
            Self::HasKey { source, keys } => any(subject, source, |value| {
                value.fields().is_some_and(|fields| keys.iter().all(|key| fields.contains_key(key)))
            }),
            Self::InSubnet { source, subnet } => any(subject, source, |value| match value.items() {
                Some(items) => items.iter().any(|item| subnet.contains(item.into())),
                None => subnet.contains(value),
            }),
            Self::DesiredChange { desired, reported } => subject.place().is_some_and(|(view, node)| {
                let desired = view.value(node, desired);
                !desired.is_null() && desired != view.value(node, reported)
            }),
            Self::Compare { source, quantifier, test } => compare(subject, source, *quantifier, test),
            Self::Context { source, inner } => any(subject, source, |value| match (value, value.items()) {
                // `a.{...}` on an array means any of its elements, as `a[*].{...}` does.
                (_, Some(items)) => {
                    // What is null is no element, however it is reached.
                    items.iter().any(|element| !element.is_null() && inner.holds(&subject.within(element)))
                }
                (Datum::Null, _) => false,
                (Datum::Tree(element), _) => inner.holds(&subject.within(element)),
                (scalar, _) => inner.holds(&subject.within(&scalar.to_value())),
            }),
            Self::Not(inner) => !inner.holds(subject),
            Self::Chain { first, rest } => {
                rest.iter().fold(first.holds(subject), |held, (connective, next)| match connective {
                    Connective::And => held && next.holds(subject),
                    Connective::Or => held || next.holds(subject),
                })
            }
            Self::Owns { kinds, properties } => subject.place().is_some_and(|(view, node)| {
                kinds.contains(view.generation.graph.node(node).kind())
                    || properties.iter().any(|property| view.has(node, property))
            }),
        }
    }

    /// The one field whose value decides; none where the condition reads several, or asks for more than values.
    pub(super) fn field(&self) -> Option<&Location> {
        match self {
            Self::HasKey { source: Source::Node(location), .. }
            | Self::InSubnet { source: Source::Node(location), .. }
            | Self::Compare { source: Source::Node(location), .. } => Some(location),
            Self::Context { source: Source::Node(location), inner } if inner.stays_inside() => Some(location),
            _ => None,
        }
    }

    /// Whether columns answer it for all rows at little cost.
    pub(super) fn cheap(&self) -> bool {
        match self {
            Self::All | Self::Is(_) | Self::Owns { .. } => true,
            Self::Compare { source: Source::Node(location), .. }
            | Self::HasKey { source: Source::Node(location), .. }
            | Self::InSubnet { source: Source::Node(location), .. } => location.cheap(),
            Self::Not(inner) => inner.cheap(),
            Self::Chain { first, rest } => first.cheap() && rest.iter().all(|(_, next)| next.cheap()),
            _ => false,
        }
    }

    /// Adds the phrases that speak for a node: all but those that are negated.
    pub(super) fn phrases(&self, phrases: &mut Vec<Phrase>) {
        match self {
            Self::Phrase(phrase) => phrases.push(phrase.clone()),
            Self::Chain { first, rest } => {
                first.phrases(phrases);
                for (_, next) in rest {
                    next.phrases(phrases);
                }
            }
            _ => {}
        }
    }

    /// Whether it reads nothing but the element of a context term.
    fn stays_inside(&self) -> bool {
        match self {
            Self::All => true,
            Self::HasKey { source, .. } | Self::InSubnet { source, .. } | Self::Compare { source, .. } => {
                matches!(source, Source::Element(_))
            }
            Self::Context { source, inner } => matches!(source, Source::Element(_)) && inner.stays_inside(),
            Self::Not(inner) => inner.stays_inside(),
            Self::Chain { first, rest } => first.stays_inside() && rest.iter().all(|(_, next)| next.stays_inside()),
            Self::Is(_) | Self::Id(_) | Self::Phrase(_) | Self::DesiredChange { .. } | Self::Owns { .. } => false,
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
    pub(super) fn passes<'a>(&self, value: impl Into<Datum<'a>>, now: Timestamp) -> bool {
        let value = value.into();
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
                let matches = value.text().is_some_and(|text| regex.is_match(&text));
                matches != *negated
            }
            Self::Whole { value: whole, negated } => match value {
                Datum::Tree(tree) => same(tree, whole) != *negated,
                scalar => same(&scalar.to_value(), whole) != *negated,
            },
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
    let mut on = |value: Datum<'_>| {
        seen += 1;
        passed += usize::from(test.passes(value, subject.now));
    };
    subject.values(source, &mut |value| match value.items() {
        Some(items) if !test.whole() || quantifier.is_some() => items.iter().for_each(|item| on(item.into())),
        _ => on(value),
    });
    match quantifier {
        // An empty array has nothing to compare: it counts as a missing value.
        None if seen == 0 => test.passes(Datum::Null, subject.now),
        None | Some(Quantifier::Any) => passed > 0,
        Some(Quantifier::All) => passed == seen,
        Some(Quantifier::None) => passed == 0,
    }
}

fn any(subject: &Subject<'_>, source: &Source, mut accept: impl FnMut(Datum<'_>) -> bool) -> bool {
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

impl Subnet {
    /// Reads `a.b.c.d/n`; a single address is a network of its own.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').unwrap_or((text, "32"));
        let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let length = length.parse::<u32>().ok().filter(|length| *length <= 32)?;
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        Some(Self { address: address & mask, mask })
    }

    fn contains(self, value: Datum<'_>) -> bool {
        let Datum::Text(text) = value else { return false };
        let address = text.parse::<Ipv4Addr>().ok();
        address.is_some_and(|address| u32::from(address) & self.mask == self.address)
    }
}
