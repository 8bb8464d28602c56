//! Checking: a draft becomes a definition, or everything that is wrong with it is noted.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use crate::{
    model::KindModel,
    search::{
        Query, SearchError, Span,
        ast::{Aggregate, Function, FunctionKind, Group, GroupBy},
    },
};

use super::{
    Definition, Family, FamilyKind,
    definition::{FamilyPlan, Feed},
    label,
    layer::{At, Draft, Layers},
    place::Place,
};

/// What the names of the program's own metrics begin with.
const OWN_PREFIXES: [&str; 14] = [
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
    "cloudgauge_scope_",
    "cloudgauge_shard_",
    "cloudgauge_workflow_",
    "process_",
];

/// What is added to the help of families that are made once per generation.
const CACHED: &str = "(cached, refreshed each collection)";

/// Turns drafts into definitions and families.
pub(super) struct Checker<'m> {
    kinds: &'m KindModel,
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
    pub(super) fn new(kinds: &'m KindModel) -> Self {
        Self { kinds, definitions: Vec::new(), families: BTreeMap::new() }
    }

    /// Checks one definition; what is wrong goes into the layers, and nothing of it is used then.
    pub(super) fn check(&mut self, draft: &Draft, layers: &mut Layers) {
        let at = &draft.search.at;
        let query = match Query::parse(&draft.search.value) {
            Ok(query) => query,
            Err(error) => return complain_of_search(layers, at, &error),
        };
        for warning in query.check(self.kinds).1 {
            layers.note(at, warning.message().to_owned());
        }
        let plan = match query.compile(self.kinds) {
            Ok(plan) => Some(plan),
            Err(errors) => {
                for error in &errors {
                    complain_of_search(layers, at, error);
                }
                None
            }
        };
        let Some(aggregate) = &query.search().aggregate else {
            let help = format!("begin with `aggregate(...)`, as in `aggregate(kind as kind: sum(1) as NAME): {query}`");
            return layers.complain(
                at,
                None,
                "this search finds resources but computes nothing".to_owned(),
                Some(help),
            );
        };
        // Labels first, and all of them: a user mends a query in one go.
        let Some(labels) = labels(aggregate, at, layers) else { return };
        let forms: Vec<_> = aggregate.functions.iter().map(|function| form(draft, function, &labels, layers)).collect();
        let (Some(plan), Some(forms)) = (plan, forms.into_iter().collect::<Option<Vec<Family>>>()) else { return };

        let places: Vec<_> = aggregate.groups.iter().map(place).collect();
        let kinds = query.kinds(self.kinds);
        let families = forms.iter().map(|form| form.name().to_owned()).collect();
        for (position, (form, function)) in forms.into_iter().zip(&aggregate.functions).enumerate() {
            let plan = FamilyPlan {
                form,
                places: places.clone(),
                feeds: vec![Feed { definition: self.definitions.len(), function: position }],
                additive: matches!(function.kind, FunctionKind::Sum | FunctionKind::Count),
                kinds: kinds.clone(),
            };
            self.register(draft, plan, function.operand.span, layers);
        }
        self.definitions.push(Definition {
            name: draft.name.clone(),
            origin: layers.origin(&draft.at).to_owned(),
            query,
            families,
            plan,
        });
    }

    /// The definitions, and the families in order of name.
    pub(super) fn finish(self, layers: &mut Layers) -> (Vec<Definition>, Vec<FamilyPlan>) {
        for registered in self.families.values() {
            let form = &registered.plan.form;
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
        (self.definitions, self.families.into_values().map(|registered| registered.plan).collect())
    }

    /// Adds a function to the family of its name.
    fn register(&mut self, draft: &Draft, plan: FamilyPlan, span: Span, layers: &mut Layers) {
        let at = &draft.search.at;
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
    let additive = first.additive && second.additive;
    (!additive).then(|| {
        let what = "a function whose values cannot be added up".to_owned();
        (what, format!("only sums and counts can share a family; {another}"))
    })
}

/// The label names, if all are good.
fn labels(aggregate: &Aggregate, at: &At, layers: &mut Layers) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut good = true;
    for group in &aggregate.groups {
        let (name, within) = (group.result_name(), Some(range(group.by.span)));
        let rename = |name: &str| Some(format!("name it with `as {}`", label::valid_name(name)));
        if let Some(meaning) = label::reserved(&name) {
            let message = format!("`{name}` cannot be a label: {meaning}");
            layers.complain(at, within, message, rename(&format!("{name}_value")));
            good = false;
        } else if Family::new("name", "", FamilyKind::Gauge, [name.as_str()]).is_err() {
            layers.complain(at, within, format!("`{name}` is no label name"), rename(&name));
            good = false;
        } else if !seen.insert(name.clone()) {
            // The search itself complains of results of the same name.
            good = false;
        } else if label::is_target_label(&name) {
            let message = format!("Prometheus sets label `{name}` itself; scrape with `honor_labels: true` to keep it");
            layers.note(at, message);
        }
    }
    good.then(|| aggregate.group_names())
}

/// The family that a function feeds, without samples.
fn form(draft: &Draft, function: &Function, labels: &[String], layers: &mut Layers) -> Option<Family> {
    let at = &draft.search.at;
    let within = Some(range(function.operand.span));
    let kind = FamilyKind::from(draft.kind);
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
    let help = format!("{} {CACHED}.", draft.help.value.trim().trim_end_matches('.'));
    let family = match Family::new(&name, help, kind, labels.iter().map(String::as_str)) {
        Ok(family) => family,
        Err(error) => {
            let help = format!("name it with `as {}`", label::valid_name(&own));
            layers.complain(at, within, error.to_string(), Some(help));
            return None;
        }
    };
    let Some(unit) = &draft.unit else { return Some(family) };
    match family.with_unit(&unit.value) {
        Ok(family) => Some(family),
        Err(error) => {
            layers.complain(&unit.at, None, error.to_string(), None);
            None
        }
    }
}

fn place(group: &Group) -> Option<Place> {
    match &group.by.node {
        GroupBy::Path(path) => Place::of(path),
        GroupBy::Template(_) => None,
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
