//! Owners: a field of the nodes that rows share, such as their region or their instance type.

use crate::{
    graph::{NodeId, TablePlace},
    model::Value,
    search::{datum::Datum, document::View, location::Location},
};

use super::vector::{Lane, Vector, inside, of_owner, row_of};

/// Reads the field that a location leads to, node by node.
///
/// Owners asked for one after the other are mostly in one table, whose column is found once.
#[derive(Debug)]
pub(super) struct Owners<'g, 'l> {
    view: View<'g>,
    location: &'l Location,
    /// The table that was read last, and where the field lies there.
    last: Option<(TablePlace<'g>, Vector<'g, 'l>)>,
}

impl<'g, 'l> Owners<'g, 'l> {
    pub(super) fn new(view: View<'g>, location: &'l Location) -> Self {
        Self { view, location, last: None }
    }

    /// The value at the end of the location's steps, the first where there are several; null of no owner.
    pub(super) fn read<T>(&mut self, owner: Option<NodeId>, f: impl FnOnce(Datum<'_>) -> T) -> T {
        let Some(owner) = owner else { return f(Datum::Null) };
        let row = match &self.last {
            Some((place, _)) => row_of(*place, owner),
            None => None,
        };
        let row = row.unwrap_or_else(|| {
            let graph = &self.view.generation.graph;
            let (shard, table, row) = graph.locate(owner);
            let place = graph.place(shard, table);
            self.last = Some((place, Vector::own(self.view, place, self.location)));
            row
        });
        let Some((_, Vector { lane, steps })) = &self.last else { return f(Datum::Null) };
        let (mut tree, cell);
        let value = match lane {
            Lane::Constant(value) => Datum::from(value),
            Lane::Coded(coded) => {
                (tree, cell) = (Value::Null, coded.entry(coded.code(row)));
                Datum::of(&cell, &mut tree)
            }
            Lane::Column(column) => {
                (tree, cell) = (Value::Null, column.cell(row));
                Datum::of(&cell, &mut tree)
            }
            Lane::Runs(_) | Lane::Above(_) | Lane::Scattered => {
                tree = of_owner(self.view, Some(owner), self.location);
                return f((&inside(tree, &self.location.steps)).into());
            }
        };
        if steps.is_empty() { f(value) } else { f((&inside(value.to_value(), steps)).into()) }
    }
}
