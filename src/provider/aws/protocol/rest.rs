//! What both REST protocols share: values in the path, the query string, headers and the status code.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{BuildProblem, Builder, Key, Projection, Request, Response, query::RESERVED, query::check_names, scalar};
use crate::provider::aws::schema::{Location, Member, Operation, Service, Shape, Structure, Target, TimestampFormat};

/// A greedy label keeps its slashes.
const RESERVED_BUT_SLASH: &AsciiSet = &RESERVED.remove(b'/');

/// A request without its body, and what the body is to be made of.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) request: Request,
    /// The parameters that belong in the body.
    pub(super) body: Map<String, Value>,
    /// The member that is the whole body, and its value.
    pub(super) payload: Option<(&'a Member, Option<Value>)>,
}

/// Puts each parameter where the schema says.
pub(super) fn partition<'a>(
    service: &'a Service,
    operation: &Operation,
    params: &Map<String, Value>,
) -> Result<Parts<'a>, BuildProblem> {
    let (path, constants) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let mut parts = Parts::default();
    let mut path = path.to_owned();
    let mut query = Query::of_constants(constants);
    if let Some(input) = operation.input.as_ref().and_then(|input| service.structure(input)) {
        check_names(input, params)?;
        for member in &input.members {
            let Some(value) = params.get(&member.name).filter(|value| !value.is_null()) else { continue };
            match member.target.traits.location {
                Some(Location::Uri) => path = label(service, &path, member, value)?,
                Some(Location::QueryString) => query.member(service, member, value)?,
                Some(Location::Header) => {
                    if let Some(text) = header(service, &member.name, &member.target, value)? {
                        parts.request.headers.push((member.wire_name.to_lowercase(), text));
                    }
                }
                Some(Location::Headers) => headers(member, value, &mut parts.request.headers)?,
                Some(Location::StatusCode) | None => drop(parts.body.insert(member.name.clone(), value.clone())),
            }
        }
        if let Some(payload) = input.payload.as_ref().and_then(|name| input.member(name)) {
            parts.payload = Some((payload, parts.body.remove(&payload.name)));
        }
    }
    parts.request.path = path;
    parts.request.query = query.finish();
    Ok(parts)
}

/// Adds the members that are in headers or the status code; returns the number of anomalies.
pub(super) fn read_located(
    service: &Service,
    output: &'static Structure,
    response: &Response,
    projection: &Projection,
    builder: &mut Builder,
) -> usize {
    let mut anomalies = 0;
    for member in output.members.iter().filter(|member| projection.known_member(&member.key).is_some()) {
        let value = match member.target.traits.location {
            Some(Location::StatusCode) => Some(response.status.into()),
            Some(Location::Headers) => Some(Value::Object(header_map(member, response))),
            Some(Location::Header) => response.header(&member.wire_name).map(|text| {
                read_header(service, &member.target, text).unwrap_or_else(|| {
                    anomalies += 1;
                    Value::Null
                })
            }),
            _ => None,
        };
        if let Some(value) = value {
            builder.value(Key::Known(&member.key), &value);
        }
    }
    anomalies
}

/// The member that is the whole body, where it is bytes or text.
pub(super) fn raw_payload(service: &Service, member: &Member) -> bool {
    matches!(service.shape(&member.target), Shape::Blob | Shape::String)
}

/// Makes a parameter the whole body: text as it is, a blob from base64.
pub(super) fn set_raw_payload(
    service: &Service,
    member: &Member,
    value: &Value,
    request: &mut Request,
) -> Result<(), BuildProblem> {
    let shape = service.shape(&member.target);
    let wrong = || BuildProblem::wrong(&member.name, scalar::expected(shape));
    let text = value.as_str().ok_or_else(wrong)?;
    if let Shape::Blob = shape {
        request.body = BASE64.decode(text).map_err(|_| wrong())?;
        set_content_type(request, "application/octet-stream");
    } else {
        request.body = text.as_bytes().to_vec();
        set_content_type(request, "text/plain");
    }
    Ok(())
}

/// Sets the content type, unless a parameter is one.
pub(super) fn set_content_type(request: &mut Request, value: &str) {
    if !request.headers.iter().any(|(name, _)| name == "content-type") {
        request.headers.push(("content-type".to_owned(), value.to_owned()));
    }
}

/// A raw payload as a value: text, or a blob in base64.
pub(super) fn payload_value(service: &Service, member: &Member, body: &[u8]) -> Value {
    match service.shape(&member.target) {
        Shape::Blob => BASE64.encode(body).into(),
        _ => String::from_utf8_lossy(body).into(),
    }
}

fn label(service: &Service, path: &str, member: &Member, value: &Value) -> Result<String, BuildProblem> {
    let name = &member.wire_name;
    let shape = service.shape(&member.target);
    let text = scalar::write(&member.name, shape, &member.target, value, TimestampFormat::Iso8601)?;
    if text.is_empty() {
        // The path would name another resource, or all of them.
        return Err(BuildProblem::wrong(&member.name, "text that is not empty"));
    }
    let plain = path.replace(&format!("{{{name}}}"), &utf8_percent_encode(&text, RESERVED).to_string());
    Ok(plain.replace(&format!("{{{name}+}}"), &utf8_percent_encode(&text, RESERVED_BUT_SLASH).to_string()))
}

