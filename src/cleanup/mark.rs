//! Marking: evaluates the rules on a generation.

use jiff::Timestamp;

use crate::{
    graph::{Generation, Mark, Marks},
    search::{Limits, SearchError},
};

use super::Rule;

/// The marks of one evaluation, and the rules that could not be evaluated.
#[derive(Debug, Default)]
pub struct Marked {
    pub marks: Marks,
    /// Rules that failed: what they marked before stays marked, since nothing says that it no longer should be.
    pub failed: Vec<(String, SearchError)>,
}

/// Marks what the rules match; where several match, the first in order of name counts.
///
/// What describes no resource (a cloud, a region, a type) is never marked, and neither is an account. A protected
/// resource is: the plan leaves it alone and says so.
pub fn mark(generation: &Generation, rules: &[Rule], now: Timestamp) -> Marked {
    let mut marked = Marked::default();
    for rule in rules {
        let matches = match rule.plan.select(generation, now, Limits::default()) {
            Ok(matches) => matches,
            Err(error) => {
                let kept = generation.marks().iter().filter(|(_, mark)| mark.rule == rule.name);
                let kept: Vec<_> = kept.map(|(key, mark)| (key.clone(), mark.clone())).collect();
                for (key, mark) in kept {
                    marked.marks.entry(key).or_insert(mark);
                }
                marked.failed.push((rule.name.clone(), error));
                continue;
            }
        };
        for id in matches {
            let node = generation.graph.node(id);
            if node.phantom() || !node.is_listed() {
                continue;
            }
            let since = match generation.mark(id) {
                Some(before) if before.rule == rule.name => before.since,
                _ => now,
            };
            let mark = Mark { rule: rule.name.clone(), reason: rule.reason.clone(), since };
            marked.marks.entry(node.key()).or_insert(mark);
        }
    }
    marked
}

#[cfg(test)]
mod tests;
