//! What the user may say about searches.

use serde::{Deserialize, Serialize};

use super::Templates;

/// Settings of the search language, section `search`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Pieces of queries by name, for searches, metric definitions and cleanup rules: `expand(idle, age=30d)` stands
    /// for the text of `idle` with `{{age}}` replaced by `30d`. A template may use others.
    pub templates: Templates,
}
