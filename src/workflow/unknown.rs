//! A name that is not one of a closed set, and the one that was probably meant.

use std::fmt;

/// A name outside its closed set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What the name should have named: `event`, `workflow`.
    what: &'static str,
    name: String,
    known: Vec<&'static str>,
    meant: Option<&'static str>,
}

impl UnknownName {
    /// `known` are the names to list; `accepted` those that may be meant, aliases included.
    pub(super) fn new(what: &'static str, name: &str, known: Vec<&'static str>, accepted: &[&'static str]) -> Self {
        let meant = accepted
            .iter()
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
            .min()
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
            .map(|(_, candidate)| candidate);
        Self { what, name: name.chars().take(NAME_CHARS_MAX).collect(), known, meant }
    }
}

/// What is quoted of a wrong name.
const NAME_CHARS_MAX: usize = 100;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`", self.what, self.name)?;
        if let Some(meant) = self.meant {
            write!(f, "; did you mean `{meant}`?")?;
        }
        write!(f, " (known: {})", self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}
