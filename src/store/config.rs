//! Settings of the section `storage`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::document::{Complaint, Validate};

/// What outlives a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder that collected generations and the last page are kept in; it is created. Without one nothing is
    /// kept, and a restart begins with a collection.
    pub path: Option<PathBuf>,
    /// How many generations are kept, at least 1. The newest is read at start; an older one only if that is damaged.
    pub keep: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { path: None, keep: 3 }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Complaint> {
        let nothing_kept = Complaint::new("at least one generation must be kept").at("keep");
        if self.keep == 0 { vec![nothing_kept] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeping_nothing_is_a_mistake() {
        assert!(Config::default().validate().is_empty());
        assert_eq!(Config { keep: 0, ..Config::default() }.validate().len(), 1);
    }
}
