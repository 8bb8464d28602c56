//! The labels of a definition: where each comes from, and what its values become.

use std::borrow::Cow;

use super::{place::Place, rule::Change};

/// The labels of a definition, in the order in which they are exported.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    pub(super) list: Vec<Label>,
}

/// One label.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) source: LabelSource,
    /// What the values go through, in order.
    pub(super) changes: Vec<Change>,
    /// What the label says of the place.
    pub(super) place: Option<Place>,
}

/// Where the values of a label come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LabelSource {
    /// From the group of the search at this position.
    Group(usize),
    /// From nowhere: every series has this text.
    Constant(String),
}

impl Label {
    /// What a value's text becomes.
    pub(super) fn text<'t>(&'t self, text: &'t str) -> Cow<'t, str> {
        self.changes.iter().fold(Cow::Borrowed(text), |text, change| match text {
            Cow::Borrowed(text) => change.apply(text),
            Cow::Owned(text) => Cow::Owned(change.apply(&text).into_owned()),
        })
    }
}

impl Labels {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|label| label.name.as_str())
    }

    pub(super) fn places(&self) -> Vec<Option<Place>> {
        self.list.iter().map(|label| label.place).collect()
    }
}
