//! Buckets: the upper bounds of a histogram, as users write them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{document::Complaint, model::duration, search::size};

/// More buckets than these make a series of every resource.
const BUCKETS_MAX: usize = 50;

/// An upper bound: a number, a size (`10GiB`) or a duration (`30d`).
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    text: String,
    value: f64,
    unit: Option<&'static str>,
}

impl Bound {
    fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let read = |value: f64, unit| Some(Self { text: text.to_owned(), value, unit });
        if let Ok(number) = text.parse::<f64>() {
            return number.is_finite().then(|| read(number, None))?;
        }
        if let Some(bytes) = size::bytes(text) {
            return read(bytes, Some("bytes"));
        }
        read(duration::parse(text).ok()?.as_secs_f64(), Some("seconds"))
    }
}

/// The bounds as numbers in the metric's unit, or everything that is wrong with them; paths start in the list.
pub(super) fn bounds(buckets: &[Bound], unit: Option<&str>) -> Result<Vec<f64>, Vec<Complaint>> {
    let mut complaints = Vec::new();
    if buckets.is_empty() || buckets.len() > BUCKETS_MAX {
        complaints.push(Complaint::new(format!("a histogram has between 1 and {BUCKETS_MAX} buckets")));
    }
    for (index, bound) in buckets.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &buckets[before]);
        if let Some(needed) = bound.unit.filter(|needed| unit != Some(needed)) {
            let complaint = Complaint::new(format!("`{}` is in {needed}, but the metric's unit is not", bound.text));
            complaints.push(complaint.at(index).help(format!("write `unit: {needed}`, or a number without unit")));
        } else if let Some(before) = before.filter(|before| bound.value <= before.value) {
            let complaint = Complaint::new(format!("`{}` is not more than `{}` before it", bound.text, before.text));
            complaints.push(complaint.at(index).help("write the bounds in ascending order; the last bucket has none"));
        }
    }
    if complaints.is_empty() { Ok(buckets.iter().map(|bound| bound.value).collect()) } else { Err(complaints) }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a size such as `10GiB`, or a duration such as `30d`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bound, E> {
                Bound::new(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Bound, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bound, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Bound, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str], unit: Option<&str>) -> Result<Vec<f64>, Vec<String>> {
        let buckets: Vec<Bound> = texts.iter().map(|text| Bound::new(text).unwrap()).collect();
        bounds(&buckets, unit).map_err(|complaints| {
            complaints.into_iter().map(|complaint| format!("{:?} {}", complaint.path, complaint.message)).collect()
        })
    }

    #[test]
    fn bounds_are_numbers_sizes_and_durations() {
        assert_eq!(of(&["-1", "0", "0.5", "1e3"], None), Ok(vec![-1.0, 0.0, 0.5, 1000.0]));
        assert_eq!(of(&["1", "1kB", "1GiB"], Some("bytes")), Ok(vec![1.0, 1e3, 1_073_741_824.0]));
        assert_eq!(of(&["1h", "30d"], Some("seconds")), Ok(vec![3600.0, 2_592_000.0]));
        for text in ["", "inf", "NaN", "many", "1XB", "-"] {
            assert_eq!(Bound::new(text), None, "{text}");
        }
        let read: Vec<Bound> = serde_json::from_str(r#"[1, 0.5, -2, "1GiB"]"#).unwrap();
        assert_eq!(read.iter().map(|bound| bound.value).collect::<Vec<_>>(), [1.0, 0.5, -2.0, 1_073_741_824.0]);
        assert!(serde_json::from_str::<Bound>("true").is_err());
    }

    #[test]
    fn bounds_that_make_no_histogram_are_refused() {
        assert_eq!(of(&[], None), Err(vec!["[] a histogram has between 1 and 50 buckets".to_owned()]));
        assert_eq!(
            of(&["2", "1", "1"], None),
            Err(vec![
                "[Index(1)] `1` is not more than `2` before it".to_owned(),
                "[Index(2)] `1` is not more than `1` before it".to_owned(),
            ])
        );
        assert_eq!(
            of(&["1GiB"], Some("seconds")),
            Err(vec!["[Index(0)] `1GiB` is in bytes, but the metric's unit is not".to_owned()])
        );
    }
}
