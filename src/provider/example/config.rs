//! What the user may say about the example inventory.

use serde::{Deserialize, Serialize};

/// Settings of the example provider, section `providers.example`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the made-up inventory is collected. Never beside real accounts that somebody pays for: its numbers add
    /// to theirs.
    pub enabled: bool,
    /// About how many resources there are, over all clouds; at most 2,000,000. The number breathes with the hour, by a
    /// few per cent.
    pub resources: u32,
    /// The company that is made up. The same seed and the same hour give the same inventory, on every machine.
    pub seed: u64,
    /// How many scopes fail in each collection, with every class of failure in turn, to show what failures look like.
    /// Which ones they are changes every hour.
    pub failing_scopes: u32,
}

impl Config {
    /// More than one machine carries.
    pub const RESOURCES_MAX: u32 = 2_000_000;
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: false, resources: 5_000, seed: 42, failing_scopes: 0 }
    }
}
