//! Label sets: the labels of many series in columns.

use std::cmp::Ordering;

/// The label values of many series, a column for each label, as ids of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LabelSets {
    columns: Vec<Vec<u32>>,
    len: usize,
}

impl LabelSets {
    /// No sets yet, of so many labels.
    pub(super) fn new(labels: usize) -> Self {
        Self { columns: vec![Vec::new(); labels], len: 0 }
    }

    /// Sets of columns that are equally long; `len` says how long, also where there is no column.
    pub(super) fn of_columns(columns: Vec<Vec<u32>>, len: usize) -> Self {
        debug_assert!(columns.iter().all(|column| column.len() == len));
        Self { columns, len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn columns(&self) -> &[Vec<u32>] {
        &self.columns
    }

    /// One set, label by label.
    pub(super) fn row(&self, row: usize) -> impl ExactSizeIterator<Item = u32> {
        self.columns.iter().map(move |column| column[row])
    }

    /// Adds a set; `ids` has as many elements as there are labels.
    pub(super) fn push(&mut self, ids: impl IntoIterator<Item = u32>) {
        for (column, id) in self.columns.iter_mut().zip(ids) {
            column.push(id);
        }
        self.len += 1;
    }

    /// Adds the sets of another with as many labels.
    pub(super) fn append(&mut self, other: Self) {
        if self.len == 0 {
            *self = other;
            return;
        }
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.extend_from_slice(more);
        }
        self.len += other.len;
    }

    /// Makes every label of all sets from this position on the same.
    pub(super) fn fill_from(&mut self, start: usize, id: u32) {
        for column in &mut self.columns {
            column[start..].fill(id);
        }
    }

    /// The sets at these positions, in this order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let columns = self.columns.iter().map(|column| rows.iter().map(|row| column[*row as usize]).collect());
        Self { columns: columns.collect(), len: rows.len() }
    }

    /// The same sets with other ids for the same texts.
    pub(super) fn renumbered(&self, ids: &[u32]) -> Self {
        let columns = self.columns.iter().map(|column| column.iter().map(|id| ids[*id as usize]).collect());
        Self { columns: columns.collect(), len: self.len }
    }

    /// Compares two sets label by label.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        self.columns
            .iter()
            .map(|column| column[a].cmp(&column[b]))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Compares a set with one of another with as many labels and the same texts.
    pub(super) fn compare_with(&self, a: usize, other: &Self, b: usize) -> Ordering {
        let columns = self.columns.iter().zip(&other.columns);
        columns.map(|(mine, other)| mine[a].cmp(&other[b])).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The positions in order of the sets, equal sets in the order they have; none where every set is greater than the
    /// one before it.
    pub(super) fn order(&self) -> Option<Vec<u32>> {
        // Groups mostly arrive in order; sorting hundreds of thousands of rows again costs more than looking.
        if (1..self.len).all(|row| self.compare(row - 1, row).is_lt()) {
            return None;
        }
        let len = u32::try_from(self.len).expect("a family has fewer than 2^32 series");
        let mut order: Vec<u32> = (0..len).collect();
        order.sort_by(|a, b| self.compare(*a as usize, *b as usize));
        Some(order)
    }

    /// Marks every id that occurs.
    pub(super) fn mark(&self, used: &mut [bool]) {
        for id in self.columns.iter().flatten() {
            used[*id as usize] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(rows: &[[u32; 2]]) -> LabelSets {
        let mut sets = LabelSets::new(2);
        for row in rows {
            sets.push(*row);
        }
        sets
    }

    #[test]
    fn sets_are_ordered_label_by_label() {
        assert_eq!(sets(&[[1, 9], [2, 0], [2, 1]]).order(), None);
        assert_eq!(sets(&[[2, 1], [1, 9], [2, 0]]).order(), Some(vec![1, 2, 0]));
        assert_eq!(sets(&[[1, 1], [1, 1]]).order(), Some(vec![0, 1]), "equal sets are not in order");
    }

    #[test]
    fn without_labels_there_are_sets_all_the_same() {
        let mut sets = LabelSets::new(0);
        sets.push([]);
        sets.append(sets.clone());
        assert_eq!((sets.len(), sets.order()), (2, Some(vec![0, 1])));
    }
}
