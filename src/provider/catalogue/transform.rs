//! Transforms: what can be done with a value on its way into a property.

use jiff::Timestamp;
use regex::Regex;
use serde::Deserialize;

use super::{
    path::{Path, Scope, text},
    template::Template,
    view::View,
};
use crate::model::{PropertyType, Value};

/// The transforms of one expression as an entry spells them, in the order in which they are applied.
#[derive(Debug, Default)]
pub(super) struct Transforms {
    /// Text that is JSON as what it says; other values, and text that is none, stay.
    pub json: Option<bool>,
    /// A value within the value.
    pub get: Option<Path>,
    /// Elements that are lists themselves as theirs.
    pub flat: Option<bool>,
    /// The host of a URL, which is the bucket of one that begins with `s3://`.
    pub host: Option<bool>,
    /// What is in front of the first occurrence of a text.
    pub before: Option<String>,
    /// What follows the last occurrence of a text.
    pub after: Option<String>,
    /// What follows the last slash.
    pub basename: Option<bool>,
    pub lower: Option<bool>,
    /// What the first group of a regular expression matches; nothing where it does not.
    pub capture: Option<String>,
    /// Text that is a number as number.
    pub number: Option<bool>,
    /// Text such as `500m` or `16Gi` as number of base units.
    pub quantity: Option<bool>,
    pub scale: Option<f64>,
    pub divide: Option<f64>,
    pub round: Option<bool>,
    /// Seconds or milliseconds since 1970 as RFC 3339.
    pub time: Option<Epoch>,
    /// A time as seconds since 1970.
    pub seconds: Option<bool>,
    /// Members by their names in `snake_case`, all the way down.
    pub snake: Option<bool>,
    /// How many elements, or members, there are.
    pub count: Option<bool>,
    pub sum: Option<bool>,
    /// Whether there is a value.
    pub present: Option<bool>,
    /// Whether there is a value with something in it.
    pub not_empty: Option<bool>,
    /// Whether it is this value; a text may be a template.
    pub eq: Option<Value>,
    pub starts_with: Option<String>,
    pub contains: Option<String>,
}

/// The unit of a time that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Epoch {
    Seconds,
    Milliseconds,
}

/// One step between a value and a property.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Transform {
    Json,
    Get(Path),
    Flat,
    Host,
    Before(String),
    After(String),
    Lower,
    Capture(Pattern),
    Number,
    Quantity,
    Scale(f64),
    Round,
    Time(Epoch),
    Seconds,
    Snake,
    Count,
    Sum,
    Present(bool),
    NotEmpty(bool),
    Eq(Value),
    EqText(Template),
    StartsWith(String),
    Contains(String),
}

