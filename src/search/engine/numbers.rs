//! Numbers: the operand of a function in all rows of a table at once.

use rustc_hash::FxHashMap;

use crate::{
    graph::{
        TablePlace,
        table::{Cell, Codes, Numbers as Scan},
    },
    model::Value,
    search::{
        accumulator::Scalar,
        aggregate::{Operation, Operator, scalar},
        ast::FunctionKind,
        datum::Datum,
        document::View,
        location::{Location, Step, Whose},
        unfold::Reading,
    },
};

use super::{
    bits::{Bits, Selection},
    owners::Owners,
    vector::{Lane, Vector, inside},
};

/// An operand's value in every row; of rows that were not asked for it says nothing.
#[derive(Clone, Debug)]
pub(super) enum Numbers {
    Constant(Scalar),
    Rows {
        /// NaN where it is missing.
        values: Vec<f64>,
        /// The rows whose value is no number.
        spoiled: Option<Bits>,
    },
}

impl Operation {
    /// Whether the operand costs little in every row, so that it is worth keeping for other rows.
    pub(in crate::search) fn cheap(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Value(Reading::Node(location)) => {
                location.steps.is_empty() && (location.cheap() || matches!(location.whose, Whose::Ancestor(_)))
            }
            Self::Value(Reading::Element { .. }) => false,
            Self::Chain { first, rest } => first.cheap() && rest.iter().all(|(_, operand)| operand.cheap()),
        }
    }

    /// The operand of the rows of a table. Nothing is unfolded there.
    pub(super) fn numbers(
        &self,
        view: View<'_>,
        place: TablePlace<'_>,
        rows: &Selection,
        kind: FunctionKind,
    ) -> Numbers {
        match self {
            Self::Number(number) => Numbers::Constant(Scalar::Number(*number)),
            Self::Value(Reading::Node(location)) if !location.steps.contains(&Step::Each) => {
                location_numbers(view, place, rows, location)
            }
            Self::Value(_) => {
                let mut numbers = Numbers::missing(place.table().len());
                rows.for_each(place.table().len(), |row| {
                    numbers.set(row, self.value(view, place.node(row), &[], kind));
                });
                numbers
            }
            Self::Chain { first, rest } => {
                rest.iter().fold(first.numbers(view, place, rows, kind), |left, (operator, operand)| {
                    left.combine(&operand.numbers(view, place, rows, kind), *operator)
                })
            }
        }
    }
}

impl Numbers {
    fn missing(len: usize) -> Self {
        Self::Rows { values: vec![f64::NAN; len], spoiled: None }
    }

    fn set(&mut self, row: usize, scalar: Scalar) {
        let Self::Rows { values, spoiled } = self else { return };
        match scalar {
            Scalar::Missing => {}
            Scalar::Number(number) => values[row] = number,
            Scalar::NotANumber => spoiled.get_or_insert_with(|| Bits::new(values.len())).extend([row]),
        }
    }

    pub(super) fn get(&self, row: usize) -> Scalar {
        match self {
            Self::Constant(scalar) => *scalar,
            Self::Rows { spoiled: Some(spoiled), .. } if spoiled.contains(row) => Scalar::NotANumber,
            Self::Rows { values, .. } if values[row].is_nan() => Scalar::Missing,
            Self::Rows { values, .. } => Scalar::Number(values[row]),
        }
    }

    fn combine(&self, other: &Self, operator: Operator) -> Self {
        let len = match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => return Self::Constant(operator.apply(*a, *b)),
            (Self::Rows { values, .. }, _) | (_, Self::Rows { values, .. }) => values.len(),
        };
        let spoiled = |numbers: &Self| match numbers {
            Self::Constant(scalar) => *scalar == Scalar::NotANumber,
            Self::Rows { spoiled, .. } => spoiled.is_some(),
        };
        if spoiled(self) || spoiled(other) {
            let mut combined = Self::missing(len);
            for row in 0..len {
                combined.set(row, operator.apply(self.get(row), other.get(row)));
            }
            return combined;
        }
        let number = |scalar: &Scalar| if let Scalar::Number(number) = scalar { *number } else { f64::NAN };
        let values = match (self, other) {
            (Self::Rows { values: left, .. }, Self::Rows { values: right, .. }) => {
                left.iter().zip(right).map(|(left, right)| operator.compute(*left, *right)).collect()
            }
            (Self::Rows { values, .. }, Self::Constant(right)) => {
                let right = number(right);
                values.iter().map(|left| operator.compute(*left, right)).collect()
            }
            (Self::Constant(left), Self::Rows { values, .. }) => {
                let left = number(left);
                values.iter().map(|right| operator.compute(left, *right)).collect()
            }
            (Self::Constant(_), Self::Constant(_)) => Vec::new(),
        };
        Self::Rows { values, spoiled: None }
    }
}

