//! Serde over the tree.
//!
//! Stricter than most YAML readers where a slip would go unnoticed (a quoted number is no number) and more lenient
//! where nobody is harmed: a plain scalar gives its text where text is wanted, and nothing behind a key is an empty
//! map or list.

use serde::de::{self, DeserializeSeed, Error as _, IntoDeserializer, Unexpected, Visitor};

use super::problem::{Problem, QUOTED, What};
use super::scalar::Guess;
use super::{Entry, Node, NodeValue, Scalar};

/// Deserialises a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeDeserializer<'a>(pub(super) &'a Node);

impl NodeDeserializer<'_> {
    fn wrong_type(self, expected: &dyn de::Expected) -> Problem {
        let unexpected = match &self.0.value {
            NodeValue::Null => Unexpected::Unit,
            NodeValue::List(_) => Unexpected::Seq,
            NodeValue::Map(_) => Unexpected::Map,
            NodeValue::Scalar(scalar) => match scalar.guess() {
                Guess::Bool(value) => Unexpected::Bool(value),
                Guess::Unsigned(value) => Unexpected::Unsigned(value),
                Guess::Signed(value) => Unexpected::Signed(value),
                Guess::Float(value) => Unexpected::Float(value),
                Guess::Text(text) => Unexpected::Str(text),
            },
        };
        Problem::invalid_type(unexpected, expected)
    }

    /// For numbers and truth values, where quotes may be all that is wrong.
    fn wrong_value_type(self, expected: &dyn de::Expected, would_do: fn(Guess<'_>) -> bool) -> Problem {
        let mut problem = self.wrong_type(expected);
        if let NodeValue::Scalar(scalar) = &self.0.value
            && !scalar.plain
            && would_do(Scalar::plain(scalar.text.as_str()).guess())
            && let What::WrongType { found, .. } = &mut problem.what
        {
            *found = format!("{QUOTED} `{}`", scalar.text);
        }
        problem
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.guess() {
            Some(Guess::Unsigned(value)) => visitor.visit_u64(value),
            Some(Guess::Signed(value)) => visitor.visit_i64(value),
            _ => Err(self.wrong_value_type(&visitor, |guess| matches!(guess, Guess::Unsigned(_) | Guess::Signed(_)))),
        }
    }

    fn float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.guess() {
            Some(Guess::Float(value)) => visitor.visit_f64(value),
            Some(Guess::Unsigned(value)) => visitor.visit_u64(value),
            Some(Guess::Signed(value)) => visitor.visit_i64(value),
            _ => Err(self.wrong_value_type(&visitor, |guess| !matches!(guess, Guess::Text(_) | Guess::Bool(_)))),
        }
    }

    fn guess(&self) -> Option<Guess<'_>> {
        match &self.0.value {
            NodeValue::Scalar(scalar) => Some(scalar.guess()),
            _ => None,
        }
    }
}

macro_rules! forward {
    ($to:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.$to(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.0.value {
            NodeValue::Null => visitor.visit_unit(),
            NodeValue::List(_) => self.deserialize_seq(visitor),
            NodeValue::Map(_) => self.deserialize_map(visitor),
            NodeValue::Scalar(scalar) => match scalar.guess() {
                Guess::Bool(value) => visitor.visit_bool(value),
                Guess::Unsigned(value) => visitor.visit_u64(value),
                Guess::Signed(value) => visitor.visit_i64(value),
                Guess::Float(value) => visitor.visit_f64(value),
                Guess::Text(text) => visitor.visit_borrowed_str(text),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.guess() {
            Some(Guess::Bool(value)) => visitor.visit_bool(value),
            _ => Err(self.wrong_value_type(&visitor, |guess| matches!(guess, Guess::Bool(_)))),
        }
    }

    forward!(integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);
    forward!(float: deserialize_f32 deserialize_f64);
    forward!(deserialize_str: deserialize_char deserialize_string deserialize_identifier
        deserialize_bytes deserialize_byte_buf);
    forward!(deserialize_any: deserialize_ignored_any);

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.0.value {
            NodeValue::Scalar(scalar) => visitor.visit_borrowed_str(&scalar.text),
            _ => Err(self.wrong_type(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0.value {
            NodeValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0.value {
            NodeValue::Null => visitor.visit_unit(),
            _ => Err(self.wrong_type(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.0.value {
            NodeValue::Null => visitor.visit_seq(Items(std::iter::empty().enumerate())),
            NodeValue::List(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            _ => Err(self.wrong_type(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.0.value {
            NodeValue::Null => visitor.visit_map(Entries { entries: &[], position: 0 }),
            NodeValue::Map(entries) => visitor.visit_map(Entries { entries, position: 0 }),
            _ => Err(self.wrong_type(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match &self.0.value {
            NodeValue::Scalar(scalar) => visitor.visit_enum(scalar.text.as_str().into_deserializer()),
            NodeValue::Map(entries) if entries.len() == 1 => visitor.visit_enum(Variant(&entries[0])),
            NodeValue::Map(entries) => {
                let found = format!("{} keys", entries.len());
                Err(Problem::invalid_type(Unexpected::Other(&found), &"a map with exactly one key"))
            }
            _ => Err(self.wrong_type(&visitor)),
        }
    }
}

struct Items<I>(std::iter::Enumerate<I>);

impl<'de, I: Iterator<Item = &'de Node>> de::SeqAccess<'de> for Items<I> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let next = self.0.next();
        next.map(|(at, node)| seed.deserialize(NodeDeserializer(node)).map_err(|problem| problem.through(at)))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint().1
    }
}

struct Entries<'a> {
    entries: &'a [Entry],
    /// Of the entry whose key comes next.
    position: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some(entry) = self.entries.get(self.position) else { return Ok(None) };
        self.position += 1;
        let at = self.position - 1;
        seed.deserialize(Key(&entry.key)).map(Some).map_err(|problem| problem.at_key(at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let at = self.position.saturating_sub(1);
        let entry = self.entries.get(at).ok_or_else(|| Problem::custom("a value was asked for without its key"))?;
        seed.deserialize(NodeDeserializer(&entry.node)).map_err(|problem| problem.through(at))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.position)
    }
}

/// A variant that carries something: `http: {url: …}`.
struct Variant<'a>(&'a Entry);

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Problem> {
        let variant = seed.deserialize(Key(&self.0.key)).map_err(|problem| problem.at_key(0))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        de::Deserialize::deserialize(NodeDeserializer(&self.0.node)).map_err(|problem: Problem| problem.through(0))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(NodeDeserializer(&self.0.node)).map_err(|problem| problem.through(0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Problem> {
        de::Deserializer::deserialize_seq(NodeDeserializer(&self.0.node), visitor).map_err(|problem| problem.through(0))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        de::Deserializer::deserialize_map(NodeDeserializer(&self.0.node), visitor).map_err(|problem| problem.through(0))
    }
}

/// A key: text that may also name a variant or be a number.
struct Key<'a>(&'a str);

macro_rules! number_key {
    ($($method:ident $visit:ident $type:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            match self.0.parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Problem::invalid_type(Unexpected::Str(self.0), &visitor)),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for Key<'de> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_borrowed_str(self.0)
    }

    number_key! {
        deserialize_i8 visit_i8 i8; deserialize_i16 visit_i16 i16; deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64; deserialize_u8 visit_u8 u8; deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32; deserialize_u64 visit_u64 u64; deserialize_bool visit_bool bool;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
