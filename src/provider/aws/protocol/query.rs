//! The query protocol: a form in, XML out. EC2 speaks a dialect of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{
    BuildProblem, Builder, Key, ParseError, Projection, Request, Response, ec2, nothing, scalar,
    xml::{self, Reader},
};
use crate::provider::aws::schema::{Member, Operation, Service, Shape, Structure, Target, TimestampFormat};

/// All but RFC 3986's unreserved characters.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whose names and lists are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Query,
    Ec2,
}

pub(super) fn build(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
    dialect: Dialect,
) -> Result<Request, BuildProblem> {
    let mut form = Form { service, dialect, text: String::new() };
    form.pair("Action", &operation.name);
    form.pair("Version", &service.metadata.api_version);
    if let Some(input) = operation.input.as_ref().and_then(|input| service.structure(input)) {
        form.structure("", input, params)?;
    }
    Ok(Request {
        path: "/".to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: form.text.into_bytes(),
        ..Request::default()
    })
}

/// Reads the answer's root element, or in the query protocol the wrapper below it; tells how many anomalies there were.
pub(super) fn parse(
    service: &'static Service,
    operation: &'static Operation,
    response: &Response,
    projection: &Projection,
    builder: &mut Builder,
) -> Result<usize, ParseError> {
    let is_nothing = |output: &Target| service.structure(output).is_some_and(|output| output.members.is_empty());
    let Some(output) = operation.output.as_ref().filter(|output| !(response.body.is_empty() && is_nothing(output)))
    else {
        nothing(builder);
        return Ok(0);
    };
    let mut reader = Reader::new(service, xml::text(&response.body)?, builder);
    let root = reader.root()?.ok_or_else(|| ParseError::MissingElement("at all".to_owned()))?;
    match &operation.result_wrapper {
        None => reader.value(Key::None, output, &root, projection)?,
        Some(wrapper) => {
            let found = reader.descend(wrapper)?;
            let element = found.ok_or_else(|| ParseError::MissingElement(wrapper.clone()))?;
            reader.value(Key::None, output, &element, projection)?;
        }
    }
    Ok(reader.anomalies())
}

/// A form in the making.
struct Form<'a> {
    service: &'a Service,
    dialect: Dialect,
    text: String,
}

impl Form<'_> {
    fn pair(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.extend(utf8_percent_encode(name, RESERVED));
        self.text.push('=');
        self.text.extend(utf8_percent_encode(value, RESERVED));
    }

    fn structure(
        &mut self,
        prefix: &str,
        structure: &Structure,
        params: &Map<String, Value>,
    ) -> Result<(), BuildProblem> {
        check_names(structure, params)?;
        for member in &structure.members {
            if let Some(value) = params.get(&member.name).filter(|value| !value.is_null()) {
                let name = self.parameter_name(member);
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                self.value(&name, &member.target, value)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, target: &Target, value: &Value) -> Result<(), BuildProblem> {
        match (self.service.shape(target), value) {
            (Shape::Structure(structure), Value::Object(params)) => self.structure(name, structure, params),
            (Shape::List(element), Value::Array(items)) => self.list(name, target, element, items),
            (Shape::Map { key, value }, Value::Object(entries)) => self.map(name, target, key, value, entries),
            (shape, value) => {
                let text = scalar::write(name, shape, target, value, TimestampFormat::Iso8601)?;
                self.pair(name, &text);
                Ok(())
            }
        }
    }

    fn list(&mut self, name: &str, target: &Target, element: &Target, items: &[Value]) -> Result<(), BuildProblem> {
        let element_name = element.traits.location_name.as_deref();
        let prefix = match self.dialect {
            Dialect::Ec2 => name.to_owned(),
            Dialect::Query if items.is_empty() => {
                self.pair(name, "");
                return Ok(());
            }
            Dialect::Query if !target.traits.flattened => format!("{name}.{}", element_name.unwrap_or("member")),
            // A flattened list goes by the name of its elements.
            Dialect::Query => match (element_name, name.rsplit_once('.')) {
                (None, _) => name.to_owned(),
                (Some(element_name), None) => element_name.to_owned(),
                (Some(element_name), Some((parent, _))) => format!("{parent}.{element_name}"),
            },
        };
        for (number, item) in (1..).zip(items) {
            self.value(&format!("{prefix}.{number}"), element, item)?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        name: &str,
        target: &Target,
        key: &Target,
        value: &Target,
        entries: &Map<String, Value>,
    ) -> Result<(), BuildProblem> {
        let prefix = if target.traits.flattened { name.to_owned() } else { format!("{name}.entry") };
        let key_name = key.traits.location_name.as_deref().unwrap_or("key");
        let value_name = value.traits.location_name.as_deref().unwrap_or("value");
        for (number, (entry_key, entry_value)) in (1..).zip(entries) {
            self.pair(&format!("{prefix}.{number}.{key_name}"), entry_key);
            self.value(&format!("{prefix}.{number}.{value_name}"), value, entry_value)?;
        }
        Ok(())
    }

    fn parameter_name(&self, member: &Member) -> String {
        match self.dialect {
            Dialect::Ec2 => ec2::parameter_name(member),
            Dialect::Query => member.target.traits.location_name.clone().unwrap_or_else(|| member.name.clone()),
        }
    }
}

/// Complains of a parameter that the structure does not have.
pub(super) fn check_names(structure: &Structure, params: &Map<String, Value>) -> Result<(), BuildProblem> {
    match params.keys().find(|name| structure.member(name).is_none()) {
        None => Ok(()),
        Some(name) => {
            let known: Vec<&str> = structure.members.iter().map(|member| member.name.as_str()).collect();
            Err(BuildProblem::unknown(name, &known.join(", ")))
        }
    }
}
