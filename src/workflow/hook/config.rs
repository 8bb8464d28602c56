//! The section `hooks` of the configuration.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};

use super::{Secret, process};
use crate::workflow::{Config, Step, Timeout, elapsed};

/// Something of the user's that runs within a step: a program or an HTTP request.
///
/// A hook on a `pre_` or `post_` event is that step's work. A hook on an event with work of its own (`collect`,
/// `merge_outer_edges`, `cleanup_plan`, `cleanup`, `generate_metrics`) runs in the same step, after that work and
/// whatever its outcome. The hooks of an event run one after the other, in the order they are written, and the step
/// waits for each. All of it must fit into the step's timeout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookConfig {
    /// Its name in the log of a run; each name only once.
    pub name: String,
    /// The event or events it waits for, for example `post_collect` or `[cleanup_plan, cleanup]`.
    pub on: Events,
    /// A program and its arguments. No shell reads them; write `[sh, -c, "…"]` to have one. It gets the event as JSON
    /// on its standard input, and of the environment only `PATH`, `HOME`, `LANG`, `TZ`, `TMPDIR` and the variables
    /// `CLOUDGAUGE_EVENT`, `_HOOK`, `_WORKFLOW`, `_RUN`, `_TRIGGER`, `_OUTCOME`. Exit status 0 is success. What it
    /// leaves running when it exits is killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Vec<String>>,
    /// Further environment variables for `run`: a text, `{value_env: NAME}` or `{value_file: PATH}` each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Secret>,
    /// An HTTP request instead of a program, with the event as JSON body. Status 200 to 299 is success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpConfig>,
    /// How long it may take, retries included; then it is killed and has failed. Default: `60s`.
    #[serde(default = "default_timeout")]
    pub timeout: Timeout,
    /// What follows when it fails: `continue` leaves the step's outcome as it is and puts a warning into the log;
    /// `fail` makes the step fail. Default: `continue`.
    #[serde(default)]
    pub on_error: OnHookError,
}

/// An HTTP request that a hook makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// `POST`, `PUT`, `PATCH`, `DELETE` or `GET`; a `GET` has no body. Default: `POST`.
    #[serde(default)]
    pub method: Method,
    /// An `http://` or `https://` URL: a text, `{value_env: NAME}` or `{value_file: PATH}`. Logs show its host only.
    /// Certificates are checked against the system's. Redirects are not followed.
    pub url: Secret,
    /// Header fields: a text, `{value_env: NAME}` or `{value_file: PATH}` each. They never appear in logs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Secret>,
    /// How often it is tried again after no answer, status 429 or 500 and above; the pauses double from half a
    /// second to at most thirty. Default: `0`, at most `10`.
    #[serde(default)]
    pub retries: u8,
}

/// The methods a hook may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Post,
    Put,
    Patch,
    Delete,
    Get,
}

/// What follows a hook that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnHookError {
    /// A warning.
    #[default]
    Continue,
    /// The step fails.
    Fail,
}

/// One event or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events(pub Vec<Step>);

