//! Labelling: from groups, tags and rules to the labels of a definition.

use std::collections::BTreeSet;

use crate::search::{
    Path, Query, Segment, Span, Spanned,
    ast::{Aggregate, Group, GroupBy},
};

use super::{
    Family, FamilyKind, label,
    labels::{Label, LabelSource, Labels},
    layer::{At, Draft, Layers},
    place::Place,
    rule::{Action, Change, LabelRule},
    tag,
};

/// The labels of a definition, with what has to be known of the search to compute them.
#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) labels: Labels,
    /// The search to evaluate.
    pub(super) query: Query,
    /// The first rule that may give two groups equal labels.
    pub(super) merging: Option<At>,
}

/// The rules that hold for all definitions.
#[derive(Debug, Default)]
pub(super) struct GlobalRules {
    rules: Vec<GlobalRule>,
}

#[derive(Debug)]
struct GlobalRule {
    at: At,
    label: String,
    action: Action,
    used: bool,
}

impl GlobalRules {
    pub(super) fn new(rules: &[LabelRule], at: &At, layers: &mut Layers) -> Self {
        let mut checked = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let at = at.field(index);
            match rule.action() {
                Ok(action) => checked.push(GlobalRule { at, label: rule.label.clone(), action, used: false }),
                Err(complaint) => layers.complain_under(&at, complaint),
            }
        }
        Self { rules: checked }
    }

    /// Complains of rules whose label no definition has.
    pub(super) fn finish(self, layers: &mut Layers) {
        for rule in self.rules.into_iter().filter(|rule| !rule.used) {
            let message = format!("no metric has a label `{}`", rule.label);
            layers.complain(&rule.at.field("label"), None, message, None);
        }
    }
}

/// A label on its way.
struct Column<'a> {
    name: String,
    named: Named<'a>,
    source: Source<'a>,
    changes: Vec<Change>,
    place: Option<Place>,
}

/// Where a label has its name from.
enum Named<'a> {
    Group(&'a Group),
    Tag(At),
    Rule(At),
}

enum Source<'a> {
    Group(&'a Group),
    Tag(Group),
    Constant(String),
}

/// Works out the labels of a definition; none if something is wrong with them.
pub(super) fn labelled<'a>(
    draft: &'a Draft,
    query: &'a Query,
    aggregate: &'a Aggregate,
    global: &mut GlobalRules,
    layers: &mut Layers,
) -> Option<Labelled> {
    let mut builder = Builder { draft, query, columns: Vec::new(), merging: None, good: true, layers };
    builder.groups(aggregate);
    builder.tags();
    builder.own_rules();
    builder.global_rules(global);
    builder.check_names();
    builder.finish(aggregate)
}

struct Builder<'a, 'l> {
    draft: &'a Draft,
    query: &'a Query,
    columns: Vec<Column<'a>>,
    merging: Option<At>,
    good: bool,
    layers: &'l mut Layers,
}

