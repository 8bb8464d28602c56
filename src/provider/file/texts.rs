//! Texts: many short ones, held without an allocation for each.

use std::hash::{BuildHasher as _, Hash};

use hashbrown::{HashTable, hash_table::Entry};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Texts by position.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    /// Where each one ends.
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    pub(super) fn get(&self, position: u32) -> &str {
        let position = position as usize;
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[position]]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len < self.ends.len() {
            self.ends.truncate(len);
            self.text.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Numbers texts in order of their first use; millions of them.
#[derive(Debug, Default)]
pub(super) struct TextNumbers {
    texts: Texts,
    numbers: HashTable<u32>,
}

impl TextNumbers {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let Self { texts, numbers } = self;
        let entry = numbers.entry(hash(text), |number| texts.get(*number) == text, |number| hash(texts.get(*number)));
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let next = number(texts.len());
                texts.push(text);
                free.insert(next);
                next
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

/// Numbers other things in order of their first use; few of them.
#[derive(Debug)]
pub(super) struct Numbers<T> {
    items: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    pub(super) fn number(&mut self, item: &T) -> u32 {
        if let Some(known) = self.numbers.get(item) {
            return *known;
        }
        let next = number(self.items.len());
        self.items.push(item.clone());
        self.numbers.insert(item.clone(), next);
        next
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.items[number as usize]
    }
}

/// A position as it is kept.
pub(super) fn number(position: usize) -> u32 {
    u32::try_from(position).expect("four thousand million things do not fit into memory")
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}
