//! Templates: texts and parameters with values of an item in them.

use serde::Deserialize;
use serde_json::Map;

use super::path::{Path, PathError, Scope};
use crate::model::Value;

/// A text with placeholders: `arn:{partition}:ec2:{region}:{account}:instance/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Value(Path),
}

/// A call's parameters: JSON whose texts, and names of members, may be templates.
///
/// `"$.Name"` and a text that is nothing but `"{Name}"` keep the value's type; a member whose value is missing is left
/// out. `"$batch"` is the list of keys of a batch.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Params {
    Literal(Value),
    Path(Path),
    Text(Template),
    Batch,
    List(Vec<Params>),
    Object(Vec<(Template, Params)>),
}

/// The text that stands for a batch's keys.
const BATCH: &str = "$batch";

impl Template {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('{') {
            let Some((path, after)) = after.split_once('}') else { break };
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Value(Path::parse(path)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The paths in it.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(path) => Some(path),
            Part::Literal(_) => None,
        })
    }

    /// The text with its values; nothing where one of them is missing.
    pub fn render(&self, scope: &Scope<'_>) -> Option<String> {
        let mut rendered = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => rendered.push_str(literal),
                Part::Value(path) => rendered.push_str(&path.first(scope)?.text()?),
            }
        }
        Some(rendered)
    }

    /// The value of a template that is a single placeholder, as it is; the text of any other.
    pub fn value(&self, scope: &Scope<'_>) -> Option<Value> {
        match self.0.as_slice() {
            [Part::Value(path)] => path.value(scope),
            _ => self.render(scope).map(Value::String),
        }
    }
}

impl Params {
    /// The paths in them, those in names of members included.
    pub(super) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Literal(_) | Self::Batch => Vec::new(),
            Self::Path(path) => vec![path],
            Self::Text(template) => template.paths().collect(),
            Self::List(list) => list.iter().flat_map(Self::paths).collect(),
            Self::Object(members) => {
                members.iter().flat_map(|(name, member)| name.paths().chain(member.paths())).collect()
            }
        }
    }

    /// The parameters with their values.
    pub fn render(&self, scope: &Scope<'_>, batch: &[Value]) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Path(path) => path.value(scope),
            Self::Text(template) => template.value(scope),
            Self::Batch => Some(Value::Array(batch.to_vec())),
            Self::List(list) => Some(list.iter().filter_map(|element| element.render(scope, batch)).collect()),
            Self::Object(members) => Some(Value::Object(
                members
                    .iter()
                    .filter_map(|(name, member)| Some((name.render(scope)?, member.render(scope, batch)?)))
                    .collect(),
            )),
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::Literal(Value::Object(Map::new()))
    }
}

impl TryFrom<String> for Template {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl TryFrom<Value> for Params {
    type Error = PathError;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Ok(match value {
            Value::String(text) if text == BATCH => Self::Batch,
            Value::String(text) if text.starts_with("$.") => Self::Path(Path::parse(&text)?),
            Value::String(text) if text.contains('{') => Self::Text(Template::parse(&text)?),
            Value::Array(list) => Self::List(list.into_iter().map(Self::try_from).collect::<Result<_, _>>()?),
            Value::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, member)| Ok((Template::parse(&name)?, Self::try_from(member)?)))
                    .collect::<Result<_, PathError>>()?,
            ),
            literal => Self::Literal(literal),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_needs_all_its_values() {
        let item = json!({"id": "i-1", "port": 5432});
        let template = Template::parse("{id}:{port}/x").unwrap();
        assert_eq!(template.render(&Scope::new(&item)).unwrap(), "i-1:5432/x");
        assert_eq!(Template::parse("{id}:{absent}").unwrap().render(&Scope::new(&item)), None);
    }

    #[test]
    fn parameters_keep_types_and_leave_out_what_is_missing() {
        let params = json!({"Name": "$.name", "Ids": ["{id}"], "Ports": "{ports}", "Absent": "{absent}", "All": true,
                            "Keys": "$batch", "Filters": [{"Name": "vpc-{id}", "Values": ["$.absent"]}]});
        let item = json!({"name": "n", "id": "1", "ports": [1, 2]});
        let rendered = Params::try_from(params).unwrap().render(&Scope::new(&item), &[json!("k")]).unwrap();
        assert_eq!(
            rendered,
            json!({"Name": "n", "Ids": ["1"], "Ports": [1, 2], "All": true, "Keys": ["k"],
                   "Filters": [{"Name": "vpc-1", "Values": []}]})
        );
    }
}
