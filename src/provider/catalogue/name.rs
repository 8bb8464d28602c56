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
}

impl Name {
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), snake: snake(text).into(), hash: hash(text) }
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name in `snake_case`.
    pub fn snake(&self) -> &str {
        &self.snake
    }

    #[inline]
    pub fn hash(&self) -> u32 {
        self.hash
    }
}

/// Comparing numbers is quicker than comparing texts.
#[inline]
pub fn hash(name: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    // The upper half is the better one.
    (hasher.finish() >> 32) as u32
}
