//! Rules: searches whose results should go.

use crate::{model::KindModel, search::Query};

use super::Config;

/// An enabled rule, ready to be evaluated.
#[derive(Debug)]
pub struct Rule {
    pub name: String,
    pub reason: String,
    pub query: Query,
}

/// A rule that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// The setting at fault, as a path below the section `cleanup`.
    pub path: Vec<String>,
    /// What is wrong, on one line.
    pub message: String,
    /// The search with the place at fault, where the search is at fault.
    pub detail: Option<String>,
}

/// Compiles the rules; every mistake of every rule is reported, those of disabled rules too.
pub fn rules(config: &Config, kinds: &KindModel) -> Result<Vec<Rule>, Vec<RuleError>> {
    let mut rules = Vec::new();
    let mut errors = Vec::new();
    for (name, rule) in &config.rules {
        let path = |field: &str| vec!["rules".to_owned(), name.clone(), field.to_owned()];
        if rule.reason.trim().is_empty() {
            let message = format!("the rule `{name}` gives no reason; say why its resources should go");
            errors.push(RuleError { path: path("reason"), message, detail: None });
        }
        match compile(&rule.search, kinds) {
            Ok(query) if rule.enabled => {
                rules.push(Rule { name: name.clone(), reason: rule.reason.clone(), query });
            }
            Ok(_) => {}
            Err((message, detail)) => errors.push(RuleError { path: path("search"), message, detail }),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn compile(search: &str, kinds: &KindModel) -> Result<Query, (String, Option<String>)> {
    let query = Query::parse(search).map_err(|error| (error.to_string(), Some(error.render())))?;
    if query.is_aggregate() {
        return Err(("a rule selects resources; an aggregate yields numbers".to_owned(), None));
    }
    let (errors, _) = query.check(kinds);
    match errors.first() {
        Some(error) => Err((error.to_string(), Some(error.render()))),
        None => Ok(query),
    }
}
