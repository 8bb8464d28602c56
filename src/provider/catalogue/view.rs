//! Views: how paths and expressions look at values, wherever these are.

use std::{borrow::Cow, fmt::Write as _, sync::Arc};

use super::{
    answer::{Answer, Key, Scalar},
    item::Item,
    name::{Name, Names},
    path::ITSELF,
    transform::snake,
};
use crate::model::{Properties, Property, Value};

/// A value that is somebody else's.
#[derive(Clone, Copy, Debug)]
pub enum View<'a> {
    Value(&'a Value),
    /// A value of an answer.
    Answer(&'a Arc<Answer>, u32),
    /// A list, or an item with details beside it.
    Item(&'a Item),
    /// An object whose members are texts.
    Texts(&'a [(&'static str, &'a str)]),
    Text(&'a str),
    /// An object whose members are properties; what is inside of these is not seen.
    Properties(&'a Properties),
    Property(Property<'a>),
}

impl<'a> View<'a> {
    /// What it is, without what is in it.
    #[inline]
    pub(super) fn scalar(self) -> Scalar<'a> {
        match self {
            Self::Value(value) => match value {
                Value::Null => Scalar::Null,
                Value::Bool(flag) => Scalar::Bool(*flag),
                Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                    (Some(number), _) => Scalar::Int(number),
                    (None, Some(number)) => Scalar::Unsigned(number),
                    (None, None) => Scalar::Float(number.as_f64().unwrap_or_default()),
                },
                Value::String(text) => Scalar::Text(text),
                Value::Array(_) => Scalar::List,
                Value::Object(_) => Scalar::Object,
            },
            Self::Answer(answer, at) => answer.scalar(at),
            Self::Item(Item::List(_)) => Scalar::List,
            Self::Item(_) | Self::Texts(_) | Self::Properties(_) => Scalar::Object,
            Self::Text(text) => Scalar::Text(text),
            Self::Property(property) => match property {
                Property::Null => Scalar::Null,
                Property::Bool(flag) => Scalar::Bool(flag),
                Property::Int(number) => Scalar::Int(number),
                Property::Float(number) => Scalar::Float(number),
                Property::Text(text) | Property::Json(text) => Scalar::Text(text),
            },
        }
    }

    pub fn is_null(self) -> bool {
        self.scalar() == Scalar::Null
    }

    pub fn is_list(self) -> bool {
        self.scalar() == Scalar::List
    }

    pub fn is_object(self) -> bool {
        self.scalar() == Scalar::Object
    }

    /// The member of an object.
    pub fn member(self, name: &Name) -> Option<Self> {
        match self {
            Self::Value(value) => value.get(name.as_str()).map(Self::Value),
            Self::Answer(answer, at) => answer.member(at, name).map(|at| Self::Answer(answer, at)),
            Self::Item(item) => item.member(name),
            Self::Texts(texts) => {
                texts.iter().find(|(other, _)| *other == name.as_str()).map(|(_, text)| Self::Text(text))
            }
            Self::Properties(properties) => properties.get(name.as_str()).map(Self::Property),
            Self::Text(_) | Self::Property(_) => None,
        }
    }

    /// All members of an object, in no order.
    pub fn members(self) -> Vec<(&'a str, Self)> {
        match self {
            Self::Value(Value::Object(members)) => {
                members.iter().map(|(name, member)| (name.as_str(), Self::Value(member))).collect()
            }
            Self::Answer(answer, at) if answer.scalar(at) == Scalar::Object => {
                answer.within(at).map(|at| (answer.key(at).as_str(), Self::Answer(answer, at))).collect()
            }
            Self::Item(Item::Joined { own, beside }) => {
                let own = View::from(&**own);
                let mut members = if own.is_object() { own.members() } else { vec![(ITSELF, own)] };
                members.extend(beside.iter().map(|(name, detail)| (name.as_str(), View::from(detail))));
                members
            }
            Self::Texts(texts) => texts.iter().map(|(name, text)| (*name, Self::Text(text))).collect(),
            _ => Vec::new(),
        }
    }

    /// The elements of a list or the values of an object, in no order; none of anything else.
    pub fn each(self) -> Vec<Self> {
        if self.is_object() {
            self.members().into_iter().map(|(_, value)| value).collect()
        } else {
            self.elements().collect()
        }
    }

    /// The elements of a list; none of anything else.
    pub fn elements(self) -> Elements<'a> {
        match self {
            Self::Value(Value::Array(list)) => Elements::Values(list.iter()),
            Self::Answer(answer, at) if answer.scalar(at) == Scalar::List => {
                Elements::Answer(answer, answer.within(at))
            }
            Self::Item(Item::List(list)) => Elements::Items(list.iter()),
            _ => Elements::Values([].iter()),
        }
    }

    /// The value as people write it; objects and lists as JSON.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self.scalar() {
            Scalar::Null => None,
            Scalar::Text(text) => Some(text.into()),
            _ => {
                let mut json = String::new();
                self.write(&mut json, Names::AsTheyAre);
                Some(json.into())
            }
        }
    }

    pub fn to_value(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Answer(answer, at) => answer.value_at(at),
            Self::Item(Item::List(_)) => self.elements().map(Self::to_value).collect(),
            Self::Item(_) | Self::Texts(_) => Value::Object(
                self.members().into_iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect(),
            ),
            Self::Text(text) => text.into(),
            Self::Properties(properties) => Value::Object(properties.to_map()),
            Self::Property(property) => property.value(),
        }
    }

    /// The value with members in `snake_case`, all the way down.
    pub(super) fn to_snake(self) -> Value {
        match self.scalar() {
            Scalar::List => self.elements().map(Self::to_snake).collect(),
            Scalar::Object => {
                let mut members = self.members();
                // Of two that get the same name the last one counts.
                members.sort_by_key(|(name, _)| *name);
                Value::Object(members.into_iter().map(|(name, member)| (snake(name), member.to_snake())).collect())
            }
            _ => self.to_value(),
        }
    }

    pub(super) fn to_item(self) -> Item {
        match self {
            Self::Answer(answer, at) => Item::Answer(Arc::clone(answer), at),
            Self::Item(item) => item.clone(),
            other => Item::Value(other.to_value()),
        }
    }

    /// Writes the value as compact JSON, the members of objects in order.
    pub(super) fn write(self, json: &mut String, names: Names) {
        match self.scalar() {
            Scalar::Null => json.push_str("null"),
            Scalar::Bool(flag) => json.push_str(if flag { "true" } else { "false" }),
            Scalar::Int(number) => json.push_str(itoa::Buffer::new().format(number)),
            Scalar::Unsigned(number) => json.push_str(itoa::Buffer::new().format(number)),
            Scalar::Float(number) => drop(write!(json, "{}", Value::from(number))),
            Scalar::Text(text) => write_text(text, json),
            Scalar::List => write_list(self.elements(), json, names),
            Scalar::Object => match self {
                Self::Answer(answer, at) => write_object(answer, at, json, names),
                _ if names == Names::Snake => drop(write!(json, "{}", self.to_snake())),
                _ => drop(write!(json, "{}", self.to_value())),
            },
        }
    }

    /// Whether lists and objects are in one another so deep at most.
    pub(super) fn depth_is_within(self, limit: usize) -> bool {
        let Some(limit) = limit.checked_sub(1) else { return false };
        match (self, self.scalar()) {
            (_, Scalar::List) => self.elements().all(|element| element.depth_is_within(limit)),
            (Self::Answer(answer, at), Scalar::Object) => {
                answer.within(at).all(|member| Self::Answer(answer, member).depth_is_within(limit))
            }
            (_, Scalar::Object) => self.members().into_iter().all(|(_, member)| member.depth_is_within(limit)),
            _ => true,
        }
    }
}

