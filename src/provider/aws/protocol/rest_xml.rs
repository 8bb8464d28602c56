//! REST with XML bodies.

use serde_json::{Map, Value};

use super::{
    BuildProblem, Builder, Key, ParseError, Projection, Request, Response, rest,
    xml::{self, Reader, Writer},
};
use crate::provider::aws::schema::{Operation, Service};

pub(super) fn build(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
) -> Result<Request, BuildProblem> {
    let rest::Parts { mut request, body, payload } = rest::partition(service, operation, params)?;
    let mut writer = Writer::new(service);
    match payload {
        Some((member, Some(value))) if rest::raw_payload(service, member) => {
            rest::set_raw_payload(service, member, &value, &mut request)?;
            return Ok(request);
        }
        Some((member, Some(value))) => {
            let name = member.target.traits.location_name.as_deref().unwrap_or(&member.name);
            writer.element(name, &member.target, &value)?;
        }
        Some((_, None)) => {}
        None if body.is_empty() => {}
        None => {
            if let Some((target, input)) = operation.input.as_ref().and_then(|i| Some((i, service.structure(i)?))) {
                let default = format!("{}Request", operation.name);
                let name = target.traits.location_name.as_ref().unwrap_or(&default);
                writer.structure(name, target.traits.xml_namespace.as_ref(), input, &body)?;
            }
        }
    }
    request.body = writer.finish().into_bytes();
    if !request.body.is_empty() {
        rest::set_content_type(&mut request, "application/xml");
    }
    Ok(request)
}

pub(super) fn parse(
    service: &'static Service,
    operation: &'static Operation,
    response: &Response,
    projection: &Projection,
    builder: &mut Builder,
) -> Result<usize, ParseError> {
    let since = builder.mark();
    let mut anomalies = 0;
    if let Some(output) = operation.output.as_ref().and_then(|output| service.structure(output)) {
        match output.payload.as_ref().and_then(|name| output.member(name)) {
            Some(member) if rest::raw_payload(service, member) => {
                builder.value(Key::Known(&member.key), &rest::payload_value(service, member, &response.body));
            }
            payload => {
                let mut reader = Reader::new(service, xml::text(&response.body)?, builder);
                let root = if response.body.is_empty() { None } else { reader.root()? };
                match (payload, root) {
                    (_, None) => {}
                    (Some(member), Some(root)) => {
                        if let Some(projection) = projection.known_member(&member.key) {
                            reader.value(Key::Known(&member.key), &member.target, &root, projection)?;
                        }
                    }
                    // The answer is the member itself, without an element around it; empty means the first region.
                    (None, Some(_)) if operation.name == "GetBucketLocation" => {
                        let region = reader.text()?;
                        reader.builder().text(Key::Own("LocationConstraint"), bucket_region(&region));
                    }
                    (None, Some(root)) => reader.structure(output, &root, projection)?,
                }
                anomalies = reader.anomalies();
            }
        }
        anomalies += rest::read_located(service, output, response, projection, builder);
    }
    builder.object(Key::None, since);
    Ok(anomalies)
}

/// Regions that S3 still calls by their names of old.
fn bucket_region(location: &str) -> &str {
    match location {
        "" => "us-east-1",
        "EU" => "eu-west-1",
        region => region,
    }
}

/// Whether the body of a successful answer is an error after all: S3 begins to answer before it knows.
pub(super) fn is_error(body: &[u8]) -> bool {
    let Ok(text) = xml::text(body) else { return false };
    let text = text.trim_start();
    let text = match text.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>").map_or("", |(_, rest)| rest).trim_start(),
        None => text,
    };
    text.starts_with("<Error>") || text.starts_with("<ErrorResponse")
}
