//! Reading a whole document, with everything that is wrong in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::complaint::dotted;
use super::deserializer::NodeDeserializer;
use super::problem::{Problem, What};
use super::{Complaint, Entry, Mistake, Mistakes, Node, NodeValue, Segment, Source, Span, place};

/// Mistakes of one document that are looked for; whoever has more repairs these first.
const MISTAKES_MAX: usize = 100;

/// A parsed document.
///
/// [`Document::parse`] → [`Document::read`] → whatever else is checked → [`Document::locate`].
#[derive(Clone, Debug)]
pub struct Document {
    root: Node,
    /// What `read` had to leave out: complaints about it would only confuse.
    removed: BTreeSet<Vec<Segment>>,
}

impl Document {
    /// Parses a text; what is wrong with single keys goes into `mistakes` and is left out.
    ///
    /// `None` when the text is not YAML at all.
    pub fn parse(source: &Arc<Source>, mistakes: &mut Mistakes) -> Option<Self> {
        super::parse::parse(source, mistakes).map(Self::from)
    }

    /// The tree as it is; after [`Document::read`] without what was wrong.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Deserialises the document and notes everything that is wrong.
    ///
    /// What is wrong is taken out of the tree and reading starts again, so the answer may be there in spite of
    /// mistakes: it is then the rest of the document, good enough for further checks, not for use.
    pub fn read<T: DeserializeOwned>(&mut self, mistakes: &mut Mistakes) -> Option<T> {
        self.read_until_clean(mistakes, |_, _| false)
    }

    /// Checks a document that other layers may complete: a key that is missing may still come from elsewhere.
    pub fn read_part<T: DeserializeOwned>(&mut self, mistakes: &mut Mistakes) {
        let mut aside: Vec<(Vec<Segment>, Entry)> = Vec::new();
        self.read_until_clean::<T>(mistakes, |document, path| {
            let [parent @ .., Segment::Key(key)] = path else { return false };
            // Lists are replaced as a whole, so nothing can be added to an entry of one.
            let in_list = path.iter().any(|segment| matches!(segment, Segment::Index(_)));
            let found = document.root.at(parent).and_then(|around| around.entry(key)).filter(|_| !in_list);
            aside.extend(found.map(|entry| (parent.to_vec(), entry.clone())));
            found.is_some()
        });
        for (parent, entry) in aside.into_iter().rev() {
            self.root.insert(&parent, entry);
        }
    }

    /// `postpone` is asked about every map that lacks a key; `true` takes it out without a word.
    fn read_until_clean<T: DeserializeOwned>(
        &mut self,
        mistakes: &mut Mistakes,
        mut postpone: impl FnMut(&Self, &[Segment]) -> bool,
    ) -> Option<T> {
        for _ in 0..MISTAKES_MAX {
            let problem = match T::deserialize(NodeDeserializer(&self.root)) {
                Ok(value) => return Some(value),
                Err(problem) => self.sharpen(problem),
            };
            let steps: Vec<usize> = problem.steps.iter().rev().copied().collect();
            let path = self.root.path(&steps);
            if matches!(problem.what, What::Missing { .. }) && postpone(self, &path) {
                self.root.remove(&steps);
                continue;
            }
            if !self.is_consequence(&problem.what, &path) {
                mistakes.push(self.mistake(&problem, &path));
            }
            if steps.is_empty() {
                self.root.value = NodeValue::Null;
                return None;
            }
            self.root.remove(&steps);
            if let (Some(meant), Some((_, parent))) = (problem.what.meant(), path.split_last()) {
                self.removed.insert(parent.iter().cloned().chain([meant.into()]).collect());
            }
            self.removed.insert(path);
        }
        mistakes.push(Mistake::anywhere("there may be more mistakes; these come first"));
        None
    }

    /// A tree that was made of several documents; remembers what was wrong in them.
    pub fn merged(root: Node, parts: impl IntoIterator<Item = Self>) -> Self {
        Self { root, removed: parts.into_iter().flat_map(|part| part.removed).collect() }
    }

