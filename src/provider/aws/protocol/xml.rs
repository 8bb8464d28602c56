//! XML: typed values from a body, and bodies from parameters.

use std::borrow::Cow;

use super::{Builder, Key, ParseError, Projection, scalar};
use crate::provider::{
    aws::schema::{Member, Service, Shape, Structure, Target},
    catalogue::Flat,
};

mod scan;
mod write;

pub(super) use scan::Element;
use scan::{Scanner, Token};
pub(super) use write::Writer;

/// More levels than any answer of AWS has; a body cannot make the reader exhaust its stack.
pub(super) const DEPTH_MAX: usize = 96;

/// Reads a body from its start to its end, guided by the schema.
pub(super) struct Reader<'a, 'b> {
    service: &'static Service,
    scanner: Scanner<'a>,
    builder: &'b mut Builder,
    anomalies: usize,
}

/// A body as text.
pub(super) fn text(body: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(body).map_err(|_| ParseError::NotText)
}

/// Visits the name and text of every element without elements in it, below the document's own.
pub(super) fn leaves(text: &str, visit: &mut dyn FnMut(&str, &str)) -> Result<(), ParseError> {
    let mut scanner = Scanner::new(text);
    if scanner.element()?.is_none() {
        return Err(ParseError::MissingElement("at all".to_owned()));
    }
    let mut open: Vec<&str> = Vec::new();
    let mut text = String::new();
    while let Some(token) = scanner.token()? {
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

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) fn new(service: &'static Service, text: &'a str, builder: &'b mut Builder) -> Self {
        Self { service, scanner: Scanner::new(text), builder, anomalies: 0 }
    }

    /// Scalars that were not what the schema says.
    pub(super) fn anomalies(&self) -> usize {
        self.anomalies
    }

    /// What is read is added here.
    pub(super) fn builder(&mut self) -> &mut Builder {
        self.builder
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
        key: Key<'_>,
        target: &'static Target,
        element: &Element<'a>,
        projection: &Projection,
    ) -> Result<(), ParseError> {
        match self.service.shape(target) {
            Shape::Structure(structure) => {
                let since = self.builder.mark();
                self.structure(structure, element, projection)?;
                self.builder.object(key, since);
            }
            // Every child is an item, whatever its name.
            Shape::List(item) => {
                let since = self.builder.mark();
                while let Some(child) = self.child()? {
                    self.value(Key::None, item, &child, projection)?;
                }
                self.builder.list(key, since);
            }
            Shape::Map { key: names, value } => {
                let since = self.builder.mark();
                while self.child()?.is_some() {
                    self.entry(names, value, projection)?;
                }
                self.builder.object(key, since);
            }
            shape => {
                let text = self.scanner.element_text()?;
                let is_fine = scalar::put(self.builder, key, shape, target, &text);
                self.anomalies += usize::from(!is_fine);
            }
        }
        Ok(())
    }

    /// Reads the members of the element whose start tag has been read.
    pub(super) fn structure(
        &mut self,
        structure: &'static Structure,
        element: &Element<'a>,
        projection: &Projection,
    ) -> Result<(), ParseError> {
        let since = self.builder.mark();
        if element.has_attributes() {
            self.attributes(structure, element);
        }
        while let Some(child) = self.child()? {
            let member = structure.by_wire_name(child.local_name()).filter(|member| member.target.traits.in_body());
            match member.and_then(|member| Some((member, projection.known_member(&member.key)?))) {
                Some((member, projection)) => self.member(member, &child, projection)?,
                None => self.scanner.skip()?,
            }
        }
        if structure.has_flattened {
            let service = self.service;
            self.builder.gather(since, |name| {
                let member = structure.members.iter().find(|member| std::ptr::eq(&raw const member.key, name))?;
                match service.shape(&member.target) {
                    Shape::List(_) if member.target.traits.flattened => Some(Flat::List),
                    Shape::Map { .. } if member.target.traits.flattened => Some(Flat::Map),
                    _ => None,
                }
            });
        }
        Ok(())
    }

    /// The text of the element whose start tag has been read, up to its end; elements within are left out.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, ParseError> {
        self.scanner.element_text()
    }

    fn member(
        &mut self,
        member: &'static Member,
        child: &Element<'a>,
        projection: &Projection,
    ) -> Result<(), ParseError> {
        let (key, target) = (Key::Known(&member.key), &member.target);
        match self.service.shape(target) {
            Shape::List(item) if target.traits.flattened => self.value(key, item, child, projection),
            Shape::Map { key: names, value } if target.traits.flattened => {
                let since = self.builder.mark();
                self.entry(names, value, projection)?;
                self.builder.object(key, since);
                Ok(())
            }
            _ => self.value(key, target, child, projection),
        }
    }

    /// Reads an entry of a map, of which there is nothing if it has no key.
    fn entry(
        &mut self,
        key: &'static Target,
        value: &'static Target,
        projection: &Projection,
    ) -> Result<(), ParseError> {
        let key_name = key.traits.location_name.as_deref().unwrap_or("key");
        let value_name = value.traits.location_name.as_deref().unwrap_or("value");
        let since = self.builder.mark();
        let mut found = None;
        self.builder.null(Key::None);
        while let Some(child) = self.child()? {
            let name = child.local_name();
            if name == key_name {
                found = Some(self.text()?);
            } else if name == value_name {
                self.builder.take_back(since);
                self.value(Key::None, value, &child, projection)?;
            } else {
                self.scanner.skip()?;
            }
        }
        match found {
            Some(key) => self.builder.name(Key::Own(&key)),
            None => self.builder.take_back(since),
        }
        Ok(())
    }

    fn attributes(&mut self, structure: &'static Structure, element: &Element<'a>) {
        for attribute in element.attributes() {
            let member = structure.by_wire_name(attribute.key.0).filter(|member| member.target.traits.xml_attribute);
            if let (Some(member), Ok(text)) = (member, attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)) {
                let shape = self.service.shape(&member.target);
                let is_fine = scalar::put(self.builder, Key::Known(&member.key), shape, &member.target, &text);
                self.anomalies += usize::from(!is_fine);
            }
        }
    }

    /// The next child of the element that is open; `None` at its end.
    fn child(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        let child = self.scanner.element()?;
        if self.scanner.depth() > DEPTH_MAX { Err(ParseError::TooDeep) } else { Ok(child) }
    }
}
