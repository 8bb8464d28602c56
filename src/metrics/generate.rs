//! Generating: one generation becomes families.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rayon::prelude::*;
use tracing::{error, warn};

use crate::{
    graph::Generation,
    search::{Answers, Limits as SearchLimits},
};

use super::{
    Definitions, Family, FamilyKind, Known, Samples,
    coverage::{Coverage, Scopes},
    definition::{FamilyPlan, Merge},
    known::{Absences, Fate, Memory},
    label_sets::LabelSets,
    limit::{Beyond, budget, limit},
    links,
    report::Report,
    translation::Translation,
    values::Values,
};

/// The families of one generation, and how each came about.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Everything to export, those of [`Report`] included; ordered by name, none without samples.
    pub families: Vec<Arc<Family>>,
    /// One for each family that is defined, ordered by name.
    pub reports: Vec<Report>,
    /// Whether searches were given up because of the hurry.
    pub is_hurried: bool,
}

/// Evaluates all definitions on a generation.
///
/// A family whose search fails keeps the samples it had and never affects another; groups that are gone say 0 under the
/// conditions of [`Known`]; what exceeds the limits on series is folded into one series `__other__`, smallest values
/// first, or left out where values cannot be joined; what covers too little is withheld where its policy says so, and
/// remembered all the same. All of that is in the reports and logged. The same generation,
/// history and time yield the same families.
pub fn generate(generation: &Generation, definitions: &Definitions, known: &mut Known, now: Timestamp) -> Generated {
    generate_within(generation, definitions, known, now, None)
}

/// As [`generate`], but no search takes longer than the hurry, whatever it may take otherwise.
///
/// For families that need not wait for another one's search. If searches fail, nothing is logged: they deserve another
/// try without hurry.
pub fn generate_within(
    generation: &Generation,
    definitions: &Definitions,
    known: &mut Known,
    now: Timestamp,
    hurry: Option<Duration>,
) -> Generated {
    let limits = &definitions.limits;
    let search_limits = SearchLimits { groups: limits.groups, time: limits.timeout, hurry, ..SearchLimits::default() };
    let answers = definitions.batch.evaluate(generation, now, search_limits);
    let is_hurried = hurry.is_some() && answers.answers.iter().any(Result::is_err);
    for (definition, answer) in definitions.iter().zip(&answers.answers) {
        if let (Err(error), false) = (answer, is_hurried) {
            error!(definition = definition.name, error = error.message(), "metric keeps its last values");
        }
    }

    let scopes = Scopes::new(&generation.inventory, now, limits.coverage.fresh_for);
    let context = Context {
        definitions,
        translation: Translation::new(definitions, &answers, known),
        answers: &answers,
        scopes: &scopes,
        now,
    };
    // Families do not depend on each other, and their order is kept.
    let mut drafts: Vec<Draft> = definitions.plans.par_iter().map(|plan| context.draft(plan)).collect();

    let own_max = |draft: &Draft| draft.plan.series_max.unwrap_or(limits.series_max);
    let mut sizes: Vec<usize> = drafts.iter().map(|draft| draft.samples.series().min(own_max(draft))).collect();
    let share = budget(&mut sizes, limits.series_total_max);
    drafts.par_iter_mut().for_each(|draft| draft.limit(own_max(draft).min(share), context.translation.other));

    let finished: Vec<_> = drafts.into_par_iter().map(|draft| context.finish(draft)).collect();
    let texts = context.translation.texts;
    let (memories, reports): (Vec<_>, Vec<_>) = finished.into_iter().unzip();
    if !is_hurried {
        log(&reports);
    }
    let exported = memories.iter().zip(&reports).filter(|(_, report)| !report.is_withheld());
    let mut families: Vec<_> =
        exported.map(|(memory, _)| memory.last.clone()).chain(Report::families(&reports)).collect();
    known.replace(texts, memories);
    families.push(links::unresolved(generation.graph.unresolved()));
    families.retain(|family| !family.samples().is_empty());
    families.sort_by(|a, b| a.name().cmp(b.name()));
    Generated { families, reports, is_hurried }
}

/// What all families are made of.
struct Context<'a> {
    definitions: &'a Definitions,
    answers: &'a Answers,
    translation: Translation<'a>,
    scopes: &'a Scopes<'a>,
    now: Timestamp,
}

/// A family on its way.
struct Draft<'d> {
    plan: &'d FamilyPlan,
    /// Ordered by label values.
    samples: Samples,
    absent: Absences,
    /// How many samples could not be told apart.
    merged: usize,
    beyond: Beyond,
    error: Option<String>,
}

