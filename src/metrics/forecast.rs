//! Forecasts: what definitions would export, were there no limits on series.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    sync::Arc,
};

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use rayon::prelude::*;

use crate::{graph::Generation, model::Value, search::Histograms};

use super::{
    CoveragePolicy, CoverageRule, Definitions, Family, FamilyKind, Known,
    definition::FamilyPlan,
    exposition::{Exposition, ExpositionError, Format},
    generate, label,
    labels::{Label, LabelSource},
};

/// More groups of one search are not counted.
const GROUPS_MAX: usize = 20_000_000;

/// What the definitions would export for one generation.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Ordered by size, the largest first.
    pub metrics: Vec<MetricForecast>,
    /// How many series all metrics may have together.
    pub series_total_max: usize,
}

/// What one metric would be.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricForecast {
    pub name: String,
    /// The definitions that feed it.
    pub definitions: Vec<String>,
    pub series: usize,
    /// How many series it may have.
    pub series_max: usize,
    /// How large it is in the text format, plain and with gzip.
    pub bytes: u64,
    pub gzip_bytes: u64,
    /// How many values each label has, most first.
    pub labels: Vec<(String, usize)>,
    /// Why it cannot be computed.
    pub error: Option<String>,
}

impl Forecast {
    /// Evaluates the definitions on a generation and renders what comes out, whatever the limits on series.
    pub fn new(generation: &Generation, definitions: &Definitions, now: Timestamp) -> Result<Self, ExpositionError> {
        let generated = generate(generation, &definitions.unlimited(), &mut Known::default(), now);
        let metrics = definitions.plans.par_iter().zip(&generated.reports).map(|(plan, report)| {
            let found = generated.families.iter().find(|family| family.name() == plan.form.name());
            let family = found.cloned().unwrap_or_else(|| Arc::new(plan.form.clone()));
            MetricForecast::new(plan, &family, definitions, report.error.clone())
        });
        Ok(Self::of(metrics.collect::<Result<_, _>>()?, definitions))
    }

    /// The same from the rows that another process computed: for each definition objects with its groups by name under
    /// `group`, or why there are none.
    pub fn of_rows(rows: &[Result<Vec<Value>, String>], definitions: &Definitions) -> Result<Self, ExpositionError> {
        let metrics = definitions.plans.iter().map(|plan| {
            let (family, error) = match family_of(plan, rows, definitions) {
                Ok(family) => (family, None),
                Err(error) => (plan.form.clone(), Some(error)),
            };
            MetricForecast::new(plan, &Arc::new(family), definitions, error)
        });
        Ok(Self::of(metrics.collect::<Result<_, _>>()?, definitions))
    }

    fn of(mut metrics: Vec<MetricForecast>, definitions: &Definitions) -> Self {
        metrics.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        Self { metrics, series_total_max: definitions.limits.series_total_max }
    }

    /// How many series all metrics have together.
    pub fn series(&self) -> usize {
        self.metrics.iter().map(|metric| metric.series).sum()
    }
}

impl MetricForecast {
    fn new(
        plan: &FamilyPlan,
        family: &Arc<Family>,
        definitions: &Definitions,
        error: Option<String>,
    ) -> Result<Self, ExpositionError> {
        let exposed = (!family.samples().is_empty()).then(|| family.clone());
        let text = Exposition::new(exposed)?.encode(Format::Text004);
        let names = plan.feeds.iter().map(|feed| definitions.list[feed.definition].name.clone());
        Ok(Self {
            name: plan.form.name().to_owned(),
            definitions: names.collect(),
            series: family.samples().series(),
            series_max: plan.series_max.unwrap_or(definitions.limits.series_max),
            bytes: text.len() as u64,
            gzip_bytes: if text.is_empty() { 0 } else { compressed(&text) },
            labels: labels(family),
            error,
        })
    }

    /// Whether it would be cut.
    pub fn exceeds(&self) -> bool {
        self.series > self.series_max
    }
}

impl Definitions {
    /// The same without limits on series, and with nothing withheld.
    fn unlimited(&self) -> Self {
        let mut definitions = self.clone();
        definitions.limits.series_max = usize::MAX;
        definitions.limits.series_total_max = usize::MAX;
        definitions.limits.groups = GROUPS_MAX;
        definitions.limits.coverage.policy = CoveragePolicy::Keep;
        for plan in &mut definitions.plans {
            plan.series_max = None;
            plan.coverage = CoverageRule::default();
        }
        definitions
    }
}

