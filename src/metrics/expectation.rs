//! Expectations: what the unit test of a metric wants to see on the page.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    ops::Range,
    str,
    sync::Arc,
};

use super::{
    Family,
    exposition::{Exposition, ExpositionError, Format},
};

/// Two values are equal if they differ by no more than this share: what is summed up in another order may round
/// otherwise.
const TOLERANCE: f64 = 1e-12;

/// Series with their values, by what identifies a series: its name and its labels, those without a value left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    series: BTreeMap<Series, f64>,
}

/// A series that is not as it was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub series: String,
    /// None for a series that nobody expected.
    pub expected: Option<f64>,
    /// None for a series that is missing.
    pub found: Option<f64>,
}

/// Text that is no exposition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpectationError {
    pub message: String,
    /// The bytes of the text that are meant.
    pub within: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
}

impl Expectation {
    /// Reads samples in Prometheus' text format; comments and blank lines say nothing.
    pub fn parse(text: &str) -> Result<Self, ExpectationError> {
        let mut series = BTreeMap::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at + (line.len() - line.trim_start().len());
            let content = line.trim();
            at += line.len();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let error = |message: String| ExpectationError { message, within: start..start + content.len() };
            let (key, value) = sample(content).map_err(error)?;
            match series.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(entry) => return Err(error(format!("{} is expected twice", entry.key()))),
            }
        }
        Ok(Self { series })
    }

    /// How the families differ from what is expected, ordered by series.
    pub fn differences(&self, families: &[Arc<Family>]) -> Result<Vec<Difference>, ExpositionError> {
        let page = Exposition::new(families.iter().cloned())?.encode(Format::Text004);
        let page = str::from_utf8(&page).expect("an exposition is text");
        let found = Self::parse(page).expect("an exposition can be read").series;
        let equal = |a: f64, b: f64| a == b || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
        let mut differences = Vec::new();
        for (series, value) in &self.series {
            let found = found.get(series).copied();
            if !found.is_some_and(|found| equal(found, *value)) {
                differences.push((series, Some(*value), found));
            }
        }
        let unexpected = found.iter().filter(|(series, _)| !self.series.contains_key(series));
        differences.extend(unexpected.map(|(series, value)| (series, None, Some(*value))));
        differences.sort_by_key(|(series, ..)| *series);
        let difference =
            |(series, expected, found): (&Series, _, _)| Difference { series: series.to_string(), expected, found };
        Ok(differences.into_iter().map(difference).collect())
    }

    /// Whether a series of the metric is expected; a histogram's series have names of their own.
    pub fn has(&self, metric: &str) -> bool {
        let suffixes = ["", "_bucket", "_sum", "_count"];
        self.series
            .keys()
            .any(|series| series.name.strip_prefix(metric).is_some_and(|suffix| suffixes.contains(&suffix)))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let labels: Vec<_> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        if labels.is_empty() { Ok(()) } else { write!(f, "{{{}}}", labels.join(",")) }
    }
}

/// Reads `name{label="value",...} number`.
fn sample(line: &str) -> Result<(Series, f64), String> {
    const FORM: &str = "a sample is written `name{label=\"value\"} 1`";
    let name_end = line.find(['{', ' ']).ok_or_else(|| format!("there is no value; {FORM}"))?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner.trim_start();
        while !rest.starts_with('}') {
            let (label, quoted) = rest.split_once("=\"").ok_or_else(|| format!("the labels do not end; {FORM}"))?;
            let (value, after) = quoted_text(quoted).ok_or_else(|| format!("label `{label}` does not end; {FORM}"))?;
            // A bound is a number, however it is written.
            let value = match value.parse::<f64>() {
                Ok(bound) if label.trim() == "le" => bound.to_string(),
                _ => value,
            };
            // To Prometheus a label without a value is not there.
            if !value.is_empty() && labels.insert(label.trim().to_owned(), value).is_some() {
                return Err(format!("label `{label}` is there twice"));
            }
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        rest = &rest[1..];
    }
    let number = rest.trim();
    let value = number.parse().map_err(|_| format!("`{number}` is no number; {FORM}"))?;
    Ok((Series { name: name.to_owned(), labels }, value))
}

/// The text up to the closing quotation mark, and what follows it.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[position + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped => value.push(escaped),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::FamilyKind;

    fn families() -> Vec<Arc<Family>> {
        let samples = vec![(["a \"b\"\\\n", ""], 0.1 + 0.2), (["c", "x"], 3.0), (["d", "x"], f64::INFINITY)];
        let family = Family::new("volumes", "Volumes.", FamilyKind::Gauge, ["name", "type"]).unwrap();
        vec![Arc::new(family.with_samples(samples).unwrap())]
    }

    fn differences(expected: &str) -> Vec<(String, Option<f64>, Option<f64>)> {
        let differences = Expectation::parse(expected).unwrap().differences(&families()).unwrap();
        differences.into_iter().map(|difference| (difference.series, difference.expected, difference.found)).collect()
    }

    #[test]
    fn equal_series_are_equal_however_they_are_written() {
        let expected = r#"
            # HELP volumes Volumes.
            volumes{ type="x", name="c", } 3.0
            volumes{name="d",type="x"} +Inf

            volumes{name="a \"b\"\\\n"} 0.3
        "#;
        assert_eq!(differences(expected), []);
    }

    #[test]
    fn what_differs_is_listed_by_series() {
        let expected = "volumes{name=\"c\",type=\"x\"} 4\nvolumes 1\nvolumes{name=\"d\",type=\"x\"} +Inf\n";
        let found = differences(expected);
        let sum = 0.1 + 0.2;
        assert_eq!(
            found,
            [
                ("volumes".to_owned(), Some(1.0), None),
                (r#"volumes{name="a \"b\"\\\n"}"#.to_owned(), None, Some(sum)),
                (r#"volumes{name="c",type="x"}"#.to_owned(), Some(4.0), Some(3.0)),
            ]
        );
    }

    #[test]
    fn text_that_is_no_exposition_is_refused_with_its_place() {
        let refused = |text: &str| {
            let error = Expectation::parse(text).unwrap_err();
            (text[error.within.clone()].to_owned(), error.message)
        };
        let form = "a sample is written `name{label=\"value\"} 1`";
        assert_eq!(refused("a 1\n  b{c=\"d\"}\n"), ("b{c=\"d\"}".to_owned(), format!("`` is no number; {form}")));
        assert_eq!(refused("a{b=\"c} 1").1, format!("label `b` does not end; {form}"));
        assert_eq!(refused("a{b} 1").1, format!("the labels do not end; {form}"));
        assert_eq!(refused("alone").1, format!("there is no value; {form}"));
        assert_eq!(refused("a{b=\"c\",b=\"d\"} 1").1, "label `b` is there twice");
        assert_eq!(refused("a{b=\"c\"} 1\na{b=\"c\"} 2").1, "a{b=\"c\"} is expected twice");
    }

    #[test]
    fn a_histogram_is_expected_by_its_series() {
        let expected = Expectation::parse("size_bytes_bucket{le=\"1\"} 1\nother 2\n").unwrap();
        assert_eq!(expected, Expectation::parse("size_bytes_bucket{le=\"1e0\"} 1\nother 2\n").unwrap());
        assert!(expected.has("size_bytes") && expected.has("other"));
        assert!(!expected.has("size") && !expected.has("oth"));
    }
}
