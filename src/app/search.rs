//! Searching a generation for people: documents, or one object per group.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    cli::{Answer, Search},
    graph::Generation,
    model::{KindModel, Value, duration},
    search::{Explanation, Limits, Query, Row, SearchError, Templates, Warning},
};

use super::needs::not_collected;

/// No answer has more rows, whatever was asked for.
const ROWS_MAX: usize = 100_000;

/// What is searched for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) query: String,
    /// How many rows are returned at most.
    #[serde(default = "default_limit")]
    pub(super) limit: usize,
    /// Whether nodes are sorted by kind, name and id where the query asks for no order.
    #[serde(default)]
    pub(super) sort: bool,
    /// Whether to explain how the query is evaluated, rather than to answer it.
    #[serde(default)]
    pub(super) explain: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) rows: Vec<Value>,
    /// Whether there are more than `limit` rows.
    pub(super) truncated: bool,
    /// What is dubious about the query, for people.
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) explanation: Option<String>,
    /// The number of the generation that was searched.
    #[serde(default)]
    pub(super) generation: u64,
    /// When it was collected; none before the first collection.
    #[serde(default)]
    pub(super) collected_at: Option<Timestamp>,
}

impl From<&Search> for Request {
    /// What people ask for comes in an order.
    fn from(search: &Search) -> Self {
        let Search { query, limit, explain } = search.clone();
        Self { query, limit, sort: true, explain }
    }
}

impl Found {
    /// The answer for people; `source` says in words what was searched.
    pub(super) fn answer(self, source: String) -> Answer {
        let mut notes = self.warnings;
        if self.truncated {
            notes.push(format!("There is more than these {} results; raise `--limit` to see it.", self.rows.len()));
        }
        Answer { rows: self.rows, explanation: self.explanation, source, notes }
    }

    /// Which generation was searched and how old it is, in words.
    pub(super) fn age(&self, now: Timestamp) -> String {
        age(self.generation, self.collected_at, now)
    }
}

/// Which generation it is and how old, in words.
pub(super) fn age(generation: u64, collected_at: Option<Timestamp>, now: Timestamp) -> String {
    match collected_at {
        Some(time) => {
            // Clocks of two machines may differ.
            let ago = duration::format(now.duration_since(time).max(SignedDuration::ZERO));
            format!("generation {generation}, collected {ago} ago")
        }
        None => "before the first collection".to_owned(),
    }
}

fn default_limit() -> usize {
    1_000
}

/// Runs a query; the error is the query with the place at fault, for people.
pub(super) fn find(
    generation: &Generation,
    templates: &Templates,
    request: &Request,
    now: Timestamp,
) -> Result<Found, String> {
    let query = Query::parse_with(&request.query, templates).map_err(|error| error.render())?;
    let query = if request.sort { query.in_default_order() } else { query };
    let kinds = generation.graph.kinds();
    let plan =
        query.compile(kinds).map_err(|errors| errors.iter().map(SearchError::render).collect::<Vec<_>>().join("\n"))?;
    let (_, warnings) = query.check(kinds);
    let mut found = Found {
        warnings: warnings.iter().map(Warning::render).chain(not_collected(&query, generation)).collect(),
        generation: generation.number,
        collected_at: generation.collected_at,
        ..Found::default()
    };
    let limit = request.limit.min(ROWS_MAX);
    if request.explain {
        let plan = plan.explain(generation, now, Limits::default()).map_err(|error| error.render())?;
        found.explanation = Some(explanation(&query, &plan, kinds));
    } else if query.is_aggregate() {
        let rows = plan.aggregate(generation, now, Limits::default()).map_err(|error| error.render())?;
        found.truncated = rows.len() > limit;
        found.rows = rows.iter().take(limit).map(Row::document).collect();
    } else {
        let matches = plan.find(generation, now, Limits::default()).map_err(|error| error.render())?;
        found.truncated = matches.nodes.len() > limit;
        found.rows = matches.nodes.iter().take(limit).map(|id| matches.document(generation, *id)).collect();
    }
    Ok(found)
}

/// Kinds that an explanation names.
const KINDS_NAMED_MAX: usize = 5;

/// The query as it is understood, whose resources can change its answer, and what it scans.
fn explanation(query: &Query, plan: &Explanation, kinds: &KindModel) -> String {
    let touched = query.kinds(kinds);
    let mut names: Vec<String> = touched.iter().take(KINDS_NAMED_MAX).map(ToString::to_string).collect();
    if touched.len() > names.len() {
        names.push(format!("{} more", touched.len() - names.len()));
    }
    let touched = if touched.len() == kinds.iter().count() { "all kinds".to_owned() } else { names.join(", ") };
    format!("{query}\n\nkinds  {touched}\n{plan}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{graph::fixture, model::Resource};

    fn generation() -> Generation {
        let volume = |id: u64| {
            let mut volume = Resource::new("volume", format!("v-{id}"));
            volume.properties.insert("volume_size", (id * 7).into());
            volume.properties.insert("volume_status", "in-use".into());
            volume
        };
        fixture::generation(&[("dev", (0..20).map(volume).collect()), ("prod", vec![Resource::new("instance", "i")])])
    }

    fn explained(query: &str) -> String {
        let request = Request { query: query.to_owned(), limit: 10, sort: true, explain: true };
        let found = find(&generation(), &Templates::default(), &request, fixture::now()).unwrap();
        assert!(found.rows.is_empty());
        let text = found.explanation.unwrap();
        let lines = text.lines().map(|line| match line.split_once("  takes  ") {
            Some((_, time)) => {
                assert!(time.contains(" ms"), "{line}");
                "  takes  (time)"
            }
            None => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_explanation_says_what_is_understood_and_what_is_scanned() {
        insta::assert_snapshot!(
            "explained_conditions",
            explained("is(volume) and volume_size > 1TB and volume_status = in-use limit 3")
        );
        insta::assert_snapshot!(
            "explained_aggregate",
            explained("aggregate(account as account: sum(volume_size) as size): is(volume)")
        );
        insta::assert_snapshot!("explained_walk", explained("is(account) --> is(region)"));
    }
}
