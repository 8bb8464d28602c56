//! Single values: the text as written, and what YAML's core schema takes it for.

/// A value that is no list and no map.
///
/// The text is kept as written, so that an account number such as `012345678901` stays text with its leading zero
/// where text is wanted, and is a number only where a number is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    /// Written without quotes and not as a block: may be a number or a truth value.
    pub plain: bool,
}

/// What a scalar is when nobody says what it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Guess<'a> {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
}

impl Scalar {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), plain: true }
    }

    pub fn quoted(text: impl Into<String>) -> Self {
        Self { text: text.into(), plain: false }
    }

    pub(super) fn guess(&self) -> Guess<'_> {
        if !self.plain {
            return Guess::Text(&self.text);
        }
        match self.text.as_str() {
            "true" | "True" | "TRUE" => Guess::Bool(true),
            "false" | "False" | "FALSE" => Guess::Bool(false),
            text => number(text).unwrap_or(Guess::Text(text)),
        }
    }
}

/// Whether a plain scalar stands for "nothing given".
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn number(text: &str) -> Option<Guess<'_>> {
    match text {
        ".inf" | "+.inf" => return Some(Guess::Float(f64::INFINITY)),
        "-.inf" => return Some(Guess::Float(f64::NEG_INFINITY)),
        ".nan" => return Some(Guess::Float(f64::NAN)),
        _ => {}
    }
    // Rust's parser also takes `inf` and `nan`, which YAML reads as words.
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        || text.contains(|c: char| c.is_ascii_alphabetic() && !"eE".contains(c))
    {
        return None;
    }
    text.parse::<u64>()
        .map(Guess::Unsigned)
        .or_else(|_| text.parse::<i64>().map(Guess::Signed))
        .ok()
        .or_else(|| text.parse::<f64>().map(Guess::Float).ok())
}
