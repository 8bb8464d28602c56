//! The API: what the engine asks of a cloud's transport.

use std::{
    fmt::{self, Debug},
    sync::Arc,
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::Deserialize;

use super::{answer::Answer, projection::Projection};
use crate::model::{Failure, FailureClass, RegionId, Value};

/// Carries requests to a cloud and brings its parsed answers back.
///
/// Signing, retries, rates and paging are the implementation's; what a request means is the engine's. Every future and
/// stream may be dropped at any await point.
#[async_trait]
pub trait Api: Debug + Send + Sync {
    /// Reads all pages of a listing, in order, and ends after the first error.
    ///
    /// An operation that has no pages yields its one answer. The implementation bounds the number of pages and refuses
    /// a token that repeats.
    fn pages(&self, request: Request) -> BoxStream<'_, Result<Arc<Answer>, ApiError>>;

    /// Makes one call and returns its answer; an empty answer is an empty object.
    async fn call(&self, request: Request) -> Result<Arc<Answer>, ApiError>;
}

/// One request, or the first of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub call: Call,
    /// Where to ask; [`RegionId::GLOBAL`] for what an account has only once.
    pub region: RegionId,
    /// The operation's parameters by the names of its model: always an object.
    pub params: Value,
    /// How many items a page should have, where the operation has a parameter for it.
    pub page_size: Option<u32>,
    /// What of the answer is needed; the rest need not be read.
    pub projection: Arc<Projection>,
}

/// Names an operation: `ec2:DescribeInstances`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Call {
    pub service: String,
    pub operation: String,
}

impl TryFrom<String> for Call {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once(':') {
            Some((service, operation)) if !service.is_empty() && !operation.is_empty() => {
                Ok(Self { service: service.to_owned(), operation: operation.to_owned() })
            }
            _ => Err(format!("`{text}` names no call; write for example `ec2:DescribeInstances`")),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)
    }
}

/// Why a call failed after all its retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The provider's own code, for example `NoSuchBucket`; the transport's word for what never reached the provider.
    pub code: String,
    /// The provider's own words, without secrets.
    pub message: String,
    pub class: FailureClass,
}

impl ApiError {
    /// The failure to report for a call that ended with this error.
    pub fn failure(&self, call: &Call) -> Failure {
        Failure::new(self.class, format!("{call}: {self}"))
    }

    /// Whether the code is one of `codes`.
    pub fn is_one_of(&self, codes: &[String]) -> bool {
        codes.contains(&self.code)
    }
}