/// Writes values as the elements of a list, as [`View::write`] does.
pub(super) fn write_list<'a>(elements: impl Iterator<Item = View<'a>>, json: &mut String, names: Names) {
    json.push('[');
    for (position, element) in elements.enumerate() {
        if position > 0 {
            json.push(',');
        }
        element.write(json, names);
    }
    json.push(']');
}

/// Members that are sorted without an allocation.
const FEW: usize = 24;

fn write_object(answer: &Arc<Answer>, at: u32, json: &mut String, names: Names) {
    let places = answer.within(at);
    let mut few = [(0, at); FEW];
    let known = |at: u32| if let Key::Known(name) = answer.key(at) { Some(name) } else { None };
    if places.len() > FEW || !places.clone().all(|at| known(at).is_some()) {
        return write_map(answer, at, json, names);
    }
    let members = &mut few[..places.len()];
    for (member, at) in members.iter_mut().zip(places) {
        *member = (known(at).map_or(0, |name| name.place(names)), at);
    }
    // Of two with the same name the last one counts.
    members.sort_by_key(|(rank, _)| *rank);
    json.push('{');
    let mut is_first = true;
    for (position, (rank, at)) in members.iter().enumerate() {
        if members.get(position + 1).is_some_and(|(next, _)| next == rank) {
            continue;
        }
        json.push_str(if std::mem::take(&mut is_first) { "\"" } else { ",\"" });
        // The names of a schema are nothing that JSON would have to escape.
        json.push_str(known(*at).map_or("", |name| name.called(names)));
        json.push_str("\":");
        View::Answer(answer, *at).write(json, names);
    }
    json.push('}');
}

