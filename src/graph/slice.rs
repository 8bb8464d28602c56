//! Slices: the rows of a table that one scope listed.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use crate::model::{KindName, RegionId, Resource, ScopeKey};

use super::{
    AccountKey,
    table::{Interner, Table, TableBuilder},
};

/// Consecutive rows of a table: the resources of one scope, sorted by region and id.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// None where there are no rows.
    table: Option<Arc<Table>>,
    start: u32,
    end: u32,
}

impl Slice {
    /// Packs the resources of one scope into a table of their own. Their kind must be the scope's.
    pub fn pack<'a>(scope: &ScopeKey, resources: impl IntoIterator<Item = &'a Resource>) -> Self {
        let mut table = TableBuilder::new(AccountKey::of(scope), scope.kind.clone());
        for resource in resources {
            table.push(&scope.region, resource);
        }
        Self::whole(Arc::new(table.finish()))
    }

    /// Rows of a table.
    ///
    /// # Panics
    ///
    /// Where the table does not have them.
    pub fn new(table: Arc<Table>, rows: Range<u32>) -> Self {
        assert!(rows.start <= rows.end && rows.end as usize <= table.len(), "rows {rows:?} of {}", table.len());
        Self { table: (!rows.is_empty()).then_some(table), start: rows.start, end: rows.end }
    }

    fn whole(table: Arc<Table>) -> Self {
        let end = u32::try_from(table.len()).expect("a table has fewer than 2^32 rows");
        Self { start: 0, end, table: (end > 0).then_some(table) }
    }

    /// The rows of a packed table that were listed in a region.
    fn of_region(table: &Arc<Table>, region: &RegionId) -> Self {
        let mut runs = table.runs().filter(|run| run.scope_region == region);
        match runs.next() {
            None => Self::default(),
            Some(first) => {
                let end = runs.last().map_or(first.end, |last| last.end);
                Self { table: Some(table.clone()), start: first.start, end }
            }
        }
    }

    /// The number of resources.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The table that the rows are in; none where there are none.
    pub fn table(&self) -> Option<&Arc<Table>> {
        self.table.as_ref()
    }

    /// Where in the table the rows are.
    pub fn rows(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether these are the same rows of the same table.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let table = match (&self.table, &other.table) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        table && self.rows() == other.rows()
    }

    /// Every resource, decoded one after the other.
    pub fn resources(&self) -> impl Iterator<Item = Resource> {
        self.table.iter().flat_map(|table| table.resources_of(self.rows()))
    }
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        // Equal resources make equal tables; only slices of tables that differ elsewhere are compared row by row.
        self.is_same(other)
            || self.len() == other.len()
                && (self.rows() == other.rows() && self.table == other.table || self.resources().eq(other.resources()))
    }
}

/// One table of all the slices of a kind, which are an account's as one provider lists it; none of no rows.
///
/// The table they already are, where they are all of it.
pub(super) fn joined<'a>(account: &AccountKey, kind: &KindName, slices: &[&'a Slice]) -> Option<Joined<'a>> {
    let filled = || slices.iter().filter_map(|slice| Some((slice.table.as_ref()?, slice.rows())));
    let (first, _) = filled().next()?;
    let rows: usize = slices.iter().map(|slice| slice.len()).sum();
    if rows == first.len() && filled().all(|(table, _)| Arc::ptr_eq(table, first)) {
        return Some(Joined::Already(first));
    }
    let mut builder = TableBuilder::new(account.clone(), kind.clone());
    for (table, rows) in filled() {
        builder.push_rows(table, rows);
    }
    Some(Joined::Anew(Arc::new(builder.finish())))
}

pub(super) enum Joined<'a> {
    Already(&'a Arc<Table>),
    Anew(Arc<Table>),
}

impl Joined<'_> {
    pub(super) fn table(self) -> Arc<Table> {
        match self {
            Self::Already(table) => table.clone(),
            Self::Anew(table) => table,
        }
    }
}

/// Joins the slices of one account and provider, so that there is one table a kind.
pub(super) fn pack<'a>(scopes: impl Iterator<Item = (&'a ScopeKey, &'a mut Slice)>, interner: &Mutex<Interner>) {
    let interner = || interner.lock().unwrap_or_else(PoisonError::into_inner);
    let mut by_kind: BTreeMap<&KindName, Vec<(&ScopeKey, &mut Slice)>> = BTreeMap::new();
    for (scope, slice) in scopes {
        by_kind.entry(&scope.kind).or_default().push((scope, slice));
    }
    for (kind, scopes) in by_kind {
        let account = AccountKey::of(scopes[0].0);
        let slices: Vec<&Slice> = scopes.iter().map(|(_, slice)| &**slice).collect();
        match joined(&account, kind, &slices) {
            None => {}
            Some(Joined::Already(_)) => {
                if let Some(table) = scopes.into_iter().find_map(|(_, slice)| slice.table.as_mut()) {
                    // A table that nobody else has is that of a single scope and was just listed.
                    match Arc::get_mut(table) {
                        Some(new) => interner().intern(new),
                        None => interner().keep(table),
                    }
                }
            }
            Some(Joined::Anew(mut table)) => {
                interner().intern(Arc::get_mut(&mut table).expect("it was just made"));
                for (scope, slice) in scopes {
                    *slice = Slice::of_region(&table, &scope.region);
                }
            }
        }
    }
}
