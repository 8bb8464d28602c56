//! Conditions: whether a term holds.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::{LazyLock, Mutex},
};

use cloudgauge::{
    model::Value,
    search::{
        Literal, Path,
        ast::{Comparison, Connective, Operator, Part, Quantifier, Term},
    },
};
use regex::{Regex, RegexBuilder};

use super::{
    Found, Reference, Subject, literal,
    path::{Sort, Step, absolute},
};

/// Every regular expression that was met: building one takes longer than matching.
static PATTERNS: LazyLock<Mutex<BTreeMap<String, Regex>>> = LazyLock::new(Mutex::default);

impl Reference<'_> {
    pub(super) fn holds(&self, term: &Term, subject: Subject<'_>) -> bool {
        let node = subject.found.node;
        match term {
            Term::All => true,
            Term::Is(kinds) => kinds.iter().any(|kind| self.is(node, &kind.node)),
            Term::Id(ids) => ids.iter().any(|id| self.world.nodes[node].document["id"] == *id.node.as_str()),
            Term::Text(text) => self.contains(node, &self.dated(&text.node, str::to_owned)),
            Term::HasKey { path, keys } => self.values(subject, &path.node).iter().any(|value| {
                let has = |key: &String| value.as_object().is_some_and(|object| object.contains_key(key));
                keys.iter().all(has)
            }),
            Term::InSubnet { path, network } => {
                self.elements(subject, &path.node).iter().any(|value| within(value, &network.node))
            }
            Term::HasDesiredChange(path) => {
                let segments = &path.node.segments;
                let relative = absolute(&Path { absolute: false, segments: segments.clone() });
                let of = |section: &str| {
                    let mut steps = relative.clone();
                    steps[0] = Step::Key(section.to_owned());
                    let values = super::path::descend(&self.world.nodes[node].document, &steps);
                    values.into_iter().next().unwrap_or(Value::Null)
                };
                let (desired, reported) = (of("desired"), of("reported"));
                desired != Value::Null && desired != reported
            }
            Term::Compare(comparison) => self.compares(comparison, subject),
            Term::Context { path, term } => self
                .elements(subject, &path.node)
                .iter()
                .any(|element| !element.is_null() && self.holds(term, Subject { element: Some(element), ..subject })),
            Term::Not(term) => !self.holds(term, subject),
            Term::Chain { first, rest } => {
                let mut result = self.holds(first, subject);
                for (connective, term) in rest {
                    let next = self.holds(term, subject);
                    result = match connective.node {
                        Connective::And => result && next,
                        Connective::Or => result || next,
                    };
                }
                result
            }
        }
    }

    pub(super) fn is(&self, node: usize, kind: &str) -> bool {
        self.world.nodes[node].document["kinds"].as_array().unwrap().iter().any(|own| own == kind)
    }

    /// The values of a path, those of arrays one by one.
    fn elements(&self, subject: Subject<'_>, path: &Path) -> Vec<Value> {
        let values = self.values(subject, path).into_iter();
        values.flat_map(|value| if let Value::Array(items) = value { items } else { vec![value] }).collect()
    }

    fn compares(&self, comparison: &Comparison, subject: Subject<'_>) -> bool {
        let Comparison { path, quantifier, operator, value: literal } = comparison;
        let escape =
            if matches!(operator, Operator::Matches | Operator::NotMatches) { regex::escape } else { str::to_owned };
        let (path, literal) = (&path.node, &self.dated_literal(&literal.node, escape));
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        // Lists, objects and null are compared with the whole value.
        let whole = equality && matches!(literal, Literal::Null | Literal::List(_) | Literal::Object(_));
        let sort = self.sort(subject, path);
        let values = if sort == Sort::Age {
            // The stored time, which comparing turns into its age.
            self.values(subject, &stored(path))
        } else if whole && quantifier.is_none() {
            self.values(subject, path)
        } else {
            self.elements(subject, path)
        };
        let name = &path.segments.last().unwrap().name;
        let passes = |value: &Value| self.passes(value, *operator, literal, name, sort);
        match quantifier {
            // An array without elements counts as a missing value.
            None if values.is_empty() => passes(&Value::Null),
            None | Some(Quantifier::Any) => values.iter().any(passes),
            Some(Quantifier::All) => values.iter().all(passes),
            Some(Quantifier::None) => !values.iter().any(passes),
        }
    }

    fn passes(&self, value: &Value, operator: Operator, literal: &Literal, name: &str, sort: Sort) -> bool {
        let ordering = |literal: &Literal| literal::compare(value, literal, name, sort, self.now);
        let equal = || match literal {
            Literal::Null | Literal::List(_) | Literal::Object(_) => literal::same(value, literal),
            scalar => ordering(scalar) == Some(Ordering::Equal),
        };
        let one_of = || match literal {
            Literal::List(items) => items.iter().any(|item| ordering(item) == Some(Ordering::Equal)),
            _ => unreachable!("`in` has a list"),
        };
        match operator {
            Operator::Equal => equal(),
            Operator::NotEqual => !equal(),
            Operator::Less => ordering(literal) == Some(Ordering::Less),
            Operator::LessOrEqual => matches!(ordering(literal), Some(Ordering::Less | Ordering::Equal)),
            Operator::Greater => ordering(literal) == Some(Ordering::Greater),
            Operator::GreaterOrEqual => matches!(ordering(literal), Some(Ordering::Greater | Ordering::Equal)),
            Operator::Matches => matches(value, literal),
            Operator::NotMatches => !matches(value, literal),
            Operator::In => one_of(),
            Operator::NotIn => !one_of(),
        }
    }

    /// Whether the words of the text follow each other in what the provider said of the node.
    fn contains(&self, node: usize, text: &str) -> bool {
        let (all, wanted) = (self.words_of(node), words(text));
        (0..=all.len()).any(|start| all[start..].starts_with(&wanted))
    }

    /// The most occurrences of the texts first, then the fewest words.
    pub(super) fn by_relevance(&self, term: &Term, mut nodes: Vec<Found>) -> Vec<Found> {
        let mut texts = Vec::new();
        self.texts(term, &mut texts);
        if texts.is_empty() {
            return nodes;
        }
        let of = |node: usize| {
            let all = self.words_of(node);
            let mut occurrences = 0_usize;
            for text in &texts {
                occurrences += (0..all.len()).filter(|start| all[*start..].starts_with(text)).count();
            }
            (usize::MAX - occurrences, all.len())
        };
        nodes.sort_by_key(|found| of(found.node));
        nodes
    }

    /// The words of the texts that a term asks for, without those that are negated and those without words.
    fn texts(&self, term: &Term, texts: &mut Vec<Vec<String>>) {
        match term {
            Term::Text(text) => {
                texts.extend(Some(words(&self.dated(&text.node, str::to_owned))).filter(|words| !words.is_empty()));
            }
            Term::Chain { first, rest } => {
                self.texts(first, texts);
                for (_, next) in rest {
                    self.texts(next, texts);
                }
            }
            _ => {}
        }
    }

    fn words_of(&self, node: usize) -> Vec<String> {
        let reported = &self.world.nodes[node].document["reported"];
        let own = ["kind", "id", "name", "tags", "ctime", "mtime", "atime"];
        let mut scalars = Vec::new();
        for name in own {
            collect(&reported[name], &mut scalars);
        }
        for (name, value) in reported.as_object().unwrap() {
            if !own.contains(&name.as_str()) {
                collect(value, &mut scalars);
            }
        }
        scalars.iter().flat_map(|text| words(text)).collect()
    }

    /// The reported properties by which the first part of a query is restricted to the kinds that own them.
    pub(super) fn implicit_kinds(&self, part: &Part) -> Option<BTreeSet<String>> {
        let owned = if asks_for_kinds(&part.term) { BTreeSet::new() } else { self.owned(&part.term) };
        (!owned.is_empty()).then_some(owned)
    }

    /// Whether a node's kind owns one of the properties, or the node has one all the same.
    pub(super) fn is_among(&self, node: usize, properties: &BTreeSet<String>) -> bool {
        let document = &self.world.nodes[node].document;
        properties.iter().any(|property| {
            let owner = self.world.kinds.owners(property).any(|owner| self.is(node, owner.name.as_str()));
            owner || document["reported"].get(property).is_some()
        })
    }

    fn owned(&self, term: &Term) -> BTreeSet<String> {
        let path = match term {
            Term::Compare(comparison) => &comparison.path.node,
            Term::HasKey { path, .. } | Term::InSubnet { path, .. } | Term::Context { path, .. } => &path.node,
            Term::Not(term) => return self.owned(term),
            Term::Chain { first, rest } => {
                let mut owned = self.owned(first);
                for (connective, term) in rest {
                    let next = self.owned(term);
                    // One alternative that any kind may satisfy, and nothing is known.
                    let open = connective.node == Connective::Or && (owned.is_empty() || next.is_empty());
                    owned = if open { BTreeSet::new() } else { owned.union(&next).cloned().collect() };
                }
                return owned;
            }
            Term::All | Term::Is(_) | Term::Id(_) | Term::Text(_) | Term::HasDesiredChange(_) => {
                return BTreeSet::new();
            }
        };
        match absolute(path).as_slice() {
            [Step::Key(section), Step::Key(property), ..] if section == "reported" => {
                let every = self.world.kinds.property("resource", property).is_some();
                let some = self.world.kinds.owners(property).next().is_some();
                if some && !every { BTreeSet::from([property.clone()]) } else { BTreeSet::new() }
            }
            _ => BTreeSet::new(),
        }
    }
}

