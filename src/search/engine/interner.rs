//! The interner: each distinct group value once, while rows are being made.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use hashbrown::{HashTable, hash_table::Entry};
use rustc_hash::FxHasher;

use crate::{
    model::Value,
    search::{datum::Datum, order},
};

/// Values by id; equal values, as [`order::compare`] has it, have one id. Null has the id 0.
#[derive(Debug)]
pub(super) struct Interner {
    values: Vec<Value>,
    hashes: Vec<u64>,
    /// The ids but null's, by hash.
    ids: HashTable<u32>,
}

impl Interner {
    pub(super) const NULL: u32 = 0;

    pub(super) fn new() -> Self {
        Self { values: vec![Value::Null], hashes: vec![0], ids: HashTable::new() }
    }

    /// Every value, in order of id.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(super) fn value(&self, id: u32) -> &Value {
        &self.values[id as usize]
    }

    pub(super) fn intern(&mut self, datum: Datum<'_>) -> u32 {
        match datum {
            Datum::Null => return Self::NULL,
            Datum::Time(time) => return self.intern(Datum::Text(&time.to_string())),
            _ => {}
        }
        let mut hasher = FxHasher::default();
        hash(datum, &mut hasher);
        let hash = hasher.finish();
        let Self { values, hashes, ids } = self;
        let found = ids.entry(hash, |id| equal(datum, &values[*id as usize]), |id| hashes[*id as usize]);
        match found {
            Entry::Occupied(id) => *id.get(),
            Entry::Vacant(place) => {
                let id = u32::try_from(values.len()).expect("there are fewer than four billion group values");
                place.insert(id);
                values.push(datum.to_value());
                hashes.push(hash);
                id
            }
        }
    }

    /// The distinct values of all interners in their order, and for each interner and id the position there.
    pub(super) fn merged(interners: Vec<Self>) -> (Vec<Value>, Vec<Vec<u32>>) {
        let mut interners = interners.into_iter();
        let mut all = interners.next().unwrap_or_else(Self::new);
        let mut ids: Vec<Vec<u32>> = vec![(0..).take(all.values.len()).collect()];
        ids.extend(interners.map(|other| other.values.iter().map(|value| all.intern(value.into())).collect()));
        let (values, ranks) = all.sorted();
        for id in ids.iter_mut().flatten() {
            *id = ranks[*id as usize];
        }
        (values, ids)
    }

    /// The values in their order, and for each id the position there.
    fn sorted(self) -> (Vec<Value>, Vec<u32>) {
        let mut ids: Vec<u32> = (0..).take(self.values.len()).collect();
        ids.sort_unstable_by(|a, b| order::compare(self.value(*a), self.value(*b)));
        let mut ranks = vec![0; ids.len()];
        for (id, rank) in ids.iter().zip(0..) {
            ranks[*id as usize] = rank;
        }
        let mut values = self.values;
        let sorted = ids.iter().map(|id| std::mem::take(&mut values[*id as usize])).collect();
        (sorted, ranks)
    }
}

fn hash(datum: Datum<'_>, hasher: &mut FxHasher) {
    if let Datum::Text(text) = datum {
        return text.hash(hasher);
    }
    std::mem::discriminant(&kind_of(datum)).hash(hasher);
    match datum {
        Datum::Null | Datum::Time(_) | Datum::Text(_) => {}
        Datum::Bool(value) => value.hash(hasher),
        Datum::Tree(Value::Array(items)) => items.iter().for_each(|item| hash(item.into(), hasher)),
        Datum::Tree(Value::Object(fields)) => fields.iter().for_each(|(name, value)| {
            name.hash(hasher);
            hash(value.into(), hasher);
        }),
        Datum::Int(_) | Datum::Float(_) | Datum::Tree(_) => number(datum).to_bits().hash(hasher),
    }
}

/// Numbers are equal whatever they are written as.
fn kind_of(datum: Datum<'_>) -> Datum<'_> {
    match datum {
        Datum::Int(_) | Datum::Tree(Value::Number(_)) => Datum::Float(0.0),
        other => other,
    }
}

fn number(datum: Datum<'_>) -> f64 {
    datum.number().unwrap_or(f64::NAN)
}

fn equal(datum: Datum<'_>, value: &Value) -> bool {
    match (datum, value) {
        (Datum::Null, Value::Null) => true,
        (Datum::Bool(a), Value::Bool(b)) => a == *b,
        (Datum::Text(a), Value::String(b)) => a == b,
        (Datum::Tree(a), b) => order::compare(a, b).is_eq(),
        (Datum::Int(_) | Datum::Float(_), Value::Number(_)) => {
            number(datum).total_cmp(&number(value.into())) == Ordering::Equal
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_have_one_id_however_they_are_written() {
        let mut interner = Interner::new();
        let values = [json!(null), json!(1), json!(1.0), json!("1"), json!([1, {"a": 2}]), json!([1.0, {"a": 2.0}])];
        let ids: Vec<u32> = values.iter().map(|value| interner.intern(value.into())).collect();
        assert_eq!(ids, [0, 1, 1, 2, 3, 3]);
        assert_eq!(interner.intern(Datum::Int(1)), 1);
        let huge = json!(18_446_744_073_709_551_615_u64);
        assert_eq!(interner.intern((&huge).into()), interner.intern(Datum::Float(18_446_744_073_709_551_615.0)));
    }

    #[test]
    fn sorting_follows_the_order_of_values() {
        let mut interner = Interner::new();
        let ids = [json!("b"), json!(7), json!(true), json!("a")].map(|value| interner.intern((&value).into()));
        let (values, ranks) = interner.sorted();
        assert_eq!(values, [json!(null), json!(true), json!(7), json!("a"), json!("b")]);
        assert_eq!(ids.map(|id| ranks[id as usize]), [4, 2, 1, 3]);
    }
}
