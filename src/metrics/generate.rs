//! Generating: one generation becomes families.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::{error, warn};

use crate::{
    graph::Generation,
    search::{Limits as SearchLimits, Row},
};

use super::{
    Definitions, Family, Known, Sample,
    coverage::Scopes,
    definition::{FamilyPlan, Merge},
    known::{Absence, Absences},
    label::text as value_text,
    labels::{Label, LabelSource},
    limit::{budget, largest},
    links,
    report::Report,
};

/// The families of one generation, and how each came about.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Everything to export, those of [`Report`] included; ordered by name, none without samples.
    pub families: Vec<Arc<Family>>,
    /// One for each family that is defined, ordered by name.
    pub reports: Vec<Report>,
}

/// Evaluates all definitions on a generation.
///
/// A family whose search fails keeps the samples it had and never affects another; groups that are gone say 0 under the
/// conditions of [`Known`]; what exceeds the limits on series is left out, smallest values first. All of that is in the
/// reports and logged. The same generation, history and time yield the same families.
pub fn generate(generation: &Generation, definitions: &Definitions, known: &mut Known, now: Timestamp) -> Generated {
    // A query with more groups than all metrics may have series has run wild.
    let limits = &definitions.limits;
    let own_max = definitions.plans.iter().filter_map(|plan| plan.series_max).max().unwrap_or_default();
    let groups = limits.series_total_max.max(limits.series_max).max(own_max);
    let search_limits = SearchLimits { groups, time: limits.timeout, ..Default::default() };
    let answers: Vec<Result<Vec<Row>, String>> = definitions
        .list
        .iter()
        .map(|definition| {
            let rows = definition.plan.aggregate(generation, now, search_limits);
            rows.map_err(|error| {
                error!(definition = definition.name, error = error.message(), "metric keeps its last values");
                error.message().to_owned()
            })
        })
        .collect();

    let scopes = Scopes::new(&generation.inventory);
    let mut drafts: Vec<Draft> =
        definitions.plans.iter().map(|plan| Draft::new(plan, &answers, known, &scopes, definitions, now)).collect();

    let own_max = |draft: &Draft| draft.plan.series_max.unwrap_or(limits.series_max);
    let mut sizes: Vec<usize> = drafts.iter().map(|draft| draft.samples.len().min(own_max(draft))).collect();
    let share = budget(&mut sizes, limits.series_total_max);
    for draft in &mut drafts {
        draft.cut(own_max(draft).min(share));
    }

    let (families, reports): (Vec<_>, Vec<_>) =
        drafts.into_iter().map(|draft| draft.finish(known, &scopes, definitions)).unzip();
    known.replace(families.iter().cloned());
    let mut families: Vec<_> =
        families.into_iter().map(|(family, _)| family).chain(Report::families(&reports)).collect();
    families.push(links::unresolved(generation.graph.unresolved()));
    families.retain(|family| !family.samples().is_empty());
    families.sort_by(|a, b| a.name().cmp(b.name()));
    Generated { families, reports }
}

/// A family on its way.
struct Draft<'d> {
    plan: &'d FamilyPlan,
    /// Ordered by label values.
    samples: Vec<Sample>,
    absent: Absences,
    dropped: usize,
    error: Option<String>,
}

impl<'d> Draft<'d> {
    fn new(
        plan: &'d FamilyPlan,
        answers: &[Result<Vec<Row>, String>],
        known: &Known,
        scopes: &Scopes<'_>,
        definitions: &Definitions,
        now: Timestamp,
    ) -> Self {
        let (samples, dropped) = match samples(plan, definitions, answers) {
            Ok(answer) => answer,
            Err(error) => {
                let samples = known.last(&plan.form).map_or_else(Vec::new, |family| family.samples().to_vec());
                return Self { plan, samples, absent: known.absences(&plan.form), dropped: 0, error: Some(error) };
            }
        };
        let mut draft = Self { plan, samples, absent: Absences::new(), dropped, error: None };
        if plan.merge == Merge::Add {
            let fates = scopes.fates(&plan.kinds, &plan.places);
            let retention = definitions.limits.zero_retention;
            draft.absent = known.absent(&plan.form, &draft.samples, fates, now, retention);
            draft.add_zeros();
        }
        draft
    }

    fn add_zeros(&mut self) {
        let zeros = self.absent.iter().filter(|(_, absence)| matches!(absence, Absence::Zero { .. }));
        self.samples.extend(zeros.map(|(labels, _)| Sample { labels: labels.clone(), value: 0.0 }));
        self.samples.sort_by(|a, b| a.labels.cmp(&b.labels));
    }

    /// Leaves out what is more than the limit.
    fn cut(&mut self, series_max: usize) {
        let dropped = largest(&mut self.samples, series_max);
        if dropped > 0 {
            warn!(metric = self.plan.form.name(), dropped, series_max, "too many series; the smallest are left out");
        }
        self.dropped += dropped;
        while self.absent.len() > series_max {
            self.absent.pop_last();
        }
    }

    fn finish(
        mut self,
        known: &Known,
        scopes: &Scopes<'_>,
        definitions: &Definitions,
    ) -> ((Arc<Family>, Absences), Report) {
        let form = &self.plan.form;
        let family = match form.clone().with_samples(self.samples) {
            Ok(family) => Arc::new(family),
            Err(error) => {
                error!(metric = form.name(), %error, "metric keeps its last values");
                self.error.get_or_insert(error.to_string());
                known.last(form).cloned().unwrap_or_else(|| Arc::new(form.clone()))
            }
        };
        let names = self.plan.feeds.iter().map(|feed| definitions.list[feed.definition].name.clone());
        let report = Report {
            family: form.name().to_owned(),
            definitions: names.collect(),
            error: self.error,
            coverage: scopes.coverage(&self.plan.kinds),
            series: family.samples().len(),
            dropped: self.dropped,
        };
        ((family, self.absent), report)
    }
}

/// The samples of a family, ordered by label values, and how many could not be told apart.
fn samples(
    plan: &FamilyPlan,
    definitions: &Definitions,
    answers: &[Result<Vec<Row>, String>],
) -> Result<(Vec<Sample>, usize), String> {
    let mut samples = Vec::new();
    for feed in &plan.feeds {
        let rows = answers[feed.definition].as_ref().map_err(Clone::clone)?;
        let labels = &definitions.list[feed.definition].labels.list;
        samples.extend(rows.iter().filter_map(|row| {
            // What cannot be computed is left out, never NaN.
            let value = row.values[feed.function].1.filter(|value| !value.is_nan())?;
            Some(Sample::new(labels.iter().map(|label| text(label, row)), value))
        }));
    }
    samples.sort_by(|a, b| a.labels.cmp(&b.labels));
    // Values that differ may have one text: null and the empty text do, and so does what a rule makes equal.
    let before = samples.len();
    samples.dedup_by(|next, kept| {
        let same = next.labels == kept.labels;
        if same {
            kept.value = plan.merge.join(kept.value, next.value);
        }
        same
    });
    let merged = before - samples.len();
    Ok((samples, if plan.merge == Merge::Never { merged } else { 0 }))
}

fn text(label: &Label, row: &Row) -> Arc<str> {
    match &label.source {
        LabelSource::Constant(text) => text.as_str().into(),
        LabelSource::Group(group) => label.text(&value_text(&row.group[*group].1)).into(),
    }
}

#[cfg(test)]
mod tests;
