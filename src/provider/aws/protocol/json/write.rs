//! JSON bodies from parameters.

use serde_json::{Map, Value};

use crate::provider::aws::{
    protocol::{BuildProblem, query::check_names, scalar, timestamp},
    schema::{Service, Shape, Structure, Target, TimestampFormat},
};

/// A structure's members that belong in the body, by their wire names.
pub(in crate::provider::aws::protocol) fn structure(
    service: &Service,
    structure: &Structure,
    params: &Map<String, Value>,
) -> Result<Map<String, Value>, BuildProblem> {
    check_names(structure, params)?;
    let mut body = Map::new();
    for member in structure.members.iter().filter(|member| member.target.traits.location.is_none()) {
        if let Some(value) = params.get(&member.name).filter(|value| !value.is_null()) {
            let name = member.target.traits.location_name.as_ref().unwrap_or(&member.name);
            body.insert(name.clone(), self::value(service, &member.name, &member.target, value)?);
        }
    }
    Ok(body)
}

fn value(service: &Service, name: &str, target: &Target, param: &Value) -> Result<Value, BuildProblem> {
    match (service.shape(target), param) {
        (_, Value::Null) => Ok(Value::Null),
        (Shape::Document, param) => Ok(param.clone()),
        (Shape::Structure(structure), Value::Object(params)) => {
            self::structure(service, structure, params).map(Value::Object)
        }
        (Shape::List(item), Value::Array(items)) => {
            items.iter().map(|param| value(service, name, item, param)).collect()
        }
        (Shape::Map { value: element, .. }, Value::Object(entries)) => entries
            .iter()
            .map(|(key, param)| Ok((key.clone(), value(service, name, element, param)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        (Shape::Timestamp, param) => {
            let wrong = || BuildProblem::wrong(name, scalar::expected(&Shape::Timestamp));
            let timestamp = timestamp::from_param(param).ok_or_else(wrong)?;
            Ok(match target.traits.timestamp_format.unwrap_or(TimestampFormat::UnixTimestamp) {
                TimestampFormat::UnixTimestamp => timestamp::unix(timestamp),
                format => timestamp::format(timestamp, format).into(),
            })
        }
        (Shape::String | Shape::Blob, Value::String(_))
        | (Shape::Integer | Shape::Float, Value::Number(_))
        | (Shape::Boolean, Value::Bool(_)) => Ok(param.clone()),
        (shape @ (Shape::Integer | Shape::Float | Shape::Boolean), Value::String(text)) => {
            scalar::read(shape, target, text).ok_or_else(|| BuildProblem::wrong(name, scalar::expected(shape)))
        }
        (Shape::String, Value::Number(number)) => Ok(number.to_string().into()),
        (shape, _) => Err(BuildProblem::wrong(name, scalar::expected(shape))),
    }
}
