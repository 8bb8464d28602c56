//! Bits: sets of rows or nodes, one bit each.

/// A set of the numbers below its length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::search) struct Bits {
    words: Vec<u64>,
    len: usize,
}

/// Which rows of a table are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::search) enum Selection {
    None,
    All,
    Some(Bits),
}

impl Bits {
    pub(in crate::search) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// The rows for which `f` says so; asked for every row, in order.
    pub(super) fn from_fn(len: usize, mut f: impl FnMut(usize) -> bool) -> Self {
        let word = |start: usize| {
            let end = (start + 64).min(len);
            (start..end).fold(0, |word, row| word | (u64::from(f(row)) << (row - start)))
        };
        Self { words: (0..len).step_by(64).map(word).collect(), len }
    }

    pub(in crate::search) fn contains(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// Adds a number; whether it was not there.
    pub(in crate::search) fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (&mut self.words[index / 64], 1 << (index % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(in crate::search) fn extend(&mut self, members: impl IntoIterator<Item = usize>) {
        for index in members {
            self.insert(index);
        }
    }

    pub(in crate::search) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(in crate::search) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The numbers in the set, ascending.
    pub(in crate::search) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| Ones(*word).map(move |bit| index * 64 + bit))
    }

    pub(in crate::search) fn union(&mut self, other: &Self) {
        self.zip(other, |a, b| a | b);
    }

    pub(in crate::search) fn intersect(&mut self, other: &Self) {
        self.zip(other, |a, b| a & b);
    }

    pub(in crate::search) fn subtract(&mut self, other: &Self) {
        self.zip(other, |a, b| a & !b);
    }

    fn zip(&mut self, other: &Self, f: impl Fn(u64, u64) -> u64) {
        debug_assert_eq!(self.len, other.len, "both are sets of the same rows");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word = f(*word, *other);
        }
    }

    fn complement(mut self) -> Self {
        for word in &mut self.words {
            *word = !*word;
        }
        if let (Some(last), rest @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << rest) - 1;
        }
        self
    }

    /// What of the set lies from `start` on within `len` numbers, counted from there.
    pub(in crate::search) fn slice(&self, start: usize, len: usize) -> Selection {
        let (first, shift) = (start / 64, start % 64);
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        let mut words: Vec<u64> = (first..first + len.div_ceil(64))
            .map(|index| match shift {
                0 => word(index),
                shift => word(index) >> shift | word(index + 1) << (64 - shift),
            })
            .collect();
        if let (Some(last), rest @ 1..) = (words.last_mut(), len % 64) {
            *last &= (1 << rest) - 1;
        }
        Self { words, len }.into()
    }

    /// Adds a table's rows, whose first one is the number `start`.
    pub(in crate::search) fn insert_rows(&mut self, start: usize, len: usize, rows: &Selection) {
        match rows {
            Selection::None => {}
            Selection::All => self.extend(start..start + len),
            Selection::Some(bits) => self.extend(bits.iter().map(|row| start + row)),
        }
    }
}

/// The positions of a word's ones, ascending.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros();
        (bit < u64::BITS).then(|| {
            self.0 &= self.0 - 1;
            bit as usize
        })
    }
}

impl From<Bits> for Selection {
    fn from(bits: Bits) -> Self {
        match bits.count() {
            0 => Self::None,
            count if count == bits.len => Self::All,
            _ => Self::Some(bits),
        }
    }
}

impl Selection {
    pub(in crate::search) fn is_none(&self) -> bool {
        *self == Self::None
    }

    pub(in crate::search) fn count(&self, len: usize) -> usize {
        match self {
            Self::None => 0,
            Self::All => len,
            Self::Some(bits) => bits.count(),
        }
    }

    /// Those of the rows for which `f` says so; it is asked for these rows only.
    pub(super) fn filter(&self, len: usize, mut f: impl FnMut(usize) -> bool) -> Self {
        match self {
            Self::None => Self::None,
            Self::All => Bits::from_fn(len, f).into(),
            Self::Some(bits) => {
                let mut kept = Bits::new(len);
                for row in bits.iter().filter(|row| f(*row)) {
                    kept.insert(row);
                }
                kept.into()
            }
        }
    }

    pub(super) fn for_each(&self, len: usize, mut f: impl FnMut(usize)) {
        match self {
            Self::None => {}
            Self::All => (0..len).for_each(f),
            Self::Some(bits) => bits.iter().for_each(&mut f),
        }
    }

    pub(in crate::search) fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, rows) | (rows, Self::None) => rows,
            (Self::Some(mut a), Self::Some(b)) => {
                a.union(&b);
                a.into()
            }
        }
    }

    pub(in crate::search) fn intersection(self, other: &Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (rows, Self::All) => rows,
            (Self::All, rows) => rows.clone(),
            (Self::Some(mut a), Self::Some(b)) => {
                a.intersect(b);
                a.into()
            }
        }
    }

    pub(in crate::search) fn difference(self, other: &Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::All) => Self::None,
            (rows, Self::None) => rows,
            (Self::All, Self::Some(b)) => b.clone().complement().into(),
            (Self::Some(mut a), Self::Some(b)) => {
                a.subtract(b);
                a.into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(len: usize, members: &[usize]) -> Selection {
        Bits::from_fn(len, |row| members.contains(&row)).into()
    }

    fn members(selection: &Selection, len: usize) -> Vec<usize> {
        let mut members = Vec::new();
        selection.for_each(len, |row| members.push(row));
        members
    }

    #[test]
    fn a_slice_counts_from_its_start() {
        let mut all = Bits::new(300);
        for index in [0, 63, 64, 100, 163, 164, 299] {
            all.insert(index);
        }
        assert_eq!(members(&all.slice(63, 101), 101), [0, 1, 37, 100]);
        assert_eq!(members(&all.slice(290, 10), 10), [9]);
        assert!(all.slice(200, 64).is_none());
        let mut again = Bits::new(300);
        for start in (0..300).step_by(75) {
            again.insert_rows(start, 75, &all.slice(start, 75));
        }
        assert_eq!(again, all);
    }

    #[test]
    fn full_and_empty_sets_are_recognised_by_every_operation() {
        let len = 70;
        let (a, b) = (set(len, &[1, 66, 69]), set(len, &[1, 2]));
        assert_eq!(members(&a.clone().union(b.clone()), len), [1, 2, 66, 69]);
        assert_eq!(members(&a.clone().intersection(&b), len), [1]);
        assert_eq!(members(&a.clone().difference(&b), len), [66, 69]);
        let rest = Selection::All.difference(&a);
        assert_eq!(rest.count(len), 67);
        assert_eq!(rest.clone().union(a.clone()), Selection::All);
        assert_eq!(rest.intersection(&a), Selection::None);
        assert_eq!(a.filter(len, |row| row > 66), set(len, &[69]));
    }
}