fn asks_for_kinds(term: &Term) -> bool {
    match term {
        Term::Is(_) => true,
        Term::Not(term) => asks_for_kinds(term),
        Term::Chain { first, rest } => asks_for_kinds(first) || rest.iter().any(|(_, term)| asks_for_kinds(term)),
        _ => false,
    }
}

/// The path of the time behind an age.
fn stored(path: &Path) -> Path {
    let mut path = path.clone();
    let last = path.segments.last_mut().unwrap();
    let field = match last.name.as_str() {
        "age" => "ctime",
        "last_update" => "mtime",
        _ => "atime",
    };
    field.clone_into(&mut last.name);
    path
}

fn matches(value: &Value, pattern: &Literal) -> bool {
    let pattern = match pattern {
        Literal::Text(text) => text.clone(),
        Literal::Number(number) => number.as_str().to_owned(),
        Literal::Bool(value) => value.to_string(),
        _ => unreachable!("a pattern is a scalar"),
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return false,
    };
    let mut patterns = PATTERNS.lock().unwrap();
    let build = |pattern: &String| RegexBuilder::new(pattern).case_insensitive(true).build().unwrap();
    patterns.entry(pattern).or_insert_with_key(build).is_match(&text)
}

fn within(value: &Value, network: &str) -> bool {
    let (address, length) = network.split_once('/').unwrap_or((network, "32"));
    let bits = |text: &str| text.parse::<Ipv4Addr>().ok().map(|address| format!("{:032b}", u32::from(address)));
    let length: usize = length.parse().unwrap();
    let Some(own) = value.as_str().and_then(bits) else { return false };
    own[..length] == bits(address).unwrap()[..length]
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => texts.push(number.to_string()),
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in text.chars() {
        if character.is_whitespace() || "_-@:/.".contains(character) {
            words.push(String::new());
        } else {
            words.last_mut().unwrap().push(character);
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).map(|word| word.to_lowercase()).collect()
}
