//! Searching a generation for people: documents, or one object per group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    cli::Answer,
    graph::Generation,
    model::{Map, Value},
    search::{Limits, Query, Row, Warning},
};

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
}

impl From<Found> for Answer {
    fn from(found: Found) -> Self {
        let mut notes = found.warnings;
        if found.truncated {
            notes.push(format!("There is more than these {} results; raise `--limit` to see it.", found.rows.len()));
        }
        Self { rows: found.rows, notes }
    }
}

fn default_limit() -> usize {
    1_000
}

/// Runs a query; the error is the query with the place at fault, for people.
pub(super) fn find(generation: &Generation, request: &Request, now: Timestamp) -> Result<Found, String> {
    let query = Query::parse(&request.query).map_err(|error| error.render())?;
    let plan = query
        .compile(generation.graph.kinds())
        .map_err(|errors| errors.iter().map(crate::search::SearchError::render).collect::<Vec<_>>().join("\n"))?;
    let (_, warnings) = query.check(generation.graph.kinds());
    let warnings = warnings.iter().map(Warning::render).collect();
    let limit = request.limit.min(ROWS_MAX);
    if query.is_aggregate() {
        let rows = plan.aggregate(generation, now, Limits::default()).map_err(|error| error.render())?;
        let truncated = rows.len() > limit;
        return Ok(Found { rows: rows.into_iter().take(limit).map(row).collect(), truncated, warnings });
    }
    let found = plan.find(generation, now, Limits::default()).map_err(|error| error.render())?;
    let truncated = found.nodes.len() > limit;
    let rows = found.nodes.iter().take(limit).map(|id| found.document(generation, *id)).collect();
    Ok(Found { rows, truncated, warnings })
}

/// `{"group": {…}, "<function>": number}`, as the original answers.
fn row(row: Row) -> Value {
    let mut object = Map::new();
    if !row.group.is_empty() {
        let group = row.group.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        object.insert("group".to_owned(), Value::Object(group));
    }
    for (name, value) in row.values {
        object.insert(name.to_string(), value.map_or(Value::Null, number));
    }
    Value::Object(object)
}

/// A count is written as one: `40`, not `40.0`.
fn number(number: f64) -> Value {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "it is integral and below 2^53")]
        return Value::from(number as i64);
    }
    Value::from(number)
}