impl<'a> Context<'a> {
    /// Puts a family together from the answers, and from what is known of it.
    fn draft(&self, plan: &'a FamilyPlan) -> Draft<'a> {
        let draft = |samples| Draft {
            plan,
            samples,
            absent: Absences::default(),
            merged: 0,
            beyond: Beyond::default(),
            error: None,
        };
        let mut samples = match self.samples(plan) {
            Ok(samples) => samples,
            Err(error) => {
                let last = self.translation.recalled.last(&plan.form);
                let samples = last.unwrap_or_else(|| plan.form.samples().clone());
                let absent = self.translation.recalled.absences(&plan.form);
                return Draft { absent, error: Some(error), ..draft(samples) };
            }
        };
        // Values that differ may have one text: null and the empty text do, and so does what a rule makes equal.
        let less = samples.merge(plan.merge);
        let merged = if plan.merge == Merge::Never { less } else { 0 };
        let mut absent = Absences::default();
        if plan.merge == Merge::Add {
            absent = self.absent(plan, &samples);
            let zeros = absent.zeros();
            if zeros.len() > 0 {
                samples.append_zeros(zeros);
                samples.merge(plan.merge);
            }
        }
        Draft { absent, merged, ..draft(samples) }
    }

    /// What the searches say, in no order; the error of the first one that failed.
    fn samples(&self, plan: &FamilyPlan) -> Result<Samples, String> {
        let mut labels = LabelSets::new(plan.form.label_names().len());
        let mut values: Option<Values> = None;
        for feed in &plan.feeds {
            let rows = self.answers.answers[feed.definition].as_ref().map_err(|error| error.message().to_owned())?;
            let mut positions = None;
            let more = if plan.form.kind() == FamilyKind::Histogram {
                let histograms = rows.histograms.get(feed.function);
                Values::Histograms(histograms.ok_or("its search counts into no buckets")?.clone())
            } else {
                let numbers = &rows.values[feed.function];
                // What cannot be computed is left out, never NaN.
                if numbers.iter().any(|number| number.is_nan()) {
                    let known = (0..).zip(numbers).filter(|(_, number)| !number.is_nan());
                    let known = positions.insert(known.map(|(row, _)| row).collect::<Vec<u32>>());
                    Values::Numbers(known.iter().map(|row| numbers[*row as usize]).collect())
                } else {
                    Values::Numbers(numbers.clone())
                }
            };
            labels.append(self.translation.labels(feed.definition, rows, positions.as_deref()));
            match &mut values {
                None => values = Some(more),
                Some(values) if values.fits(&more) => values.append(&more),
                Some(_) => return Err("its definitions have different buckets".to_owned()),
            }
        }
        Ok(Samples::new(self.translation.texts.clone(), labels, values.unwrap_or_default()))
    }

    /// The groups that were there before and are not now.
    fn absent(&self, plan: &FamilyPlan, samples: &Samples) -> Absences {
        let Translation { texts, other, recalled, .. } = &self.translation;
        let fates = self.scopes.fates(&plan.kinds, &plan.places);
        let mut judged: BTreeMap<Vec<u32>, Fate> = BTreeMap::new();
        let fate = |sets: &LabelSets, row: usize| {
            // What shared a series has its own now, or is too little to be told apart still.
            if recalled.was_folded(&plan.form) && sets.row(row).all(|id| id == *other) {
                return Fate::Gone;
            }
            let deciding = fates.deciding().map(|label| sets.columns()[label][row]).collect();
            *judged.entry(deciding).or_insert_with(|| {
                let labels: Vec<&str> = sets.row(row).map(|id| texts.get(id)).collect();
                fates.of(&labels)
            })
        };
        recalled.absent(&plan.form, samples, fate, self.now, self.definitions.limits.zero_retention)
    }

    fn finish(&self, draft: Draft<'_>) -> (Memory, Report) {
        let Draft { plan, samples, absent, merged, beyond, mut error } = draft;
        let form = &plan.form;
        let family = form.clone().with_columns(samples).or_else(|refused| {
            error.get_or_insert(refused.to_string());
            let last = self.translation.recalled.last(form).unwrap_or_else(|| form.samples().clone());
            form.clone().with_columns(last)
        });
        let family = Arc::new(family.unwrap_or_else(|_| form.clone()));
        let keeps_folded = error.is_some() && self.translation.recalled.was_folded(form);
        let names = plan.feeds.iter().map(|feed| self.definitions.list[feed.definition].name.clone());
        let coverage = self.scopes.coverage(&plan.kinds);
        let (policy, incomplete) = plan.coverage.judge(self.definitions.limits.coverage, coverage);
        let failed = error.is_some();
        let report = Report {
            family: form.name().to_owned(),
            definitions: names.collect(),
            error,
            coverage,
            policy,
            incomplete,
            series: family.samples().series(),
            dropped: merged + beyond.dropped,
            folded: beyond.folded,
        };
        (Memory { last: family, absent, folded: beyond.folded > 0 || keeps_folded, failed }, report)
    }
}

impl Draft<'_> {
    /// Folds or leaves out what is more than the limit.
    fn limit(&mut self, series_max: usize, other: u32) {
        self.beyond = limit(&mut self.samples, series_max, self.plan.merge, other);
        self.absent.truncate(series_max);
    }
}

/// Logs what went wrong, in order of the names.
fn log(reports: &[Report]) {
    for report in reports {
        let Report { family, error, dropped, folded, coverage, .. } = report;
        if report.is_withheld() {
            let Coverage { feeding, complete, .. } = coverage;
            warn!(metric = family, scopes = feeding, complete, "the metric is withheld: too little was listed");
        }
        if let Some(error) = error {
            error!(metric = family, error, "metric keeps its last values");
        }
        if *dropped > 0 || *folded > 0 {
            warn!(metric = family, dropped, folded, "too many series; the smallest are folded or left out");
        }
    }
}

#[cfg(test)]
mod tests;
