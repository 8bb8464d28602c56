//! Paths: how catalogue entries point into answers.
//!
//! | path | meaning |
//! |---|---|
//! | `State.Name` | a member of a member |
//! | `_` | the item itself, where it is no object |
//! | `Tags[]` | every element |
//! | `Subnets[0]`, `Subnets[-1]` | the first, the last element |
//! | `Associations[Main=true]` | the elements whose member has this value |
//! | `Type \|\| Kind` | the first that has a value |

use serde::Deserialize;
use serde_json::Map;

use crate::model::Value;

/// A compiled path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Path {
    text: String,
    alternatives: Vec<Vec<Step>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Each,
    Index(isize),
    Where { member: String, value: String },
}

/// Text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a path: {reason}; write for example `State.Name`, `Tags[]` or `Subnets[0].Id`")]
pub struct PathError {
    text: String,
    reason: &'static str,
}

/// The values a path is looked up in: an item, behind it the items it came from.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    item: &'a Value,
    outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    pub fn new(item: &'a Value) -> Self {
        Self { item, outer: None }
    }

    /// A scope in which `item` is looked at first, and what it lacks is found in `outer`.
    pub fn within(item: &'a Value, outer: &'a Scope<'a>) -> Self {
        Self { item, outer: Some(outer) }
    }
}

impl Path {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let alternatives = text
            .split("||")
            .map(|alternative| steps(alternative.trim()))
            .collect::<Result<_, _>>()
            .map_err(|reason| PathError { text: text.to_owned(), reason })?;
        Ok(Self { text: text.to_owned(), alternatives })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The members that it looks at, by their names from the outside in: `A[B=x].C || D` looks at `A.B`, `A.C` and `D`.
    pub(super) fn members(&self) -> Vec<Vec<&str>> {
        let mut all = Vec::new();
        for steps in &self.alternatives {
            let mut names = Vec::new();
            for step in steps {
                match step {
                    Step::Member(name) => names.push(name.as_str()),
                    Step::Where { member, .. } => {
                        all.push(names.iter().copied().chain([member.as_str()]).collect());
                    }
                    Step::Each | Step::Index(_) => {}
                }
            }
            all.push(names);
        }
        all
    }

    /// The path that leads to the item itself.
    pub fn whole() -> Self {
        Self { text: String::new(), alternatives: vec![Vec::new()] }
    }

    /// Whether the path stands for any number of values.
    pub fn is_list(&self) -> bool {
        self.alternatives.iter().any(|steps| is_list(steps))
    }

    /// Every value the path leads to, nulls left out.
    pub fn find<'a>(&self, scope: &Scope<'a>) -> Vec<&'a Value> {
        self.alternatives.iter().map(|steps| find(steps, scope)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Every value the path leads to, without a copy where the path is plain.
    pub fn take(&self, item: Value) -> Vec<Value> {
        let plain = |step: &Step| matches!(step, Step::Member(name) if name != ITSELF) || *step == Step::Each;
        match self.alternatives.as_slice() {
            [steps] if steps.iter().all(plain) => take(steps, item),
            _ => self.find(&Scope::new(&item)).into_iter().cloned().collect(),
        }
    }

    /// The first value the path leads to.
    pub fn first<'a>(&self, scope: &Scope<'a>) -> Option<&'a Value> {
        self.alternatives.iter().find_map(|steps| first_of(steps, scope))
    }

    /// What the path stands for: a list, a value, or nothing.
    ///
    /// A list path over something that was never read is nothing; over something that is empty, an empty list. An
    /// alternative stands in for what is not there, but not for what was never read: nobody knows what that is.
    pub fn value(&self, scope: &Scope<'_>) -> Option<Value> {
        self.value_of(scope, Value::clone)
    }

    /// The same, of what `make` makes of each value.
    pub(super) fn value_of(&self, scope: &Scope<'_>, make: impl Fn(&Value) -> Value) -> Option<Value> {
        let is_list = self.is_list();
        for steps in &self.alternatives {
            if is_list {
                let found = find(steps, scope);
                if !found.is_empty() {
                    return Some(Value::Array(found.into_iter().map(make).collect()));
                }
            } else if let Some(found) = first_of(steps, scope) {
                return Some(make(found));
            }
            if !was_read(steps, scope) {
                return None;
            }
        }
        is_list.then(|| Value::Array(Vec::new()))
    }

    /// Whether the details that the path starts in were read.
    ///
    /// Details have names with an underscore; one whose call failed is missing altogether, one that is known not to be
    /// set is null.
    pub fn was_read(&self, scope: &Scope<'_>) -> bool {
        self.alternatives.iter().all(|steps| was_read(steps, scope))
    }
}

