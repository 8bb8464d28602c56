//! Paths: what a name in a query stands for.

use cloudgauge::{
    model::{PropertyType, Value},
    search::{Index, Path, Segment},
};
use serde_json::json;

use super::{Reference, Subject, literal};

/// One step into a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    At(usize),
    Each,
}

/// What kind of value a path leads to, as far as it changes what a literal means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sort {
    /// The time since a time.
    Age,
    Time,
    Text,
    Other,
}

const AGES: [(&str, &str); 3] = [("age", "ctime"), ("last_update", "mtime"), ("last_access", "atime")];

impl Reference<'_> {
    /// The values a path leads to: one, or one for every element where it says so; null where there is nothing.
    pub(super) fn values(&self, subject: Subject<'_>, path: &Path) -> Vec<Value> {
        if let Some(element) = subject.element
            && !path.absolute
        {
            return descend(element, &steps(&path.segments));
        }
        if let Some((merged, rest)) = beside(subject, path) {
            // A merged document has the times of which an age is counted, too.
            let Some((field, stored)) = rest.split_last().and_then(|(last, before)| {
                let field = age(&[before.last()?.clone(), last.clone()])?;
                Some((field, before.to_vec()))
            }) else {
                return descend(merged, &rest);
            };
            let times = descend(merged, &[stored, vec![Step::Key(field.to_owned())]].concat());
            return times.iter().map(|time| self.age_of(time)).collect();
        }
        let steps = absolute(path);
        let Some((document, rest)) = self.whose(subject.found.node, &steps) else {
            return descend(&Value::Null, &steps);
        };
        match age(rest) {
            Some(field) => vec![self.age_of(&document["reported"][field])],
            None => descend(document, rest),
        }
    }

    fn age_of(&self, time: &Value) -> Value {
        let time = time.as_str().and_then(literal::instant);
        time.map_or(Value::Null, |time| json!(self.now.duration_since(time).as_secs_f64()))
    }

    /// The document that an absolute path looks into, and its way there; none where there is no such ancestor.
    fn whose<'a, 's>(&'a self, node: usize, steps: &'s [Step]) -> Option<(&'a Value, &'s [Step])> {
        let (owner, rest) = match steps {
            [Step::Key(first), Step::Key(kind), rest @ ..] if first == "ancestors" => {
                let places = &self.world.nodes[node].places;
                let above = match kind.as_str() {
                    "cloud" | "account" | "region" | "zone" => places.get(kind.as_str()).copied(),
                    kind => self.nearest(node, kind, false),
                };
                (above?, rest)
            }
            [Step::Key(first), Step::Key(kind), rest @ ..] if first == "descendants" => {
                (self.nearest(node, kind, true)?, rest)
            }
            all => (node, all),
        };
        Some((&self.world.nodes[owner].document, rest))
    }

    pub(super) fn sort(&self, subject: Subject<'_>, path: &Path) -> Sort {
        if subject.element.is_some() && !path.absolute {
            return Sort::Other;
        }
        let all = match beside(subject, path) {
            // From the section of the merged document on, behind indexes and the names of inner merges.
            Some((_, rest)) => {
                let sections = ["reported", "metadata", "ancestors", "id"];
                let section = |step: &Step| matches!(step, Step::Key(name) if sections.contains(&name.as_str()));
                rest.into_iter().skip_while(|step| !section(step)).collect()
            }
            None => absolute(path),
        };
        let rest = match all.as_slice() {
            [Step::Key(first), Step::Key(_), rest @ ..] if first == "ancestors" || first == "descendants" => rest,
            all => all,
        };
        if age(rest).is_some() {
            return Sort::Age;
        }
        let names: Vec<&str> = rest
            .iter()
            .map(|step| match step {
                Step::Key(name) => name.as_str(),
                Step::At(_) | Step::Each => "[]",
            })
            .collect();
        match names.as_slice() {
            ["metadata", "expires"] | ["metadata", "cleanup", "since"] => Sort::Time,
            ["reported", "tags", _] | ["metadata", "provider_link"] | ["id"] => Sort::Text,
            ["reported", property] => self.described(property),
            _ => Sort::Other,
        }
    }

    fn described(&self, property: &str) -> Sort {
        let kinds = self.world.kinds.iter().filter_map(|kind| kind.properties.get(property));
        let mut sorts = kinds.map(|described| match described {
            PropertyType::Datetime => Sort::Time,
            PropertyType::String => Sort::Text,
            _ => Sort::Other,
        });
        let first = sorts.next().unwrap_or(Sort::Other);
        if sorts.all(|sort| sort == first) { first } else { Sort::Other }
    }
}

/// What a merge put beside the document, if the path begins with its name, and the rest of the path.
fn beside<'a>(subject: Subject<'a>, path: &Path) -> Option<(&'a Value, Vec<Step>)> {
    let all = steps(&path.segments);
    subject.found.merged.iter().find_map(|(name, value)| {
        let name = steps(&name.segments);
        all.starts_with(&name).then(|| (value, all[name.len()..].to_vec()))
    })
}

/// The field behind `reported.age` and its like.
fn age(steps: &[Step]) -> Option<&'static str> {
    let [Step::Key(section), Step::Key(name)] = steps else { return None };
    AGES.iter().find(|(age, _)| section == "reported" && age == name).map(|(_, field)| *field)
}

/// The path from the root of the document: shortcuts written out, the section in front.
pub(super) fn absolute(path: &Path) -> Vec<Step> {
    let own = steps(&path.segments);
    if path.absolute {
        return own;
    }
    let key = |name: &str| Step::Key(name.to_owned());
    let first = &path.segments[0];
    let place = ["cloud", "account", "region", "zone"].contains(&first.name.as_str()) && first.indexes.is_empty();
    match (place, path.segments.len()) {
        (true, 1) => vec![key("ancestors"), key(&first.name), key("reported"), key("name")],
        (true, _) => [vec![key("ancestors"), key(&first.name), key("reported")], own[1..].to_vec()].concat(),
        (false, _) => [vec![key("reported")], own].concat(),
    }
}

pub(super) fn steps(segments: &[Segment]) -> Vec<Step> {
    let mut steps = Vec::new();
    for segment in segments {
        steps.push(Step::Key(segment.name.clone()));
        for index in &segment.indexes {
            steps.push(match index {
                Index::At(position) => Step::At(*position),
                Index::Any => Step::Each,
            });
        }
    }
    steps
}

pub(super) fn descend(value: &Value, steps: &[Step]) -> Vec<Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value.clone()] };
    let next = match step {
        Step::Key(key) => vec![value.as_object().and_then(|object| object.get(key))],
        Step::At(position) => vec![value.as_array().and_then(|items| items.get(*position))],
        Step::Each => match value.as_array() {
            Some(items) => items.iter().map(Some).collect(),
            None => vec![None],
        },
    };
    next.into_iter().flat_map(|value| descend(value.unwrap_or(&Value::Null), rest)).collect()
}
