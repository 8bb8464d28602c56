//! Merges: sub-queries become plans, and their names become places that later conditions can read.

use std::collections::BTreeSet;

use super::{Compiler, Complaint, Context, Path, Source, Spanned, part_kinds};
use crate::{
    graph::Section,
    model::{EdgeType, KindName, PropertyType},
    search::{
        ast::{Merge, MergeQuery, Part, Search},
        literal::Literal,
        location::{Location, Step, Whose, indexes, steps},
        path::Segment,
        plan::{MergePlan, MergeQueryPlan},
    },
};

/// What a merge puts under a name, for those who read it.
#[derive(Clone, Debug)]
pub(super) struct MergedName {
    /// From the root of the document.
    name: Vec<String>,
    value: MergedValue,
}

#[derive(Clone, Debug)]
enum MergedValue {
    /// A node's document, or a list of them.
    Documents {
        list: bool,
        /// The kinds that the nodes may have; none where nothing is known.
        kinds: Option<BTreeSet<KindName>>,
        /// What the sub-query itself merges into its nodes.
        merged: Vec<MergedName>,
    },
    /// The rows of an aggregate: the names of its groups and functions.
    Rows { groups: Vec<String>, functions: Vec<String> },
}

/// Fields of an ancestor that every document holds.
const ANCESTORS: [&str; 4] = ["cloud", "account", "region", "zone"];
const ANCESTOR_FIELDS: [&str; 2] = ["id", "name"];