/// A query string in the making. What a member names itself wins over the entries of a map.
#[derive(Default)]
struct Query {
    constants: String,
    named: Vec<(String, String)>,
    entries: Vec<(String, String)>,
}

impl Query {
    fn of_constants(constants: &str) -> Self {
        Self { constants: constants.to_owned(), ..Self::default() }
    }

    fn member(&mut self, service: &Service, member: &Member, value: &Value) -> Result<(), BuildProblem> {
        let write = |target: &Target, value: &Value| {
            scalar::write(&member.name, service.shape(target), target, value, TimestampFormat::Iso8601)
        };
        let name = member.target.traits.location_name.as_ref().unwrap_or(&member.name);
        match (service.shape(&member.target), value) {
            (Shape::List(item), Value::Array(items)) => {
                for value in items.iter().filter(|value| !value.is_null()) {
                    self.named.push((name.clone(), write(item, value)?));
                }
            }
            (Shape::Map { value: target, .. }, Value::Object(entries)) => {
                for (key, value) in entries {
                    match (service.shape(target), value) {
                        (Shape::List(item), Value::Array(items)) => {
                            for value in items {
                                self.entries.push((key.clone(), write(item, value)?));
                            }
                        }
                        _ => self.entries.push((key.clone(), write(target, value)?)),
                    }
                }
            }
            _ => self.named.push((name.clone(), write(&member.target, value)?)),
        }
        Ok(())
    }

    fn finish(self) -> String {
        let constant = |name: &str| {
            let mut pairs = self.constants.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
            pairs.any(|constant| percent_decode_str(constant).decode_utf8_lossy() == name)
        };
        let taken = |name: &str| self.named.iter().any(|(named, _)| named == name) || constant(name);
        let entries = self.entries.iter().filter(|(name, _)| !taken(name));
        let mut text = self.constants.clone();
        for (name, value) in self.named.iter().chain(entries) {
            if !text.is_empty() {
                text.push('&');
            }
            text.extend(utf8_percent_encode(name, RESERVED));
            text.push('=');
            text.extend(utf8_percent_encode(value, RESERVED));
        }
        text
    }
}

/// A header's text; `None` for a list without elements, which is not sent.
fn header(service: &Service, name: &str, target: &Target, value: &Value) -> Result<Option<String>, BuildProblem> {
    match (service.shape(target), value) {
        (Shape::List(item), Value::Array(items)) => {
            let quoted = matches!(service.shape(item), Shape::String);
            let texts = items.iter().filter(|value| !value.is_null()).map(|value| {
                let text = header(service, name, item, value)?.unwrap_or_default();
                Ok(if quoted && text.contains(['"', ',']) { quote(&text) } else { text })
            });
            let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
            Ok(if texts.is_empty() { None } else { Some(texts.join(", ")) })
        }
        (Shape::String, value) if target.traits.jsonvalue => Ok(Some(BASE64.encode(value.to_string()))),
        (shape, value) => scalar::write(name, shape, target, value, TimestampFormat::Rfc822).map(Some),
    }
}

fn headers(member: &Member, value: &Value, headers: &mut Vec<(String, String)>) -> Result<(), BuildProblem> {
    let wrong = || BuildProblem::wrong(&member.name, "a map of texts");
    let prefix = member.target.traits.location_name.as_deref().unwrap_or_default();
    for (key, value) in value.as_object().ok_or_else(wrong)? {
        let text = value.as_str().ok_or_else(wrong)?;
        headers.push((format!("{prefix}{key}").to_lowercase(), text.to_owned()));
    }
    Ok(())
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

fn header_map(member: &Member, response: &Response) -> Map<String, Value> {
    let prefix = member.target.traits.location_name.as_deref().unwrap_or_default().to_lowercase();
    let matching = response.headers.iter().filter_map(|(name, value)| {
        let key = name.as_str().strip_prefix(&prefix)?;
        Some((key.to_owned(), Value::from(value.to_str().ok()?)))
    });
    matching.collect()
}

fn read_header(service: &Service, target: &Target, text: &str) -> Option<Value> {
    match service.shape(target) {
        Shape::List(item) => {
            let timestamps = matches!(service.shape(item), Shape::Timestamp);
            split_list(text, timestamps).iter().map(|text| read_header(service, item, text)).collect()
        }
        Shape::String if target.traits.jsonvalue => {
            let decoded = BASE64.decode(text).ok()?;
            serde_json::from_slice(&decoded).ok()
        }
        shape => scalar::read(shape, target, text),
    }
}

/// Splits at commas outside quotes; RFC 822 times have a comma of their own.
fn split_list(text: &str, timestamps: bool) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut chars = text.chars();
    let mut quoted = false;
    while let Some(char) = chars.next() {
        let item = items.last_mut().expect("it begins with one item");
        match char {
            '"' => quoted = !quoted,
            '\\' if quoted => item.extend(chars.next()),
            ',' if !(quoted || timestamps && item.trim().len() == 3) => items.push(String::new()),
            char => item.push(char),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}
