//! Known groups: label sets that were there before, and say 0 instead of vanishing.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Family, Samples, label_sets::LabelSets, remembered::Remembered, texts::Texts};

/// What earlier generations exported, family by family.
///
/// Stored is only what its generation does not say anyway: groups that are gone, and the samples of families whose search
/// failed. Bounded by the limits on series, which hold for what is absent too.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Remembered>", into = "Vec<Remembered>")]
pub struct Known {
    /// Those of all families and absences.
    texts: Arc<Texts>,
    families: BTreeMap<String, Memory>,
}

/// What is remembered of one family.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// As it was exported last.
    pub(super) last: Arc<Family>,
    pub(super) absent: Absences,
    /// Whether one of its series stands for what was beyond a limit.
    pub(super) folded: bool,
    /// Whether its search failed, so that its samples are those of an earlier generation.
    pub(super) failed: bool,
}

/// Groups that were there before and are not there now, in order of their labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Absences {
    pub(super) labels: LabelSets,
    /// What is known of each.
    pub(super) states: Vec<Absence>,
}

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

/// What is known, in terms of the texts of a new generation.
pub(super) struct Recalled<'k> {
    known: &'k Known,
    texts: Arc<Texts>,
    /// The id that each known text has among the new ones.
    ids: Vec<u32>,
}

impl Known {
    /// The texts of all families, by id.
    pub(super) fn all_texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    pub(super) fn memories(&self) -> impl Iterator<Item = &Memory> {
        self.families.values()
    }

    /// The texts that are still in use, with their ids.
    pub(super) fn texts(&self) -> impl Iterator<Item = (u32, &str)> {
        let mut used = vec![false; self.texts.len()];
        for memory in self.families.values() {
            memory.last.samples().labels().mark(&mut used);
            memory.absent.labels.mark(&mut used);
        }
        (0..).zip(self.texts.iter()).zip(used).filter_map(|(text, used)| used.then_some(text))
    }

    /// Translates what is known; `ids` says which id among the texts each known text has that is in use.
    pub(super) fn recall(&self, texts: Arc<Texts>, ids: impl IntoIterator<Item = (u32, u32)>) -> Recalled<'_> {
        let mut new_ids = vec![0; self.texts.len()];
        for (old, new) in ids {
            new_ids[old as usize] = new;
        }
        Recalled { known: self, texts, ids: new_ids }
    }

    /// Takes note of what is exported now, all with the same texts; families that are not named are forgotten.
    pub(super) fn replace(&mut self, texts: Arc<Texts>, families: impl IntoIterator<Item = Memory>) {
        self.texts = texts;
        self.families = families.into_iter().map(|memory| (memory.last.name().to_owned(), memory)).collect();
    }
}

impl Memory {
    /// Whether it has something that the generation does not say.
    pub(super) fn is_worth_storing(&self) -> bool {
        self.failed || self.folded || !self.absent.states.is_empty()
    }
}

impl Recalled<'_> {
    /// The family as it was exported last, if it still has the same form.
    pub(super) fn last(&self, form: &Family) -> Option<Samples> {
        let last = &self.memory(form)?.last;
        Some(last.samples().with_texts(&self.texts, &self.ids))
    }

    /// Whether some of the family's samples shared a series when it was exported last.
    pub(super) fn was_folded(&self, form: &Family) -> bool {
        self.memory(form).is_some_and(|memory| memory.folded)
    }

    /// What was absent when the family was exported last.
    pub(super) fn absences(&self, form: &Family) -> Absences {
        self.memory(form).map_or_else(Absences::default, |memory| Absences {
            labels: memory.absent.labels.renumbered(&self.ids),
            states: memory.absent.states.clone(),
        })
    }

    /// The groups that were there before and are not in `samples`, which are ordered by label values.
    pub(super) fn absent(
        &self,
        form: &Family,
        samples: &Samples,
        mut fate: impl FnMut(&LabelSets, usize) -> Fate,
        now: Timestamp,
        retention: Duration,
    ) -> Absences {
        let mut absent = Absences { labels: LabelSets::new(form.label_names().len()), states: Vec::new() };
        let (Some(last), before) = (self.last(form), self.absences(form)) else { return absent };
        // All three are in order, so one walk past all of them finds what is in the known ones alone.
        let (mut l, mut b, mut s) = (0, 0, 0);
        loop {
            let (of_last, of_before) = (l < last.len(), b < before.states.len());
            let ordering = match (of_last, of_before) {
                (true, true) => last.labels().compare_with(l, &before.labels, b),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => break,
            };
            let (sets, row) = if ordering.is_le() { (last.labels(), l) } else { (&before.labels, b) };
            let state = ordering.is_ge().then(|| before.states[b]);
            l += usize::from(ordering.is_le());
            b += usize::from(ordering.is_ge());
            while s < samples.len() && samples.labels().compare_with(s, sets, row).is_lt() {
                s += 1;
            }
            if s < samples.len() && samples.labels().compare_with(s, sets, row).is_eq() {
                continue;
            }
            let absence = match (state, fate(sets, row)) {
                (_, Fate::Gone) => continue,
                // What was empty for sure is so until it is seen again.
                (Some(Absence::Zero { since }), _) => Absence::Zero { since },
                (_, Fate::Settled) => Absence::Zero { since: now },
                (_, Fate::Unsettled) => Absence::Unsettled,
            };
            let is_over = |since: Timestamp| now.duration_since(since).unsigned_abs() > retention;
            if !matches!(absence, Absence::Zero { since } if is_over(since)) {
                absent.labels.push(sets.row(row));
                absent.states.push(absence);
            }
        }
        absent
    }

    fn memory(&self, form: &Family) -> Option<&Memory> {
        let memory = self.known.families.get(form.name())?;
        let last = &memory.last;
        (last.label_names() == form.label_names() && last.kind() == form.kind()).then_some(memory)
    }
}

impl Absences {
    /// The labels of the groups that say 0.
    pub(super) fn zeros(&self) -> LabelSets {
        self.only(|state| matches!(state, Absence::Zero { .. })).labels
    }

    /// Forgets all but the first ones.
    pub(super) fn truncate(&mut self, max: usize) {
        if self.states.len() > max {
            let mut index = 0;
            *self = self.only(|_| {
                index += 1;
                index <= max
            });
        }
    }

    fn only(&self, mut keep: impl FnMut(&Absence) -> bool) -> Self {
        let rows: Vec<u32> = (0..).zip(&self.states).filter(|(_, state)| keep(state)).map(|(row, _)| row).collect();
        let states = rows.iter().map(|row| self.states[*row as usize]).collect();
        Self { labels: self.labels.select(&rows), states }
    }
}
