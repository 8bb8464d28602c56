//! The order of values: null, booleans, numbers, text, lists, objects.

use std::cmp::Ordering;

use cloudgauge::{model::Value, search::ast::SortKey};

use super::{Found, Reference, Subject, literal, path::Sort};

impl Reference<'_> {
    pub(super) fn sorted(&self, keys: &[SortKey], mut nodes: Vec<Found>) -> Vec<Found> {
        // By the least important key first: a stable sort keeps what the others have put in order.
        for key in keys.iter().rev() {
            nodes.sort_by(|a, b| {
                let [a, b] = [a, b].map(|found| self.sort_value(key, found));
                if key.descending { compare(&b, &a) } else { compare(&a, &b) }
            });
        }
        nodes
    }

    fn sort_value(&self, key: &SortKey, found: &Found) -> Value {
        let path = &key.path.node;
        let subject = Subject { found, element: None };
        let value = self.values(subject, path).into_iter().next().unwrap_or(Value::Null);
        match self.sort(subject, path) {
            // What is missing has no age and comes last, as the original mirrors its order.
            Sort::Age if value.is_null() => Value::Object(serde_json::Map::new()),
            Sort::Time => match value.as_str().and_then(literal::instant) {
                Some(time) => serde_json::json!(time.as_nanosecond().to_string().parse::<f64>().unwrap()),
                None => value,
            },
            Sort::Age | Sort::Text | Sort::Other => value,
        }
    }
}

pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64().unwrap().partial_cmp(&b.as_f64().unwrap()).unwrap(),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                match compare(a, b) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                }
            }
            a.len().cmp(&b.len())
        }
        (Value::Object(a), Value::Object(b)) => {
            for ((name, a), (other, b)) in a.iter().zip(b) {
                match name.cmp(other).then_with(|| compare(a, b)) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                }
            }
            a.len().cmp(&b.len())
        }
        _ => rank(a).cmp(&rank(b)),
    }
}
