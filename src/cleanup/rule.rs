//! Rules: searches whose results should go.

use crate::{
    document::Complaint,
    model::KindModel,
    search::{Plan, Query, Templates},
};

use super::{Config, config::bundled};

/// The complaint that an error or a warning of the search language amounts to; the two have the same parts.
macro_rules! complaint {
    ($diagnostic:expr) => {{
        let span = $diagnostic.span();
        let complaint = Complaint::new($diagnostic.message()).within(span.start..span.end);
        match $diagnostic.help().or($diagnostic.label()) {
            Some(help) => complaint.help(help),
            None => complaint,
        }
    }};
}

/// An enabled rule, ready to be evaluated.
#[derive(Debug)]
pub struct Rule {
    pub name: String,
    pub reason: String,
    pub query: Query,
    pub plan: Plan,
}

/// Compiles the rules; every mistake of every rule is reported, those of disabled rules too.
///
/// The complaints' paths start in the section `cleanup`.
pub fn rules(config: &Config, kinds: &KindModel, templates: &Templates) -> Result<Vec<Rule>, Vec<Complaint>> {
    let mut rules = Vec::new();
    let mut complaints = Vec::new();
    let bundled = bundled();
    for (name, rule) in &config.rules {
        let at = |complaint: Complaint, field: &str| complaint.at("rules").at(name.as_str()).at(field);
        let model = bundled.get(name);
        let reason = rule.reason.as_ref().or(model.and_then(|model| model.reason.as_ref()));
        let search = rule.search.as_ref().or(model.and_then(|model| model.search.as_ref()));
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reason.is_none() {
            let complaint = Complaint::new("a rule needs a reason")
                .help("say in words that the owner of a resource understands why it should go");
            complaints.push(at(complaint, "reason"));
        }
        let Some(search) = search else {
            let complaint = Complaint::new("a rule needs a search").help(format!(
                "write one, or use a bundled rule: {}",
                bundled.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ));
            complaints.push(at(complaint, "search"));
            continue;
        };
        match (compile(search, kinds, templates), reason) {
            (Ok((query, plan)), Some(reason)) if rule.enabled => {
                rules.push(Rule { name: name.clone(), reason: reason.clone(), query, plan });
            }
            (Ok(_), _) => {}
            (Err(errors), _) => complaints.extend(errors.into_iter().map(|complaint| at(complaint, "search"))),
        }
    }
    if complaints.is_empty() { Ok(rules) } else { Err(complaints) }
}

/// What a search merely warns of is a mistake in a rule: what it deletes must not hang on a misunderstanding.
fn compile(search: &str, kinds: &KindModel, templates: &Templates) -> Result<(Query, Plan), Vec<Complaint>> {
    let query = Query::parse_with(search, templates).map_err(|error| vec![complaint!(error)])?;
    if query.is_aggregate() {
        let complaint = Complaint::new("a rule selects resources, but an aggregate yields numbers")
            .help("leave out `aggregate(...):`");
        return Err(vec![complaint]);
    }
    let (errors, warnings) = query.check(kinds);
    let complaints =
        errors.iter().map(|error| complaint!(error)).chain(warnings.iter().map(|warning| complaint!(warning)));
    let complaints: Vec<_> = complaints.collect();
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let plan = query.compile(kinds);
    let plan = plan.map_err(|errors| errors.iter().map(|error| complaint!(error)).collect::<Vec<_>>())?;
    Ok((query, plan))
}
