//! Scalars: text from values and values from text, as the schema says.

use percent_encoding::percent_decode_str;
use serde_json::{Number, Value};

use super::{BuildProblem, Builder, Key, timestamp};
use crate::provider::aws::schema::{Shape, Target, TimestampFormat};

/// Writes a parameter as text, for query strings, headers, forms and XML.
pub(super) fn write(
    name: &str,
    shape: &Shape,
    target: &Target,
    value: &Value,
    default_format: TimestampFormat,
) -> Result<String, BuildProblem> {
    match (shape, value) {
        (Shape::Timestamp, value) => {
            let timestamp =
                timestamp::from_param(value).ok_or_else(|| BuildProblem::wrong(name, "a time, as RFC 3339 text"))?;
            Ok(timestamp::format(timestamp, target.traits.timestamp_format.unwrap_or(default_format)))
        }
        // Texts such as `{count}` in a catalogue are filled late, so a number may well be text here.
        (Shape::String | Shape::Blob | Shape::Integer | Shape::Float, Value::String(text)) => Ok(text.clone()),
        (Shape::String | Shape::Integer | Shape::Float, Value::Number(number)) => Ok(number.to_string()),
        (Shape::String | Shape::Boolean, Value::Bool(flag)) => Ok(flag.to_string()),
        (Shape::Boolean, Value::String(text)) if matches!(text.as_str(), "true" | "false") => Ok(text.clone()),
        (shape, _) => Err(BuildProblem::wrong(name, expected(shape))),
    }
}

/// Adds a scalar to an answer; a null, and `false`, if the text is not what the schema says.
pub(super) fn put(builder: &mut Builder, key: Key<'_>, shape: &Shape, target: &Target, text: &str) -> bool {
    match shape {
        Shape::String if target.traits.last_segment => builder.text(key, text.rsplit('/').next().unwrap_or_default()),
        Shape::String if !target.traits.url_encoded_json => builder.text(key, text),
        Shape::Timestamp => match timestamp::usual(text) {
            Some(usual) => builder.joined(key, [usual, "Z"]),
            None => return put_read(builder, key, shape, target, text),
        },
        _ => return put_read(builder, key, shape, target, text),
    }
    true
}

fn put_read(builder: &mut Builder, key: Key<'_>, shape: &Shape, target: &Target, text: &str) -> bool {
    let value = read(shape, target, text);
    builder.value(key, value.as_ref().unwrap_or(&Value::Null));
    value.is_some()
}

/// Reads a scalar; `None` if the text is not what the schema says.
pub(super) fn read(shape: &Shape, target: &Target, text: &str) -> Option<Value> {
    match shape {
        Shape::String if target.traits.url_encoded_json => Some(url_encoded_json(text)),
        Shape::String if target.traits.last_segment => text.rsplit('/').next().map(Value::from),
        Shape::String => Some(text.into()),
        Shape::Blob => Some(text.trim().into()),
        Shape::Integer => integer(text.trim()),
        Shape::Float => float(text.trim()),
        Shape::Boolean => boolean(text.trim()),
        Shape::Timestamp => timestamp::parse(text).map(|timestamp| timestamp.to_string().into()),
        Shape::Document | Shape::Structure(_) | Shape::List(_) | Shape::Map { .. } => None,
    }
}

pub(super) fn float(text: &str) -> Option<Value> {
    if let "NaN" | "Infinity" | "-Infinity" = text {
        return Some(text.into());
    }
    Number::from_f64(text.parse().ok()?).map(Value::Number)
}

/// The shape in words, for complaints.
pub(super) fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure(_) => "an object",
        Shape::List(_) => "a list",
        Shape::Map { .. } => "a map",
        Shape::String => "text",
        Shape::Integer => "an integer",
        Shape::Float => "a number",
        Shape::Boolean => "true or false",
        Shape::Blob => "base64 text",
        Shape::Timestamp => "a time",
        Shape::Document => "JSON",
    }
}

fn integer(text: &str) -> Option<Value> {
    text.parse::<i64>().map(Value::from).ok().or_else(|| text.parse::<u64>().map(Value::from).ok())
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "True" => Some(true.into()),
        "false" | "False" => Some(false.into()),
        _ => None,
    }
}

/// A policy document; its text where it is not JSON after all.
fn url_encoded_json(text: &str) -> Value {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).unwrap_or_else(|_| decoded.into())
}