/// A hook that cannot work as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hook `{hook}`: {problem}")]
pub struct HookError {
    pub hook: String,
    /// Where it stands in the list, counted from 0, and the field that is wrong.
    pub index: usize,
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

const RETRIES_MAX: u8 = 10;

fn default_timeout() -> Timeout {
    Timeout(Duration::from_mins(1))
}

/// Finds everything that is wrong with the hooks, short of their environment.
pub fn check(hooks: &[HookConfig], workflows: &Config) -> Vec<HookError> {
    let mut errors = Vec::new();
    for (index, hook) in hooks.iter().enumerate() {
        let mut complain = |field: &'static str, problem: String| {
            errors.push(HookError { hook: hook.name.clone(), index, field, problem });
        };
        if hook.name.trim().is_empty() {
            complain("name", format!("hook number {} needs a name", index + 1));
        }
        if hooks[..index].iter().any(|earlier| earlier.name == hook.name) {
            complain("name", "the name is used twice; give each hook its own".to_owned());
        }
        if hook.on.0.is_empty() {
            complain("on", "`on` names no event; write for example `on: post_collect`".to_owned());
        }
        match (&hook.run, &hook.http) {
            (None, None) | (Some(_), Some(_)) => {
                complain(if hook.http.is_some() { "http" } else { "name" }, "write either `run` or `http`".to_owned());
            }
            (Some(argv), None) if argv.first().is_none_or(String::is_empty) => {
                complain("run", "`run` names no program; write for example `run: [notify, --quiet]`".to_owned());
            }
            _ => {}
        }
        if hook.run.is_none() && !hook.env.is_empty() {
            complain("env", "`env` is only for `run`; an `http` hook has `headers`".to_owned());
        }
        for name in hook.env.keys().filter(|name| name.is_empty() || name.contains(['=', '\0'])) {
            complain("env", format!("`{}` cannot be the name of a variable", name.escape_debug()));
        }
        for name in hook.env.keys().filter(|name| name.starts_with(process::PREFIX)) {
            complain(
                "env",
                format!("`{name}`: variables that begin with `{}` are set by the hook's event", process::PREFIX),
            );
        }
        if hook.http.as_ref().is_some_and(|http| http.retries > RETRIES_MAX) {
            complain("http", format!("at most {RETRIES_MAX} retries are allowed"));
        }
        for step in &hook.on.0 {
            let limit = workflows.timeout(*step);
            if hook.timeout.0 > limit {
                complain(
                    "timeout",
                    format!(
                        "its timeout of {} is longer than that of the step {step}, {}; shorten it or set \
                     `workflows.timeouts.{step}`",
                        elapsed(hook.timeout.0),
                        elapsed(limit)
                    ),
                );
            }
        }
    }
    errors
}

impl Serialize for Events {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Events;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event such as `post_collect`, or a list of events")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Events, E> {
                name.parse().map(|step| Events(vec![step])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Events, A::Error> {
                let mut steps = Vec::new();
                while let Some(step) = names.next_element()? {
                    if !steps.contains(&step) {
                        steps.push(step);
                    }
                }
                Ok(Events(steps))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<HookConfig>, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn both_forms_are_read_with_their_defaults() {
        let hooks = read(
            "
            - {name: tell, on: collect_done, run: [notify, done]}
            - name: post
              on: [cleanup_plan, cleanup]
              http: {url: 'https://example.org/x', headers: {Authorization: {value_env: TOKEN}}}
              timeout: 5s
              on_error: fail
            ",
        )
        .unwrap();
        assert_eq!(hooks[0].on, Events(vec![Step::PostCollect]));
        assert_eq!((hooks[0].timeout, hooks[0].on_error), (default_timeout(), OnHookError::Continue));
        assert_eq!(hooks[1].on, Events(vec![Step::CleanupPlan, Step::Cleanup]));
        let http = hooks[1].http.as_ref().unwrap();
        assert_eq!((http.method, http.retries), (Method::Post, 0));
        assert_eq!(check(&hooks, &Config::default()), []);
    }

    #[test]
    fn an_unknown_event_is_refused_when_it_is_read() {
        for on in ["post_colect", "[cleanup, post_colect]"] {
            let error = read(&format!("- {{name: a, on: {on}, run: [b]}}")).unwrap_err();
            assert!(error.contains("unknown event `post_colect`; did you mean `post_collect`?"), "{error}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let hooks = read(
            "
            - {name: a, on: collect}
            - {name: a, on: [], run: []}
            - {name: b, on: post_collect, run: [x], timeout: 10min, env: {CLOUDGAUGE_EVENT: x, 'a=b': c}}
            - {name: ' ', on: cleanup, http: {url: x, retries: 11}, env: {A: b}}
            - {name: c, on: cleanup, http: {url: x}, run: [x]}
            ",
        )
        .unwrap();
        let errors: Vec<_> = check(&hooks, &Config::default()).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(errors.join("\n"), @"
        hook `a`: write either `run` or `http`
        hook `a`: the name is used twice; give each hook its own
        hook `a`: `on` names no event; write for example `on: post_collect`
        hook `a`: `run` names no program; write for example `run: [notify, --quiet]`
        hook `b`: `a=b` cannot be the name of a variable
        hook `b`: `CLOUDGAUGE_EVENT`: variables that begin with `CLOUDGAUGE_` are set by the hook's event
        hook `b`: its timeout of 10min is longer than that of the step post_collect, 5min; shorten it or set `workflows.timeouts.post_collect`
        hook ` `: hook number 4 needs a name
        hook ` `: `env` is only for `run`; an `http` hook has `headers`
        hook ` `: at most 10 retries are allowed
        hook `c`: write either `run` or `http`
        ");
    }
}
