//! Typed values from JSON bodies, in one pass.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::provider::aws::{
    protocol::{ParseError, Parsed, Projection, scalar, timestamp},
    schema::{Service, Shape, Structure, Target},
};

/// Reads a whole body.
pub(in crate::provider::aws::protocol) fn read(
    service: &Service,
    target: &Target,
    body: &[u8],
    projection: &Projection,
) -> Result<Parsed, ParseError> {
    let anomalies = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let seed = Seed { service, target, projection, anomalies: &anomalies };
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| ParseError::Json(error.to_string()))?;
    Ok(Parsed { value, anomalies: anomalies.get() })
}

/// A value that is about to be read, and what it should be.
#[derive(Clone, Copy)]
struct Seed<'a> {
    service: &'a Service,
    target: &'a Target,
    projection: &'a Projection,
    anomalies: &'a Cell<usize>,
}

impl<'a> Seed<'a> {
    fn at(self, target: &'a Target, projection: &'a Projection) -> Self {
        Self { target, projection, ..self }
    }

    fn anomaly(self) -> Value {
        self.anomalies.set(self.anomalies.get() + 1);
        Value::Null
    }

    fn shape(self) -> &'a Shape {
        self.service.shape(self.target)
    }

    fn structure<'de, A: MapAccess<'de>>(self, structure: &'a Structure, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(member) = map.next_key_seed(MemberName { structure, projection: self.projection })? {
            match member {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some((name, target, projection)) => {
                    let value = map.next_value_seed(Optional(self.at(target, projection)))?;
                    // A member that is null is a member that is not there.
                    if let Some(value) = value {
                        members.insert(name.to_owned(), value);
                    }
                }
            }
        }
        Ok(Value::Object(members))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(match self.shape() {
            Shape::Boolean | Shape::Document => flag.into(),
            Shape::String => flag.to_string().into(),
            _ => self.anomaly(),
        })
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(match self.shape() {
            Shape::Integer | Shape::Document => number.into(),
            #[expect(clippy::cast_precision_loss, reason = "the schema says that it is a double")]
            Shape::Float => Number::from_f64(number as f64).map_or(Value::Null, Value::Number),
            Shape::String => number.to_string().into(),
            Shape::Timestamp => match jiff::Timestamp::from_second(number) {
                Ok(timestamp) => timestamp.to_string().into(),
                Err(_) => self.anomaly(),
            },
            _ => self.anomaly(),
        })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        match (i64::try_from(number), self.shape()) {
            (Ok(number), _) => self.visit_i64(number),
            (Err(_), Shape::Integer | Shape::Document) => Ok(number.into()),
            (Err(_), _) => Ok(self.anomaly()),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        #[expect(clippy::cast_possible_truncation, reason = "only a number without a fraction is cast")]
        Ok(match self.shape() {
            Shape::Integer if number.fract() == 0.0 && number.abs() < 9e15 => (number as i64).into(),
            Shape::Float | Shape::Document => number.into(),
            Shape::String => number.to_string().into(),
            Shape::Timestamp => match timestamp::from_seconds(number) {
                Some(timestamp) => timestamp.to_string().into(),
                None => self.anomaly(),
            },
            _ => self.anomaly(),
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(match self.shape() {
            Shape::Document => text.into(),
            shape => scalar::read(shape, self.target, text).unwrap_or_else(|| self.anomaly()),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let item = match self.shape() {
            Shape::List(item) => item,
            Shape::Document => self.target,
            _ => {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(self.anomaly());
            }
        };
        let mut items = Vec::new();
        while let Some(value) = seq.next_element_seed(self.at(item, self.projection))? {
            items.push(value);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let value = match self.shape() {
            Shape::Structure(structure) => return self.structure(structure, map),
            Shape::Map { value, .. } => value,
            Shape::Document => self.target,
            _ => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(self.anomaly());
            }
        };
        let mut entries = Map::new();
        while let Some(key) = map.next_key()? {
            entries.insert(key, map.next_value_seed(self.at(value, self.projection))?);
        }
        Ok(Value::Object(entries))
    }
}

/// A key of a structure: the member it names, unless that is unknown or not wanted.
struct MemberName<'a> {
    structure: &'a Structure,
    projection: &'a Projection,
}

impl<'de, 'a> DeserializeSeed<'de> for MemberName<'a> {
    type Value = Option<(&'a str, &'a Target, &'a Projection)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for MemberName<'a> {
    type Value = Option<(&'a str, &'a Target, &'a Projection)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, wire_name: &str) -> Result<Self::Value, E> {
        Ok(self.structure.by_wire_name(wire_name).and_then(|member| {
            let projection = self.projection.member(&member.name)?;
            Some((member.name.as_str(), &member.target, projection))
        }))
    }
}

/// A value that may be null.
struct Optional<'a>(Seed<'a>);

impl<'de> DeserializeSeed<'de> for Optional<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Optional<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}
