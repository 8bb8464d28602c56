//! The ledger: how the last attempt at each scope went.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Failure;

/// What the last attempt at a scope amounted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Complete,
    Partial,
    Failed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// One scope's line in the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub outcome: Outcome,
    /// Why it was not complete.
    pub failure: Option<Failure>,
    pub last_attempt: Timestamp,
    /// When a listing was last complete: the age of the scope's resources.
    pub last_success: Option<Timestamp>,
    /// Since when nothing has gone from what is known of the scope: its last complete listing, or where there is none,
    /// or it was dropped, the first attempt after that.
    pub known_since: Timestamp,
    /// How long the last attempt took.
    pub duration: Duration,
    /// Requests that the last attempt sent, retries included. What several scopes need is asked for by one of them.
    pub calls: u32,
    /// Those of the requests that were refused because of the rate.
    pub throttles: u32,
}

impl Entry {
    /// Whether it is not complete, and the settings say so. What the scope holds is unknown all the same.
    pub fn is_expected(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.class.is_expected())
    }
}