impl<'a> Builder<'a, '_> {
    fn groups(&mut self, aggregate: &'a Aggregate) {
        self.columns.extend(aggregate.groups.iter().map(|group| Column {
            name: group.result_name(),
            named: Named::Group(group),
            source: Source::Group(group),
            changes: Vec::new(),
            place: match &group.by.node {
                GroupBy::Path(path) => Place::of(path),
                GroupBy::Template(_) => None,
            },
        }));
    }

    fn tags(&mut self) {
        let Some(tags) = &self.draft.options.tags else { return };
        let at = self.draft.at("tags");
        let mut seen = BTreeSet::new();
        for (index, (tag, name)) in tags.iter().zip(tag::labels(tags)).enumerate() {
            let at = at.field(index);
            if tag.is_empty() || !seen.insert(tag) {
                let message =
                    if tag.is_empty() { "a tag has a name".to_owned() } else { format!("`{tag}` is here twice") };
                self.complain(&at, message, Some("remove it".to_owned()));
                continue;
            }
            if name.strip_prefix("tag_") != Some(tag) {
                self.layers
                    .note(&at, format!("tag `{tag}` is label `{name}`: Prometheus' names have no other characters"));
            }
            let path = Path { absolute: false, segments: vec![Segment::named("tags"), Segment::named(tag)] };
            let by = Spanned::new(GroupBy::Path(path), Span::new(0, 0));
            let group = Group { by, name: Some(name.clone()) };
            self.columns.push(Column {
                name,
                named: Named::Tag(at),
                source: Source::Tag(group),
                changes: Vec::new(),
                place: None,
            });
        }
    }

    fn own_rules(&mut self) {
        let draft = self.draft;
        for (index, rule) in draft.options.labels.iter().flatten().enumerate() {
            let at = draft.at("labels").field(index);
            let action = match rule.action() {
                Ok(action) => action,
                Err(complaint) => {
                    self.good = false;
                    self.layers.complain_under(&at, complaint);
                    continue;
                }
            };
            let position = self.columns.iter().position(|column| column.name == rule.label);
            match (position, &action) {
                (Some(_), Action::Add(_)) => {
                    let message = format!("the metric has a label `{}` already", rule.label);
                    self.complain(&at.field("label"), message, Some("drop it first, in a rule above".to_owned()));
                }
                (None, Action::Drop | Action::Rename(_) | Action::Change(_)) => {
                    let message = format!("the metric has no label `{}` here", rule.label);
                    let labels: Vec<_> = self.columns.iter().map(|column| format!("`{}`", column.name)).collect();
                    let help = match labels.as_slice() {
                        [] => "it has no labels at all".to_owned(),
                        labels => format!("its labels are {}", labels.join(", ")),
                    };
                    self.complain(&at.field("label"), message, Some(help));
                }
                (position, _) => self.apply(position, &rule.label, &action, &at),
            }
        }
    }

    fn global_rules(&mut self, global: &mut GlobalRules) {
        for rule in &mut global.rules {
            let position = self.columns.iter().position(|column| column.name == rule.label);
            let adds = matches!(rule.action, Action::Add(_));
            rule.used |= adds || position.is_some();
            // A label that a metric has already says more than one that is added to all.
            if adds != position.is_some() {
                self.apply(position, &rule.label, &rule.action, &rule.at);
            }
        }
    }

    fn apply(&mut self, position: Option<usize>, label: &str, action: &Action, at: &At) {
        match (action, position) {
            (Action::Drop, Some(position)) => drop(self.columns.remove(position)),
            (Action::Rename(name), Some(position)) => {
                self.columns[position].name.clone_from(name);
                self.columns[position].named = Named::Rule(at.field("rename"));
            }
            (Action::Change(change), Some(position)) => {
                let column = &mut self.columns[position];
                column.changes.push(change.clone());
                // What the label says now need not be the name of any place.
                column.place = None;
                self.merging.get_or_insert_with(|| at.clone());
            }
            (Action::Add(value), _) => self.columns.push(Column {
                name: label.to_owned(),
                named: Named::Rule(at.field("label")),
                source: Source::Constant(value.clone()),
                changes: Vec::new(),
                place: None,
            }),
            (Action::Drop | Action::Rename(_) | Action::Change(_), None) => {}
        }
    }

    fn check_names(&mut self) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let columns = std::mem::take(&mut self.columns);
        for column in &columns {
            let name = &column.name;
            let is_group = matches!(column.named, Named::Group(_));
            if let Some(meaning) = label::reserved(name) {
                let message = format!("`{name}` cannot be a label: {meaning}");
                self.complain_of_name(column, message, &format!("{name}_value"));
            } else if Family::new("name", "", FamilyKind::Gauge, [name.as_str()]).is_err() {
                self.complain_of_name(column, format!("`{name}` is no label name"), name);
            } else if !seen.insert(name.clone()) {
                self.good = false;
                // Of groups of one name the search itself complains.
                if !is_group {
                    self.complain_of_name(column, format!("the metric has two labels `{name}`"), &format!("{name}_2"));
                }
            } else if label::is_target_label(name) {
                let message =
                    format!("Prometheus sets label `{name}` itself; scrape with `honor_labels: true` to keep it");
                self.layers.note(self.draft.at("search"), message);
            }
        }
        self.columns = columns;
    }

    fn complain_of_name(&mut self, column: &Column<'_>, message: String, better: &str) {
        let better = label::valid_name(better);
        self.good = false;
        match &column.named {
            Named::Group(group) => {
                let written = self.query.written(group.by.span);
                let within = written.start..written.end;
                let help = format!("name it with `as {better}`");
                self.layers.complain(self.draft.at("search"), Some(within), message, Some(help));
            }
            Named::Tag(at) | Named::Rule(at) => {
                self.layers.complain(at, None, message, Some(format!("take for example `{better}`")));
            }
        }
    }

    fn complain(&mut self, at: &At, message: String, help: Option<String>) {
        self.good = false;
        self.layers.complain(at, None, message, help);
    }

    fn finish(self, aggregate: &Aggregate) -> Option<Labelled> {
        if !self.good {
            return None;
        }
        let mut groups = Vec::new();
        let mut position = |group: Group| {
            groups.push(group);
            LabelSource::Group(groups.len() - 1)
        };
        let list = self.columns.into_iter().map(|column| Label {
            source: match column.source {
                Source::Group(group) => position(group.clone()),
                Source::Tag(group) => position(group),
                Source::Constant(text) => LabelSource::Constant(text),
            },
            name: column.name,
            changes: column.changes,
            place: column.place,
        });
        let labels = Labels { list: list.collect() };
        let query = if groups == aggregate.groups { self.query.clone() } else { self.query.grouped_by(groups) };
        Some(Labelled { labels, query, merging: self.merging })
    }
}
