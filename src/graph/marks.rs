//! Marks: the resources that a cleanup rule wants gone.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a resource should go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The rule that marked it.
    pub rule: String,
    /// The rule's reason, for people.
    pub reason: String,
    /// Since when the rule has held without a break.
    pub since: Timestamp,
}

/// All marks, by the key of the marked node.
pub type Marks = BTreeMap<Arc<str>, Mark>;
