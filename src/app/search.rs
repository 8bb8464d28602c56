//! Searching a generation for people: documents, or one object per group.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    graph::Generation,
    model::{Map, Value},
    search::{Limits, Query, Row},
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
    /// Whether there is more than `limit` rows.
    pub(super) truncated: bool,
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
    let limit = request.limit.min(ROWS_MAX);
    if query.is_aggregate() {
        let rows = plan.aggregate(generation, now, Limits::default()).map_err(|error| error.render())?;
        let truncated = rows.len() > limit;
        return Ok(Found { rows: rows.into_iter().take(limit).map(row).collect(), truncated });
    }
    let nodes = plan.select(generation, now, Limits::default()).map_err(|error| error.render())?;
    let truncated = nodes.len() > limit;
    Ok(Found { rows: nodes.into_iter().take(limit).map(|id| generation.document(id)).collect(), truncated })
}

/// `{"group": {…}, "<function>": number}`, as the original answers.
fn row(row: Row) -> Value {
    let mut object = Map::new();
    if !row.group.is_empty() {
        let group = row.group.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        object.insert("group".to_owned(), Value::Object(group));
    }
    for (name, value) in row.values {
        object.insert(name.to_string(), value.map_or(Value::Null, Value::from));
    }
    Value::Object(object)
}
