//! The API under `/api/v1/`: what the commands `workflows`, `scopes` and `search` ask for.
//!
//! | method and path | answer |
//! |---|---|
//! | `GET workflows` | the names |
//! | `GET workflows/running` | what runs and waits |
//! | `GET workflows/history` | a summary per workflow |
//! | `GET workflows/history/{workflow}` | its runs: `started_after`, `started_before`, `has_errors`, `limit` |
//! | `GET workflows/log/{run}` | the log of a run |
//! | `GET workflows/show/{workflow}` | its steps and triggers |
//! | `POST workflows/run/{workflow}` | starts it |
//! | `POST workflows/stop/{run}` | stops a run |
//! | `POST scopes` | `{"account": …, "failed": true, "by": ["region"], "limit": …, …}` → `{"rows": […], "total": {…}, …}` |
//! | `POST search` | `{"query": …, "limit": …, "sort": …, "explain": …}` → `{"rows": […], "truncated": …, …}` |

use std::{str::FromStr, sync::Arc};

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde::Serialize;

use crate::{
    cli::Scopes,
    http::{Api, ApiRequest, ApiResponse},
    model::Value,
    workflow::{Handle, HistoryFilter, RequestError, RunId, Workflow},
};

use super::{scopes, search, state::State};

/// Answers from the state and the workflow engine.
#[derive(Debug)]
pub(super) struct ApiOf {
    pub(super) state: Arc<State>,
    pub(super) workflows: Handle,
}

#[async_trait]
impl Api for ApiOf {
    async fn call(&self, request: ApiRequest) -> ApiResponse {
        let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        let allowed = match segments[..] {
            ["search" | "scopes"] | ["workflows", "run" | "stop", _] => "POST",
            ["workflows"] | ["workflows", "running" | "history"] | ["workflows", "history" | "log" | "show", _] => {
                "GET"
            }
            _ => return ApiResponse::not_found(),
        };
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        if reads != (allowed == "GET") || !(reads || request.method == Method::POST) {
            return ApiResponse::method_not_allowed(allowed);
        }
        let workflows = &self.workflows;
        let answer = match segments[..] {
            ["scopes"] => return scopes(&self.state, request.body).await,
            ["search"] => return search(&self.state, request.body).await,
            ["workflows"] => Ok(ok(&workflows.list())),
            ["workflows", "running"] => Ok(ok(&workflows.running())),
            ["workflows", "history"] => Ok(ok(&workflows.history())),
            ["workflows", "history", name] => {
                named(name).and_then(|workflow| Ok(ok(&workflows.history_of(workflow, &filter(&request)?))))
            }
            ["workflows", "show", name] => named(name).map(|workflow| ok(&workflows.show(workflow))),
            ["workflows", "run", name] => named(name)
                .and_then(|workflow| workflows.run(workflow).map(|run| ok(&run)).map_err(|error| refused(&error))),
            ["workflows", "log", run] => {
                workflows.log(&RunId::from(run)).map(|log| ok(&log)).map_err(|error| refused(&error))
            }
            ["workflows", "stop", run] => {
                workflows.stop(&RunId::from(run)).map(|run| ok(&run)).map_err(|error| refused(&error))
            }
            _ => Err(ApiResponse::not_found()),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }
}

fn ok(content: &impl Serialize) -> ApiResponse {
    ApiResponse::json(StatusCode::OK, content)
}

fn named(name: &str) -> Result<Workflow, ApiResponse> {
    Workflow::from_str(name).map_err(|unknown| ApiResponse::error(StatusCode::NOT_FOUND, &unknown.to_string()))
}

fn refused(error: &RequestError) -> ApiResponse {
    let status = match error {
        RequestError::UnknownRun { .. } | RequestError::UnknownWorkflow(_) => StatusCode::NOT_FOUND,
        RequestError::NotRunning { .. } => StatusCode::CONFLICT,
        RequestError::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
    };
    ApiResponse::error(status, &error.to_string())
}

fn filter(request: &ApiRequest) -> Result<HistoryFilter, ApiResponse> {
    fn value<T: FromStr>(request: &ApiRequest, name: &str, example: &str) -> Result<Option<T>, ApiResponse> {
        let Some(text) = request.query_value(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let message = format!("`{name}` is `{text}`; write for example `{example}`");
            ApiResponse::error(StatusCode::BAD_REQUEST, &message)
        })
    }
    let default = HistoryFilter::default();
    Ok(HistoryFilter {
        started_after: value(request, "started_after", "2026-01-31T12:00:00Z")?,
        started_before: value(request, "started_before", "2026-01-31T12:00:00Z")?,
        has_errors: value(request, "has_errors", "true")?.unwrap_or(default.has_errors),
        limit: value(request, "limit", "10")?.unwrap_or(default.limit),
    })
}

async fn scopes(state: &Arc<State>, body: Option<Value>) -> ApiResponse {
    let asked: Scopes = match serde_json::from_value(body.unwrap_or_default()) {
        Ok(asked) => asked,
        Err(error) => {
            let message =
                format!("the body must be {{\"failed\": true, \"by\": [\"account\"], \"limit\": 1000}}: {error}");
            return ApiResponse::error(StatusCode::BAD_REQUEST, &message);
        }
    };
    let (generation, now) = (state.store.current(), state.clock.now());
    match tokio::task::spawn_blocking(move || scopes::find(&generation, &asked, now)).await {
        Ok(Ok(found)) => ok(&found),
        Ok(Err(message)) => ApiResponse::error(StatusCode::BAD_REQUEST, &message),
        Err(error) => ApiResponse::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn search(state: &Arc<State>, body: Option<Value>) -> ApiResponse {
    let request: Result<search::Request, _> = serde_json::from_value(body.unwrap_or_default());
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the body must be {{\"query\": \"…\", \"limit\": 1000}}: {error}");
            return ApiResponse::error(StatusCode::BAD_REQUEST, &message);
        }
    };
    let generation = state.generation().await;
    let (now, prepared) = (state.clock.now(), state.prepared.load_full());
    let found =
        tokio::task::spawn_blocking(move || search::find(&generation, &prepared.templates, &request, now)).await;
    match found {
        Ok(Ok(found)) => ok(&found),
        Ok(Err(error)) => ApiResponse::error(StatusCode::BAD_REQUEST, &error),
        Err(error) => ApiResponse::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