/// Every value that one alternative leads to, in the item or behind it.
fn find<'a>(steps: &[Step], scope: &Scope<'a>) -> Vec<&'a Value> {
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        let found = walk(steps, item);
        if !found.is_empty() {
            return found;
        }
        layer = *outer;
    }
    Vec::new()
}

/// The first of them.
fn first_of<'a>(steps: &[Step], scope: &Scope<'a>) -> Option<&'a Value> {
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        let found = first(steps, item);
        if found.is_some() {
            return found;
        }
        layer = *outer;
    }
    None
}

fn was_read(steps: &[Step], scope: &Scope<'_>) -> bool {
    let Some(Step::Member(name)) = steps.first() else { return true };
    if !name.starts_with('_') || name == ITSELF {
        return true;
    }
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        if item.get(name).is_some() {
            return true;
        }
        layer = *outer;
    }
    false
}

/// The member that stands for an item which is no object.
pub(super) const ITSELF: &str = "_";

/// The item as an object, so that details can be put beside it.
pub(super) fn as_object(item: Value) -> Map<String, Value> {
    match item {
        Value::Object(members) => members,
        scalar => Map::from_iter([(ITSELF.to_owned(), scalar)]),
    }
}

/// A value as people write it; objects and lists as JSON.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl TryFrom<String> for Path {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

fn is_list(steps: &[Step]) -> bool {
    steps.iter().fold(false, |list, step| match step {
        Step::Each | Step::Where { .. } => true,
        Step::Index(_) => false,
        Step::Member(_) => list,
    })
}

/// The first of what [`walk`] finds; most paths lead from member to member and need no list for that.
fn first<'a>(steps: &[Step], item: &'a Value) -> Option<&'a Value> {
    let mut found = item;
    for (position, step) in steps.iter().enumerate() {
        found = match step {
            Step::Member(name) if name == ITSELF && position == 0 && !item.is_object() => found,
            Step::Member(name) => found.get(name)?,
            _ => return walk(steps, item).into_iter().next(),
        };
    }
    (!found.is_null()).then_some(found)
}

fn walk<'a>(steps: &[Step], item: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![item];
    for (position, step) in steps.iter().enumerate() {
        found = match step {
            Step::Member(name) if name == ITSELF && position == 0 && !item.is_object() => found,
            Step::Member(name) => found.into_iter().filter_map(|value| value.get(name)).collect(),
            Step::Each => found.into_iter().flat_map(elements).collect(),
            Step::Where { member, value } => found
                .into_iter()
                .flat_map(elements)
                .filter(|element| element.get(member).and_then(text).as_deref() == Some(value))
                .collect(),
            // After a selection the index counts what was selected, otherwise it looks into the list itself.
            Step::Index(index) if is_list(&steps[..position]) => pick(&found, *index).copied().into_iter().collect(),
            Step::Index(index) => {
                found.into_iter().filter_map(|value| value.as_array().and_then(|list| pick(list, *index))).collect()
            }
        };
    }
    found.retain(|value| !value.is_null());
    found
}

fn take(steps: &[Step], item: Value) -> Vec<Value> {
    let mut found = vec![item];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|value| match (step, value) {
                (Step::Member(name), Value::Object(mut members)) => members.remove(name).into_iter().collect(),
                (Step::Each, Value::Array(list)) => list,
                _ => Vec::new(),
            })
            .collect();
    }
    found.retain(|value| !value.is_null());
    found
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn pick<T>(list: &[T], index: isize) -> Option<&T> {
    let position = if index < 0 { list.len().checked_sub(index.unsigned_abs())? } else { index.unsigned_abs() };
    list.get(position)
}

