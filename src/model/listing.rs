//! Listings: what one attempt at a scope yields.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Resource;

/// What listing a scope yielded.
///
/// A failure is never an empty list: only [`Listing::Complete`] may remove resources.
#[derive(Clone, Debug, PartialEq)]
pub enum Listing {
    /// Every resource of the scope.
    Complete(Vec<Resource>),
    /// Some resources, and why the others, or parts of these, are missing. Adds and updates; removes nothing.
    Partial { resources: Vec<Resource>, missing: Failure },
    /// Nothing can be said of the scope.
    Failed(Failure),
}

/// Why a scope, or a part of it, could not be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{class}: {message}")]
pub struct Failure {
    pub class: FailureClass,
    /// What happened, for people: the operation and the provider's own words, without secrets.
    pub message: String,
}

impl Failure {
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// The class of a failure; a metric label, so the set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The credentials are good but may not do this.
    Denied,
    /// The same, where the settings say that it is so. The scope is as unknown as after any failure, but nobody need
    /// hear of it.
    ExpectedDenial,
    /// The provider limited the rate and retries did not help.
    Throttled,
    /// The credentials are missing, wrong or no longer valid.
    ExpiredCredentials,
    /// The service or region is switched off for the account.
    NotEnabled,
    /// The provider does not have the operation there.
    Unsupported,
    /// No answer in time, or no connection.
    Timeout,
    /// An answer that could not be understood, or an error of the provider.
    BadAnswer,
    /// The provider no longer names the account; it is kept for the grace period.
    Gone,
}

impl FailureClass {
    pub const ALL: [Self; 9] = [
        Self::Denied,
        Self::ExpectedDenial,
        Self::Throttled,
        Self::ExpiredCredentials,
        Self::NotEnabled,
        Self::Unsupported,
        Self::Timeout,
        Self::BadAnswer,
        Self::Gone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::ExpectedDenial => "expected_denial",
            Self::Throttled => "throttled",
            Self::ExpiredCredentials => "expired_credentials",
            Self::NotEnabled => "not_enabled",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::BadAnswer => "bad_answer",
            Self::Gone => "gone",
        }
    }

    /// Whether a listing itself can fail so; which denials are expected is not for it to say, nor who is gone.
    pub fn is_of_listings(self) -> bool {
        !matches!(self, Self::ExpectedDenial | Self::Gone)
    }

    /// Whether the settings say that it fails.
    pub fn is_expected(self) -> bool {
        self == Self::ExpectedDenial
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
