//! JSON 1.0 and 1.1: every operation is a POST of one object to the root.

use serde_json::{Map, Value};

use super::{BuildProblem, Builder, Key, ParseError, Projection, Request, Response, nothing};
use crate::provider::aws::schema::{Operation, Service};

mod read;
mod write;

pub(super) use {
    read::{members, read},
    write::structure,
};

pub(super) fn build(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
) -> Result<Request, BuildProblem> {
    let metadata = &service.metadata;
    let version = metadata.json_version.as_deref().unwrap_or("1.0");
    let mut headers = vec![
        ("content-type".to_owned(), format!("application/x-amz-json-{version}")),
        ("x-amz-target".to_owned(), format!("{}.{}", metadata.target_prefix, operation.name)),
    ];
    if metadata.is_query_compatible() {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let body = match operation.input.as_ref().and_then(|input| service.structure(input)) {
        Some(input) => write::structure(service, input, params)?,
        None => Map::new(),
    };
    Ok(Request {
        path: "/".to_owned(),
        headers,
        body: Value::Object(body).to_string().into_bytes(),
        ..Request::default()
    })
}

pub(super) fn parse(
    service: &'static Service,
    operation: &'static Operation,
    response: &Response,
    projection: &Projection,
    builder: &mut Builder,
) -> Result<usize, ParseError> {
    let Some(output) = operation.output.as_ref().filter(|_| !response.body.is_empty()) else {
        nothing(builder);
        return Ok(0);
    };
    read(service, Key::None, output, &response.body, projection, builder)
}
