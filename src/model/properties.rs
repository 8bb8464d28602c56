//! Properties: what a kind has of its own.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use super::{Map, Value};

/// Properties by name, in order.
///
/// Names, texts and JSON stand one after the other in one text: a listing makes and drops a hundred thousand of them, and
/// a map of values would be dozens of allocations for each. They are in the form that tables want.
#[derive(Clone, Default)]
pub struct Properties {
    text: String,
    cells: Vec<Cell>,
}

/// What a resource has as a property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Property<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// Arrays, objects, and numbers beyond `i64`, as compact JSON whose members are in order.
    Json(&'a str),
}

#[derive(Clone, Copy)]
struct Cell {
    name: Span,
    stored: Stored,
}

/// A piece of the text.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy)]
enum Stored {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Span),
    Json(Span),
}

/// Values that are nested deeper could be written but not read again; their JSON is kept as text.
pub(crate) const DEPTH_MAX: usize = 100;

impl Properties {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// All of them, in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Property<'_>)> {
        self.cells.iter().map(|cell| (self.piece(cell.name), self.property(cell.stored)))
    }

    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    pub fn get(&self, name: &str) -> Option<Property<'_>> {
        let position = self.position(name).ok()?;
        Some(self.property(self.cells[position].stored))
    }

    /// The property as a value of its own.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.get(name).map(Property::value)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Sets a property.
    #[expect(clippy::needless_pass_by_value, reason = "most values are made where they are set")]
    pub fn insert(&mut self, name: &str, value: Value) {
        self.set(name, &value);
    }

    /// The same, of a value that stays somebody else's.
    pub fn set(&mut self, name: &str, value: &Value) {
        self.write(name, |text| match value {
            Value::Null => Written::Null,
            Value::Bool(flag) => Written::Bool(*flag),
            Value::String(value) => {
                text.push_str(value);
                Written::Text
            }
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Written::Int(int),
                (None, Some(float)) if number.is_f64() => Written::Float(float),
                _ => {
                    text.push_str(&number.to_string());
                    Written::Json
                }
            },
            Value::Array(_) | Value::Object(_) => {
                text.push_str(&value.to_string());
                if deeper(value, DEPTH_MAX) { Written::Text } else { Written::Json }
            }
        });
    }

    /// Sets a property to a text.
    pub fn set_text(&mut self, name: &str, value: &str) {
        self.write(name, |text| {
            text.push_str(value);
            Written::Text
        });
    }

    /// Sets a property to what another resource has.
    pub fn set_property(&mut self, name: &str, property: Property<'_>) {
        self.write(name, |text| match property {
            Property::Null => Written::Null,
            Property::Bool(flag) => Written::Bool(flag),
            Property::Int(number) => Written::Int(number),
            Property::Float(number) => Written::Float(number),
            Property::Text(value) => {
                text.push_str(value);
                Written::Text
            }
            Property::Json(json) => {
                text.push_str(json);
                Written::Json
            }
        });
    }

    /// Sets a property to what is written behind the text; JSON must be compact and its members in order.
    pub(crate) fn write(&mut self, name: &str, write: impl FnOnce(&mut String) -> Written) {
        let position = match self.cells.last() {
            // Most come in order.
            Some(last) if self.piece(last.name) >= name => self.position(name),
            _ => Err(self.cells.len()),
        };
        let start = self.at();
        let name = if let Ok(known) = position {
            self.cells[known].name
        } else {
            self.text.push_str(name);
            Span { start, end: self.at() }
        };
        let start = self.at();
        let written = write(&mut self.text);
        let span = Span { start, end: self.at() };
        let stored = match written {
            Written::Null => Stored::Null,
            Written::Bool(flag) => Stored::Bool(flag),
            Written::Int(number) => Stored::Int(number),
            Written::Float(number) => Stored::Float(number),
            Written::Text => Stored::Text(span),
            Written::Json => Stored::Json(span),
        };
        match position {
            Ok(known) => self.cells[known].stored = stored,
            Err(place) => self.cells.insert(place, Cell { name, stored }),
        }
    }

    /// Takes a property away.
    pub fn remove(&mut self, name: &str) {
        if let Ok(position) = self.position(name) {
            self.cells.remove(position);
        }
    }

    /// Takes those away that are null.
    pub fn drop_nulls(&mut self) {
        self.cells.retain(|cell| !matches!(cell.stored, Stored::Null));
    }

    /// Properties with room for so many bytes and so many of them.
    pub(crate) fn with_room(bytes: usize, number: usize) -> Self {
        Self { text: String::with_capacity(bytes), cells: Vec::with_capacity(number) }
    }

    pub fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(name, property)| (name.to_owned(), property.value())).collect()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.cells.binary_search_by(|cell| self.piece(cell.name).cmp(name))
    }

    fn at(&self) -> u32 {
        u32::try_from(self.text.len()).expect("the properties of a resource are shorter than 4 GiB")
    }

    fn piece(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn property(&self, stored: Stored) -> Property<'_> {
        match stored {
            Stored::Null => Property::Null,
            Stored::Bool(flag) => Property::Bool(flag),
            Stored::Int(number) => Property::Int(number),
            Stored::Float(number) => Property::Float(number),
            Stored::Text(span) => Property::Text(self.piece(span)),
            Stored::Json(span) => Property::Json(self.piece(span)),
        }
    }
}

