//! XML: typed values from a body, and bodies from parameters.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{ParseError, Projection, scalar};
use crate::provider::aws::schema::{Member, Service, Shape, Structure, Target};

mod scan;
mod write;

pub(super) use scan::Element;
use scan::{Scanner, Token};
pub(super) use write::Writer;

/// More levels than any answer of AWS has; a body cannot make the reader exhaust its stack.
pub(super) const DEPTH_MAX: usize = 96;

/// Reads a body from its start to its end, guided by the schema.
pub(super) struct Reader<'a> {
    service: &'a Service,
    scanner: Scanner<'a>,
    anomalies: usize,
}

/// A body as text.
pub(super) fn text(body: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(body).map_err(|_| ParseError::NotText)
}

impl<'a> Reader<'a> {
    pub(super) fn new(service: &'a Service, text: &'a str) -> Self {
        Self { service, scanner: Scanner::new(text), anomalies: 0 }
    }

    /// Scalars that were not what the schema says.
    pub(super) fn anomalies(&self) -> usize {
        self.anomalies
    }

    /// The document's element; `None` if the document is empty.
    pub(super) fn root(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        self.scanner.element()
    }

    /// The first child of that name in the element whose start tag has been read; the reader is inside it then.
    pub(super) fn descend(&mut self, name: &str) -> Result<Option<Element<'a>>, ParseError> {
        while let Some(child) = self.child()? {
            if child.local_name() == name {
                return Ok(Some(child));
            }
            self.scanner.skip()?;
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
        let mut members = Vec::new();
        self.attributes(structure, element, &mut members);
        while let Some(child) = self.child()? {
            let member = structure.by_wire_name(child.local_name()).filter(|member| member.target.traits.in_body());
            match member.and_then(|member| Some((member, projection.member(&member.name)?))) {
                Some((member, projection)) => self.member(member, &child, projection, &mut members)?,
                None => self.scanner.skip()?,
            }
        }
        // In order of name, so that the map is built without looking for places.
        members.sort_by_key(|(member, _)| member.rank);
        Ok(members.into_iter().map(|(member, value)| (member.name.clone(), value)).collect())
    }

    /// The text of the element whose start tag has been read, up to its end; elements within are left out.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, ParseError> {
        self.scanner.element_text()
    }

    /// Visits the name and text of every element without elements in it, below the one whose start tag has been read.
    pub(super) fn leaves(&mut self, visit: &mut dyn FnMut(&str, &str)) -> Result<(), ParseError> {
        let mut open: Vec<&str> = Vec::new();
        let mut text = String::new();
        while let Some(token) = self.scanner.token()? {
            match token {
                Token::Start(element) => {
                    text.clear();
                    open.push(element.local_name());
                    if open.len() > DEPTH_MAX {
                        return Err(ParseError::TooDeep);
                    }
                }
                Token::Text(piece) => text.push_str(&piece),
                Token::End => match open.pop() {
                    Some(name) => visit(name, std::mem::take(&mut text).trim()),
                    None => return Ok(()),
                },
            }
        }
        Ok(())
    }

    fn member(
        &mut self,
        member: &'a Member,
        child: &Element<'a>,
        projection: &Projection,
        members: &mut Vec<(&'a Member, Value)>,
    ) -> Result<(), ParseError> {
        let target = &member.target;
        let value = match self.service.shape(target) {
            Shape::List(item) if target.traits.flattened => {
                let value = self.value(item, child, projection)?;
                if let Some(Value::Array(items)) = known(members, member) {
                    items.push(value);
                    return Ok(());
                }
                Value::Array(vec![value])
            }
            Shape::Map { key, value } if target.traits.flattened => {
                let entry = self.entry(key, value, projection)?;
                if let Some(Value::Object(entries)) = known(members, member) {
                    entries.extend(entry);
                    return Ok(());
                }
                Value::Object(entry.into_iter().collect())
            }
            _ => self.value(target, child, projection)?,
        };
        members.push((member, value));
        Ok(())
    }

    /// Every child is an item, whatever its name.
    fn list(&mut self, item: &Target, projection: &Projection) -> Result<Value, ParseError> {
        let mut items = Vec::new();
        while let Some(child) = self.child()? {
            items.push(self.value(item, &child, projection)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, key: &Target, value: &Target, projection: &Projection) -> Result<Value, ParseError> {
        let mut entries = Map::new();
        while self.child()?.is_some() {
            entries.extend(self.entry(key, value, projection)?);
        }
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
        while let Some(child) = self.child()? {
            let name = child.local_name();
            if name == key_name {
                found.0 = Some(self.text()?.into_owned());
            } else if name == value_name {
                found.1 = self.value(value, &child, projection)?;
            } else {
                self.scanner.skip()?;
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

    fn attributes(&mut self, structure: &'a Structure, element: &Element<'a>, members: &mut Vec<(&'a Member, Value)>) {
        for attribute in element.attributes() {
            let member = structure.by_wire_name(attribute.key.0).filter(|member| member.target.traits.xml_attribute);
            if let (Some(member), Ok(text)) = (member, attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)) {
                let value = scalar::read(self.service.shape(&member.target), &member.target, &text);
                self.anomalies += usize::from(value.is_none());
                members.push((member, value.unwrap_or_default()));
            }
        }
    }

    /// The next child of the element that is open; `None` at its end.
    fn child(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        let child = self.scanner.element()?;
        if self.scanner.depth() > DEPTH_MAX { Err(ParseError::TooDeep) } else { Ok(child) }
    }
}

/// What has been read of a member so far.
fn known<'m>(members: &'m mut [(&Member, Value)], member: &Member) -> Option<&'m mut Value> {
    members.iter_mut().find(|(other, _)| other.rank == member.rank).map(|(_, value)| value)
}