    /// Gives complaints their place in the text.
    ///
    /// A path that is not written here (a default, say) is placed at the nearest thing around it that is.
    pub fn locate(&self, complaints: impl IntoIterator<Item = Complaint>) -> Vec<Mistake> {
        let hidden = |path: &[Segment]| {
            self.removed.iter().any(|removed| removed.starts_with(path) || path.starts_with(removed.as_slice()))
        };
        complaints
            .into_iter()
            .filter(|complaint| !hidden(&complaint.path))
            .map(|complaint| {
                let path = dotted(&complaint.path).to_string();
                let message =
                    if path.is_empty() { complaint.message.clone() } else { format!("{path}: {}", complaint.message) };
                let mut mistake = match self.span(&complaint) {
                    Some(span) => Mistake::at(span, message),
                    None => Mistake::anywhere(message),
                };
                mistake.help.extend(complaint.help);
                mistake
            })
            .collect()
    }

    fn span(&self, complaint: &Complaint) -> Option<Span> {
        let mut path = complaint.path.as_slice();
        while !path.is_empty() {
            if let Some(node) = self.root.at(path) {
                let inside = complaint.within.as_ref().filter(|_| path.len() == complaint.path.len());
                let exact = inside.and_then(|within| place::inside(node, within));
                return exact.or_else(|| Some(self.visible(path, node)));
            }
            path = &path[..path.len() - 1];
        }
        None
    }

    /// A span that can be pointed at: the value itself, or the key of a value that has many lines or none.
    fn visible(&self, path: &[Segment], node: &Node) -> Span {
        let key = match path.split_last() {
            Some((Segment::Key(key), parent)) => self.root.at(parent).and_then(|parent| parent.entry(key)),
            _ => None,
        };
        match (&node.value, key) {
            (NodeValue::Scalar(_), _) | (_, None) => node.span.clone(),
            (_, Some(entry)) => entry.key_span.clone(),
        }
    }

    fn mistake(&self, problem: &Problem, path: &[Segment]) -> Mistake {
        let span = match (problem.on_key, path.split_last(), self.root.at(path)) {
            (true, Some((Segment::Key(key), parent)), _) => {
                self.root.at(parent).and_then(|parent| parent.entry(key)).map(|entry| entry.key_span.clone())
            }
            (_, _, node) => node.map(|node| self.visible(path, node)),
        };
        // The key that is wrong is named by the message; the path leads to the map around it.
        let about = if problem.on_key { &path[..path.len() - 1] } else { path };
        let message = problem.what.message(&dotted(about).to_string());
        let mut mistake = match span {
            Some(span) if !path.is_empty() || !span.range.is_empty() => Mistake::at(span, message),
            _ => Mistake::of(self.root.span.source.origin.clone(), message),
        };
        mistake.help.extend(problem.what.help());
        mistake
    }

    /// Finds the key of "unknown field", which serde reports without a place for flattened maps.
    fn sharpen(&self, problem: Problem) -> Problem {
        let What::Other(message) = &problem.what else { return problem };
        let Some(key) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) else {
            return problem;
        };
        let steps: Vec<usize> = problem.steps.iter().rev().copied().collect();
        let around = self.root.at(&self.root.path(&steps));
        match around.and_then(|node| node.entries().iter().position(|entry| entry.key == key)) {
            Some(position) => {
                let what = What::UnknownKey { key: key.to_owned(), expected: &[] };
                let steps = std::iter::once(position).chain(problem.steps).collect();
                Problem { what, steps, on_key: true }
            }
            None => problem,
        }
    }

    /// Whether something is wrong only because a part of it was taken out for another mistake.
    fn is_consequence(&self, what: &What, path: &[Segment]) -> bool {
        match what {
            What::Missing { key } => {
                let full: Vec<Segment> = path.iter().cloned().chain([(*key).into()]).collect();
                self.removed.contains(&full)
            }
            What::UnknownKey { .. } | What::UnknownVariant { .. } => false,
            What::WrongType { .. } | What::WrongValue { .. } | What::Other(_) => {
                self.removed.iter().any(|removed| removed.len() > path.len() && removed.starts_with(path))
            }
        }
    }
}

impl From<Node> for Document {
    fn from(root: Node) -> Self {
        Self { root, removed: BTreeSet::new() }
    }
}
