//! AWS's wire protocols: requests from parameters, values from responses.
//!
//! Five protocols, driven by the [schema](super::schema); nothing is guessed from the text of an answer. Values are
//! JSON with botocore's member names: timestamps are RFC 3339 text, blobs base64 text, NaN and the infinities the
//! texts `NaN`, `Infinity` and `-Infinity`. Members that the schema lacks are skipped; a scalar that is not what the
//! schema says becomes null and is counted as an anomaly.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::schema::{Operation, Protocol, Service};

mod ec2;
pub mod error;
mod json;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
mod scalar;
mod timestamp;
mod xml;

use crate::provider::catalogue::{Answer, Builder, Key};

pub use crate::provider::catalogue::Projection;
pub use error::ServiceError;

/// A request before it has a host and a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// What comes before the host name, for example an account id and a dot.
    pub host_prefix: String,
    /// The percent-encoded path, beginning with a slash.
    pub path: String,
    /// The percent-encoded query string, without the question mark.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer, read to its end.
#[derive(Clone, Debug, Default)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A successful answer.
#[derive(Debug)]
pub struct Parsed {
    pub answer: Answer,
    /// Scalars that were not what the schema says, and became null.
    pub anomalies: usize,
}

/// Builds the request for an operation.
///
/// `token` fills an idempotency token that the parameters leave open.
pub fn build(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
    token: &str,
) -> Result<Request, BuildError> {
    let params = complete(service, operation, params, token)?;
    let mut request = match service.metadata.protocol {
        Protocol::Ec2 => query::build(service, operation, &params, query::Dialect::Ec2),
        Protocol::Query => query::build(service, operation, &params, query::Dialect::Query),
        Protocol::Json => json::build(service, operation, &params),
        Protocol::RestJson => rest_json::build(service, operation, &params),
        Protocol::RestXml => rest_xml::build(service, operation, &params),
    }
    .map_err(|error| error.of(service, operation))?;
    request.method.clone_from(&operation.method);
    if let Some(template) = &operation.host_prefix {
        request.host_prefix = host_prefix(service, operation, template, &params)?;
    }
    Ok(request)
}

/// Reads the value of an answer with a status below 300.
///
/// The service is not dropped, because answers have the names of its members.
pub fn parse(
    service: &'static Service,
    operation: &'static Operation,
    response: &Response,
    projection: &Projection,
) -> Result<Parsed, ParseError> {
    let mut builder = Builder::with_room(response.body.len());
    let parse = match service.metadata.protocol {
        Protocol::Ec2 | Protocol::Query => query::parse,
        Protocol::Json => json::parse,
        Protocol::RestJson => rest_json::parse,
        Protocol::RestXml => rest_xml::parse,
    };
    let anomalies = parse(service, operation, response, projection, &mut builder)?;
    Ok(Parsed { answer: builder.finish(), anomalies })
}

/// Adds an object without members.
fn nothing(builder: &mut Builder) {
    let since = builder.mark();
    builder.object(Key::None, since);
}

/// The parameters without nulls, with an idempotency token; all required ones must be there.
fn complete(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
    token: &str,
) -> Result<Map<String, Value>, BuildError> {
    let mut params = params.clone();
    params.retain(|_, value| !value.is_null());
    let Some(input) = operation.input.as_ref().and_then(|input| service.structure(input)) else {
        return match params.keys().next() {
            Some(name) => Err(BuildProblem::unknown(name, "nothing").of(service, operation)),
            None => Ok(params),
        };
    };
    for member in input.members.iter().filter(|member| member.target.traits.idempotency_token) {
        params.entry(&member.name).or_insert_with(|| token.into());
    }
    match input.required.iter().find(|&name| !params.contains_key(name)) {
        Some(name) => Err(BuildProblem::missing(name).of(service, operation)),
        None => Ok(params),
    }
}

/// Fills the labels of a host prefix; a label's value must be fit for a host name.
fn host_prefix(
    service: &Service,
    operation: &Operation,
    template: &str,
    params: &Map<String, Value>,
) -> Result<String, BuildError> {
    let mut prefix = template.to_owned();
    let input = operation.input.as_ref().and_then(|input| service.structure(input));
    for member in input.into_iter().flat_map(|input| &input.members).filter(|m| m.target.traits.host_label) {
        let value = params.get(&member.name).and_then(Value::as_str).unwrap_or_default();
        let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if value.is_empty() || !value.chars().all(fit) {
            return Err(BuildProblem::wrong(&member.name, "a label of a host name").of(service, operation));
        }
        prefix = prefix.replace(&format!("{{{}}}", member.name), value);
    }
    Ok(prefix)
}

/// Parameters that do not fit the operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service}:{operation}: {problem}")]
pub struct BuildError {
    pub service: String,
    pub operation: String,
    pub problem: String,
}

/// What is wrong with the parameters; becomes a [`BuildError`] once the operation is known.
#[derive(Debug)]
struct BuildProblem(String);

impl BuildProblem {
    fn unknown(name: &str, known: &str) -> Self {
        Self(format!("no parameter {name:?}; it takes {known}"))
    }

    fn missing(name: &str) -> Self {
        Self(format!("the parameter {name:?} is required"))
    }

    fn wrong(name: &str, expected: &str) -> Self {
        Self(format!("the parameter {name:?} must be {expected}"))
    }

    fn of(self, service: &Service, operation: &Operation) -> BuildError {
        BuildError { service: service.name.clone(), operation: operation.name.clone(), problem: self.0 }
    }
}

/// An answer that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the answer is not UTF-8")]
    NotText,
    #[error("the answer is not well-formed XML: {0}")]
    Xml(String),
    #[error("the answer is not JSON: {0}")]
    Json(String),
    #[error("the answer nests more than {} elements deep", xml::DEPTH_MAX)]
    TooDeep,
    #[error("the answer has no element {0}")]
    MissingElement(String),
}
