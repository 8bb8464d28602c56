//! Unfolding: a node that is grouped by the elements of an array counts once for each of them.

use crate::model::Value;

use super::{
    document::{View, walk},
    location::{Location, Step},
};
use crate::graph::NodeId;

/// The arrays that the groups of an aggregate expand; groups within the same array share its element.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfolding {
    /// An array may lie in an element of an earlier one.
    arrays: Vec<Reading>,
}

/// Where a group or operand finds its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading {
    Node(Location),
    /// In the current element of one of the arrays.
    Element {
        array: usize,
        steps: Vec<Step>,
    },
}

impl Unfolding {
    /// The reading of a location, every array on its way unfolded.
    pub(super) fn bind(&mut self, location: Location) -> Reading {
        let mut reading = Reading::Node(location);
        while let Some((array, rest)) = reading.split() {
            let known = self.arrays.iter().position(|other| *other == array);
            let array = known.unwrap_or_else(|| {
                self.arrays.push(array);
                self.arrays.len() - 1
            });
            reading = Reading::Element { array, steps: rest };
        }
        reading
    }

    /// The reading of a location with only those arrays unfolded that groups have unfolded.
    pub(super) fn lookup(&self, location: Location) -> Reading {
        let mut reading = Reading::Node(location);
        while let Some((array, rest)) = reading.split() {
            match self.arrays.iter().position(|other| *other == array) {
                Some(array) => reading = Reading::Element { array, steps: rest },
                None => break,
            }
        }
        reading
    }

    /// Where the arrays of nodes are.
    pub(super) fn locations(&self) -> impl Iterator<Item = &Location> {
        self.arrays.iter().filter_map(|array| match array {
            Reading::Node(location) => Some(location),
            Reading::Element { .. } => None,
        })
    }

    /// Whether nothing is unfolded.
    pub(super) fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// Calls `f` with every combination of elements; once with none where nothing is unfolded.
    pub(super) fn each<E>(
        &self,
        view: View<'_>,
        node: NodeId,
        f: &mut dyn FnMut(&[Value]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.unfold(view, node, &mut Vec::new(), f)
    }

    fn unfold<E>(
        &self,
        view: View<'_>,
        node: NodeId,
        elements: &mut Vec<Value>,
        f: &mut dyn FnMut(&[Value]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(array) = self.arrays.get(elements.len()) else { return f(elements) };
        // What is no array has no elements, so the node does not count.
        let Value::Array(items) = array.value(view, node, elements) else { return Ok(()) };
        for item in items {
            elements.push(item);
            let result = self.unfold(view, node, elements, f);
            elements.pop();
            result?;
        }
        Ok(())
    }
}

impl Reading {
    /// Calls `f` with every value; only arrays that are not unfolded make it several.
    pub(super) fn values(&self, view: View<'_>, node: NodeId, elements: &[Value], f: &mut dyn FnMut(&Value)) {
        match self {
            Self::Node(location) => view.values(node, location, f),
            Self::Element { array, steps } => walk(&elements[*array], steps, f),
        }
    }

    /// The one value; the first where there are several.
    pub(super) fn value(&self, view: View<'_>, node: NodeId, elements: &[Value]) -> Value {
        let mut first = None;
        self.values(view, node, elements, &mut |value| {
            first.get_or_insert_with(|| value.clone());
        });
        first.unwrap_or(Value::Null)
    }

    /// Whether it expands an array that is not unfolded.
    pub(super) fn expands(&self) -> bool {
        self.steps().contains(&Step::Each)
    }

    /// The reading of the first array on the way, and the way from its elements on.
    fn split(&self) -> Option<(Self, Vec<Step>)> {
        let steps = self.steps();
        let position = steps.iter().position(|step| *step == Step::Each)?;
        let (before, rest) = (steps[..position].to_vec(), steps[position + 1..].to_vec());
        let array = match self {
            Self::Node(location) => Self::Node(Location { steps: before, ..location.clone() }),
            Self::Element { array, .. } => Self::Element { array: *array, steps: before },
        };
        Some((array, rest))
    }

    fn steps(&self) -> &[Step] {
        match self {
            Self::Node(location) => &location.steps,
            Self::Element { steps, .. } => steps,
        }
    }
}