/// A regular expression with a group; equal to those that are written the same.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let regex = Regex::new(text).map_err(|error| error.to_string())?;
        if regex.captures_len() < 2 {
            return Err(format!("`{text}` has no group to capture; put parentheses around what is wanted"));
        }
        Ok(Self(regex))
    }

    fn capture(&self, text: &str) -> Option<String> {
        Some(self.0.captures(text)?.get(1)?.as_str().to_owned())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Transforms {
    /// The transforms that are asked for, in order.
    pub(super) fn into_list(self) -> Result<Vec<Transform>, String> {
        let on = |flag: Option<bool>, transform| flag.unwrap_or(false).then_some(transform);
        let eq = match self.eq {
            Some(Value::String(text)) if text.contains('{') => {
                Some(Transform::EqText(Template::parse(&text).map_err(|error| error.to_string())?))
            }
            eq => eq.map(Transform::Eq),
        };
        let capture = self.capture.as_deref().map(Pattern::parse).transpose()?.map(Transform::Capture);
        if self.divide == Some(0.0) {
            return Err("`divide` by zero".to_owned());
        }
        let all = [
            on(self.json, Transform::Json),
            self.get.map(Transform::Get),
            on(self.flat, Transform::Flat),
            on(self.host, Transform::Host),
            self.before.map(Transform::Before),
            self.after.map(Transform::After),
            on(self.basename, Transform::After("/".to_owned())),
            on(self.lower, Transform::Lower),
            capture,
            on(self.number, Transform::Number),
            on(self.quantity, Transform::Quantity),
            self.scale.map(Transform::Scale),
            self.divide.map(|divisor| Transform::Scale(divisor.recip())),
            on(self.round, Transform::Round),
            self.time.map(Transform::Time),
            on(self.seconds, Transform::Seconds),
            on(self.snake, Transform::Snake),
            on(self.count, Transform::Count),
            on(self.sum, Transform::Sum),
            self.present.map(Transform::Present),
            self.not_empty.map(Transform::NotEmpty),
            eq,
            self.starts_with.map(Transform::StartsWith),
            self.contains.map(Transform::Contains),
        ];
        Ok(all.into_iter().flatten().collect())
    }
}

impl Transform {
    /// Applies the transform; to each element of a list where it is about single values.
    ///
    /// What it cannot be applied to becomes nothing.
    pub(super) fn apply(&self, value: Option<Value>, scope: &Scope<'_>) -> Option<Value> {
        match (self, value) {
            (Self::Present(expected), value) => Some(Value::Bool(value.is_some() == *expected)),
            (Self::NotEmpty(expected), value) => Some(Value::Bool(value.is_some_and(|v| size(&v) > 0) == *expected)),
            (Self::Eq(expected), value) => Some(Value::Bool(value.as_ref() == Some(expected))),
            (Self::EqText(expected), value) => {
                let expected = expected.render(scope);
                Some(Value::Bool(expected.is_some() && value.as_ref().and_then(text) == expected))
            }
            (Self::StartsWith(start), Some(Value::String(text))) => Some(Value::Bool(text.starts_with(start))),
            (Self::Contains(part), Some(Value::String(text))) => Some(Value::Bool(text.contains(part))),
            (Self::Count, Some(value)) => Some(size(&value).into()),
            (Self::Sum, Some(Value::Array(list))) => {
                let whole = list.iter().try_fold(0_i64, |sum, value| sum.checked_add(value.as_i64()?));
                whole.map(Value::from).or_else(|| number(list.iter().filter_map(Value::as_f64).sum()))
            }
            (Self::Snake, Some(value)) => Some(View::from(&value).to_snake()),
            (Self::Flat, Some(Value::Array(list))) => Some(list.into_iter().flat_map(elements).collect()),
            (_, Some(Value::Array(list))) => {
                Some(list.into_iter().filter_map(|element| self.apply_to_one(element)).collect())
            }
            (_, Some(value)) => self.apply_to_one(value),
            (_, None) => None,
        }
    }

    /// The type of what it yields, where that does not depend on what it is applied to.
    pub(super) fn property_type(&self) -> Option<PropertyType> {
        match self {
            Self::Present(_)
            | Self::NotEmpty(_)
            | Self::Eq(_)
            | Self::EqText(_)
            | Self::StartsWith(_)
            | Self::Contains(_) => Some(PropertyType::Bool),
            Self::Count | Self::Round => Some(PropertyType::Int),
            Self::Sum | Self::Number | Self::Quantity | Self::Scale(_) | Self::Seconds => Some(PropertyType::Float),
            Self::Time(_) => Some(PropertyType::Datetime),
            Self::Json => Some(PropertyType::Object),
            Self::Host | Self::Before(_) | Self::After(_) | Self::Lower | Self::Capture(_) => {
                Some(PropertyType::String)
            }
            // A list of members is a list still: its path says so.
            Self::Get(_) | Self::Flat | Self::Snake => None,
        }
    }

    fn apply_to_one(&self, value: Value) -> Option<Value> {
        match (self, value) {
            (Self::Json, Value::String(text)) => Some(serde_json::from_str(&text).unwrap_or(Value::String(text))),
            (Self::Json | Self::Flat, value) => Some(value),
            (Self::Get(path), value) => path.value(&Scope::new(&value)),
            (Self::Host, Value::String(text)) => {
                let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
                rest.split('/').next().map(Value::from)
            }
            (Self::Before(end), Value::String(text)) => {
                Some(Value::from(text.split_once(end).map_or(text.as_str(), |(front, _)| front)))
            }
            (Self::After(start), Value::String(text)) => {
                Some(Value::from(text.rsplit_once(start).map_or(text.as_str(), |(_, rest)| rest)))
            }
            (Self::Capture(pattern), Value::String(text)) => pattern.capture(&text).map(Value::from),
            (Self::Lower, Value::String(text)) => Some(Value::from(text.to_lowercase())),
            (Self::Number, Value::String(text)) => text.trim().parse().ok().map(Value::Number),
            (Self::Number | Self::Quantity, Value::Number(number)) => Some(Value::Number(number)),
            (Self::Quantity, Value::String(text)) => number(quantity(&text)?),
            (Self::Scale(factor), value) => number(value.as_f64()? * factor),
            (Self::Round, value) => {
                #[expect(clippy::cast_possible_truncation, reason = "a float beyond an i64 saturates, as it should")]
                let rounded = value.as_f64()?.round() as i64;
                Some(rounded.into())
            }
            (Self::Seconds, Value::String(text)) => number(seconds(text.parse().ok()?)),
            (Self::Time(unit), value) => {
                let count: f64 = text(&value)?.parse().ok()?;
                let seconds = if *unit == Epoch::Milliseconds { count / 1_000.0 } else { count };
                let since = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
                Some(Value::from(Timestamp::from_duration(since).ok()?.to_string()))
            }
            _ => None,
        }
    }
}

/// Seconds since 1970, with their fraction.
fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// The elements of a list, or the value itself.
fn elements(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        other => vec![other],
    }
}

