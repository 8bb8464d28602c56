//! Explanations: what a plan scans, and how, and what that costs on a generation.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    graph::{Generation, table::Cell},
    search::{
        SearchError,
        aggregate::{AggregatePlan, GroupPlan},
        document::View,
        limits::{Budget, Exhausted, Limits},
        location::Location,
        plan::{Plan, Stage, WithClause},
        predicate::Predicate,
        unfold::Reading,
    },
};

use super::{
    batch::Batch,
    bits::Bits,
    nodes::{Places, Search},
    scan::Residual,
    vector::{Lane, Vector},
};

/// How a plan finds its answer; `Display` is for people.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// One for each part of the query, in order.
    pub parts: Vec<Part>,
    /// For an aggregate: its groups and operands.
    pub reads: Vec<Read>,
    /// For an aggregate: how many rows it has, and the time of everything.
    pub rows: Option<(usize, Duration)>,
}

/// How one part of a query is evaluated.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Tables that are looked at, and all there are.
    pub tables: (usize, usize),
    /// Rows that are looked at, and all there are.
    pub rows: (usize, usize),
    /// What its conditions read.
    pub reads: Vec<Read>,
    /// How many nodes its conditions keep, the limit included.
    pub kept: usize,
    /// How many nodes its walk reaches, if it has one.
    pub reached: Option<usize>,
    pub time: Duration,
}

/// One location that is read, and how.
#[derive(Clone, Debug)]
pub struct Read {
    pub location: String,
    pub how: How,
    pub tables: usize,
    /// How often the question is asked: once for a value, a row or a region.
    pub times: usize,
}

/// How values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// All rows of a table have the same.
    Table,
    /// All rows in a region have the same.
    Region,
    /// The column has few distinct values.
    Value,
    Numbers,
    Times,
    Text,
    /// From the nearest node of a kind above.
    Above,
    /// Through the node: no column has it.
    Node,
}

impl How {
    fn as_str(self) -> &'static str {
        match self {
            Self::Table => "for a whole table",
            Self::Region => "for a whole region",
            Self::Value => "a distinct value",
            Self::Numbers => "a number of a column",
            Self::Times => "a time of a column",
            Self::Text => "a text of a column",
            Self::Above => "the property of an ancestor",
            Self::Node => "through the node",
        }
    }
}

impl Explanation {
    /// The same as if it had taken no time.
    #[must_use]
    pub fn without_times(mut self) -> Self {
        self.parts.iter_mut().for_each(|part| part.time = Duration::ZERO);
        self.rows = self.rows.map(|(rows, _)| (rows, Duration::ZERO));
        self
    }
}

impl Plan {
    /// Evaluates the plan and tells how.
    pub fn explain(&self, generation: &Generation, now: Timestamp, limits: Limits) -> Result<Explanation, SearchError> {
        let view = View::new(generation, now);
        let plan = self.at(generation.graph.kinds(), now)?;
        let places = Places::new(view);
        let search = Search::new(view, &places);
        let (parts, reads) =
            search.explain(&plan, &mut self.budget(limits)).map_err(|exhausted| self.exhausted(exhausted))?;
        let rows = if plan.aggregate.is_none() {
            None
        } else {
            let start = Instant::now();
            let rows = Batch::new(vec![self.clone()]).evaluate(generation, now, limits).answers.remove(0)?;
            Some((rows.len(), start.elapsed()))
        };
        Ok(Explanation { parts, reads, rows })
    }
}

/// Reads by location and manner: in how many tables, and how often.
#[derive(Default)]
struct Reads(BTreeMap<(String, How), (usize, usize)>);

impl Reads {
    fn add(&mut self, location: &str, how: How, times: usize) {
        let read = self.0.entry((location.to_owned(), how)).or_default();
        *read = (read.0 + 1, read.1 + times);
    }

    fn finish(self) -> Vec<Read> {
        let reads = self.0.into_iter();
        reads.map(|((location, how), (tables, times))| Read { location, how, tables, times }).collect()
    }
}