impl Compiler<'_> {
    /// The plan of a merge, except the condition behind it, which may read what is merged.
    pub(super) fn merge(&mut self, merge: &Merge, edge_types: &[EdgeType]) -> MergePlan {
        let mut queries: Vec<MergeQueryPlan> = Vec::new();
        for query in &merge.queries {
            self.check_merge_name(query, &queries);
            self.check_start(query);
            let types = if query.search.edge_types.is_empty() { edge_types } else { &query.search.edge_types };
            queries.push(MergeQueryPlan {
                name: names(&query.name.node).map(str::to_owned).collect(),
                list: query.list,
                plan: self.search(&query.search, types, false),
            });
        }
        MergePlan { queries, then: None }
    }

    fn check_merge_name(&mut self, query: &MergeQuery, earlier: &[MergeQueryPlan]) {
        let span = query.name.span;
        if !query.name.node.plain() {
            let complaint = Complaint::new(span, "a merged name has no index");
            self.errors.push(complaint.help("`name` is the first node that is found, `name[]` the list of all"));
        }
        let own: Vec<&str> = names(&query.name.node).collect();
        if ["reported", "metadata", "desired", "id", "kinds"].contains(&own[0]) {
            let complaint = Complaint::new(span, format!("every document has `{}` of its own", own[0]));
            self.errors.push(complaint.help("merged values stand beside it at the root: choose another name"));
        }
        let overlaps = |other: &MergeQueryPlan| other.name.iter().zip(&own).all(|(a, b)| a == b);
        if earlier.iter().any(overlaps) {
            let complaint = Complaint::new(span, format!("`{}` is merged twice", own.join(".")));
            self.errors.push(complaint.help("give each sub-query a name of its own"));
        }
        if query.list && query.search.aggregate.is_some() {
            let complaint = Complaint::new(span, "an aggregate always yields a list of rows");
            self.warnings.push(complaint.help("leave `[]` out"));
        }
    }

    /// A sub-query starts at the node, so it has to say where it goes from there.
    fn check_start(&mut self, query: &MergeQuery) {
        let first = query.search.parts.first().expect("a search has a part");
        let start = Part { navigation: first.navigation.clone(), ..Part::default() };
        if first.navigation.is_none() || *first != start {
            let complaint = Complaint::new(query.name.span, "the sub-query of a merge starts with a navigation");
            self.errors.push(complaint.help("as in `{ account: <-[0:]- is(account) }`"));
        }
    }

    /// What can be read behind a merge.
    pub(super) fn merged_names(&self, merge: Option<&Merge>) -> Vec<MergedName> {
        let queries = merge.into_iter().flat_map(|merge| &merge.queries);
        queries
            .map(|query| MergedName {
                name: names(&query.name.node).map(str::to_owned).collect(),
                value: self.merged_value(&query.search, query.list),
            })
            .collect()
    }

    fn merged_value(&self, search: &Search, list: bool) -> MergedValue {
        if let Some(aggregate) = &search.aggregate {
            return MergedValue::Rows { groups: aggregate.group_names(), functions: aggregate.function_names() };
        }
        let end = search.parts.last().filter(|part| part.navigation.is_none());
        MergedValue::Documents {
            list,
            kinds: end.and_then(|part| part_kinds(part, self.model)),
            merged: self.merged_names(end.and_then(|part| part.merge.as_ref())),
        }
    }

    /// The location of a path that reads a merged value; none where it reads none.
    pub(super) fn merged(&mut self, path: &Spanned<Path>, context: Context<'_>) -> Option<Location> {
        let written: Vec<&str> = names(&path.node).collect();
        let matches = |merged: &MergedName| {
            merged.name.len() <= written.len() && merged.name.iter().zip(&written).all(|(a, b)| a == b)
        };
        let query = context.merged.iter().position(matches)?;
        let merged = &context.merged[query];
        let (own, rest) = path.node.segments.split_at(merged.name.len());
        let last = own.last().expect("a merged name has a segment");
        let mut way: Vec<Step> = indexes(last).chain(steps(rest)).collect();
        let (property_type, age) = self.merged_type(&merged.value, &last.indexes, rest, path);
        if let (Some(stored), Some(Step::Key(key))) = (&age, way.last_mut()) {
            key.clone_from(stored);
        }
        Some(Location {
            whose: Whose::Merged { query, property_type },
            section: Section::Root,
            field: merged.name.join("."),
            steps: way,
            age: age.is_some(),
        })
    }

    /// The type of what the rest of a path leads to in a merged value, and for an age the field that is stored.
    fn merged_type(
        &mut self,
        value: &MergedValue,
        indexes: &[crate::search::path::Index],
        rest: &[Segment],
        path: &Spanned<Path>,
    ) -> (PropertyType, Option<String>) {
        const ANY: (PropertyType, Option<String>) = (PropertyType::Any, None);
        let Some((first, inner)) = rest.split_first() else { return ANY };
        let list = matches!(value, MergedValue::Rows { .. } | MergedValue::Documents { list: true, .. });
        let name = path.node.last_name();
        if list == indexes.is_empty() {
            let complaint = Complaint::new(
                path.span,
                if list { "this is a list, and a property is one of its elements'" } else { "this is no list" },
            );
            self.errors.push(complaint.help(if list {
                format!("write `[*]` for any element, as in `volumes[*].reported.{name}`")
            } else {
                "leave the index out".to_owned()
            }));
            return ANY;
        }
        match value {
            MergedValue::Rows { groups, functions } => {
                let known = match (first.name.as_str(), inner) {
                    ("group", [group, ..]) => groups.contains(&group.name),
                    ("group", []) => true,
                    (function, _) => functions.iter().any(|name| name == function),
                };
                if !known {
                    let groups = groups.iter().map(|group| format!("group.{group}"));
                    let names: Vec<String> = groups.chain(functions.iter().cloned()).collect();
                    let complaint = Complaint::new(path.span, format!("the rows of this aggregate have no `{name}`"));
                    self.errors.push(complaint.help(format!("they have {}", names.join(", "))));
                }
                ANY
            }
            MergedValue::Documents { kinds, merged, .. } => {
                let written: Vec<&str> = rest.iter().map(|segment| segment.name.as_str()).collect();
                let deeper = merged.iter().find(|merged| {
                    merged.name.len() <= written.len() && merged.name.iter().zip(&written).all(|(a, b)| a == b)
                });
                if let Some(deeper) = deeper {
                    let (own, rest) = rest.split_at(deeper.name.len());
                    let indexes = own.last().map_or(&[] as &[_], |last| &last.indexes);
                    return self.merged_type(&deeper.value, indexes, rest, path);
                }
                self.document_type(rest, kinds.as_ref(), path)
            }
        }
    }

    fn document_type(
        &mut self,
        rest: &[Segment],
        kinds: Option<&BTreeSet<KindName>>,
        path: &Spanned<Path>,
    ) -> (PropertyType, Option<String>) {
        let inner = Path { absolute: true, segments: rest.to_vec() };
        // A section as a whole is an object.
        if rest.len() == 1 && ["reported", "metadata", "desired", "ancestors"].contains(&rest[0].name.as_str()) {
            return (PropertyType::Object, None);
        }
        let location = match Location::resolve(&inner) {
            Ok(location) => location,
            Err(nowhere) => {
                self.errors.push(Complaint::new(path.span, nowhere.message).help(nowhere.help));
                return (PropertyType::Any, None);
            }
        };
        let stored = match &location.whose {
            Whose::Own => true,
            Whose::Ancestor(kind) => {
                ANCESTORS.contains(&kind.as_str()) && ANCESTOR_FIELDS.contains(&location.field.as_str())
            }
            Whose::Descendant(_) | Whose::Merged { .. } => false,
        };
        if !stored {
            let complaint = Complaint::new(
                path.span,
                "a merged document holds the names and ids of its cloud, account, region and zone, but nothing else of other nodes",
            );
            self.errors.push(complaint.help("merge it inside the sub-query"));
            return (PropertyType::Any, None);
        }
        self.check_names(&location, path, kinds);
        let stored = location.age.then(|| location.field.clone());
        (location.property_type(self.model, kinds), stored)
    }

    /// Warns where a whole document is compared with a word, which it never equals.
    pub(super) fn check_whole(&mut self, source: &Source, path: &Spanned<Path>, value: &Literal) {
        let Source::Node(Location { whose: Whose::Merged { .. }, steps, .. }) = source else { return };
        let scalar = matches!(value, Literal::Bool(_) | Literal::Number(_) | Literal::Text(_));
        if scalar && !steps.iter().any(|step| matches!(step, Step::Key(_))) {
            let name = &path.node;
            let complaint = Complaint::new(path.span, format!("`{name}` is a whole document, or a list"));
            self.warnings.push(complaint.help(format!("compare one of its properties: `{name}.reported.name`")));
        }
    }
}

fn names(path: &Path) -> impl Iterator<Item = &str> {
    path.segments.iter().map(|segment| segment.name.as_str())
}