fn number(value: f64) -> Option<Value> {
    serde_json::Number::from_f64(value).map(Value::Number)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.len(),
        Value::Object(members) => members.len(),
        Value::String(text) => text.chars().count(),
        Value::Null => 0,
        Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// Kubernetes' notation of quantities: decimal and binary prefixes, `m` for thousandths.
fn quantity(text: &str) -> Option<f64> {
    const PREFIXES: [(&str, f64); 15] = [
        ("Ki", 1_024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let text = text.trim();
    let prefixed = PREFIXES.iter().find_map(|(prefix, factor)| Some((text.strip_suffix(prefix)?, factor)));
    let (digits, factor) = prefixed.unwrap_or((text, &1.0));
    Some(digits.parse::<f64>().ok()? * factor)
}

/// `EnableDnsAAAARecord` as `enable_dns_aaaa_record`: a capital begins a word after a small letter or in front of one.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let small = |letter: Option<&u8>| letter.is_some_and(|l| l.is_ascii_lowercase() || l.is_ascii_digit());
    let letters = name.as_bytes();
    let mut copied = 0;
    for (position, letter) in letters.iter().enumerate().filter(|(_, letter)| letter.is_ascii_uppercase()) {
        snake.push_str(&name[copied..position]);
        let last = position.checked_sub(1).map(|last| letters[last]);
        let begins = last.is_some_and(|last| last != b'_' && (small(Some(&last)) || small(letters.get(position + 1))));
        if begins {
            snake.push('_');
        }
        snake.push(char::from(letter.to_ascii_lowercase()));
        copied = position + 1;
    }
    snake.push_str(&name[copied..]);
    snake
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply(transform: &Transform, value: Value) -> Option<Value> {
        transform.apply(Some(value), &Scope::new(&Value::Null))
    }

    #[test]
    fn who_a_policy_names_is_taken_out_of_it() {
        let document = json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "*"]}},
            {"Effect": "Allow", "Principal": {"AWS": "222222222222"}},
            {"Effect": "Deny", "Principal": {"AWS": "333333333333"}},
        ]});
        let capture = "^(?:arn:aws:iam::)?([0-9]{12})(?::root)?$";
        let transforms = Transforms {
            json: Some(true),
            get: Some(Path::parse("Statement[Effect=Allow].Principal.AWS").unwrap()),
            flat: Some(true),
            capture: Some(capture.to_owned()),
            ..Transforms::default()
        };
        let transforms = transforms.into_list().unwrap();
        let of = |value: Value| {
            let scope = Scope::new(&Value::Null);
            transforms.iter().try_fold(value, |value, transform| transform.apply(Some(value), &scope))
        };
        assert_eq!(of(Value::from(document.to_string())), Some(json!(["111111111111", "222222222222"])));
        assert_eq!(of(document), Some(json!(["111111111111", "222222222222"])));
        for (wrong, says) in [("(", "unclosed group"), ("abc", "no group")] {
            let error =
                Transforms { capture: Some(wrong.to_owned()), ..Transforms::default() }.into_list().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn texts_are_cut_and_parsed() {
        assert_eq!(apply(&Transform::After("/".into()), json!("https://q/1/jobs")), Some(json!("jobs")));
        assert_eq!(apply(&Transform::After("/".into()), json!("plain")), Some(json!("plain")));
        assert_eq!(apply(&Transform::Before(":".into()), json!("host:80:x")), Some(json!("host")));
        assert_eq!(apply(&Transform::Host, json!("s3://bucket/a/b")), Some(json!("bucket")));
        assert_eq!(apply(&Transform::Lower, json!(["A", "B"])), Some(json!(["a", "b"])));
        assert_eq!(apply(&Transform::Number, json!("42")), Some(json!(42)));
        assert_eq!(apply(&Transform::Number, json!("4x")), None);
        assert_eq!(apply(&Transform::Json, json!("{\"a\":1}")), Some(json!({"a": 1})));
        assert_eq!(apply(&Transform::Json, json!("not json")), Some(json!("not json")));
        assert_eq!(apply(&Transform::Time(Epoch::Seconds), json!("1700000000")), Some(json!("2023-11-14T22:13:20Z")));
        assert_eq!(
            apply(&Transform::Time(Epoch::Milliseconds), json!(1_700_000_000_500_i64)),
            Some(json!("2023-11-14T22:13:20.5Z"))
        );
        assert_eq!(apply(&Transform::Seconds, json!("2023-11-14T22:13:20Z")), Some(json!(1_700_000_000.0)));
        assert_eq!(apply(&Transform::Seconds, json!("tomorrow")), None);
    }

    #[test]
    fn numbers_are_scaled_counted_and_summed() {
        assert_eq!(apply(&Transform::Scale(1.0 / 1024.0), json!(8192)), Some(json!(8.0)));
        assert_eq!(apply(&Transform::Round, json!(3.6)), Some(json!(4)));
        assert_eq!(apply(&Transform::Count, json!([1, 2])), Some(json!(2)));
        assert_eq!(apply(&Transform::Sum, json!([1, 2.5])), Some(json!(3.5)));
        assert_eq!(apply(&Transform::Quantity, json!("16Gi")), Some(json!(17_179_869_184.0)));
        assert_eq!(apply(&Transform::Quantity, json!("500m")), Some(json!(0.5)));
        assert_eq!(apply(&Transform::Quantity, json!("four")), None);
    }

    #[test]
    fn names_are_split_where_words_begin() {
        for (name, expected) in [
            ("AvailabilityZone", "availability_zone"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("EnableResourceNameDnsAAAARecord", "enable_resource_name_dns_aaaa_record"),
            ("TargetGroupARNs", "target_group_ar_ns"),
            ("HttpProtocolIpv6", "http_protocol_ipv6"),
            ("oidc", "oidc"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
