//! Names of members, made to be looked for.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::transform::snake;

/// A member's name, with what looking for it and renaming it would compute again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: Box<str>,
    snake: Box<str>,
    hash: u32,
    /// The places among the names of a structure, in order and in order of `snake_case`.
    rank: u16,
    snake_rank: u16,
}

impl Name {
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), snake: snake(text).into(), hash: hash(text), rank: 0, snake_rank: 0 }
    }

    /// Says of the names of a structure in which order they are, so that nobody need compare their texts again.
    pub fn rank<'a>(names: impl IntoIterator<Item = &'a mut Self>) {
        let mut names: Vec<&mut Self> = names.into_iter().collect();
        names.sort_by(|a, b| a.text.cmp(&b.text));
        (0..).zip(&mut names).for_each(|(rank, name)| name.rank = rank);
        names.sort_by(|a, b| a.snake.cmp(&b.snake));
        (0..).zip(&mut names).for_each(|(rank, name)| name.snake_rank = rank);
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The place among the names of its structure; only of use beside another one of these.
    #[inline]
    pub fn place(&self, names: Names) -> u16 {
        match names {
            Names::AsTheyAre => self.rank,
            Names::Snake => self.snake_rank,
        }
    }

    /// What it is called.
    #[inline]
    pub fn called(&self, names: Names) -> &str {
        match names {
            Names::AsTheyAre => &self.text,
            Names::Snake => &self.snake,
        }
    }

    #[inline]
    pub fn hash(&self) -> u32 {
        self.hash
    }
}

/// How members are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    AsTheyAre,
    Snake,
}

/// Comparing numbers is quicker than comparing texts.
#[inline]
pub fn hash(name: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    // The upper half is the better one.
    (hasher.finish() >> 32) as u32
}
