//! XML: typed values from a body, and bodies from parameters.

use std::borrow::Cow;

use quick_xml::{
    Reader as Events,
    events::{BytesRef, BytesStart, Event},
};
use serde_json::{Map, Value};

use super::{ParseError, Projection, scalar};
use crate::provider::aws::schema::{Member, Service, Shape, Structure, Target};

mod write;

pub(super) use write::Writer;

/// More levels than any answer of AWS has; a body cannot make the reader exhaust its stack.
pub(super) const DEPTH_MAX: usize = 96;

/// An element's start tag.
pub(super) type Element<'a> = BytesStart<'a>;

/// Reads a body from its start to its end, guided by the schema.
pub(super) struct Reader<'a> {
    service: &'a Service,
    events: Events<&'a [u8]>,
    depth: usize,
    anomalies: usize,
}

/// What comes next inside an element.
enum Step<'a> {
    Child(Element<'a>),
    End,
}

/// A body as text.
pub(super) fn text(body: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(body).map_err(|_| ParseError::NotText)
}

/// An element's name without its namespace.
pub(super) fn local_name<'a>(element: &'a Element<'_>) -> &'a str {
    let name = element.name().0;
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

impl<'a> Reader<'a> {
    pub(super) fn new(service: &'a Service, text: &'a str) -> Self {
        let mut events = Events::from_str(text);
        events.config_mut().expand_empty_elements = true;
        Self { service, events, depth: 0, anomalies: 0 }
    }

    /// Scalars that were not what the schema says.
    pub(super) fn anomalies(&self) -> usize {
        self.anomalies
    }

    /// The document's element; `None` if the document is empty.
    pub(super) fn root(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        loop {
            match self.event()? {
                Event::Start(element) => return Ok(Some(element)),
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// The first child of that name in the element whose start tag has been read; the reader is inside it then.
    pub(super) fn descend(&mut self, name: &str) -> Result<Option<Element<'a>>, ParseError> {
        while let Step::Child(child) = self.step()? {
            if local_name(&child) == name {
                return Ok(Some(child));
            }
            self.skip(&child)?;
        }
        Ok(None)
    }

    /// Reads an element whose start tag has been read.
    pub(super) fn value(
        &mut self,
        target: &Target,
        element: &Element<'a>,
        projection: &Projection,
    ) -> Result<Value, ParseError> {
        match self.service.shape(target) {
            Shape::Structure(structure) => self.structure(structure, element, projection).map(Value::Object),
            Shape::List(item) => self.list(item, projection),
            Shape::Map { key, value } => self.map(key, value, projection),
            shape => self.scalar(shape, target),
        }
    }

    pub(super) fn structure(
        &mut self,
        structure: &'a Structure,
        element: &Element<'a>,
        projection: &Projection,
    ) -> Result<Map<String, Value>, ParseError> {
        self.enter()?;
        let mut members = Map::new();
        self.attributes(structure, element, &mut members);
        while let Step::Child(child) = self.step()? {
            let member = structure.by_wire_name(local_name(&child)).filter(|member| member.target.traits.in_body());
            match member.and_then(|member| Some((member, projection.member(&member.name)?))) {
                Some((member, projection)) => self.member(member, &child, projection, &mut members)?,
                None => self.skip(&child)?,
            }
        }
        self.depth -= 1;
        Ok(members)
    }

    /// The text of the element whose start tag has been read, up to its end; elements within are left out.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let mut text = Cow::Borrowed("");
        loop {
            let piece = match self.event()? {
                Event::End(_) => return Ok(text),
                Event::Text(piece) => piece.xml10_content(),
                Event::CData(piece) => piece.xml10_content(),
                Event::GeneralRef(reference) => resolve(&reference)?,
                Event::Start(child) => {
                    self.skip(&child)?;
                    continue;
                }
                Event::Eof => return Err(ParseError::Xml("it ends too early".to_owned())),
                _ => continue,
            };
            if text.is_empty() {
                text = piece;
            } else {
                text.to_mut().push_str(&piece);
            }
        }
    }

    /// Visits the name and text of every element without elements in it, below the one whose start tag has been read.
    pub(super) fn leaves(&mut self, visit: &mut dyn FnMut(&str, &str)) -> Result<(), ParseError> {
        let mut open: Vec<String> = Vec::new();
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::Start(element) => {
                    text.clear();
                    open.push(local_name(&element).to_owned());
                    if open.len() > DEPTH_MAX {
                        return Err(ParseError::TooDeep);
                    }
                }
                Event::Text(piece) => text.push_str(&piece.xml10_content()),
                Event::CData(piece) => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
                Event::End(_) => match open.pop() {
                    Some(name) => visit(&name, std::mem::take(&mut text).trim()),
                    None => return Ok(()),
                },
                Event::Eof => return Err(ParseError::Xml("it ends too early".to_owned())),
                _ => {}
            }
        }
    }

    fn member(
        &mut self,
        member: &'a Member,
        child: &Element<'a>,
        projection: &Projection,
        members: &mut Map<String, Value>,
    ) -> Result<(), ParseError> {
        let target = &member.target;
        match self.service.shape(target) {
            Shape::List(item) if target.traits.flattened => {
                let value = self.value(item, child, projection)?;
                match members.get_mut(&member.name) {
                    Some(Value::Array(items)) => items.push(value),
                    _ => drop(members.insert(member.name.clone(), Value::Array(vec![value]))),
                }
            }
            Shape::Map { key, value } if target.traits.flattened => {
                let entry = self.entry(key, value, projection)?;
                match members.get_mut(&member.name) {
                    Some(Value::Object(entries)) => entries.extend(entry),
                    _ => drop(members.insert(member.name.clone(), Value::Object(entry.into_iter().collect()))),
                }
            }
            _ => {
                let value = self.value(target, child, projection)?;
                members.insert(member.name.clone(), value);
            }
        }
        Ok(())
    }

    /// Every child is an item, whatever its name.
    fn list(&mut self, item: &Target, projection: &Projection) -> Result<Value, ParseError> {
        self.enter()?;
        let mut items = Vec::new();
        while let Step::Child(child) = self.step()? {
            items.push(self.value(item, &child, projection)?);
        }
        self.depth -= 1;
        Ok(Value::Array(items))
    }

    fn map(&mut self, key: &Target, value: &Target, projection: &Projection) -> Result<Value, ParseError> {
        self.enter()?;
        let mut entries = Map::new();
        while let Step::Child(_) = self.step()? {
            entries.extend(self.entry(key, value, projection)?);
        }
        self.depth -= 1;
        Ok(Value::Object(entries))
    }

    /// An entry of a map; `None` if it has no key.
    fn entry(
        &mut self,
        key: &Target,
        value: &Target,
        projection: &Projection,
    ) -> Result<Option<(String, Value)>, ParseError> {
        let key_name = key.traits.location_name.as_deref().unwrap_or("key");
        let value_name = value.traits.location_name.as_deref().unwrap_or("value");
        let mut found = (None, Value::Null);
        while let Step::Child(child) = self.step()? {
            let name = local_name(&child);
            if name == key_name {
                found.0 = Some(self.text()?.into_owned());
            } else if name == value_name {
                found.1 = self.value(value, &child, projection)?;
            } else {
                self.skip(&child)?;
            }
        }
        Ok(found.0.map(|key| (key, found.1)))
    }

    fn scalar(&mut self, shape: &Shape, target: &Target) -> Result<Value, ParseError> {
        let text = self.text()?;
        Ok(scalar::read(shape, target, &text).unwrap_or_else(|| {
            self.anomalies += 1;
            Value::Null
        }))
    }

    fn attributes(&mut self, structure: &'a Structure, element: &Element<'a>, members: &mut Map<String, Value>) {
        if element.attributes_raw().is_empty() {
            return;
        }
        for attribute in element.attributes().flatten() {
            let member = structure.by_wire_name(attribute.key.0).filter(|member| member.target.traits.xml_attribute);
            if let (Some(member), Ok(text)) = (member, attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)) {
                let value = scalar::read(self.service.shape(&member.target), &member.target, &text);
                self.anomalies += usize::from(value.is_none());
                members.insert(member.name.clone(), value.unwrap_or_default());
            }
        }
    }

    fn step(&mut self) -> Result<Step<'a>, ParseError> {
        loop {
            match self.event()? {
                Event::Start(element) => return Ok(Step::Child(element)),
                Event::End(_) => return Ok(Step::End),
                Event::Eof => return Err(ParseError::Xml("it ends too early".to_owned())),
                _ => {}
            }
        }
    }

    fn skip(&mut self, element: &Element<'a>) -> Result<(), ParseError> {
        self.events.read_to_end(element.name()).map(drop).map_err(|error| ParseError::Xml(error.to_string()))
    }

    fn event(&mut self) -> Result<Event<'a>, ParseError> {
        self.events.read_event().map_err(|error| ParseError::Xml(error.to_string()))
    }

    fn enter(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(ParseError::TooDeep) } else { Ok(()) }
    }
}

/// The text of a character reference, or of one of XML's five own entities; AWS has no others.
fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, ParseError> {
    if let Some(char) = reference.resolve_char_ref().map_err(|error| ParseError::Xml(error.to_string()))? {
        return Ok(char.to_string().into());
    }
    match &**reference {
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "amp" => Ok("&".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        name => Err(ParseError::Xml(format!("unknown entity {name:?}"))),
    }
}
