//! Checking: a draft becomes a definition, or everything that is wrong with it is noted.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    model::KindModel,
    search::{
        Plan, Query, SearchError, Span, Templates,
        ast::{Function, FunctionKind},
    },
};

use super::{
    Definition, Family, FamilyKind, MetricType, bucket,
    definition::{FamilyPlan, Feed, Merge},
    label,
    labelling::{GlobalRules, Labelled, labelled},
    layer::{At, Draft, Layers},
};

/// What the names of the program's own metrics begin with.
const OWN_PREFIXES: [&str; 18] = [
    "cloudgauge_api_",
    "cloudgauge_build_",
    "cloudgauge_cleanup_",
    "cloudgauge_collect_",
    "cloudgauge_config_",
    "cloudgauge_exposition_",
    "cloudgauge_generation",
    "cloudgauge_hook_",
    "cloudgauge_links_",
    "cloudgauge_metric_",
    "cloudgauge_permission_",
    "cloudgauge_resources_changed",
    "cloudgauge_resources_created",
    "cloudgauge_resources_deleted",
    "cloudgauge_scope_",
    "cloudgauge_shard_",
    "cloudgauge_workflow_",
    "process_",
];

/// What the names of a histogram's series end in.
const HISTOGRAM_SUFFIXES: [&str; 3] = ["_bucket", "_sum", "_count"];

/// What is added to the help of families that are made once per generation.
const CACHED: &str = "(cached, refreshed each collection)";

/// Turns drafts into definitions and families.
pub(super) struct Checker<'m> {
    kinds: &'m KindModel,
    templates: &'m Templates,
    rules: GlobalRules,
    definitions: Vec<Definition>,
    families: BTreeMap<String, Registered>,
}

/// A family with the definition that it was first seen in.
struct Registered {
    plan: FamilyPlan,
    definition: String,
    at: At,
    span: Span,
}

impl<'m> Checker<'m> {
    pub(super) fn new(kinds: &'m KindModel, templates: &'m Templates, rules: GlobalRules) -> Self {
        Self { kinds, templates, rules, definitions: Vec::new(), families: BTreeMap::new() }
    }

    /// Checks one definition; what is wrong goes into the layers, and nothing of it is used then.
    pub(super) fn check(&mut self, draft: &Draft, layers: &mut Layers) {
        let at = draft.at("search");
        let query = match Query::parse_with(&draft.search, self.templates) {
            Ok(query) => query,
            Err(error) => return complain_of_search(layers, at, &error),
        };
        for warning in query.check(self.kinds).1 {
            layers.note(at, warning.message().to_owned());
        }
        let Some(aggregate) = &query.search().aggregate else {
            let help = format!("begin with `aggregate(...)`, as in `aggregate(kind as kind: sum(1) as NAME): {query}`");
            return layers.complain(
                at,
                None,
                "this search finds resources but computes nothing".to_owned(),
                Some(help),
            );
        };
        // Everything at once: a user mends a definition in one go.
        let compiled = compile(&query, self.kinds, at, layers);
        check_limits(draft, layers);
        let bounds = bounds(draft, &query, &aggregate.functions, layers);
        let Some(labelled) = labelled(draft, &query, aggregate, &mut self.rules, layers) else { return };
        let forms = aggregate.functions.iter().map(|function| {
            let within = range(query.written(function.operand.span));
            form(draft, function, within, &labelled, layers)
        });
        let forms: Option<Vec<Family>> = forms.collect::<Vec<_>>().into_iter().collect();
        let (Some(_), Some(bounds), Some(forms)) = (compiled, bounds, forms) else { return };
        let Labelled { labels, query: effective, merging: _ } = labelled;
        let Some(plan) = compile(&effective, self.kinds, at, layers) else { return };
        let plan = match draft.options.timeout {
            Some(timeout) => plan.within(timeout),
            None => plan,
        };
        let plan = if bounds.is_empty() { plan } else { plan.observe(bounds.clone()) };

        let kinds = effective.kinds(self.kinds);
        let families = forms.iter().map(|form| form.name().to_owned()).collect();
        for (position, (form, function)) in forms.into_iter().zip(&aggregate.functions).enumerate() {
            let plan = FamilyPlan {
                form,
                places: labels.places(),
                feeds: vec![Feed { definition: self.definitions.len(), function: position }],
                bounds: bounds.clone(),
                merge: Merge::of(function.kind),
                series_max: draft.options.series_max,
                coverage: draft.options.coverage.unwrap_or_default(),
                kinds: kinds.clone(),
            };
            self.register(draft, plan, query.written(function.operand.span), layers);
        }
        self.definitions.push(Definition {
            name: draft.name.clone(),
            origin: layers.origin(&draft.at).to_owned(),
            query: effective,
            families,
            collects: draft.options.collects.unwrap_or(true),
            plan,
            labels,
        });
    }

