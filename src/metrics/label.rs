//! Labels: the text of a value, and names that are allowed.

use std::sync::Arc;

use crate::model::Value;

/// The text of a group's value.
///
/// Null becomes the empty text, which Prometheus takes for "no such label". Unlike in the original, whose texts are
/// Python's, truth values are `true` and `false` and whole numbers have no `.0`; lists and objects are JSON.
pub(super) fn text(value: &Value) -> Arc<str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => format!("{float}").into(),
            _ => number.to_string().into(),
        },
        other => other.to_string().into(),
    }
}

/// The most similar text that is a valid name of a label or metric.
pub(super) fn valid_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_ascii_alphanumeric() {
            true => name.push(character),
            false if name.ends_with('_') => {}
            false => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "name".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// The text with every character that no label name may have replaced.
pub(super) fn escape(text: &str, replacement: impl Fn(char) -> String) -> String {
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.chars().map(|c| if allowed(c) { c.to_string() } else { replacement(c) }).collect()
}

/// What a label name means to Prometheus, where it has a meaning already.
pub(super) fn reserved(name: &str) -> Option<&'static str> {
    match name {
        "le" => Some("it is the bound of a histogram's bucket"),
        "quantile" => Some("it is the quantile of a summary"),
        _ if name.starts_with("__") => Some("names that begin with `__` belong to Prometheus"),
        _ => None,
    }
}

/// Whether Prometheus sets a label of this name on whatever it scrapes.
pub(super) fn is_target_label(name: &str) -> bool {
    matches!(name, "job" | "instance")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_plain_texts() {
        let texts =
            [json!(null), json!("a b"), json!(true), json!(3), json!(3.0), json!(0.25), json!(1e21), json!([1, "x"])]
                .map(|value| text(&value).to_string());
        assert_eq!(texts, ["", "a b", "true", "3", "3", "0.25", "1000000000000000000000", r#"[1,"x"]"#]);
    }

    #[test]
    fn any_text_has_a_valid_name_that_is_like_it() {
        let names = ["owner-team", "aws:cloudformation:stack-name", "__x", "3d", "größe", "--"].map(valid_name);
        assert_eq!(names, ["owner_team", "aws_cloudformation_stack_name", "x", "_3d", "gr_e", "name"]);
    }
}
