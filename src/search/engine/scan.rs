//! Scans: a condition on all rows of a table at once.

use rustc_hash::FxHashMap;

use crate::{
    graph::{
        TablePlace,
        table::{Cell, Coded, Codes, Column, ColumnName, Field, Numbers},
    },
    model::{KindModel, KindName, Value},
    search::{
        ast::{Connective, Operator},
        datum::Datum,
        document::{Subject, View},
        limits::{Budget, Clock, Exhausted},
        location::{Location, Step},
        operand::Operand,
        phrase::Word,
        predicate::{Predicate, Test, accepts},
    },
};

use super::{
    bits::{Bits, Selection},
    vector::{Lane, Vector, of_owner, row_of},
};

/// What is left of a condition once the kind of the rows is known.
#[derive(Clone, Debug)]
pub(super) enum Residual<'p> {
    Always,
    Never,
    Test(&'p Predicate),
    /// Any of these properties.
    Has(&'p [String]),
    Not(Box<Residual<'p>>),
    Chain {
        first: Box<Residual<'p>>,
        rest: Vec<(Connective, Residual<'p>)>,
    },
}

impl<'p> Residual<'p> {
    pub(super) fn new(predicate: &'p Predicate, kind: &KindName, model: &KindModel) -> Self {
        match predicate {
            Predicate::All => Self::Always,
            Predicate::Is(kinds) if kinds.iter().any(|base| model.is_a(kind, base)) => Self::Always,
            Predicate::Is(_) => Self::Never,
            Predicate::Owns { kinds, .. } if kinds.contains(kind) => Self::Always,
            Predicate::Owns { properties, .. } => Self::Has(properties),
            Predicate::Not(inner) => match Self::new(inner, kind, model) {
                Self::Always => Self::Never,
                Self::Never => Self::Always,
                inner => Self::Not(Box::new(inner)),
            },
            Predicate::Chain { first, rest } => rest.iter().fold(Self::new(first, kind, model), |held, (by, next)| {
                held.and_then(*by, || Self::new(next, kind, model))
            }),
            test => Self::Test(test),
        }
    }

    /// Calls `f` with every condition that is left.
    pub(super) fn each(&self, f: &mut dyn FnMut(&'p Predicate)) {
        match self {
            Self::Test(predicate) => f(predicate),
            Self::Not(inner) => inner.each(f),
            Self::Chain { first, rest } => {
                first.each(f);
                for (_, next) in rest {
                    next.each(f);
                }
            }
            Self::Always | Self::Never | Self::Has(_) => {}
        }
    }

    fn and_then(self, by: Connective, next: impl FnOnce() -> Self) -> Self {
        match (self, by) {
            (Self::Never, Connective::And) => Self::Never,
            (Self::Always, Connective::Or) => Self::Always,
            (Self::Always, Connective::And) | (Self::Never, Connective::Or) => next(),
            (held, by) => match (next(), by) {
                (Self::Always, Connective::And) | (Self::Never, Connective::Or) => held,
                (Self::Never, Connective::And) => Self::Never,
                (Self::Always, Connective::Or) => Self::Always,
                (next, by) => match held {
                    Self::Chain { first, mut rest } => {
                        rest.push((by, next));
                        Self::Chain { first, rest }
                    }
                    held => Self::Chain { first: Box::new(held), rest: vec![(by, next)] },
                },
            },
        }
    }
}

/// Conditions on the rows of one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'g> {
    pub(super) view: View<'g>,
    pub(super) place: TablePlace<'g>,
}

impl<'g> Scan<'g> {
    fn len(&self) -> usize {
        self.place.table().len()
    }

    /// Those of the rows for which the condition holds.
    pub(super) fn select(&self, condition: &Residual<'_>, rows: Selection) -> Selection {
        if rows.is_none() {
            return rows;
        }
        match condition {
            Residual::Always => rows,
            Residual::Never => Selection::None,
            Residual::Not(inner) => {
                let held = self.select(inner, rows.clone());
                rows.difference(&held)
            }
            Residual::Chain { first, rest } => {
                let mut held = self.select(first, rows.clone());
                for (connective, next) in rest {
                    held = match connective {
                        Connective::And => self.select(next, held),
                        Connective::Or => {
                            let others = self.select(next, rows.clone().difference(&held));
                            held.union(others)
                        }
                    };
                }
                held
            }
            Residual::Has(properties) => {
                let columns =
                    properties.iter().filter_map(|name| self.place.table().column(ColumnName::Property(name)));
                columns.fold(Selection::None, |found, column| {
                    let others = rows.clone().difference(&found);
                    found.union(others.filter(self.len(), |row| !column.is_null(row)))
                })
            }
            Residual::Test(predicate) => self.test(predicate, rows),
        }
    }

    /// As [`select`](Self::select) of all rows, which are paid for.
    pub(super) fn select_within(&self, condition: &Residual<'_>, budget: &mut Budget) -> Result<Selection, Exhausted> {
        if matches!(condition, Residual::Never) {
            return Ok(Selection::None);
        }
        budget.steps(self.len())?;
        Ok(self.select(condition, Selection::All))
    }

    fn test(&self, predicate: &Predicate, rows: Selection) -> Selection {
        if let Some(location) = predicate.field() {
            return self.field(predicate, location, rows);
        }
        match predicate {
            Predicate::Id(keys) => {
                let mut found = Bits::new(self.len());
                let nodes = keys.iter().filter_map(|key| self.view.generation.graph.by_key(key));
                found.extend(nodes.filter_map(|node| row_of(self.place, node)));
                rows.intersection(&found.into())
            }
            Predicate::Phrase(phrase) => {
                let candidates = phrase.words().iter().fold(rows, |rows, word| self.mentioning(word, &rows));
                self.one_by_one(predicate, &candidates)
            }
            // Nothing is desired of rows that nobody has marked.
            Predicate::DesiredChange { .. } if self.view.generation.marked().is_empty() => Selection::None,
            _ => self.one_by_one(predicate, &rows),
        }
    }

    /// Those of the rows where a word may be in some column.
    fn mentioning(&self, word: &Word, rows: &Selection) -> Selection {
        let table = self.place.table();
        if word.may_be_in(table.kind()) {
            return rows.clone();
        }
        let unread = [Field::Region, Field::Zone, Field::ProviderLink, Field::Protected].map(ColumnName::Field);
        let columns = table.columns().filter(|(name, _)| !unread.contains(name));
        let mut scratch = String::new();
        columns.fold(Selection::None, |found, (_, column)| {
            let others = rows.clone().difference(&found);
            if others.is_none() {
                return found;
            }
            found.union(match column.coded() {
                Some(coded) => {
                    let entries = u32::try_from(coded.len()).expect("codes are 32 bits");
                    let held: Vec<bool> = (0..entries).map(|code| word.may_be_in_cell(&coded.entry(code))).collect();
                    others.filter(self.len(), |row| held[coded.code(row) as usize])
                }
                None => others.filter(self.len(), |row| match column.text(row, &mut scratch) {
                    Some(text) => word.may_be_in(text),
                    None => word.may_be_in_cell(&column.cell(row)),
                }),
            })
        })
    }

    fn one_by_one(&self, predicate: &Predicate, rows: &Selection) -> Selection {
        rows.filter(self.len(), |row| predicate.holds(&Subject::of(self.view, self.place.node(row))))
    }

    /// A condition that one field decides.
    fn field(&self, predicate: &Predicate, location: &Location, rows: Selection) -> Selection {
        let Vector { lane, steps } = Vector::new(self.view, self.place, location);
        let holds = |value: Datum<'_>| predicate.holds(&Subject::field(value, steps, self.view.now));
        match lane {
            Lane::Constant(value) if holds((&value).into()) => rows,
            Lane::Constant(_) => Selection::None,
            Lane::Coded(coded) => self.coded(coded, &rows, holds),
            Lane::Runs(runs) => {
                let mut found = Bits::new(self.len());
                let mut start = 0;
                for (end, owner) in runs {
                    if holds((&of_owner(self.view, owner, location)).into()) {
                        found.extend(start..end);
                    }
                    start = end;
                }
                rows.intersection(&found.into())
            }
            Lane::Column(column) => self.column(predicate, &column, steps, &rows, holds),
            Lane::Above(ancestors) => {
                let mut known = FxHashMap::default();
                rows.filter(self.len(), |row| {
                    let owner = ancestors.get(row);
                    *known.entry(owner).or_insert_with(|| holds((&of_owner(self.view, owner, location)).into()))
                })
            }
            Lane::Scattered => self.one_by_one(predicate, &rows),
        }
    }

    /// Asks once for each distinct value.
    fn coded(&self, column: Coded<'g>, rows: &Selection, holds: impl Fn(Datum<'_>) -> bool) -> Selection {
        let mut tree = Value::Null;
        let mut holds = |code: u32| holds(Datum::of(&column.entry(code), &mut tree));
        if rows.count(self.len()) < column.len() {
            return rows.filter(self.len(), |row| holds(column.code(row)));
        }
        let entries = u32::try_from(column.len()).expect("codes are 32 bits");
        let held: Vec<bool> = (0..entries).map(&mut holds).collect();
        match held.iter().filter(|held| **held).count() {
            0 => return Selection::None,
            count if count == held.len() => return rows.clone(),
            _ => {}
        }
        let found = match column.codes() {
            Codes::U8(codes) => Bits::from_fn(codes.len(), |row| held[codes[row] as usize]),
            Codes::U16(codes) => Bits::from_fn(codes.len(), |row| held[codes[row] as usize]),
            Codes::U32(codes) => Bits::from_fn(codes.len(), |row| held[codes[row] as usize]),
        };
        Selection::from(found).intersection(rows)
    }

    fn column(
        &self,
        predicate: &Predicate,
        column: &Column<'g>,
        steps: &[Step],
        rows: &Selection,
        holds: impl Fn(Datum<'_>) -> bool,
    ) -> Selection {
        if let Predicate::Compare { quantifier: None, test: Test::Order { operator, operand, as_time }, .. } = predicate
            && steps.is_empty()
            && let Some(found) = self.ordered(column, *operator, operand, *as_time, rows)
        {
            return found;
        }
        let (mut scratch, mut tree) = (String::new(), Value::Null);
        rows.filter(self.len(), |row| match column.text(row, &mut scratch) {
            // A pattern may take its time.
            _ if self.view.clock.is_some_and(Clock::is_over) => false,
            Some(text) => holds(Datum::Text(text)),
            None => holds(Datum::of(&column.cell(row), &mut tree)),
        })
    }

    /// A comparison of numbers, or of times with a time; none where the column is neither.
    fn ordered(
        &self,
        column: &Column<'g>,
        operator: Operator,
        operand: &Operand,
        as_time: bool,
        rows: &Selection,
    ) -> Option<Selection> {
        /// Times are compared as seconds; what is so close is compared exactly.
        const CLOSE: f64 = 1e-3;
        let first = (0..self.len()).map(|row| column.cell(row)).find(|cell| !cell.is_null())?;
        let mut numbers = Vec::new();
        match first {
            Cell::Int(_) | Cell::Float(_) => {
                let bound = operand.number?;
                (column.numbers(&mut numbers) == Numbers::All)
                    .then(|| rows.filter(self.len(), |row| compares(numbers[row], operator, bound)))
            }
            Cell::Time(_) if as_time => {
                let bound = operand.moment?.at(self.view.now)?;
                let seconds = bound.as_duration().as_secs_f64();
                (column.seconds(&mut numbers) == Numbers::All).then(|| {
                    rows.filter(self.len(), |row| {
                        let close = (numbers[row] - seconds).abs() < CLOSE;
                        match close.then(|| column.cell(row)) {
                            Some(Cell::Time(time)) => accepts(operator, time.cmp(&bound)),
                            _ => compares(numbers[row], operator, seconds),
                        }
                    })
                })
            }
            _ => None,
        }
    }
}

/// Whether a number, or NaN for a missing one, stands so to another.
fn compares(number: f64, operator: Operator, other: f64) -> bool {
    match operator {
        Operator::Equal => number == other,
        Operator::NotEqual => number != other,
        Operator::Less => number < other,
        Operator::LessOrEqual => number <= other,
        Operator::Greater => number > other,
        Operator::GreaterOrEqual => number >= other,
        Operator::Matches | Operator::NotMatches | Operator::In | Operator::NotIn => false,
    }
}