    /// The definitions, and the families in order of name.
    pub(super) fn finish(self, layers: &mut Layers) -> (Vec<Definition>, Vec<FamilyPlan>) {
        for registered in self.families.values() {
            let form = &registered.plan.form;
            let suffixes = if form.kind() == FamilyKind::Histogram { HISTOGRAM_SUFFIXES.as_slice() } else { &[] };
            for name in suffixes.iter().map(|suffix| format!("{}{suffix}", form.name())) {
                if let Some(other) = self.families.get(&name) {
                    let message =
                        format!("histogram `{}` has series `{name}`, as `{}` has", form.name(), other.definition);
                    let help = "give one of them another name with `as`".to_owned();
                    layers.complain(&registered.at, Some(range(registered.span)), message, Some(help));
                }
            }
            if form.kind() == FamilyKind::Counter
                && let Some(other) = self.families.get(form.openmetrics_name())
            {
                let message = format!(
                    "counter `{}` and `{}` of `{}` are one family in OpenMetrics",
                    form.name(),
                    other.plan.form.name(),
                    other.definition
                );
                let help = "give one of them another name with `as`".to_owned();
                layers.complain(&registered.at, Some(range(registered.span)), message, Some(help));
            }
        }
        self.rules.finish(layers);
        (self.definitions, self.families.into_values().map(|registered| registered.plan).collect())
    }

    /// Adds a function to the family of its name.
    fn register(&mut self, draft: &Draft, plan: FamilyPlan, span: Span, layers: &mut Layers) {
        let at = draft.at("search");
        let name = plan.form.name().to_owned();
        let Some(first) = self.families.get_mut(&name) else {
            let registered = Registered { plan, definition: draft.name.clone(), at: at.clone(), span };
            self.families.insert(name, registered);
            return;
        };
        if let Some((what, help)) = clash(&first.plan, &plan) {
            let origin = layers.origin(&first.at);
            let message = format!("`{name}` is exported by `{}` ({origin}) too, with {what}", first.definition);
            return layers.complain(at, Some(range(span)), message, Some(help));
        }
        for (place, other) in first.plan.places.iter_mut().zip(&plan.places) {
            if place != other {
                *place = None;
            }
        }
        first.plan.feeds.extend(plan.feeds);
        first.plan.kinds.extend(plan.kinds);
        first.plan.series_max = first.plan.series_max.max(plan.series_max);
        first.plan.coverage = first.plan.coverage.stricter(plan.coverage);
    }
}

/// Why two functions cannot feed one family, and what would be right.
fn clash(first: &FamilyPlan, second: &FamilyPlan) -> Option<(String, String)> {
    let another = "give one of them another name with `as`";
    let (a, b) = (&first.form, &second.form);
    if a.label_names() != b.label_names() {
        let labels = match a.label_names() {
            [] => "no labels".to_owned(),
            names => format!("the labels `{}`", names.join("`, `")),
        };
        return Some((labels, format!("give both the same labels in the same order, or {another}")));
    }
    if a.kind() != b.kind() {
        return Some((format!("type {}", a.kind()), format!("give both the same type, or {another}")));
    }
    if a.help() != b.help() {
        return Some(("another help".to_owned(), format!("give both the same help, or {another}")));
    }
    if a.unit() != b.unit() {
        let unit = a.unit().map_or("no unit".to_owned(), |unit| format!("unit {unit}"));
        return Some((unit, format!("give both the same unit, or {another}")));
    }
    if first.bounds != second.bounds {
        return Some(("other buckets".to_owned(), format!("give both the same buckets, or {another}")));
    }
    match (first.merge, second.merge) {
        (Merge::Never, _) | (_, Merge::Never) => {
            let what = "a function whose values cannot be added up".to_owned();
            Some((what, format!("only sums and counts, minima, or maxima can share a family; {another}")))
        }
        (a, b) if a != b => {
            let what = "another kind of function".to_owned();
            Some((what, format!("only sums and counts, minima, or maxima can share a family; {another}")))
        }
        _ => None,
    }
}

/// The plan, or complaints about the search.
fn compile(query: &Query, kinds: &KindModel, at: &At, layers: &mut Layers) -> Option<Plan> {
    query.compile(kinds).map_err(|errors| errors.iter().for_each(|error| complain_of_search(layers, at, error))).ok()
}

