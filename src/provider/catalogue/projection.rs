//! Projections: which members of an answer are wanted.

use super::name::{Name, hash};

/// A tree of member names; what is not in it is skipped while an answer is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// The value with all below it.
    #[default]
    All,
    /// A structure's members. Lists and maps are looked through: their elements have the projection.
    Members(Members),
}

/// Members by the hash of their names, in order: comparing numbers is quicker than comparing texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    hashes: Vec<u32>,
    members: Vec<(Box<str>, Projection)>,
}

impl Projection {
    /// Nothing but that there is a structure.
    pub fn nothing() -> Self {
        Self::Members(Members::default())
    }

    /// The members on some paths, for example `Reservations[].Instances[].State.Name`.
    ///
    /// Indices and `[]` are ignored; the value at a path's end is kept whole. An empty path keeps everything.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut projection = Self::nothing();
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
                Self::Members(members) => place = members.entry(name),
            }
        }
        *place = Self::All;
    }

    /// The projection of a member; `None` if the member is not wanted.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Members(members) => members.get(hash(name), name),
        }
    }

    /// The same, of a name that was looked for before.
    pub fn known_member(&self, name: &Name) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Members(members) => members.get(name.hash(), name.as_str()),
        }
    }
}

impl Members {
    fn get(&self, hash: u32, name: &str) -> Option<&Projection> {
        let first = self.hashes.partition_point(|other| *other < hash);
        let same = self.hashes[first..].iter().take_while(|other| **other == hash);
        let mut members = same.zip(&self.members[first..]).map(|(_, member)| member);
        members.find(|(other, _)| **other == *name).map(|(_, projection)| projection)
    }

    fn entry(&mut self, name: &str) -> &mut Projection {
        let hash = hash(name);
        let known = self.members.iter().position(|(other, _)| **other == *name);
        let position = known.unwrap_or_else(|| {
            let position = self.hashes.partition_point(|other| *other < hash);
            self.hashes.insert(position, hash);
            self.members.insert(position, (name.into(), Projection::nothing()));
            position
        });
        &mut self.members[position].1
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