fn location_numbers(view: View<'_>, place: TablePlace<'_>, rows: &Selection, location: &Location) -> Numbers {
    let len = place.table().len();
    if location.age {
        return ages(view, place, rows, location);
    }
    let Vector { lane, steps } = Vector::new(view, place, location);
    let of_datum = |value: Datum<'_>| {
        if steps.is_empty() { of(value) } else { scalar(&inside(value.to_value(), steps)) }
    };
    let mut tree = Value::Null;
    let mut numbers = Numbers::missing(len);
    match lane {
        Lane::Constant(value) => return Numbers::Constant(of_datum((&value).into())),
        Lane::Coded(column) => {
            let entries = u32::try_from(column.len()).expect("codes are 32 bits");
            let entries: Vec<Scalar> =
                (0..entries).map(|code| of_datum(Datum::of(&column.entry(code), &mut tree))).collect();
            if entries.contains(&Scalar::NotANumber) {
                (0..len).for_each(|row| numbers.set(row, entries[column.code(row) as usize]));
                return numbers;
            }
            let entries: Vec<f64> = entries
                .into_iter()
                .map(|scalar| if let Scalar::Number(number) = scalar { number } else { f64::NAN })
                .collect();
            let values = match column.codes() {
                Codes::U8(codes) => codes.iter().map(|code| entries[*code as usize]).collect(),
                Codes::U16(codes) => codes.iter().map(|code| entries[*code as usize]).collect(),
                Codes::U32(codes) => codes.iter().map(|code| entries[*code as usize]).collect(),
            };
            return Numbers::Rows { values, spoiled: None };
        }
        Lane::Column(column) => {
            let mut values = Vec::with_capacity(len);
            if steps.is_empty() && column.numbers(&mut values) == Scan::All {
                return Numbers::Rows { values, spoiled: None };
            }
            // What is kept for other rows must be known of all.
            let rows = if steps.is_empty() { &Selection::All } else { rows };
            rows.for_each(len, |row| numbers.set(row, of_datum(Datum::of(&column.cell(row), &mut tree))));
        }
        Lane::Runs(runs) => {
            let (mut start, mut owners) = (0, Owners::new(view, location));
            for (end, owner) in runs {
                let scalar = owners.read(owner, of);
                (start..end).for_each(|row| numbers.set(row, scalar));
                start = end;
            }
        }
        Lane::Above(ancestors) => {
            let mut owners = Owners::new(view, location);
            let mut known = FxHashMap::default();
            let mut last = (None, Scalar::Missing);
            for row in 0..len {
                let owner = ancestors.get(row);
                if owner != last.0 {
                    last = (owner, *known.entry(owner).or_insert_with(|| owners.read(owner, of)));
                }
                numbers.set(row, last.1);
            }
        }
        Lane::Scattered => {
            rows.for_each(len, |row| numbers.set(row, scalar(&view.value(place.node(row), location))));
        }
    }
    numbers
}

/// The seconds since the times of a location.
fn ages(view: View<'_>, place: TablePlace<'_>, rows: &Selection, location: &Location) -> Numbers {
    let len = place.table().len();
    let mut numbers = Numbers::missing(len);
    let stored = Location { age: false, ..location.clone() };
    let cell = match Vector::new(view, place, &stored).lane {
        Lane::Constant(Value::Null) => return Numbers::Constant(Scalar::Missing),
        Lane::Column(column) => Some(column),
        _ => None,
    };
    rows.for_each(len, |row| {
        numbers.set(
            row,
            match cell.as_ref().map(|column| column.cell(row)) {
                Some(Cell::Null) => Scalar::Missing,
                Some(Cell::Time(time)) => Scalar::Number(view.now.duration_since(time).as_secs_f64()),
                _ => scalar(&view.value(place.node(row), location)),
            },
        );
    });
    numbers
}

fn of(value: Datum<'_>) -> Scalar {
    match value {
        Datum::Null => Scalar::Missing,
        value => value.number().map_or(Scalar::NotANumber, Scalar::Number),
    }
}
