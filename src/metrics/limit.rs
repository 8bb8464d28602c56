//! Limits on series: which ones stay.

use std::cmp::Ordering;

use super::{Samples, definition::Merge};

/// What every label of the series says that stands for those beyond the limit.
pub(super) const OTHER: &str = "__other__";

/// The size that every family may have so that all together stay within `total`.
///
/// Small families stay whole; those that have most give until all have the same.
pub(super) fn budget(sizes: &mut [usize], total: usize) -> usize {
    sizes.sort_unstable();
    let mut left = total;
    for (index, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - index);
        if *size > share {
            return share;
        }
        left -= size;
    }
    usize::MAX
}

/// What became of the samples beyond a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// How many share one series now.
    pub(super) folded: usize,
    /// How many are left out.
    pub(super) dropped: usize,
}

/// Keeps the samples with the largest values, of equal ones those that come first, so that no more than `max` series
/// are exposed.
///
/// The others become one series whose labels all have the text `other`: sums, counts and histograms are added up, and
/// of the least and the greatest values the least and the greatest are taken. Nothing follows from several means, so
/// those are left out, and so are samples that not even their common series has room for.
pub(super) fn limit(samples: &mut Samples, max: usize, merge: Merge, other: u32) -> Beyond {
    if samples.series() <= max {
        return Beyond::default();
    }
    let room = max / samples.values().series_per_row();
    let folds = merge != Merge::Never && room > 0;
    let kept = if folds { room - 1 } else { room };
    let surplus = samples.len() - kept;

    let len = u32::try_from(samples.len()).expect("a family has fewer than 2^32 series");
    let mut order: Vec<u32> = (0..len).collect();
    let values = samples.values();
    let larger_first = |a: &u32, b: &u32| -> Ordering {
        values.weight(*b as usize).total_cmp(&values.weight(*a as usize)).then_with(|| a.cmp(b))
    };
    order.select_nth_unstable_by(kept, larger_first);
    // Rows in their order, so that what is added up does not depend on how the selection went.
    let (largest, rest) = order.split_at_mut(kept);
    largest.sort_unstable();
    rest.sort_unstable();
    if !folds {
        *samples = samples.select(largest);
        return Beyond { folded: 0, dropped: surplus };
    }
    let mut all = samples.select(&order);
    all.relabel_from(kept, other);
    all.merge(merge);
    *samples = all;
    Beyond { folded: surplus, dropped: 0 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metrics::{label_sets::LabelSets, texts::Texts, values::Values};

    #[test]
    fn the_largest_families_give_until_the_total_fits() {
        assert_eq!(budget(&mut [10, 200, 300], 1000), usize::MAX);
        assert_eq!(budget(&mut [300, 10, 200], 500), 290);
        assert_eq!(budget(&mut [300, 10, 200], 210), 100);
        assert_eq!(budget(&mut [], 0), usize::MAX);
    }

    fn limited(max: usize, merge: Merge) -> (String, Beyond) {
        let rows = [(OTHER, -9.0), ("a", 1.0), ("b", 3.0), ("c", 1.0), ("d", 2.0)];
        let (texts, ids) = Texts::collect(rows.iter().map(|(label, _)| *label));
        let numbers = rows.iter().skip(1).map(|(_, value)| *value).collect();
        let labels = LabelSets::of_columns(vec![ids[1..].to_vec()], rows.len() - 1);
        let mut samples = Samples::new(Arc::new(texts), labels, Values::Numbers(numbers));
        let beyond = limit(&mut samples, max, merge, ids[0]);
        let shown = samples
            .iter()
            .map(|sample| format!("{} {}", sample.labels().collect::<String>(), sample.number().unwrap()));
        (shown.collect::<Vec<_>>().join(", "), beyond)
    }

    #[test]
    fn the_smallest_values_share_a_series_and_the_order_stays() {
        let folded = |folded| Beyond { folded, dropped: 0 };
        assert_eq!(limited(4, Merge::Add), ("a 1, b 3, c 1, d 2".to_owned(), Beyond::default()));
        assert_eq!(limited(3, Merge::Add), ("__other__ 2, b 3, d 2".to_owned(), folded(2)));
        assert_eq!(limited(1, Merge::Add), ("__other__ 7".to_owned(), folded(4)));
        assert_eq!(limited(2, Merge::Least), ("__other__ 1, b 3".to_owned(), folded(3)));
        assert_eq!(limited(2, Merge::Greatest), ("__other__ 2, b 3".to_owned(), folded(3)));
    }

    #[test]
    fn what_cannot_be_joined_is_left_out() {
        let dropped = |dropped| Beyond { folded: 0, dropped };
        assert_eq!(limited(3, Merge::Never), ("a 1, b 3, d 2".to_owned(), dropped(1)));
        assert_eq!(limited(0, Merge::Add), (String::new(), dropped(4)));
    }
}
