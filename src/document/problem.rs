//! What deserialisation found wrong, and what to say about it.

use std::fmt;

use serde::de;

/// An error of serde with the way to the node it is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) what: What,
    /// Positions of the nodes on the way, innermost first.
    pub(super) steps: Vec<usize>,
    /// It is about the key of the last step, not about its value.
    pub(super) on_key: bool,
}

/// What is wrong, in serde's categories.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    UnknownKey { key: String, expected: &'static [&'static str] },
    UnknownVariant { variant: String, expected: &'static [&'static str] },
    Missing { key: &'static str },
    WrongType { found: String, expected: String },
    WrongValue { found: String, expected: String },
    Other(String),
}

impl Problem {
    pub(super) fn new(what: What) -> Self {
        Self { what, steps: Vec::new(), on_key: false }
    }

    /// Called by every node on the way out.
    pub(super) fn through(mut self, position: usize) -> Self {
        self.steps.push(position);
        self
    }

    /// It is the key at `position` that is wrong.
    pub(super) fn at_key(mut self, position: usize) -> Self {
        self.on_key = true;
        self.through(position)
    }
}

impl What {
    /// What is wrong with the thing called `path`.
    pub(super) fn message(&self, path: &str) -> String {
        let about = if path.is_empty() { String::new() } else { format!("{path}: ") };
        match self {
            Self::UnknownKey { key, .. } if path.is_empty() || path == key => format!("there is no setting `{key}`"),
            Self::UnknownKey { key, .. } => format!("{about}there is no setting `{key}`"),
            Self::UnknownVariant { variant, .. } => format!("{about}`{variant}` is not one of the possible values"),
            Self::Missing { key } => format!("{about}the setting `{key}` is missing"),
            Self::WrongType { found, expected } | Self::WrongValue { found, expected } => {
                format!("{about}expected {expected}, found {found}")
            }
            Self::Other(message) => format!("{about}{message}"),
        }
    }

    /// What would be right.
    pub(super) fn help(&self) -> Option<String> {
        match self {
            Self::UnknownKey { key: given, expected } | Self::UnknownVariant { variant: given, expected } => {
                let one_of = || format!("possible are {}", listed(expected));
                Some(like(given, expected).map_or_else(one_of, |name| format!("did you mean `{name}`?")))
            }
            Self::WrongType { found, expected } if expected == LIST && !found.starts_with("a map") => {
                Some("write one entry per line, each behind `- `, or all in one line as `[a, b]`".to_owned())
            }
            Self::WrongType { found, expected }
                if expected == MAP && found.starts_with("the text") && found.contains(':') =>
            {
                Some("write a space behind the colon".to_owned())
            }
            Self::WrongType { found, .. } if found.starts_with(QUOTED) => Some("remove the quotes".to_owned()),
            _ => None,
        }
    }

    /// The key that was probably meant.
    pub(super) fn meant(&self) -> Option<&'static str> {
        match self {
            Self::UnknownKey { key, expected } => like(key, expected),
            _ => None,
        }
    }
}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Other(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(What::WrongType { found: named(&found), expected: in_words(&expected.to_string()) })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(What::WrongValue { found: named(&found), expected: in_words(&expected.to_string()) })
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Self::new(What::UnknownKey { key: key.to_owned(), expected })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(What::UnknownVariant { variant: variant.to_owned(), expected })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::Missing { key })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what.message(""))
    }
}

impl std::error::Error for Problem {}

const LIST: &str = "a list";
const MAP: &str = "a map of `key: value` lines";
const WHOLE: &str = "a whole number";
const POSITIVE: &str = "a whole number, 0 or more";
const NUMBER: &str = "a number";
const BOOL: &str = "`true` or `false`";
/// How a number or truth value in quotes is called, where the quotes are the mistake.
pub(super) const QUOTED: &str = "the quoted text";

/// Serde's names of types, in the words of someone who writes YAML.
fn in_words(expected: &str) -> String {
    match expected {
        "a boolean" => BOOL,
        "u16" => "a whole number from 0 to 65535",
        "u8" => "a whole number from 0 to 255",
        "u32" | "u64" | "usize" => POSITIVE,
        "i8" | "i16" | "i32" | "i64" | "isize" => WHOLE,
        "f32" | "f64" => NUMBER,
        "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "a string" | "a borrowed string" | "a character" => "a text",
        "a sequence" => LIST,
        "a map" => MAP,
        _ if expected.starts_with("struct ") => MAP,
        _ => return expected.strip_prefix("enum ").map_or_else(|| expected.to_owned(), |_| "a name".to_owned()),
    }
    .to_owned()
}

fn named(found: &de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("the number `{value}`"),
        de::Unexpected::Signed(value) => format!("the number `{value}`"),
        de::Unexpected::Float(value) => format!("the number `{value}`"),
        de::Unexpected::Char(value) => format!("the text `{value}`"),
        de::Unexpected::Str(value) => format!("the text `{value}`"),
        de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// The name that is most like `given`, if any is like it at all.
fn like(given: &str, names: &[&'static str]) -> Option<&'static str> {
    const LIKE: f64 = 0.6;
    let given = given.to_lowercase().replace('-', "_");
    names
        .iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&given, name), *name))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}
