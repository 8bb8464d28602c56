//! An API for tests: it answers from a script and remembers what it was asked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use serde_json::json;

use super::{
    answer::Answer,
    api::{Api, ApiError, Request},
    projection::Projection,
};
use crate::model::{FailureClass, Value};

/// Answers each request with what the first fitting rule has left.
#[derive(Debug, Default)]
pub(super) struct FakeApi {
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct Rule {
    /// The beginning of the requests it answers, as [`FakeApi::asked`] has them.
    request: String,
    /// One list of pages a request; the last one again and again.
    answers: Vec<Vec<Result<Value, ApiError>>>,
}

impl FakeApi {
    /// Pages that answer every request that begins so.
    pub(super) fn on(self, request: &str, pages: impl IntoIterator<Item = Result<Value, ApiError>>) -> Self {
        self.then(request, [pages.into_iter().collect()])
    }

    /// Pages for the first such request, for the second, and so on.
    pub(super) fn then(self, request: &str, answers: impl IntoIterator<Item = Vec<Result<Value, ApiError>>>) -> Self {
        let rule = Rule { request: request.to_owned(), answers: answers.into_iter().collect() };
        self.rules.lock().unwrap().push(rule);
        self
    }

    /// The requests so far, as `region service:Operation {params}`.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, request: &Request) -> Vec<Result<Value, ApiError>> {
        let asked = format!("{} {} {}", request.region, request.call, request.params);
        self.asked.lock().unwrap().push(asked.clone());
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| asked.contains(&rule.request));
        let Some(rule) = rule else { return vec![Err(error("Unscripted", FailureClass::BadAnswer))] };
        let pages = match rule.answers.len() {
            1 => rule.answers[0].clone(),
            _ => rule.answers.remove(0),
        };
        // As a cloud's transport does: nobody gets what nobody asked for.
        pages.into_iter().map(|page| page.map(|page| projected(page, &request.projection))).collect()
    }
}

fn projected(value: Value, projection: &Projection) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter_map(|(name, value)| {
                let value = projected(value, projection.member(&name)?);
                Some((name, value))
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => list.into_iter().map(|element| projected(element, projection)).collect(),
        scalar => scalar,
    }
}

pub(super) fn error(code: &str, class: FailureClass) -> ApiError {
    ApiError { code: code.to_owned(), message: "because".to_owned(), class }
}

#[async_trait]
impl Api for FakeApi {
    fn pages(&self, request: Request) -> BoxStream<'_, Result<Arc<Answer>, ApiError>> {
        let pages = self.answer(&request).into_iter().map(|page| page.map(|page| Arc::new(Answer::from(&page))));
        stream::iter(pages.collect::<Vec<_>>()).boxed()
    }

    async fn call(&self, request: Request) -> Result<Arc<Answer>, ApiError> {
        let answer = self.answer(&request).into_iter().next().unwrap_or_else(|| Ok(json!({})));
        answer.map(|answer| Arc::new(Answer::from(&answer)))
    }
}