/// Writes an object whose members have names of their own, or are many.
fn write_map(answer: &Arc<Answer>, at: u32, json: &mut String, names: Names) {
    let name = |at: u32| -> Cow<'_, str> {
        match (answer.key(at), names) {
            (Key::Known(name), names) => name.called(names).into(),
            (key, Names::Snake) => snake(key.as_str()).into(),
            (key, Names::AsTheyAre) => key.as_str().into(),
        }
    };
    let mut members: Vec<(Cow<'_, str>, u32)> = answer.within(at).map(|at| (name(at), at)).collect();
    // Of two with the same name the last one counts, and of two that get the same one the last in order.
    let own = |at: u32| answer.key(at).as_str();
    members.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| own(a.1).cmp(own(b.1))));
    json.push('{');
    let mut is_first = true;
    for (position, (name, at)) in members.iter().enumerate() {
        if members.get(position + 1).is_some_and(|(next, _)| next == name) {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            json.push(',');
        }
        write_text(name, json);
        json.push(':');
        View::Answer(answer, *at).write(json, names);
    }
    json.push('}');
}

fn write_text(text: &str, json: &mut String) {
    // All bytes are looked at, as many at a time as the processor can.
    let escapes = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |found, byte| found | escapes(byte)) {
        json.push_str(&Value::from(text).to_string());
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// Walks the elements of a list.
#[derive(Clone, Debug)]
pub enum Elements<'a> {
    Values(std::slice::Iter<'a, Value>),
    Answer(&'a Arc<Answer>, std::ops::Range<u32>),
    Items(std::slice::Iter<'a, Item>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        match self {
            Self::Values(values) => values.next().map(View::Value),
            Self::Answer(answer, places) => places.next().map(|at| View::Answer(answer, at)),
            Self::Items(items) => items.next().map(View::from),
        }
    }
}

impl<'a> From<&'a Value> for View<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<&'a Item> for View<'a> {
    fn from(item: &'a Item) -> Self {
        match item {
            Item::Value(value) => Self::Value(value),
            Item::Answer(answer, at) => Self::Answer(answer, *at),
            Item::List(_) | Item::Joined { .. } => Self::Item(item),
        }
    }
}

impl<'a> From<&'a Arc<Answer>> for View<'a> {
    fn from(answer: &'a Arc<Answer>) -> Self {
        Self::Answer(answer, answer.root())
    }
}
