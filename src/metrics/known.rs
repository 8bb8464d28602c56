//! Known groups: label sets that were there before, and say 0 instead of vanishing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{Family, Sample};

/// What earlier generations exported, family by family.
///
/// Kept in memory only: after a restart it is filled again by the first generation, so that groups which were at zero
/// by then end early. Bounded by the limits on series, which hold for what is absent too.
#[derive(Clone, Debug, Default)]
pub struct Known {
    families: BTreeMap<String, Memory>,
}

#[derive(Clone, Debug)]
struct Memory {
    /// As it was exported last.
    last: Arc<Family>,
    absent: Absences,
}

/// Groups that were there before and are not there now.
pub(super) type Absences = BTreeMap<Vec<Arc<str>>, Absence>;

/// What is known of a group that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// Something that it could come from was not listed completely: there is nothing to say.
    Unsettled,
    /// It has been empty for sure since then.
    Zero { since: Timestamp },
}

/// What the inventory says of a group that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its cloud or account is no longer collected.
    Gone,
    Unsettled,
    /// Everything that it could come from was listed completely.
    Settled,
}

impl Known {
    /// The family as it was exported last, if it still has the same form.
    pub(super) fn last(&self, form: &Family) -> Option<&Arc<Family>> {
        let last = &self.families.get(form.name())?.last;
        (last.label_names() == form.label_names() && last.kind() == form.kind()).then_some(last)
    }

    /// What was absent when the family was exported last.
    pub(super) fn absences(&self, form: &Family) -> Absences {
        match self.last(form) {
            Some(_) => self.families.get(form.name()).map(|memory| memory.absent.clone()).unwrap_or_default(),
            None => Absences::new(),
        }
    }

    /// The groups that were there before and are not in `samples`, which are ordered by label values.
    pub(super) fn absent(
        &self,
        form: &Family,
        samples: &[Sample],
        fate: impl Fn(&[Arc<str>]) -> Fate,
        now: Timestamp,
        retention: Duration,
    ) -> Absences {
        let Some(last) = self.last(form) else { return Absences::new() };
        let before = &self.families[form.name()].absent;
        let is_absent = |labels: &[Arc<str>]| samples.binary_search_by(|sample| (*sample.labels).cmp(labels)).is_err();
        let known = last.samples().iter().map(|sample| &sample.labels).chain(before.keys());
        let mut absent = Absences::new();
        for labels in known.filter(|labels| is_absent(labels)) {
            let absence = match (before.get(labels), fate(labels)) {
                (_, Fate::Gone) => continue,
                // What was empty for sure is so until it is seen again.
                (Some(Absence::Zero { since }), _) => Absence::Zero { since: *since },
                (_, Fate::Settled) => Absence::Zero { since: now },
                (_, Fate::Unsettled) => Absence::Unsettled,
            };
            let is_over = |since: Timestamp| now.duration_since(since).unsigned_abs() > retention;
            if !matches!(absence, Absence::Zero { since } if is_over(since)) {
                absent.insert(labels.clone(), absence);
            }
        }
        absent
    }

    /// Takes note of what is exported now; families that are not named are forgotten.
    pub(super) fn replace(&mut self, families: impl IntoIterator<Item = (Arc<Family>, Absences)>) {
        self.families =
            families.into_iter().map(|(last, absent)| (last.name().to_owned(), Memory { last, absent })).collect();
    }
}