/// The bounds of the buckets, none for what is no histogram; `None` if something is wrong with them.
fn bounds(draft: &Draft, query: &Query, functions: &[Function], layers: &mut Layers) -> Option<Vec<f64>> {
    let is_histogram = draft.options.kind == Some(MetricType::Histogram);
    let buckets = match (is_histogram, &draft.options.buckets) {
        (false, None) => return Some(Vec::new()),
        (false, Some(_)) => {
            let help = Some("write `type: histogram`, or leave them out".to_owned());
            layers.complain(draft.at("buckets"), None, "only a histogram has buckets".to_owned(), help);
            return None;
        }
        (true, None) => {
            let help = Some("for example `buckets: [1d, 7d, 30d]` for an age, with `unit: seconds`".to_owned());
            layers.complain(draft.at("type"), None, "a histogram needs `buckets`".to_owned(), help);
            return None;
        }
        (true, Some(buckets)) => buckets,
    };
    let mut good = true;
    for function in functions.iter().filter(|function| function.kind != FunctionKind::Sum) {
        good = false;
        let message = format!("a histogram counts what `sum` adds up, and this is `{}`", function.kind.as_str());
        let within = range(query.written(function.operand.span));
        let help = Some("write `sum(...)`; the number of values comes with it".to_owned());
        layers.complain(draft.at("search"), Some(within), message, help);
    }
    match bucket::bounds(buckets, draft.options.unit.as_deref()) {
        Ok(bounds) => good.then_some(bounds),
        Err(complaints) => {
            let at = draft.at("buckets");
            for complaint in complaints {
                layers.complain_under(at, complaint);
            }
            None
        }
    }
}

/// Refuses limits that leave nothing or are none.
fn check_limits(draft: &Draft, layers: &mut Layers) {
    if draft.options.series_max == Some(0) {
        let help = Some("to have no such metric, set `enabled: false`".to_owned());
        layers.complain(draft.at("series_max"), None, "at least one series must be allowed".to_owned(), help);
    }
    if draft.options.timeout.is_some_and(|timeout| timeout.is_zero()) {
        layers.complain(draft.at("timeout"), None, "nothing can be computed in no time".to_owned(), None);
    }
    if let Some(complaint) = draft.options.coverage.and_then(|rule| rule.complaint()) {
        layers.complain_under(draft.at("coverage"), complaint);
    }
}

/// The family that a function feeds, without samples.
fn form(
    draft: &Draft,
    function: &Function,
    within: Range<usize>,
    labelled: &Labelled,
    layers: &mut Layers,
) -> Option<Family> {
    let at = draft.at("search");
    let within = Some(within);
    if let (Some(rule), Merge::Never) = (&labelled.merging, Merge::of(function.kind)) {
        let function = function.kind.as_str();
        let message =
            format!("this can give several groups the same labels, and nobody can compute their `{function}`");
        let help = "group by what the rule makes of the value in the search itself, or export `sum` and `count` and \
                    divide them in Prometheus";
        layers.complain(rule, None, message, Some(help.to_owned()));
        return None;
    }
    let kind = FamilyKind::from(draft.options.kind.unwrap_or_default());
    let own = function.result_name();
    let mut name = format!("{}{own}", draft.prefix);
    if kind == FamilyKind::Counter && !name.ends_with("_total") {
        name.push_str("_total");
    }
    if OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        let message = format!("`{name}` could be a metric that cloudgauge exports about itself");
        layers.complain(at, within, message, Some("give it another name with `as`".to_owned()));
        return None;
    }
    let help = format!("{} {CACHED}.", draft.help.trim().trim_end_matches('.'));
    let family = match Family::new(&name, help, kind, labelled.labels.names()) {
        Ok(family) => family,
        Err(error) => {
            let help = format!("name it with `as {}`", label::valid_name(&own));
            layers.complain(at, within, error.to_string(), Some(help));
            return None;
        }
    };
    let Some(unit) = &draft.options.unit else { return Some(family) };
    match family.with_unit(unit) {
        Ok(family) => Some(family),
        Err(error) => {
            layers.complain(draft.at("unit"), None, error.to_string(), None);
            None
        }
    }
}

fn complain_of_search(layers: &mut Layers, at: &At, error: &SearchError) {
    let help: Vec<_> = error.label().into_iter().chain(error.help()).map(str::to_owned).collect();
    let help = (!help.is_empty()).then(|| help.join("; "));
    layers.complain(at, Some(range(error.span())), error.message().to_owned(), help);
}

fn range(span: Span) -> Range<usize> {
    span.start..span.end
}
