//! Asking a running server, for the commands `workflows`, `scopes` and `search`.

use std::time::Duration;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    cli::{self, Answer, CliError, ScopeRow, Scopes, Search, WorkflowsCommand},
    http::{Client, ClientError},
    model::{Clock, SystemClock, Value},
    workflow::{HistoryEntry, HistorySummary, Outcome, RunAnswer, RunLog, Running, ShowWorkflow, StopAnswer, Workflow},
};

use super::{
    scopes,
    search::{Found, Request},
};

/// How often `workflows run --wait` asks whether the run is over.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Runs a query on a server.
pub(super) async fn search(server: &str, search: &Search) -> Result<Answer, CliError> {
    let request = json!(Request::from(search));
    let found: Result<Found, ClientError> = client(server)?.post(&["search"], &request).await;
    match found {
        Ok(found) => {
            let source = format!("the server at {server}, {}", found.age(SystemClock.now()));
            Ok(found.answer(source))
        }
        Err(error) => Err(answered(error)),
    }
}

/// Asks a server for its ledger.
pub(super) async fn scopes(server: &str, asked: &Scopes) -> Result<Answer<ScopeRow>, CliError> {
    let found: Result<scopes::Found, ClientError> = client(server)?.post(&["scopes"], &json!(asked)).await;
    match found {
        Ok(found) => {
            let source = format!("the server at {server}, {}", found.age(SystemClock.now()));
            Ok(found.answer(source))
        }
        Err(error) => Err(answered(error)),
    }
}

/// Does what a `workflows` command asks for; the answer is text for people.
pub(super) async fn workflows(server: &str, command: &WorkflowsCommand) -> Result<String, CliError> {
    let client = client(server)?;
    Ok(match command {
        WorkflowsCommand::List => cli::workflows::list(&get::<Vec<Workflow>>(&client, &["workflows"], &[]).await?),
        WorkflowsCommand::Show { workflow } => {
            cli::workflows::show(&get::<ShowWorkflow>(&client, &["workflows", "show", workflow], &[]).await?)
        }
        WorkflowsCommand::Run { workflow, wait } => {
            let path = ["workflows", "run", workflow.as_str()];
            let answer: RunAnswer = client.post(&path, &Value::Null).await.map_err(asked)?;
            let text = cli::workflows::run(&answer);
            if *wait { text + &self::wait(&client, &answer).await? } else { text }
        }
        WorkflowsCommand::Running => {
            cli::workflows::running(&get::<Running>(&client, &["workflows", "running"], &[]).await?, SystemClock.now())
        }
        WorkflowsCommand::History { workflow: None, .. } => {
            cli::workflows::history(&get::<Vec<HistorySummary>>(&client, &["workflows", "history"], &[]).await?)
        }
        WorkflowsCommand::History { workflow: Some(workflow), started_after, started_before, has_errors, limit } => {
            let (limit, has_errors) = (limit.to_string(), has_errors.to_string());
            let mut query = vec![("limit", limit.as_str()), ("has_errors", has_errors.as_str())];
            query.extend(started_after.as_deref().map(|time| ("started_after", time)));
            query.extend(started_before.as_deref().map(|time| ("started_before", time)));
            let path = ["workflows", "history", workflow.as_str()];
            cli::workflows::history_of(&get::<Vec<HistoryEntry>>(&client, &path, &query).await?)
        }
        WorkflowsCommand::Log { run } => {
            cli::workflows::log(&get::<RunLog>(&client, &["workflows", "log", run], &[]).await?)
        }
        WorkflowsCommand::Stop { run } => {
            let answer: StopAnswer = client.post(&["workflows", "stop", run], &Value::Null).await.map_err(asked)?;
            cli::workflows::stop(&answer)
        }
    })
}

/// Waits until a run is over, and says how it ended.
///
/// # Errors
/// A run that failed or was stopped is an error, so that a script notices.
async fn wait(client: &Client, answer: &RunAnswer) -> Result<String, CliError> {
    let path = ["workflows", "history", answer.workflow.as_str()];
    loop {
        let entries: Vec<HistoryEntry> = get(client, &path, &[("limit", "100")]).await?;
        if let Some(entry) = entries.into_iter().find(|entry| entry.run == answer.run)
            && let Some(outcome) = entry.outcome
        {
            let text = cli::workflows::history_of(std::slice::from_ref(&entry));
            return match outcome {
                Outcome::Failed | Outcome::TimedOut | Outcome::Stopped => {
                    Err(CliError::Failed(format!("the run ended as {}\n{text}", outcome.as_str()).into()))
                }
                Outcome::Skipped | Outcome::Ok | Outcome::Partial => Ok(text),
            };
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Why a server gave no answer to a question.
fn answered(error: ClientError) -> CliError {
    match error {
        error @ ClientError::Connect { .. } => CliError::NoServer(Box::new(error)),
        // The server understood, and the question is wrong: that is all there is to say.
        ClientError::Refused { status, message, .. } if status == StatusCode::BAD_REQUEST => {
            CliError::Failed(message.into())
        }
        error => asked(error),
    }
}

async fn get<T: DeserializeOwned>(client: &Client, path: &[&str], query: &[(&str, &str)]) -> Result<T, CliError> {
    client.get(path, query).await.map_err(asked)
}

fn client(server: &str) -> Result<Client, CliError> {
    Client::new(server).map_err(asked)
}

fn asked(error: ClientError) -> CliError {
    CliError::Server(Box::new(error))
}
