//! Paths: how catalogue entries point into answers.
//!
//! | path | meaning |
//! |---|---|
//! | `State.Name` | a member of a member |
//! | `_` | the item itself, where it is no object |
//! | `Tags[]` | every element, or every value of a map |
//! | `Subnets[0]`, `Subnets[-1]` | the first, the last element |
//! | `Associations[Main=true]` | the elements whose member has this value |
//! | `Type \|\| Kind` | the first that has a value |

use serde::Deserialize;

use super::{name::Name, view::View};
use crate::model::Value;

/// A compiled path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Path {
    text: String,
    alternatives: Vec<Vec<Step>>,
    is_list: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(Name),
    Each,
    Index(isize),
    Where { member: Name, value: String },
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
    item: View<'a>,
    outer: Option<&'a Scope<'a>>,
}

/// What a path stands for.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    Nothing,
    One(View<'a>),
    Many(Vec<View<'a>>),
}

impl<'a> Scope<'a> {
    pub fn new(item: impl Into<View<'a>>) -> Self {
        Self { item: item.into(), outer: None }
    }

    /// A scope in which `item` is looked at first, and what it lacks is found in `outer`.
    pub fn within(item: impl Into<View<'a>>, outer: &'a Scope<'a>) -> Self {
        Self { item: item.into(), outer: Some(outer) }
    }
}

impl Path {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let alternatives: Vec<Vec<Step>> = text
            .split("||")
            .map(|alternative| steps(alternative.trim()))
            .collect::<Result<_, _>>()
            .map_err(|reason| PathError { text: text.to_owned(), reason })?;
        let is_list = alternatives.iter().any(|steps| is_list(steps));
        Ok(Self { text: text.to_owned(), alternatives, is_list })
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
        Self { text: String::new(), alternatives: vec![Vec::new()], is_list: false }
    }

    /// Whether the path stands for any number of values.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    /// Every value the path leads to, nulls left out.
    pub fn find<'a>(&self, scope: &Scope<'a>) -> Vec<View<'a>> {
        self.alternatives.iter().map(|steps| find(steps, scope)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The first value the path leads to.
    pub fn first<'a>(&self, scope: &Scope<'a>) -> Option<View<'a>> {
        self.alternatives.iter().find_map(|steps| first_of(steps, scope))
    }

    /// What the path stands for: a list, a value, or nothing.
    ///
    /// A list path over something that was never read is nothing; over something that is empty, an empty list. An
    /// alternative stands in for what is not there, but not for what was never read: nobody knows what that is.
    pub(super) fn stands_for<'a>(&self, scope: &Scope<'a>) -> Found<'a> {
        let is_list = self.is_list;
        for steps in &self.alternatives {
            if is_list {
                let found = find(steps, scope);
                if !found.is_empty() {
                    return Found::Many(found);
                }
            } else if let Some(found) = first_of(steps, scope) {
                return Found::One(found);
            }
            if !was_read(steps, scope) {
                return Found::Nothing;
            }
        }
        if is_list { Found::Many(Vec::new()) } else { Found::Nothing }
    }

    /// What [`first`](Self::first) finds, unless what stands before it was never read.
    pub(super) fn first_if_read<'a>(&self, scope: &Scope<'a>) -> Option<View<'a>> {
        match self.stands_for(scope) {
            Found::One(one) => Some(one),
            Found::Nothing | Found::Many(_) => None,
        }
    }

    /// The same as a value of its own.
    pub fn value(&self, scope: &Scope<'_>) -> Option<Value> {
        self.stands_for(scope).map(View::to_value)
    }

    /// Whether the details that the path starts in were read.
    ///
    /// Details have names with an underscore; one whose call failed is missing altogether, one that is known not to be
    /// set is null.
    pub fn was_read(&self, scope: &Scope<'_>) -> bool {
        self.alternatives.iter().all(|steps| was_read(steps, scope))
    }
}

impl<'a> Found<'a> {
    /// The value, or the list of values, that `make` makes of them.
    pub(super) fn map(self, make: impl Fn(View<'a>) -> Value) -> Option<Value> {
        match self {
            Self::Nothing => None,
            Self::One(one) => Some(make(one)),
            Self::Many(many) => Some(Value::Array(many.into_iter().map(make).collect())),
        }
    }
}

/// Every value that one alternative leads to, in the item or behind it.
fn find<'a>(steps: &[Step], scope: &Scope<'a>) -> Vec<View<'a>> {
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        let found = walk(steps, *item);
        if !found.is_empty() {
            return found;
        }
        layer = *outer;
    }
    Vec::new()
}

/// The first of them.
fn first_of<'a>(steps: &[Step], scope: &Scope<'a>) -> Option<View<'a>> {
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        let found = first(steps, *item);
        if found.is_some() {
            return found;
        }
        layer = *outer;
    }
    None
}

