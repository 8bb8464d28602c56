//! Deletion: the calls that make a resource go, and the wait until it has.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::{
    api::{Api, ApiError, Call, Request},
    entry::{Delete, Entry, Gone, Step},
    mapping::Place,
    memo::Pages,
    path::{Path, Scope},
    template::Params,
    view::View,
};
use crate::model::{Failure, FailureClass, RegionId, Resource};
use crate::provider::DeleteTarget;

/// Deletes a resource as its entry says, and returns when it is gone.
///
/// What the provider no longer knows counts as deleted. The entry's steps read what they undo from the provider, not
/// from the inventory, which may be hours old.
pub async fn delete(api: &dyn Api, entry: &Entry, place: &Place, target: &DeleteTarget) -> Result<(), Failure> {
    let Some(delete) = &entry.delete else {
        let message = format!("the catalogue has no way to delete `{}`", entry.kind);
        return Err(Failure::new(FailureClass::Unsupported, message));
    };
    let region = target.resource.region.clone().unwrap_or_else(|| place.region.clone());
    Deletion { api, delete, region, known: known(place, target) }.run().await
}

struct Deletion<'a> {
    api: &'a dyn Api,
    delete: &'a Delete,
    region: RegionId,
    /// What templates may name: the resource, its neighbours, and what the steps have read.
    known: Value,
}

impl Deletion<'_> {
    async fn run(mut self) -> Result<(), Failure> {
        for step in &self.delete.before {
            self.step(step).await?;
        }
        let Delete { call, params, absent, refused, gone, .. } = self.delete;
        match self.api.call(self.request(call, params, &Scope::new(&self.known))).await {
            Ok(answer) => {
                if let Some(reason) =
                    refused.as_ref().and_then(|path| path.first(&Scope::new(&answer))?.text().map(Cow::into_owned))
                {
                    return Err(Failure::new(FailureClass::BadAnswer, format!("{call}: {reason}")));
                }
            }
            Err(error) if error.is_one_of(absent) => return Ok(()),
            Err(error) => return Err(error.failure(call)),
        }
        match gone {
            Some(gone) => self.wait(gone).await,
            None => Ok(()),
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let itself = Value::Null;
        let targets: Vec<Value> = match &step.each {
            Some(each) => each.find(&Scope::new(&self.known)).into_iter().map(View::to_value).collect(),
            None => vec![itself],
        };
        for target in targets {
            let outer = Scope::new(&self.known);
            let scope = Scope::within(&target, &outer);
            if step.when.as_ref().is_some_and(|when| !when.holds(&scope)) {
                continue;
            }
            let request = self.request(&step.call, &step.params, &scope);
            let (Some(path), Some(name)) = (&step.items, &step.into) else {
                self.undo(request, &step.absent).await?;
                continue;
            };
            let found = self.read(request, path, &step.absent).await?;
            if let Value::Object(known) = &mut self.known {
                match known.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(list) => {
                        for value in found {
                            if !list.contains(&value) {
                                list.push(value);
                            }
                        }
                    }
                    other => *other = Value::Array(found),
                }
            }
        }
        Ok(())
    }

    async fn read(&self, request: Request, path: &Path, absent: &[String]) -> Result<Vec<Value>, Failure> {
        let read = Pages::read(self.api, request).await;
        match read.failure {
            Some(failure) if !absent.contains(&failure.code) => Err(failure.failure),
            _ => Ok(read.pages.iter().flat_map(|page| path.find(&Scope::new(page))).map(View::to_value).collect()),
        }
    }

    async fn undo(&self, request: Request, absent: &[String]) -> Result<(), Failure> {
        let call = request.call.clone();
        match self.api.call(request).await {
            Err(error) if !error.is_one_of(absent) => Err(error.failure(&call)),
            _ => Ok(()),
        }
    }

    async fn wait(&self, gone: &Gone) -> Result<(), Failure> {
        let give_up = Instant::now() + gone.limit;
        loop {
            let states = match self.states(gone).await {
                Ok(states) => states,
                Err(error) if error.is_one_of(&self.delete.absent) => return Ok(()),
                Err(error) => return Err(error.failure(&gone.call)),
            };
            if let Some(state) = states.iter().find(|state| is_one_of(state, &gone.failed)) {
                let message = format!("{}: the deletion ended in state {state}", self.delete.call);
                return Err(Failure::new(FailureClass::BadAnswer, message));
            }
            if states.iter().all(|state| is_one_of(state, &gone.states)) {
                return Ok(());
            }
            if Instant::now() + gone.every > give_up {
                let message = format!("{}: still {} after {:?}", self.delete.call, states.join(", "), gone.limit);
                return Err(Failure::new(FailureClass::Timeout, message));
            }
            sleep(gone.every).await;
        }
    }

    async fn states(&self, gone: &Gone) -> Result<Vec<String>, ApiError> {
        let request = self.request(&gone.call, &gone.params, &Scope::new(&self.known));
        let answer = self.api.call(request).await?;
        Ok(gone.state.find(&Scope::new(&answer)).into_iter().filter_map(View::text).map(Cow::into_owned).collect())
    }

    fn request(&self, call: &Call, params: &Params, scope: &Scope<'_>) -> Request {
        let params = params.render(scope, &[]).unwrap_or_else(|| Value::Object(Map::new()));
        Request { call: call.clone(), region: self.region.clone(), params, page_size: None, projection: Arc::default() }
    }
}

/// Whether a state is among some; providers do not always spell them as their own models do.
fn is_one_of(state: &str, states: &[String]) -> bool {
    states.iter().any(|other| other.eq_ignore_ascii_case(state))
}

fn known(place: &Place, target: &DeleteTarget) -> Value {
    let mut known = document(&target.resource);
    known.insert("account".to_owned(), json!(place.account));
    known.insert("partition".to_owned(), json!(place.partition));
    let mut edges: Map<String, Value> = Map::new();
    for neighbour in &target.neighbours {
        if let Value::Array(list) = edges.entry(neighbour.kind.to_string()).or_insert_with(|| Value::Array(Vec::new()))
        {
            list.push(Value::Object(document(neighbour)));
        }
    }
    known.insert("edges".to_owned(), Value::Object(edges));
    Value::Object(known)
}

fn document(resource: &Resource) -> Map<String, Value> {
    let mut document = resource.properties.to_map();
    document.insert("id".to_owned(), json!(resource.id));
    document.insert("name".to_owned(), json!(resource.name));
    document
}

#[cfg(test)]
mod tests;