impl Search<'_, '_> {
    fn explain(&self, plan: &Plan, budget: &mut Budget) -> Result<(Vec<Part>, Vec<Read>), Exhausted> {
        let mut parts = Vec::new();
        let mut reached: Option<Bits> = None;
        let mut last = Vec::new();
        for (position, stage) in plan.stages.iter().enumerate() {
            let mut part = self.scanned(stage, reached.as_ref());
            let start = Instant::now();
            let found = self.keep(stage, reached.as_ref(), budget)?;
            part.kept = found.nodes.len();
            last.clone_from(&found.nodes);
            if let Some(walk) = &stage.walk {
                let wanted = plan.stages.get(position + 1).and_then(|next| self.wanted(next));
                let targets = self.walk(walk, &found.nodes, wanted.as_ref(), budget)?;
                part.reached = Some(targets.count());
                last = targets.iter().map(crate::graph::NodeId::new).collect();
                reached = Some(targets);
            }
            part.time = start.elapsed();
            parts.push(part);
        }
        let mut reads = Reads::default();
        if let Some(aggregate) = &plan.aggregate {
            let mut nodes = Bits::new(self.len());
            nodes.extend(last.iter().map(|node| node.index()));
            let locations = locations(aggregate);
            for (place, _) in &self.places.places {
                let rows = nodes.slice(place.start.index(), place.table().len());
                if rows.is_none() {
                    continue;
                }
                for location in &locations {
                    let (how, times) = self.how(*place, location, rows.count(place.table().len()));
                    reads.add(&location.to_string(), how, times);
                }
            }
        }
        Ok((parts, reads.finish()))
    }

    /// What the conditions of a stage look at.
    fn scanned(&self, stage: &Stage, among: Option<&Bits>) -> Part {
        let mut part = Part::default();
        let mut reads = Reads::default();
        let conditions = self.conditions(&stage.predicate);
        for (place, kind) in &self.places.places {
            let len = place.table().len();
            part.tables.1 += 1;
            part.rows.1 += len;
            let rows = among.map_or(len, |among| among.slice(place.start.index(), len).count(len));
            if rows == 0 || matches!(conditions[*kind], Residual::Never) {
                continue;
            }
            part.tables.0 += 1;
            part.rows.0 += rows;
            conditions[*kind].each(&mut |predicate| match predicate.field() {
                Some(location) => {
                    let (how, times) = self.how(*place, location, rows);
                    reads.add(&location.to_string(), how, times);
                }
                None => reads.add(unplaced(predicate), How::Node, rows),
            });
        }
        part.reads = reads.finish();
        let clauses = std::iter::successors(stage.with.as_ref(), |with: &&WithClause| with.with.as_deref());
        let clauses = clauses.map(|_| "with(...)".to_owned());
        let merges = stage.merge.iter().flat_map(|merge| &merge.queries);
        let merges = merges.map(|query| format!("{{ {}: ... }}", query.name.join(".")));
        let (tables, times) = (part.tables.0, part.rows.0);
        part.reads.extend(clauses.chain(merges).map(|location| Read { location, how: How::Node, tables, times }));
        part
    }

    /// How a location is read in a table, and how often for so many rows.
    fn how(&self, place: crate::graph::TablePlace<'_>, location: &Location, rows: usize) -> (How, usize) {
        match Vector::new(self.view, place, location).lane {
            Lane::Constant(_) => (How::Table, 1),
            Lane::Runs(runs) => (How::Region, runs.len()),
            Lane::Coded(column) => (How::Value, column.len().min(rows)),
            Lane::Column(column) => {
                let cells = (0..place.table().len()).map(|row| column.cell(row));
                let how = match cells.into_iter().find(|cell| !cell.is_null()) {
                    Some(Cell::Int(_) | Cell::Float(_)) => How::Numbers,
                    Some(Cell::Time(_)) => How::Times,
                    _ => How::Text,
                };
                (how, rows)
            }
            Lane::Above(_) => (How::Above, rows),
            Lane::Scattered => (How::Node, rows),
        }
    }
}

/// What a condition that no single field decides asks for.
fn unplaced(predicate: &Predicate) -> &'static str {
    match predicate {
        Predicate::Id(_) => "id(...)",
        Predicate::Phrase(_) => "\"text\"",
        Predicate::DesiredChange { .. } => "has_desired_change(...)",
        _ => "a condition on several fields",
    }
}

