//! XML bodies from parameters.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use crate::provider::aws::{
    protocol::{BuildProblem, query::check_names, scalar},
    schema::{Namespace, Service, Shape, Structure, Target, TimestampFormat},
};

/// An XML body in the making.
pub(in crate::provider::aws::protocol) struct Writer<'a> {
    service: &'a Service,
    text: String,
}

impl<'a> Writer<'a> {
    pub(in crate::provider::aws::protocol) fn new(service: &'a Service) -> Self {
        Self { service, text: String::new() }
    }

    pub(in crate::provider::aws::protocol) fn finish(self) -> String {
        self.text
    }

    /// Writes an element with a value of any shape.
    pub(in crate::provider::aws::protocol) fn element(
        &mut self,
        name: &str,
        target: &Target,
        value: &Value,
    ) -> Result<(), BuildProblem> {
        let namespace = target.traits.xml_namespace.as_ref();
        match (self.service.shape(target), value) {
            (_, Value::Null) => Ok(()),
            (Shape::Structure(structure), Value::Object(params)) => self.structure(name, namespace, structure, params),
            (Shape::List(item), Value::Array(items)) if target.traits.flattened => {
                items.iter().try_for_each(|value| self.element(name, item, value))
            }
            (Shape::List(item), Value::Array(items)) => {
                self.open(name, namespace, &[]);
                let item_name = item.traits.location_name.as_deref().unwrap_or("member");
                items.iter().try_for_each(|value| self.element(item_name, item, value))?;
                self.close(name);
                Ok(())
            }
            (Shape::Map { key, value }, Value::Object(entries)) if target.traits.flattened => {
                entries.iter().try_for_each(|entry| self.entry(name, key, value, entry))
            }
            (Shape::Map { key, value }, Value::Object(entries)) => {
                self.open(name, namespace, &[]);
                entries.iter().try_for_each(|entry| self.entry("entry", key, value, entry))?;
                self.close(name);
                Ok(())
            }
            (shape, value) => {
                let text = scalar::write(name, shape, target, value, TimestampFormat::Iso8601)?;
                self.open(name, namespace, &[]);
                self.text.push_str(&escape(&text));
                self.close(name);
                Ok(())
            }
        }
    }

    /// Writes a structure's element: members that are attributes first, then its children.
    pub(in crate::provider::aws::protocol) fn structure(
        &mut self,
        name: &str,
        namespace: Option<&Namespace>,
        structure: &Structure,
        params: &Map<String, Value>,
    ) -> Result<(), BuildProblem> {
        check_names(structure, params)?;
        let mut attributes = Vec::new();
        let mut children = Vec::new();
        for member in &structure.members {
            let Some(value) = params.get(&member.name).filter(|value| !value.is_null()) else { continue };
            let traits = &member.target.traits;
            if traits.location.is_some() {
                continue;
            }
            let member_name = traits.location_name.as_deref().unwrap_or(&member.name);
            if traits.xml_attribute {
                let shape = self.service.shape(&member.target);
                let text = scalar::write(&member.name, shape, &member.target, value, TimestampFormat::Iso8601)?;
                attributes.push((member_name, text));
            } else {
                children.push((member_name, &member.target, value));
            }
        }
        self.open(name, namespace, &attributes);
        for (name, target, value) in children {
            self.element(name, target, value)?;
        }
        self.close(name);
        Ok(())
    }

    fn entry(
        &mut self,
        name: &str,
        key: &Target,
        value: &Target,
        (entry_key, entry_value): (&String, &Value),
    ) -> Result<(), BuildProblem> {
        self.open(name, None, &[]);
        let key_name = key.traits.location_name.as_deref().unwrap_or("key");
        self.element(key_name, key, &Value::String(entry_key.clone()))?;
        self.element(value.traits.location_name.as_deref().unwrap_or("value"), value, entry_value)?;
        self.close(name);
        Ok(())
    }

    fn open(&mut self, name: &str, namespace: Option<&Namespace>, attributes: &[(&str, String)]) {
        self.text.push('<');
        self.text.push_str(name);
        if let Some(Namespace { prefix, uri }) = namespace {
            match prefix {
                Some(prefix) => self.attribute(&format!("xmlns:{prefix}"), uri),
                None => self.attribute("xmlns", uri),
            }
        }
        for (name, value) in attributes {
            self.attribute(name, value);
        }
        self.text.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.text.push_str(&escape(value));
        self.text.push('"');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }
}