fn steps(text: &str) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix("$.").unwrap_or(text);
    if rest.is_empty() {
        return Err("it is empty");
    }
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return Err("a member has no name");
        }
        if name.contains(|c: char| c.is_whitespace() || "]{}".contains(c)) {
            return Err("a member's name has no spaces, brackets or braces");
        }
        steps.push(Step::Member(name.to_owned()));
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (selection, after) = inside.split_once(']').ok_or("a bracket is not closed")?;
            steps.push(self::selection(selection)?);
            rest = after;
        }
        if rest.is_empty() {
            return Ok(steps);
        }
        rest = rest.strip_prefix('.').ok_or("after a bracket comes a point or nothing")?;
    }
}

fn selection(text: &str) -> Result<Step, &'static str> {
    if text.is_empty() {
        return Ok(Step::Each);
    }
    if let Some((member, value)) = text.split_once('=') {
        return Ok(Step::Where { member: member.to_owned(), value: value.to_owned() });
    }
    text.parse().map(Step::Index).map_err(|_| "a bracket holds nothing, an index, or `member=value`")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(path: &str, item: &Value) -> Option<Value> {
        Path::parse(path).unwrap().value(&Scope::new(item))
    }

    #[test]
    fn a_path_leads_to_members_elements_and_alternatives() {
        let item = json!({
            "State": {"Name": "running"},
            "Zones": [{"Id": "a", "Main": false}, {"Id": "b", "Main": true}, {"Main": true}],
            "Empty": null,
        });
        assert_eq!(value("State.Name", &item), Some(json!("running")));
        assert_eq!(value("Zones[].Id", &item), Some(json!(["a", "b"])));
        assert_eq!(value("Zones[0].Id", &item), Some(json!("a")));
        assert_eq!(value("Zones[-1].Main", &item), Some(json!(true)));
        assert_eq!(value("Zones[-4].Main", &item), None);
        assert_eq!(value("Zones[Main=true].Id", &item), Some(json!(["b"])));
        assert_eq!(value("Zones[Main=true][0].Id", &item), Some(json!("b")));
        assert_eq!(value("Empty || Absent || State.Name", &item), Some(json!("running")));
        assert_eq!(value("State.Absent.Deeper", &item), None);
        assert_eq!(value("_", &json!("queue")), Some(json!("queue")));
    }

    #[test]
    fn taking_yields_what_finding_does() {
        let item = json!({"Groups": [{"Items": [{"Id": 1}, null]}, {"Items": []}, {}, {"Items": [{"Id": 2}]}]});
        for path in ["Groups[].Items[]", "Groups[].Items[].Id", "Groups[0].Items", "Absent[]", "Absent || Groups"] {
            let path = Path::parse(path).unwrap();
            let found: Vec<_> = path.find(&Scope::new(&item)).into_iter().cloned().collect();
            assert_eq!(path.take(item.clone()), found, "{path:?}");
        }
        assert_eq!(Path::whole().take(item.clone()), [item]);
    }

    #[test]
    fn a_list_that_is_empty_differs_from_a_detail_that_was_not_read() {
        assert_eq!(value("Tags[].Key", &json!({})), Some(json!([])));
        assert_eq!(value("_health[].Id", &json!({})), None);
        assert_eq!(value("_health[].Id", &json!({"_health": null})), Some(json!([])));
    }

    #[test]
    fn an_alternative_does_not_stand_in_for_a_detail_that_was_not_read() {
        let path = "_type.Cores || Cores";
        assert_eq!(value(path, &json!({"Cores": 2, "_type": {"Cores": 4}})), Some(json!(4)));
        assert_eq!(value(path, &json!({"Cores": 2, "_type": null})), Some(json!(2)));
        assert_eq!(value(path, &json!({"Cores": 2})), None);
        assert_eq!(value("Cores || _type.Cores", &json!({"Cores": 2})), Some(json!(2)));
    }

    #[test]
    fn what_an_item_lacks_is_found_behind_it() {
        let (outer, inner) = (json!({"Name": "user", "Id": 1}), json!("policy"));
        let outer = Scope::new(&outer);
        let scope = Scope::within(&inner, &outer);
        assert_eq!(Path::parse("_").unwrap().value(&scope), Some(json!("policy")));
        assert_eq!(Path::parse("Name").unwrap().value(&scope), Some(json!("user")));
    }

    #[test]
    fn text_that_is_no_path_is_refused() {
        for text in ["", "a..b", "a[", "a[x]", "a[0]b", ".a", "a.", "a b", "a || "] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
