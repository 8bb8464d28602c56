//! Answers: what a cloud said, as it is looked at.

use super::name::{Name, hash};
use crate::model::{Map, Value};

/// An answer as it was parsed.
///
/// All of its values are in one list and all of its texts in one text: of the megabytes that an answer has, a value costs
/// no allocation of its own. What has members or elements knows where in the list they stand, side by side.
#[derive(Debug)]
pub struct Answer {
    nodes: Vec<Node>,
    text: String,
}

/// A value, and its name where it is a member.
#[derive(Clone, Copy, Debug)]
struct Node {
    key: Inner,
    data: Data,
}

/// The name of a member of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// None: it is an element, or the whole.
    None,
    /// As the schema has it.
    Known(&'static Name),
    /// A map's own.
    Own(&'a str),
}

#[derive(Clone, Copy, Debug)]
enum Inner {
    None,
    Known(u32, &'static Name),
    Own(u32, Span),
}

/// A piece of the text or the list.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Text(Span),
    List(Span),
    Object(Span),
}

/// A value of an answer, without what is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond `i64`.
    Unsigned(u64),
    Float(f64),
    Text(&'a str),
    List,
    Object,
}

impl Answer {
    /// Where the value is that all others are in.
    pub fn root(&self) -> u32 {
        place(self.nodes.len() - 1)
    }

    /// The whole answer as JSON.
    pub fn value(&self) -> Value {
        self.value_at(self.root())
    }

    #[inline]
    pub(super) fn scalar(&self, at: u32) -> Scalar<'_> {
        match self.nodes[at as usize].data {
            Data::Null => Scalar::Null,
            Data::Bool(flag) => Scalar::Bool(flag),
            Data::Int(number) => Scalar::Int(number),
            Data::Unsigned(number) => Scalar::Unsigned(number),
            Data::Float(number) => Scalar::Float(number),
            Data::Text(span) => Scalar::Text(self.piece(span)),
            Data::List(_) => Scalar::List,
            Data::Object(_) => Scalar::Object,
        }
    }

    /// Where the member of an object is.
    pub(super) fn member(&self, at: u32, name: &Name) -> Option<u32> {
        let Data::Object(span) = self.nodes[at as usize].data else { return None };
        let members = &self.nodes[span.start as usize..span.end as usize];
        let wanted = name.hash();
        // Of two with the same name the last one counts, as in all JSON.
        let found = members.iter().rposition(|node| match node.key {
            Inner::Known(hash, known) => hash == wanted && known.as_str() == name.as_str(),
            Inner::Own(hash, own) => hash == wanted && self.piece(own) == name.as_str(),
            Inner::None => false,
        });
        found.map(|found| span.start + place(found))
    }

    /// Where the members of an object or the elements of a list are.
    pub(super) fn within(&self, at: u32) -> std::ops::Range<u32> {
        match self.nodes[at as usize].data {
            Data::List(span) | Data::Object(span) => span.start..span.end,
            _ => 0..0,
        }
    }

    /// The name of a member.
    pub(super) fn key(&self, at: u32) -> Key<'_> {
        match self.nodes[at as usize].key {
            Inner::None => Key::None,
            Inner::Known(_, name) => Key::Known(name),
            Inner::Own(_, span) => Key::Own(self.piece(span)),
        }
    }

    pub(super) fn value_at(&self, at: u32) -> Value {
        match self.scalar(at) {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => flag.into(),
            Scalar::Int(number) => number.into(),
            Scalar::Unsigned(number) => number.into(),
            Scalar::Float(number) => number.into(),
            Scalar::Text(text) => text.into(),
            Scalar::List => self.within(at).map(|element| self.value_at(element)).collect(),
            Scalar::Object => {
                let members =
                    self.within(at).map(|member| (self.key(member).as_str().to_owned(), self.value_at(member)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    fn piece(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }
}

impl<'a> Key<'a> {
    pub fn as_str(self) -> &'a str {
        match self {
            Self::None => "",
            Self::Known(name) => name.as_str(),
            Self::Own(name) => name,
        }
    }
}

impl From<&Value> for Answer {
    fn from(value: &Value) -> Self {
        let mut builder = Builder::default();
        builder.value(Key::None, value);
        builder.finish()
    }
}

/// Builds an answer, from the inside out: what is in a list or an object comes before it.
#[derive(Debug, Default)]
pub struct Builder {
    nodes: Vec<Node>,
    text: String,
    /// Values whose list or object is not complete.
    open: Vec<Node>,
}

/// Where a list or an object begins.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Builder {
    /// A builder for an answer that has so many bytes.
    pub fn with_room(bytes: usize) -> Self {
        // By and large what EC2 answers: half is names, and of the rest much is not wanted.
        Self {
            nodes: Vec::with_capacity(bytes / 48),
            text: String::with_capacity(bytes / 3),
            open: Vec::with_capacity(64),
        }
    }

    /// Everything that is added from here on is in the same list or object.
    pub fn mark(&self) -> Mark {
        Mark(self.open.len())
    }

    pub fn list(&mut self, key: Key<'_>, since: Mark) {
        let span = self.close(since);
        self.push(key, Data::List(span));
    }

    pub fn object(&mut self, key: Key<'_>, since: Mark) {
        let span = self.close(since);
        self.push(key, Data::Object(span));
    }

    pub fn null(&mut self, key: Key<'_>) {
        self.push(key, Data::Null);
    }

    pub fn bool(&mut self, key: Key<'_>, flag: bool) {
        self.push(key, Data::Bool(flag));
    }

    pub fn int(&mut self, key: Key<'_>, number: i64) {
        self.push(key, Data::Int(number));
    }

    pub fn unsigned(&mut self, key: Key<'_>, number: u64) {
        self.push(key, i64::try_from(number).map_or(Data::Unsigned(number), Data::Int));
    }

    /// A number; null where it is none that JSON has.
    pub fn float(&mut self, key: Key<'_>, number: f64) {
        self.push(key, if number.is_finite() { Data::Float(number) } else { Data::Null });
    }

    pub fn text(&mut self, key: Key<'_>, text: &str) {
        let span = self.keep(text);
        self.push(key, Data::Text(span));
    }

    /// A text of two pieces.
    pub fn joined(&mut self, key: Key<'_>, pieces: [&str; 2]) {
        let start = place(self.text.len());
        for piece in pieces {
            self.text.push_str(piece);
        }
        let end = place(self.text.len());
        self.push(key, Data::Text(Span { start, end }));
    }

    pub fn value(&mut self, key: Key<'_>, value: &Value) {
        match value {
            Value::Null => self.null(key),
            Value::Bool(flag) => self.bool(key, *flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), ..) => self.int(key, number),
                (None, Some(number), _) => self.unsigned(key, number),
                (None, None, number) => self.float(key, number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => self.text(key, text),
            Value::Array(list) => {
                let since = self.mark();
                for element in list {
                    self.value(Key::None, element);
                }
                self.list(key, since);
            }
            Value::Object(members) => {
                let since = self.mark();
                for (name, member) in members {
                    self.value(Key::Own(name), member);
                }
                self.object(key, since);
            }
        }
    }

    /// Names what was added last.
    pub fn name(&mut self, key: Key<'_>) {
        let key = self.inner(key);
        if let Some(last) = self.open.last_mut() {
            last.key = key;
        }
    }

    /// Puts the members of the one object that was added since in its place; of anything else nothing stays.
    pub fn unwrap_object(&mut self, since: Mark) {
        let object = self.open[since.0..].first().map(|node| node.data);
        self.take_back(since);
        if let Some(Data::Object(span)) = object {
            self.open.extend_from_slice(&self.nodes[span.start as usize..span.end as usize]);
        }
    }

    /// Takes back what was added since, if it is null.
    pub fn drop_null(&mut self, since: Mark) {
        if matches!(self.open[since.0..], [Node { data: Data::Null, .. }]) {
            self.take_back(since);
        }
    }

    /// Takes back what was added since.
    pub fn take_back(&mut self, since: Mark) {
        self.open.truncate(since.0);
    }

    /// Makes one list of each member that comes several times since, and every time with one element.
    pub fn gather(&mut self, since: Mark, is_flat: impl Fn(&'static Name) -> Option<Flat>) {
        let mut rest = self.open.split_off(since.0);
        while !rest.is_empty() {
            let first = rest[0];
            let flat = match first.key {
                Inner::Known(_, name) => is_flat(name).map(|flat| (name, flat)),
                _ => None,
            };
            let Some((name, flat)) = flat else {
                self.open.push(first);
                rest.remove(0);
                continue;
            };
            let is_same = |node: &Node| matches!(node.key, Inner::Known(_, other) if std::ptr::eq(other, name));
            let (same, others): (Vec<Node>, Vec<Node>) = rest.into_iter().partition(is_same);
            rest = others;
            let inner = self.mark();
            match flat {
                Flat::List => {
                    self.open.extend(same.into_iter().map(|node| Node { key: Inner::None, ..node }));
                    self.list(Key::Known(name), inner);
                }
                Flat::Map => {
                    // Each is an object with one entry, or none.
                    for entry in same {
                        if let Data::Object(span) = entry.data {
                            self.open.extend_from_slice(&self.nodes[span.start as usize..span.end as usize]);
                        }
                    }
                    self.object(Key::Known(name), inner);
                }
            }
        }
    }

    /// The answer; the one value that is left is its root.
    pub fn finish(mut self) -> Answer {
        self.nodes.append(&mut self.open);
        if self.nodes.is_empty() {
            self.nodes.push(Node { key: Inner::None, data: Data::Null });
        }
        Answer { nodes: self.nodes, text: self.text }
    }

    fn close(&mut self, since: Mark) -> Span {
        let start = place(self.nodes.len());
        self.nodes.extend_from_slice(&self.open[since.0..]);
        self.open.truncate(since.0);
        Span { start, end: place(self.nodes.len()) }
    }

    fn push(&mut self, key: Key<'_>, data: Data) {
        let key = self.inner(key);
        self.open.push(Node { key, data });
    }

    fn inner(&mut self, key: Key<'_>) -> Inner {
        match key {
            Key::None => Inner::None,
            Key::Known(name) => Inner::Known(name.hash(), name),
            Key::Own(name) => Inner::Own(hash(name), self.keep(name)),
        }
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = place(self.text.len());
        self.text.push_str(text);
        Span { start, end: place(self.text.len()) }
    }
}

/// What a member becomes whose elements or entries stand in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flat {
    List,
    Map,
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("an answer is shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_added_comes_back() {
        let value = json!({"b": [1, -2.5, u64::MAX, [], {}], "a": {"x": "ü", "y": null, "z": true}});
        assert_eq!(Answer::from(&value).value(), value);
        assert_eq!(Answer::from(&json!("x")).value(), json!("x"));
        assert_eq!(Builder::default().finish().value(), Value::Null);
    }

    #[test]
    fn of_two_members_with_one_name_the_last_one_counts() {
        let mut builder = Builder::default();
        let since = builder.mark();
        builder.int(Key::Own("a"), 1);
        builder.int(Key::Own("a"), 2);
        builder.object(Key::None, since);
        let answer = builder.finish();
        let member = answer.member(answer.root(), &Name::new("a")).unwrap();
        assert_eq!(answer.scalar(member), Scalar::Int(2));
        assert_eq!(answer.value(), json!({"a": 2}));
    }
}
