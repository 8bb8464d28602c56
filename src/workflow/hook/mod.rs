//! Hooks: what users attach to the steps.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use self::{
    http::HttpRequest,
    process::{Output, Process},
};
use super::{Config, Step, run::seconds};

mod config;
mod http;
mod payload;
mod process;
mod secret;
mod tail;
#[cfg(test)]
mod tests;

pub(super) use self::payload::Payload;
pub use self::{
    config::{Events, HookConfig, HookError, HttpConfig, Method, OnHookError, check},
    secret::Secret,
};

/// The hooks of every event, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Hooks(BTreeMap<Step, Vec<Arc<Hook>>>);

impl Hooks {
    /// Prepares the hooks; `environment` is the program's own.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them: see [`check`], and variables that are not set, URLs and headers that
    /// are none.
    pub fn new(
        hooks: &[HookConfig],
        workflows: &Config,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<HookError>> {
        let mut errors = check(hooks, workflows);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut by_step: BTreeMap<Step, Vec<Arc<Hook>>> = BTreeMap::new();
        for (index, config) in hooks.iter().enumerate() {
            match Hook::new(config, environment) {
                Ok(hook) => {
                    let hook = Arc::new(hook);
                    for step in &config.on.0 {
                        by_step.entry(*step).or_default().push(Arc::clone(&hook));
                    }
                }
                Err(problem) => {
                    let field = if config.run.is_some() { "env" } else { "http" };
                    errors.push(HookError { hook: config.name.clone(), index, field, problem });
                }
            }
        }
        if errors.is_empty() { Ok(Self(by_step)) } else { Err(errors) }
    }

    /// The hooks of an event, in the order they run.
    pub(super) fn of(&self, step: Step) -> &[Arc<Hook>] {
        self.0.get(&step).map_or(&[], Vec::as_slice)
    }

    /// The names of an event's hooks, in the order they run.
    pub fn names(&self, step: Step) -> Vec<String> {
        self.of(step).iter().map(|hook| hook.name.clone()).collect()
    }
}

/// A hook, ready to run.
#[derive(Debug)]
pub(super) struct Hook {
    name: String,
    action: Action,
    timeout: Duration,
    on_error: OnHookError,
}

#[derive(Debug)]
enum Action {
    Run(Process),
    Http(Box<HttpRequest>),
}

impl Hook {
    fn new(config: &HookConfig, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let resolve = |what: &str, secrets: &BTreeMap<String, Secret>| {
            let resolved = secrets.iter().map(|(name, secret)| match secret.resolve(environment) {
                Ok(resolved) => Ok((name.clone(), resolved)),
                Err(error) => Err(format!("{what} `{name}`: {error}")),
            });
            resolved.collect::<Result<BTreeMap<_, _>, _>>()
        };
        let action = match (&config.run, &config.http) {
            (Some(argv), _) => Action::Run(Process::new(argv.clone(), resolve("variable", &config.env)?, environment)),
            (None, Some(http)) => {
                let url = http.url.resolve(environment).map_err(|error| format!("url: {error}"))?;
                let headers = resolve("header", &http.headers)?;
                Action::Http(Box::new(HttpRequest::new(http.method, url, headers, http.retries)?))
            }
            (None, None) => return Err("write either `run` or `http`".to_owned()),
        };
        Ok(Self { name: config.name.clone(), action, timeout: config.timeout.0, on_error: config.on_error })
    }

    /// Whether its failure fails the step.
    pub(super) fn fails_step(&self) -> bool {
        self.on_error == OnHookError::Fail
    }

    /// Runs the hook to its end or its timeout. Dropping the future kills it.
    pub(super) async fn run(&self, payload: &Payload) -> HookResult {
        let started = Instant::now();
        let body = serde_json::to_vec(payload).expect("a payload has only text keys");
        let (status, output) = match &self.action {
            Action::Run(process) => {
                let output = Output::default();
                let ended = timeout(self.timeout, process.run(&self.name, payload, &body, &output)).await;
                (ended.unwrap_or(HookStatus::TimedOut), output.lines())
            }
            Action::Http(request) => {
                let body = Bytes::from(body);
                let ended = timeout(self.timeout, request.run(&body)).await;
                ended.unwrap_or((HookStatus::TimedOut, Vec::new()))
            }
        };
        HookResult { hook: self.name.clone(), status, duration: started.elapsed(), output }
    }
}

/// How a hook ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HookResult {
    pub hook: String,
    pub status: HookStatus,
    #[serde(with = "seconds", rename = "duration_seconds")]
    pub duration: Duration,
    /// The last lines of a program's output, or of an answer that was no success.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub output: Vec<String>,
}

/// What became of a hook's program or request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookStatus {
    /// The program's exit status.
    Exited(i32),
    /// The signal that killed the program.
    Killed(i32),
    /// The status of the HTTP answer.
    Http(u16),
    /// It exceeded its timeout and was killed.
    TimedOut,
    /// It could not be started, or got no answer.
    Failed(String),
}

impl HookStatus {
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Exited(0) | Self::Http(200..=299))
    }
}

impl fmt::Display for HookStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit status {code}"),
            Self::Killed(signal) => write!(f, "killed by signal {signal}"),
            Self::Http(status) => write!(f, "HTTP status {status}"),
            Self::TimedOut => f.write_str("timed out and was killed"),
            Self::Failed(problem) => f.write_str(problem),
        }
    }
}