/// What was written behind the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Written {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
    Json,
}

impl<'a> Property<'a> {
    pub fn is_null(self) -> bool {
        self == Self::Null
    }

    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_f64(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "as a JSON number's")]
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Json(json) if !json.starts_with(['[', '{']) => json.parse().ok(),
            _ => None,
        }
    }

    pub fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Int(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Text(text) => text.into(),
            // What is no JSON comes from a damaged table only.
            Self::Json(json) => serde_json::from_str(json).unwrap_or_default(),
        }
    }
}

fn deeper(value: &Value, limit: usize) -> bool {
    let Some(limit) = limit.checked_sub(1) else { return true };
    match value {
        Value::Array(values) => values.iter().any(|value| deeper(value, limit)),
        Value::Object(fields) => fields.values().any(|value| deeper(value, limit)),
        _ => false,
    }
}

impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl From<Map<String, Value>> for Properties {
    fn from(map: Map<String, Value>) -> Self {
        map.into_iter().collect()
    }
}

impl FromIterator<(String, Value)> for Properties {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        let mut properties = Self::default();
        properties.extend(pairs);
        properties
    }
}

impl Extend<(String, Value)> for Properties {
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, pairs: I) {
        for (name, value) in pairs {
            self.set(&name, &value);
        }
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, property)| (name, property.value())))
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut properties = Properties::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    properties.set(&name, &value);
                }
                Ok(properties)
            }
        }

        deserializer.deserialize_map(Form)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_come_back_as_they_were_and_in_order() {
        let all =
            json!({"b": [1, {"x": null}], "a": "ü", "d": -1, "c": 1.5, "e": u64::MAX, "f": true, "g": null, "h": ""});
        let map = all.as_object().unwrap().clone();
        let properties = Properties::from(map.clone());
        assert_eq!(properties.to_map(), map);
        assert_eq!(properties.keys().collect::<String>(), "abcdefgh");
        assert_eq!(serde_json::to_value(&properties).unwrap(), all);
        assert_eq!(serde_json::from_value::<Properties>(all).unwrap(), properties);
        assert_eq!(properties.get("e").unwrap().as_f64(), Some(18_446_744_073_709_551_615.0));
    }

    #[test]
    fn a_property_is_set_anew_and_taken_away() {
        let mut properties = Properties::new();
        for (name, value) in [("b", json!("x")), ("a", json!(1)), ("b", json!([2])), ("c", Value::Null)] {
            properties.insert(name, value);
        }
        assert_eq!(Value::Object(properties.to_map()), json!({"a": 1, "b": [2], "c": null}));
        properties.drop_nulls();
        properties.remove("a");
        properties.remove("absent");
        assert_eq!(properties, Properties::from_iter([("b".to_owned(), json!([2]))]));
        assert!(!properties.contains_key("a"));
    }

    #[test]
    fn what_could_not_be_read_again_is_text() {
        let deep = (0..=DEPTH_MAX).fold(json!(1), |inner, _| json!([inner]));
        let mut properties = Properties::new();
        properties.insert("deep", deep.clone());
        assert_eq!(properties.get("deep"), Some(Property::Text(&deep.to_string())));
    }
}