/// The family of such rows; a histogram's buckets, which the rows do not have, are empty.
fn family_of(
    plan: &FamilyPlan,
    rows: &[Result<Vec<Value>, String>],
    definitions: &Definitions,
) -> Result<Family, String> {
    let mut samples: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    for feed in &plan.feeds {
        let definition = &definitions.list[feed.definition];
        let groups = definition.query.group_names();
        let function = &definition.query.function_names()[feed.function];
        for row in rows[feed.definition].as_ref().map_err(Clone::clone)? {
            let Some(value) = row.get(function).and_then(Value::as_f64) else { continue };
            let text = |label: &Label| match &label.source {
                LabelSource::Constant(text) => text.clone(),
                LabelSource::Group(group) => {
                    let value = row.get("group").and_then(|values| values.get(&groups[*group])).unwrap_or(&Value::Null);
                    label.text(&label::text(value)).into_owned()
                }
            };
            let labels = definition.labels.list.iter().map(text).collect();
            samples.entry(labels).and_modify(|known| *known = plan.merge.join(*known, value)).or_insert(value);
        }
    }
    let rows = samples.len();
    let family = match plan.form.kind() {
        FamilyKind::Gauge | FamilyKind::Counter => plan.form.clone().with_samples(samples),
        FamilyKind::Histogram => plan.form.clone().with_histograms(
            samples.keys().cloned(),
            Histograms {
                bounds: plan.bounds.as_slice().into(),
                buckets: vec![0; rows * plan.bounds.len()],
                counts: vec![0; rows],
                sums: samples.values().copied().collect(),
            },
        ),
    };
    family.map_err(|error| error.to_string())
}

/// How many distinct values each label has, the label with most first.
fn labels(family: &Family) -> Vec<(String, usize)> {
    let columns = family.samples().labels().columns();
    let distinct = |column: &Vec<u32>| column.iter().collect::<BTreeSet<_>>().len();
    let mut labels: Vec<_> =
        family.label_names().iter().zip(columns).map(|(name, column)| (name.to_string(), distinct(column))).collect();
    labels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    labels
}

fn compressed(text: &[u8]) -> u64 {
    let mut encoder = GzEncoder::new(Counted(0), Compression::new(6));
    encoder.write_all(text).expect("counting does not fail");
    encoder.finish().expect("counting does not fail").0
}

/// Counts what is written to it.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        document::Source,
        graph::fixture,
        metrics::Config,
        model::{KindModel, Resource},
    };

    const TEXT: &str = "metrics:
  ids:
    help: Ids
    search: 'aggregate(kind as kind, id as id: sum(1) as ids): is(volume)'
    series_max: 5
  sizes:
    help: Sizes
    type: histogram
    buckets: [1, 2]
    search: 'aggregate(kind as kind: sum(1) as sizes): is(volume)'
  none:
    help: None
    search: 'aggregate(kind as kind: sum(1) as none): is(instance)'
";

    #[test]
    fn a_forecast_says_what_there_would_be_without_limits() {
        let config = Config { builtin: false, prefix: String::new(), series_max: 7, ..Config::default() };
        let (definitions, _) = Definitions::load(&config, &[Source::file("m.yaml", TEXT)], &KindModel::base()).unwrap();
        let volumes = (0..20).map(|id| Resource::new("volume", format!("v-{id}"))).collect();
        let generation = fixture::generation(&[("dev", volumes)]);
        let forecast = Forecast::new(&generation, &definitions, fixture::now()).unwrap();
        let names: Vec<_> = forecast.metrics.iter().map(|metric| (metric.name.as_str(), metric.series)).collect();
        assert_eq!(names, [("ids", 20), ("sizes", 5), ("none", 0)]);
        assert_eq!(forecast.series(), 25);
        let [ids, sizes, none] = forecast.metrics.as_slice() else { panic!("three metrics") };
        assert!(ids.exceeds() && !sizes.exceeds() && !none.exceeds());
        assert_eq!((ids.series_max, sizes.series_max), (5, 7));
        assert_eq!(ids.labels, [("id".to_owned(), 20), ("kind".to_owned(), 1)]);
        assert!(ids.gzip_bytes < ids.bytes && ids.bytes > 20 * "ids{kind=\"volume\",id=\"v-1\"} 1".len() as u64);
        assert_eq!((none.bytes, none.gzip_bytes), (0, 0));

        // What a server answers to the same searches, in the order of the definitions.
        let ids: Vec<_> =
            (0..20).map(|id| json!({"group": {"kind": "volume", "id": format!("v-{id}")}, "ids": 1})).collect();
        let rows = [Ok(ids), Err("no answer".to_owned()), Ok(vec![json!({"group": {"kind": "volume"}, "sizes": 20})])];
        let asked = Forecast::of_rows(&rows, &definitions).unwrap();
        assert_eq!(asked.metrics[0], forecast.metrics[0]);
        assert_eq!((asked.metrics[1].name.as_str(), asked.metrics[1].series), ("sizes", 5));
        assert_eq!(asked.metrics[2].error.as_deref(), Some("no answer"));
    }
}
