//! Limits on series: which ones stay.

use std::cmp::Ordering;

use super::Sample;

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

/// Keeps the samples with the largest values, of equal ones those that come first; says how many it removed.
pub(super) fn largest(samples: &mut Vec<Sample>, max: usize) -> usize {
    let Some(surplus) = samples.len().checked_sub(max).filter(|surplus| *surplus > 0) else { return 0 };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let compare =
        |a: &usize, b: &usize| -> Ordering { samples[*b].value.total_cmp(&samples[*a].value).then_with(|| a.cmp(b)) };
    order.sort_by(compare);
    let mut keep = vec![false; samples.len()];
    order[..max].iter().for_each(|index| keep[*index] = true);
    let mut keep = keep.into_iter();
    samples.retain(|_| keep.next().unwrap_or(false));
    surplus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_families_give_until_the_total_fits() {
        assert_eq!(budget(&mut [10, 200, 300], 1000), usize::MAX);
        assert_eq!(budget(&mut [300, 10, 200], 500), 290);
        assert_eq!(budget(&mut [300, 10, 200], 210), 100);
        assert_eq!(budget(&mut [], 0), usize::MAX);
    }

    #[test]
    fn the_smallest_values_are_left_out_and_the_order_stays() {
        let mut samples: Vec<_> =
            [("a", 1.0), ("b", 3.0), ("c", 1.0), ("d", 2.0)].map(|(label, value)| Sample::new([label], value)).into();
        assert_eq!(largest(&mut samples, 3), 1);
        assert_eq!(samples.iter().map(|sample| &*sample.labels[0]).collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!(largest(&mut samples, 3), 0);
    }
}
