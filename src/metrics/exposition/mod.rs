//! The exposition: families as text that Prometheus reads.
//!
//! Rendered once per generation, never during a scrape. The end of an OpenMetrics body, `# EOF`, belongs to whoever
//! puts the whole body together; see [`Format::end`].

mod block;
mod escape;
mod format;
mod header;
mod lines;
mod number;
#[cfg(test)]
mod parse;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use super::{Family, FamilyKind};
pub use block::Block;
pub use format::Format;

/// Families that can stand in one body: no name is used twice, and they are ordered by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    families: Vec<Arc<Family>>,
}

impl Exposition {
    /// Orders the families and refuses those whose names clash in one of the formats.
    pub fn new(families: impl IntoIterator<Item = Arc<Family>>) -> Result<Self, ExpositionError> {
        let mut by_name = BTreeMap::new();
        for family in families {
            if let Some(other) = by_name.insert(family.name().to_owned(), family) {
                return Err(ExpositionError::Twice { family: other.name().to_owned() });
            }
        }
        // A counter `x_total` is family `x` in OpenMetrics, so a gauge `x` beside it is the same family twice.
        for counter in by_name.values().filter(|family| family.kind() == FamilyKind::Counter) {
            if let Some(other) = by_name.get(counter.openmetrics_name()) {
                return Err(ExpositionError::CounterClash {
                    counter: counter.name().to_owned(),
                    family: other.name().to_owned(),
                });
            }
        }
        for histogram in by_name.values().filter(|family| family.kind() == FamilyKind::Histogram) {
            let series = ["bucket", "sum", "count"].map(|suffix| format!("{}_{suffix}", histogram.name()));
            if let Some(other) = series.iter().find_map(|name| by_name.get(name)) {
                return Err(ExpositionError::HistogramClash {
                    histogram: histogram.name().to_owned(),
                    family: other.name().to_owned(),
                });
            }
        }
        Ok(Self { families: by_name.into_values().collect() })
    }

    /// The families, ordered by name.
    pub fn families(&self) -> &[Arc<Family>] {
        &self.families
    }

    /// How many series all families have together.
    pub fn series(&self) -> usize {
        self.families.iter().map(|family| family.samples().series()).sum()
    }

    /// The pieces to render, which together are the exposition.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        block::blocks(&self.families)
    }

    /// Renders all families; the end of the body is left to the caller.
    pub fn encode(&self, format: Format) -> Vec<u8> {
        let mut text = Vec::new();
        for block in self.blocks() {
            block.encode(format, &mut text);
        }
        text
    }
}

/// Why families cannot stand in one body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    #[error("metric family `{family}` is defined twice")]
    Twice { family: String },
    #[error("counter `{counter}` and metric `{family}` cannot both exist: they are one family in OpenMetrics")]
    CounterClash { counter: String, family: String },
    #[error("histogram `{histogram}` and metric `{family}` cannot both exist: the former has series of that name")]
    HistogramClash { histogram: String, family: String },
}
