//! Typed values from JSON bodies, in one pass.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::provider::aws::{
    protocol::{Builder, Key, ParseError, Projection, scalar, timestamp},
    schema::{Member, Service, Shape, Structure, Target},
};

/// Reads a whole body; tells how many anomalies there were.
pub(in crate::provider::aws::protocol) fn read(
    service: &'static Service,
    key: Key<'_>,
    target: &'static Target,
    body: &[u8],
    projection: &Projection,
    builder: &mut Builder,
) -> Result<usize, ParseError> {
    let state = RefCell::new(State { builder, anomalies: 0 });
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let seed = Seed { service, key, target, projection, state: &state };
    seed.deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| ParseError::Json(error.to_string()))?;
    Ok(state.into_inner().anomalies)
}

/// Reads the members of a body into an object that others belong to as well; a body that is no object has none.
pub(in crate::provider::aws::protocol) fn members(
    service: &'static Service,
    target: &'static Target,
    body: &[u8],
    projection: &Projection,
    builder: &mut Builder,
) -> Result<usize, ParseError> {
    let since = builder.mark();
    let anomalies = read(service, Key::None, target, body, projection, builder)?;
    builder.unwrap_object(since);
    Ok(anomalies)
}

/// What reading comes to.
struct State<'b> {
    builder: &'b mut Builder,
    anomalies: usize,
}

/// A value that is about to be read, and what it should be.
#[derive(Clone, Copy)]
struct Seed<'a, 'b> {
    service: &'static Service,
    key: Key<'a>,
    target: &'static Target,
    projection: &'a Projection,
    state: &'a RefCell<State<'b>>,
}

impl<'a> Seed<'a, '_> {
    fn at(self, key: Key<'a>, target: &'static Target, projection: &'a Projection) -> Self {
        Self { key, target, projection, ..self }
    }

    fn add(self, add: impl FnOnce(&mut Builder, Key<'_>)) {
        add(self.state.borrow_mut().builder, self.key);
    }

    fn anomaly(self) {
        self.state.borrow_mut().anomalies += 1;
        self.add(Builder::null);
    }

    fn shape(self) -> &'static Shape {
        self.service.shape(self.target)
    }

    fn structure<'de, A: MapAccess<'de>>(self, structure: &'static Structure, mut map: A) -> Result<(), A::Error> {
        let since = self.state.borrow().builder.mark();
        while let Some(member) = map.next_key_seed(MemberName { structure, projection: self.projection })? {
            match member {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some((member, projection)) => {
                    map.next_value_seed(Optional(self.at(Key::Known(&member.key), &member.target, projection)))?;
                }
            }
        }
        self.add(|builder, key| builder.object(key, since));
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.add(Builder::null);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        match self.shape() {
            Shape::Boolean | Shape::Document => self.add(|builder, key| builder.bool(key, flag)),
            Shape::String => self.add(|builder, key| builder.text(key, if flag { "true" } else { "false" })),
            _ => self.anomaly(),
        }
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        match self.shape() {
            Shape::Integer | Shape::Document => self.add(|builder, key| builder.int(key, number)),
            #[expect(clippy::cast_precision_loss, reason = "the schema says that it is a double")]
            Shape::Float => self.add(|builder, key| builder.float(key, number as f64)),
            Shape::String => self.add(|builder, key| builder.text(key, &number.to_string())),
            Shape::Timestamp => match jiff::Timestamp::from_second(number) {
                Ok(timestamp) => self.add(|builder, key| builder.text(key, &timestamp.to_string())),
                Err(_) => self.anomaly(),
            },
            _ => self.anomaly(),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match (i64::try_from(number), self.shape()) {
            (Ok(number), _) => return self.visit_i64(number),
            (Err(_), Shape::Integer | Shape::Document) => self.add(|builder, key| builder.unsigned(key, number)),
            (Err(_), _) => self.anomaly(),
        }
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        match self.shape() {
            #[expect(clippy::cast_possible_truncation, reason = "only a number without a fraction is cast")]
            Shape::Integer if number.fract() == 0.0 && number.abs() < 9e15 => {
                self.add(|builder, key| builder.int(key, number as i64));
            }
            Shape::Float | Shape::Document => self.add(|builder, key| builder.float(key, number)),
            Shape::String => self.add(|builder, key| builder.text(key, &number.to_string())),
            Shape::Timestamp => match timestamp::from_seconds(number) {
                Some(timestamp) => self.add(|builder, key| builder.text(key, &timestamp.to_string())),
                None => self.anomaly(),
            },
            _ => self.anomaly(),
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let shape = self.shape();
        if let Shape::Document = shape {
            self.add(|builder, key| builder.text(key, text));
        } else {
            let mut state = self.state.borrow_mut();
            let is_fine = scalar::put(state.builder, self.key, shape, self.target, text);
            state.anomalies += usize::from(!is_fine);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let item = match self.shape() {
            Shape::List(item) => item,
            Shape::Document => self.target,
            _ => {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                self.anomaly();
                return Ok(());
            }
        };
        let since = self.state.borrow().builder.mark();
        while seq.next_element_seed(self.at(Key::None, item, self.projection))?.is_some() {}
        self.add(|builder, key| builder.list(key, since));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let value = match self.shape() {
            Shape::Structure(structure) => return self.structure(structure, map),
            Shape::Map { value, .. } => value,
            Shape::Document => self.target,
            _ => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                self.anomaly();
                return Ok(());
            }
        };
        let since = self.state.borrow().builder.mark();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(self.at(Key::Own(&key), value, self.projection))?;
        }
        self.add(|builder, key| builder.object(key, since));
        Ok(())
    }
}

/// A key of a structure: the member it names, unless that is unknown or not wanted.
struct MemberName<'a> {
    structure: &'static Structure,
    projection: &'a Projection,
}

impl<'de, 'a> DeserializeSeed<'de> for MemberName<'a> {
    type Value = Option<(&'static Member, &'a Projection)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for MemberName<'a> {
    type Value = Option<(&'static Member, &'a Projection)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, wire_name: &str) -> Result<Self::Value, E> {
        let member = self.structure.by_wire_name(wire_name);
        Ok(member.and_then(|member| Some((member, self.projection.known_member(&member.key)?))))
    }
}

/// A member that may be null, and then is not there.
struct Optional<'a, 'b>(Seed<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Optional<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Optional<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.deserialize(deserializer)
    }
}