/// The locations of an aggregate's groups and operands.
fn locations(aggregate: &AggregatePlan) -> Vec<&Location> {
    let groups = aggregate.groups.iter().flat_map(GroupPlan::readings);
    let operands = aggregate.functions.iter().flat_map(|function| function.operand.readings());
    let mut locations: Vec<&Location> = groups
        .chain(operands)
        .filter_map(|reading| match reading {
            Reading::Node(location) => Some(location),
            Reading::Element { .. } => None,
        })
        .chain(aggregate.unfolding.locations())
        .collect();
    locations.sort();
    locations.dedup();
    locations
}

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for (part, number) in self.parts.iter().zip(1..) {
            let Part { tables, rows, reads, kept, reached, time } = part;
            lines.push(format!("part {number}"));
            lines.push(format!("  scans  {} of {} rows, in {} of {} tables", rows.0, rows.1, tables.0, tables.1));
            lines.extend(reading(reads));
            lines.push(format!("  keeps  {}", counted(*kept, "node")));
            lines.extend(reached.map(|reached| format!("  walks  to {}", counted(reached, "node"))));
            lines.push(format!("  takes  {}", milliseconds(*time)));
        }
        if let Some((rows, time)) = self.rows {
            lines.push("aggregate".to_owned());
            lines.extend(reading(&self.reads));
            lines.push(format!("  yields {}", counted(rows, "row")));
            lines.push(format!("  takes  {} with all parts", milliseconds(time)));
        }
        f.write_str(&lines.join("\n"))
    }
}

/// A line for each read, in columns.
fn reading(reads: &[Read]) -> Vec<String> {
    let width = |text: fn(&Read) -> String| reads.iter().map(|read| text(read).chars().count()).max().unwrap_or(0);
    let (location, times) = (width(|read| read.location.clone()), width(|read| read.times.to_string()));
    let line = |(read, head): (&Read, &str)| {
        let tables = counted(read.tables, "table");
        let Read { location: of, how, times: count, .. } = read;
        format!("  {head:5}  {of:location$}  {count:>times$} x {}, in {tables}", how.as_str())
    };
    reads.iter().zip(std::iter::once("reads").chain(std::iter::repeat(""))).map(line).collect()
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        graph::{Draft, fixture},
        model::{KindModel, Resource},
        search::Query,
    };

    fn explained(text: &str) -> Explanation {
        let volume = |id: u64| {
            let mut volume = Resource::new("volume", format!("v-{id}"));
            volume.properties.insert("volume_size", (id * 7).into());
            volume.properties.insert("volume_status", if id.is_multiple_of(2) { "in-use" } else { "available" }.into());
            volume
        };
        let volumes = (0..100).map(volume).collect();
        let inventory = fixture::inventory(&[("a", volumes), ("b", vec![Resource::new("instance", "i")])]);
        let (inventory, graph) = Draft::new(inventory, Arc::new(KindModel::base())).seal();
        let generation = Generation::new(1, Some(fixture::now()), inventory, graph);
        let plan = Query::parse(text).unwrap().compile(generation.graph.kinds()).unwrap();
        plan.explain(&generation, fixture::now(), Limits::default()).unwrap()
    }

    #[test]
    fn it_says_what_is_scanned_and_how() {
        let text = "aggregate(region as r: sum(volume_size)): \
                    is(volume) and volume_status = in-use and volume_size > 7 and name =~ v <-- is(region)";
        insta::assert_snapshot!(explained(text).without_times(), @r"
        part 1
          scans  100 of 107 rows, in 1 of 8 tables
          reads  name           100 x a text of a column, in 1 table
                 volume_size    100 x a number of a column, in 1 table
                 volume_status    2 x a distinct value, in 1 table
          keeps  49 nodes
          walks  to 1 node
          takes  0.0 ms
        part 2
          scans  1 of 107 rows, in 1 of 8 tables
          keeps  1 node
          takes  0.0 ms
        aggregate
          reads  /ancestors.region.reported.name  1 x the property of an ancestor, in 1 table
                 volume_size                      1 x for a whole table, in 1 table
          yields 1 row
          takes  0.0 ms with all parts
        ");
        let text = "is(volume) { above: <-- all } above.reported.name != x with(empty, --> all)";
        insta::assert_snapshot!("with_and_merge", explained(text).without_times());
    }
}
