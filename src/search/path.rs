//! Paths: how a query names a property.

/// A path as written: segments, and whether it starts at the document's root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// Written with a leading slash; otherwise it starts in the section `reported`.
    pub absolute: bool,
    /// Never empty.
    pub segments: Vec<Segment>,
}

/// One name of a path and the array accesses behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    pub name: String,
    pub indexes: Vec<Index>,
}

/// An array access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Index {
    /// `[3]`: one element, counted from zero.
    At(usize),
    /// `[*]` or `[]`: any element.
    Any,
}

impl Segment {
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), indexes: Vec::new() }
    }
}

impl Path {
    /// The name of the last segment, which names a label or column by default.
    pub fn last_name(&self) -> &str {
        self.segments.last().map_or("", |segment| &segment.name)
    }

    /// The segments as the plain names of a relative path, without any array access; none otherwise.
    pub(super) fn plain(&self) -> bool {
        self.segments.iter().all(|segment| segment.indexes.is_empty())
    }
}
