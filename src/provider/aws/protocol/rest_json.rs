//! REST with JSON bodies.

use serde_json::{Map, Value};

use super::{BuildProblem, Builder, Key, ParseError, Projection, Request, Response, json, rest};
use crate::provider::aws::schema::{Operation, Service, Shape};

pub(super) fn build(
    service: &Service,
    operation: &Operation,
    params: &Map<String, Value>,
) -> Result<Request, BuildProblem> {
    let rest::Parts { mut request, body, payload } = rest::partition(service, operation, params)?;
    let input = operation.input.as_ref().and_then(|input| service.structure(input));
    let json = match (payload, input) {
        (Some((member, value)), _) if rest::raw_payload(service, member) => {
            if let Some(value) = value {
                rest::set_raw_payload(service, member, &value, &mut request)?;
            }
            None
        }
        (Some((member, value)), _) => Some(match (service.shape(&member.target), value) {
            (Shape::Structure(structure), Some(Value::Object(params))) => {
                Value::Object(json::structure(service, structure, &params)?)
            }
            (_, Some(value)) => value,
            (_, None) => Value::Object(Map::new()),
        }),
        // An object is sent, empty perhaps, as soon as the operation has a member for the body.
        (None, Some(input)) if input.members.iter().any(|member| member.target.traits.location.is_none()) => {
            Some(Value::Object(json::structure(service, input, &body)?))
        }
        _ => None,
    };
    if let Some(json) = json {
        request.body = json.to_string().into_bytes();
        rest::set_content_type(&mut request, "application/json");
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
    if let Some((target, output)) = operation.output.as_ref().and_then(|o| Some((o, service.structure(o)?))) {
        let body = &response.body;
        match output.payload.as_ref().and_then(|name| output.member(name)) {
            _ if body.is_empty() => {}
            Some(member) if rest::raw_payload(service, member) => {
                builder.value(Key::Known(&member.key), &rest::payload_value(service, member, body));
            }
            Some(member) => {
                if let Some(projection) = projection.known_member(&member.key) {
                    let inner = builder.mark();
                    anomalies +=
                        json::read(service, Key::Known(&member.key), &member.target, body, projection, builder)?;
                    builder.drop_null(inner);
                }
            }
            None => anomalies += json::members(service, target, body, projection, builder)?,
        }
        anomalies += rest::read_located(service, output, response, projection, builder);
    }
    builder.object(Key::None, since);
    Ok(anomalies)
}
