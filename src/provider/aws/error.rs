//! Errors of calls, after all their tries.

use super::{
    credentials::CredentialsError,
    http_client::HttpError,
    protocol::{BuildError, ParseError, ServiceError},
    sign::SignError,
};
use crate::model::{Failure, FailureClass};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    #[error("the schema has no operation {service}:{operation}")]
    UnknownOperation { service: String, operation: String },
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error("{host}: {source}")]
    Http { host: String, source: HttpError },
    #[error("{}: {}{}", .0.code, .0.message, request_id(.0))]
    Service(ServiceError),
    #[error(transparent)]
    Answer(#[from] ParseError),
    #[error("the token of page {page} is one that has been used already")]
    RepeatedToken { page: usize },
    #[error("there are more than {pages} pages")]
    TooManyPages { pages: usize },
}

impl AwsError {
    pub fn class(&self) -> FailureClass {
        match self {
            Self::UnknownOperation { .. } => FailureClass::Unsupported,
            Self::Credentials(error) => error.class(),
            Self::Sign(_) => FailureClass::ExpiredCredentials,
            Self::Http { source: HttpError::TooLong | HttpError::Body(_), .. }
            | Self::Build(_)
            | Self::Answer(_)
            | Self::RepeatedToken { .. }
            | Self::TooManyPages { .. } => FailureClass::BadAnswer,
            Self::Http { .. } => FailureClass::Timeout,
            Self::Service(error) => error.class(),
        }
    }

    /// AWS's code; a word of our own where AWS did not answer.
    pub fn code(&self) -> &str {
        match self {
            Self::Service(error) => &error.code,
            Self::Credentials(CredentialsError::Refused { source, .. }) => source.code(),
            Self::UnknownOperation { .. } => "UnknownOperation",
            Self::Build(_) => "InvalidRequest",
            Self::Credentials(_) => "NoCredentials",
            Self::Sign(_) => "NotSigned",
            Self::Http { .. } => "NoAnswer",
            Self::Answer(_) => "BadAnswer",
            Self::RepeatedToken { .. } => "RepeatedToken",
            Self::TooManyPages { .. } => "TooManyPages",
        }
    }

    /// The failure to report for something that was done with this call.
    pub fn failure(&self, doing: &str) -> Failure {
        Failure::new(self.class(), format!("{doing}: {self}"))
    }
}

fn request_id(error: &ServiceError) -> String {
    error.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default()
}
