//! The memo: answers that several kinds of one collection need.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::StreamExt;
use tokio::sync::OnceCell;

use super::{
    answer::Answer,
    api::{Api, ApiError, Call, Request},
};
use crate::model::Failure;

/// Pages that were read, and why there are no more, if there should be.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    pub(super) pages: Vec<Arc<Answer>>,
    pub(super) failure: Option<PagesFailure>,
}

/// The failure that ended a listing, with the provider's code.
#[derive(Clone, Debug)]
pub(super) struct PagesFailure {
    pub(super) code: String,
    pub(super) failure: Failure,
}

/// Keeps what was read for the length of a collection.
///
/// Whoever asks first reads; others wait for the same answer. A failure is kept too: asking again at once would only
/// fail again.
#[derive(Debug)]
pub(super) struct Memo<T>(Mutex<BTreeMap<String, Arc<OnceCell<Arc<T>>>>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Memo<T> {
    /// What is kept under `key`, read with `read` if nothing is.
    pub(super) async fn get(&self, key: String, read: impl Future<Output = T>) -> Arc<T> {
        let cell = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        Arc::clone(cell.get_or_init(|| async { Arc::new(read.await) }).await)
    }

    /// Forgets what is kept under keys that begin so.
    pub(super) fn forget(&self, start: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| !key.starts_with(start));
    }
}

impl PagesFailure {
    pub(super) fn new(call: &Call, error: ApiError) -> Self {
        Self { failure: error.failure(call), code: error.code }
    }
}

impl Pages {
    /// Reads a listing to its end or its first error.
    pub(super) async fn read(api: &dyn Api, request: Request) -> Self {
        let call = request.call.clone();
        let mut stream = api.pages(request);
        let mut read = Self::default();
        while let Some(page) = stream.next().await {
            match page {
                Ok(page) => read.pages.push(page),
                Err(error) => {
                    read.failure = Some(PagesFailure::new(&call, error));
                    break;
                }
            }
        }
        read
    }

    /// The name that equal requests have in a memo.
    pub(super) fn key(request: &Request) -> String {
        format!("{} {} {}", request.region, request.call, request.params)
    }
}
