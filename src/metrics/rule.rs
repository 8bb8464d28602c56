//! Label rules: what a user wants to become of a label.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::document::Complaint;

use super::limit::OTHER;

/// A regular expression that compiles to more than this is a mistake or an attack.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// One change of a label; beside `label` it has exactly one of `drop`, `rename`, `value`, `allow`, `map`, `case` and
/// `replace`.
///
/// A label that a resource has no value for is empty. Only `map` and `replace` can change that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelRule {
    /// The label it changes.
    pub label: String,
    /// `true` leaves the label out, as if the search did not group by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// Another name for the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<String>,
    /// Adds the label, with this value in every series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The values that stay as they are; all others become `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<String>>,
    /// What values become that `allow` does not name; the default is `__other__`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Other texts for some values; the key `""` stands for no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, String>>,
    /// `lower` or `upper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Case>,
    /// A regular expression; whatever it matches in a value is replaced by `with`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// The text that replaces a match, with `${1}` for its first group; the default is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

/// Which letters a value is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    Lower,
    Upper,
}

/// What a rule does, checked.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Drop,
    Rename(String),
    Add(String),
    Change(Change),
}

/// A function from the text of a value to another.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Allow { values: BTreeSet<String>, other: String },
    Map(BTreeMap<String, String>),
    Case(Case),
    Replace { pattern: Regex, with: String },
}

impl LabelRule {
    /// What the rule does, or why that cannot be told.
    pub(super) fn action(&self) -> Result<Action, Complaint> {
        let given = [
            ("drop", self.drop),
            ("rename", self.rename.is_some()),
            ("value", self.value.is_some()),
            ("allow", self.allow.is_some()),
            ("map", self.map.is_some()),
            ("case", self.case.is_some()),
            ("replace", self.replace.is_some()),
        ];
        let mut given = given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
        match (given.next(), given.next()) {
            (Some(_), None) => {}
            (Some(first), Some(second)) => {
                let complaint = Complaint::new(format!("a rule does one thing, and this has `{first}` and `{second}`"));
                return Err(complaint.at(second).help("write two rules; they apply in the order they are written"));
            }
            (None, _) => {
                let complaint = Complaint::new(format!("this rule says nothing of label `{}`", self.label));
                return Err(complaint.help("add `drop: true`, `rename`, `value`, `allow`, `map`, `case` or `replace`"));
            }
        }
        for (key, needed, stray) in [
            ("other", "allow", self.other.is_some() && self.allow.is_none()),
            ("with", "replace", self.with.is_some() && self.replace.is_none()),
        ] {
            if stray {
                let complaint = Complaint::new(format!("`{key}` has no meaning without `{needed}`"));
                return Err(complaint.at(key));
            }
        }
        if self.drop {
            return Ok(Action::Drop);
        }
        let change = match self {
            Self { rename: Some(name), .. } => return Ok(Action::Rename(name.clone())),
            Self { value: Some(value), .. } => return Ok(Action::Add(value.clone())),
            Self { allow: Some(values), other, .. } => Change::Allow {
                values: values.iter().cloned().collect(),
                other: other.clone().unwrap_or_else(|| OTHER.to_owned()),
            },
            Self { map: Some(map), .. } => Change::Map(map.clone()),
            Self { replace: Some(pattern), with, .. } => {
                let pattern = RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build().map_err(|error| {
                    let complaint = Complaint::new(format!("this is no regular expression: {}", reason(&error)));
                    complaint.at("replace").help("the syntax is RE2's, as everywhere in Prometheus")
                })?;
                Change::Replace { pattern, with: with.clone().unwrap_or_default() }
            }
            Self { case, .. } => Change::Case(case.unwrap_or(Case::Lower)),
        };
        Ok(Action::Change(change))
    }
}

impl Change {
    /// The text that a value's text becomes.
    pub(super) fn apply<'t>(&'t self, text: &'t str) -> Cow<'t, str> {
        match self {
            Self::Allow { values, other } if !text.is_empty() && !values.contains(text) => other.into(),
            Self::Allow { .. } => text.into(),
            Self::Map(map) => map.get(text).map_or(text, String::as_str).into(),
            Self::Case(Case::Lower) => text.to_lowercase().into(),
            Self::Case(Case::Upper) => text.to_uppercase().into(),
            Self::Replace { pattern, with } => pattern.replace_all(text, with),
        }
    }
}

/// The last line of the message; the others draw the expression, which the place in the file shows too.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(yaml: &str) -> LabelRule {
        serde_saphyr::from_str(&format!("label: x\n{yaml}")).unwrap()
    }

    fn change(yaml: &str, texts: &[&str]) -> Vec<String> {
        let Action::Change(change) = rule(yaml).action().unwrap() else { panic!("{yaml} changes no value") };
        texts.iter().map(|text| change.apply(text).into_owned()).collect()
    }

    fn refused(yaml: &str) -> String {
        let complaint = rule(yaml).action().unwrap_err();
        format!("{:?} {} ({})", complaint.path, complaint.message, complaint.help.unwrap_or_default())
    }

    #[test]
    fn values_that_are_not_allowed_become_one() {
        assert_eq!(change("allow: [a, b]", &["a", "b", "c", "A", ""]), ["a", "b", "__other__", "__other__", ""]);
        assert_eq!(change("allow: [a]\nother: rest", &["a", "z"]), ["a", "rest"]);
        assert_eq!(change("allow: []", &["a", ""]), ["__other__", ""]);
    }

    #[test]
    fn values_are_mapped_and_written_otherwise() {
        assert_eq!(change("map: {in-use: used, '': none}", &["in-use", "", "free"]), ["used", "none", "free"]);
        assert_eq!(change("case: lower", &["Ada", "GRÖSSE"]), ["ada", "grösse"]);
        assert_eq!(change("case: upper", &["t3.micro"]), ["T3.MICRO"]);
    }

    #[test]
    fn what_an_expression_matches_is_replaced() {
        assert_eq!(change("replace: '@.*$'", &["ada@example.com", "ada"]), ["ada", "ada"]);
        assert_eq!(change("replace: '^(\\w+)\\.\\w+$'\nwith: '${1}.*'", &["t3.micro", "t3"]), ["t3.*", "t3"]);
    }

    #[test]
    fn a_rule_does_exactly_one_thing() {
        insta::assert_snapshot!(refused("drop: false"), @"[] this rule says nothing of label `x` (add `drop: true`, `rename`, `value`, `allow`, `map`, `case` or `replace`)");
        insta::assert_snapshot!(refused("case: lower\nallow: [a]"), @r#"[Key("case")] a rule does one thing, and this has `allow` and `case` (write two rules; they apply in the order they are written)"#);
        insta::assert_snapshot!(refused("case: lower\nother: a"), @r#"[Key("other")] `other` has no meaning without `allow` ()"#);
        insta::assert_snapshot!(refused("allow: [a]\nwith: a"), @r#"[Key("with")] `with` has no meaning without `replace` ()"#);
        insta::assert_snapshot!(refused("replace: '(a'"), @r#"[Key("replace")] this is no regular expression: unclosed group (the syntax is RE2's, as everywhere in Prometheus)"#);
    }
}
