//! REST with JSON bodies.

use serde_json::{Map, Value};

use super::{BuildProblem, ParseError, Parsed, Projection, Request, Response, json, rest};
use crate::provider::aws::schema::{Operation, Service, Shape, Target};

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
    service: &Service,
    operation: &Operation,
    response: &Response,
    projection: &Projection,
) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed { value: Value::Object(Map::new()), anomalies: 0 };
    let Some((target, output)) = operation.output.as_ref().and_then(|o| Some((o, service.structure(o)?))) else {
        return Ok(parsed);
    };
    let mut members = Map::new();
    match output.payload.as_ref().and_then(|name| output.member(name)) {
        Some(member) if rest::raw_payload(service, member) => {
            if !response.body.is_empty() {
                members.insert(member.name.clone(), rest::payload_value(service, member, &response.body));
            }
        }
        Some(member) => {
            if let Some(projection) = projection.member(&member.name) {
                parsed = body(service, &member.target, response, projection)?;
                if !parsed.value.is_null() {
                    members.insert(member.name.clone(), parsed.value);
                }
            }
        }
        None => {
            parsed = body(service, target, response, projection)?;
            if let Value::Object(read) = parsed.value {
                members = read;
            }
        }
    }
    let anomalies = parsed.anomalies + rest::read_located(service, output, response, projection, &mut members);
    Ok(Parsed { value: Value::Object(members), anomalies })
}

fn body(
    service: &Service,
    target: &Target,
    response: &Response,
    projection: &Projection,
) -> Result<Parsed, ParseError> {
    if response.body.is_empty() {
        return Ok(Parsed::default());
    }
    json::read(service, target, &response.body, projection)
}
