//! Literals: the values that a query compares with.

use crate::model::{Map, Value};

/// A value as written; its type is decided by the property it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Number(Number),
    /// Quoted, or bare: `running`, `30d`, `10GB`, `2026-01-01`.
    Text(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

/// A number, kept as it was written: an account `007` is not an account `7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// Reads `[+-]digits[.digits]`.
    pub fn new(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (all_digits(whole) && fraction.is_none_or(all_digits)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn value(&self) -> f64 {
        self.0.parse().expect("signed digits with at most one point are a number")
    }
}

impl Literal {
    /// What a bare word stands for; none where it is neither a number nor text, as `.5`.
    pub fn bare(word: &str) -> Option<Self> {
        match word {
            "null" => return Some(Self::Null),
            "true" => return Some(Self::Bool(true)),
            "false" => return Some(Self::Bool(false)),
            _ => {}
        }
        if let Some(number) = Number::new(word) {
            return Some(Self::Number(number));
        }
        let numeric = word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-'));
        // Of what consists of digits only dates and addresses are text; the rest is a number gone wrong.
        let parts = |separator| word.split(separator).filter(|part: &&str| !part.is_empty()).count();
        let address_or_date = parts('.') > 2 || parts('-') > 2;
        (!word.is_empty() && (!numeric || address_or_date)).then(|| Self::Text(word.to_owned()))
    }

    /// The literal as JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => match number.0.parse::<i64>() {
                Ok(integer) => integer.into(),
                Err(_) => number.value().into(),
            },
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), value.to_value())).collect::<Map<_, _>>())
            }
        }
    }
}