fn was_read(steps: &[Step], scope: &Scope<'_>) -> bool {
    let Some(Step::Member(name)) = steps.first() else { return true };
    if !name.as_str().starts_with('_') || name.as_str() == ITSELF {
        return true;
    }
    let mut layer = Some(scope);
    while let Some(Scope { item, outer }) = layer {
        if item.member(name).is_some() {
            return true;
        }
        layer = *outer;
    }
    false
}

/// The member that stands for an item which is no object.
pub(super) const ITSELF: &str = "_";

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
fn first<'a>(steps: &[Step], item: View<'a>) -> Option<View<'a>> {
    let mut found = item;
    for (position, step) in steps.iter().enumerate() {
        found = match step {
            Step::Member(name) if position == 0 && name.as_str() == ITSELF && !item.is_object() => found,
            Step::Member(name) => found.member(name)?,
            _ => return walk(steps, item).into_iter().next(),
        };
    }
    (!found.is_null()).then_some(found)
}

fn walk<'a>(steps: &[Step], item: View<'a>) -> Vec<View<'a>> {
    let mut found = vec![item];
    for (position, step) in steps.iter().enumerate() {
        found = match step {
            Step::Member(name) if position == 0 && name.as_str() == ITSELF && !item.is_object() => found,
            Step::Member(name) => match found.as_slice() {
                [] => return found,
                // As most are: the list is used again.
                [one] => match one.member(name) {
                    Some(member) => {
                        found[0] = member;
                        found
                    }
                    None => return Vec::new(),
                },
                _ => found.into_iter().filter_map(|value| value.member(name)).collect(),
            },
            Step::Each => found.into_iter().flat_map(View::each).collect(),
            Step::Where { member, value } => found
                .into_iter()
                .flat_map(View::elements)
                .filter(|element| element.member(member).and_then(View::text).as_deref() == Some(value))
                .collect(),
            // After a selection the index counts what was selected, otherwise it looks into the list itself.
            Step::Index(index) if is_list(&steps[..position]) => {
                pick(found.len(), *index).map(|at| found[at]).into_iter().collect()
            }
            Step::Index(index) => found
                .into_iter()
                .filter_map(|value| value.elements().nth(pick(value.elements().count(), *index)?))
                .collect(),
        };
    }
    found.retain(|value| !value.is_null());
    found
}

fn pick(len: usize, index: isize) -> Option<usize> {
    let position = if index < 0 { len.checked_sub(index.unsigned_abs())? } else { index.unsigned_abs() };
    (position < len).then_some(position)
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
        steps.push(Step::Member(Name::new(name)));
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
        return Ok(Step::Where { member: Name::new(member), value: value.to_owned() });
    }
    text.parse().map(Step::Index).map_err(|_| "a bracket holds nothing, an index, or `member=value`")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{
        super::{answer::Answer, item::Item},
        *,
    };

    fn value(path: &str, item: &Value) -> Option<Value> {
        Path::parse(path).unwrap().value(&Scope::new(item))
    }

    #[test]
    fn a_path_leads_to_members_elements_and_alternatives() {
        let item = json!({
            "State": {"Name": "running"},
            "Owners": {"x": {"Id": "ada"}, "y": {"Id": "grace"}},
            "Zones": [{"Id": "a", "Main": false}, {"Id": "b", "Main": true}, {"Main": true}],
            "Empty": null,
        });
        assert_eq!(value("State.Name", &item), Some(json!("running")));
        assert_eq!(value("Zones[].Id", &item), Some(json!(["a", "b"])));
        assert_eq!(value("Owners[].Id", &item), Some(json!(["ada", "grace"])));
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
    fn it_does_not_matter_where_a_value_is() {
        let value =
            json!({"Groups": [{"Items": [{"Id": 1, "On": true}, null]}, {"Items": []}, {}, {"Items": [{"Id": 2}]}]});
        let answer = Arc::new(Answer::from(&value));
        let name = || Arc::new(Name::new("Groups"));
        let joined = Item::Value(json!({"Groups": 7})).with(name(), Item::Value(json!([]))).with(
            name(),
            Item::List(
                value["Groups"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|group| Item::Answer(Arc::new(Answer::from(group)), Answer::from(group).root()))
                    .collect(),
            ),
        );
        for path in [
            "Groups[].Items[]",
            "Groups[].Items[].Id",
            "Groups[0].Items",
            "Groups[-1].Items[0].Id",
            "Absent[]",
            "Absent || Groups",
            "Groups[].Items[On=true].Id",
            "Groups",
        ] {
            let path = Path::parse(path).unwrap();
            let expected = path.value(&Scope::new(&value));
            assert_eq!(path.value(&Scope::new(&answer)), expected, "{path:?}");
            assert_eq!(path.value(&Scope::new(&joined)), expected, "{path:?}");
        }
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
