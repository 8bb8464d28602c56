//! Projections: which members of an answer are wanted.

use std::collections::BTreeMap;

/// A tree of member names; what is not in it is skipped while an answer is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// The value with all below it.
    #[default]
    All,
    /// A structure's members by name. Lists and maps are looked through: their elements have the projection.
    Members(BTreeMap<String, Projection>),
}

impl Projection {
    /// The members on some paths, for example `Reservations[].Instances[].State.Name`.
    ///
    /// Indices and `[]` are ignored; the value at a path's end is kept whole. An empty path keeps everything.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut projection = Self::Members(BTreeMap::new());
        for path in paths {
            projection.add(path);
        }
        projection
    }

    /// Keeps one more path.
    pub fn add(&mut self, path: &str) {
        self.keep(path.split('.').map(|name| name.split('[').next().unwrap_or(name)).filter(|name| !name.is_empty()));
    }

    /// Keeps the value that is reached by the names of members.
    pub(super) fn keep<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let mut place = self;
        for name in names {
            match place {
                Self::All => return,
                Self::Members(members) => {
                    place = members.entry(name.to_owned()).or_insert_with(|| Self::Members(BTreeMap::new()));
                }
            }
        }
        *place = Self::All;
    }

    /// The projection of a member; `None` if the member is not wanted.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Members(members) => members.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings() {
        let projection = Projection::of(["A[].B.C", "A[].D", "E[0]"]);
        let a = projection.member("A").unwrap();
        assert_eq!(a.member("B").unwrap().member("C"), Some(&Projection::All));
        assert_eq!(a.member("B").unwrap().member("X"), None);
        assert_eq!(a.member("D"), Some(&Projection::All));
        assert_eq!(projection.member("E"), Some(&Projection::All));
        assert_eq!(projection.member("F"), None);
    }

    #[test]
    fn a_whole_value_swallows_its_parts() {
        let mut projection = Projection::of(["A.B"]);
        projection.add("A");
        projection.add("A.C");
        assert_eq!(projection, Projection::of(["A"]));
        projection.add("");
        assert_eq!(projection, Projection::All);
    }
}
