//! Templates: named pieces of queries that `expand(name, key=value)` stands for.
//!
//! They are put in before a query is read, so a template may hold anything that a query may.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    error::{Complaint, QueryText, Span},
    literal::Literal,
    parser,
    scanner::Scanner,
};

/// What stands in front of the brackets.
const CALL: &str = "expand";

/// How deeply templates may use templates.
const DEPTH_MAX: usize = 16;

/// Named pieces of queries; `{{key}}` in a text is replaced by what the call gives for the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Templates(BTreeMap<String, String>);

/// A part of the expanded text that stands for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    /// In the expanded text.
    pub(super) to: Span,
    /// In the text as it was written.
    pub(super) from: Span,
}

/// A call as it was written.
struct Call<'t> {
    /// From `expand` to the closing bracket.
    span: Span,
    name: String,
    name_span: Span,
    values: Vec<(&'t str, Span, Given)>,
}

/// What a call gives for a key.
enum Given {
    /// Bare, or a list: put in as it is.
    Piece(String),
    /// In quotes: one text, wherever it is put in.
    Text(String),
}

impl Given {
    /// The value as it is written in the middle of a query, or within a quoted text of it.
    fn written(&self, quoted: bool) -> String {
        let (Self::Piece(text) | Self::Text(text)) = self;
        match self {
            // A quote in a value must not end the text that it stands in.
            _ if quoted => text.replace('\\', "\\\\").replace('"', "\\\""),
            Self::Piece(piece) => piece.clone(),
            Self::Text(text) => Literal::Text(text.clone()).to_string(),
        }
    }
}

impl Templates {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the templates themselves: the name of each, and why.
    pub fn problems(&self) -> Vec<(&str, String)> {
        let problem = |(name, text): (&'_ String, &'_ String)| {
            if !super::scanner::is_name(name) {
                return Some("the name of a template has letters, digits, `_` and `-`".to_owned());
            }
            if text.trim().is_empty() {
                return Some("a template needs a text".to_owned());
            }
            self.check(name, &mut Vec::new()).err()
        };
        self.0.iter().filter_map(|entry| Some((entry.0.as_str(), problem(entry)?))).collect()
    }

    /// The query with every call replaced; calls in quotes or backticks are text.
    pub(super) fn expand(&self, text: &str) -> Result<QueryText, Complaint> {
        let mut expanded = String::new();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(call) = next_call(text, at)? {
            expanded.push_str(&text[at..call.span.start]);
            let start = expanded.len();
            expanded.push_str(&self.replacement(&call, 1)?);
            if expanded.len() > parser::LENGTH_MAX {
                let message = format!("the expanded query has more than {} bytes", parser::LENGTH_MAX);
                return Err(Complaint::new(call.span, message));
            }
            parts.push(Expanded { to: Span::new(start, expanded.len()), from: call.span });
            at = call.span.end;
        }
        if parts.is_empty() {
            return Ok(QueryText::from(text));
        }
        expanded.push_str(&text[at..]);
        Ok(QueryText::expanded(text, &expanded, parts))
    }

    /// The text that a call stands for; the complaint is about the call.
    fn replacement(&self, call: &Call<'_>, depth: usize) -> Result<String, Complaint> {
        let text = self.0.get(&call.name).ok_or_else(|| self.unknown(call))?;
        if depth > DEPTH_MAX {
            let message = format!("templates use each other more than {DEPTH_MAX} levels deep");
            return Err(Complaint::new(call.span, message).help(format!("`{}` probably uses itself", call.name)));
        }
        let broken = |complaint: Complaint| {
            let help = complaint.help.or(complaint.label).unwrap_or_default();
            Complaint::new(call.span, format!("in template `{}`: {}", call.name, complaint.message)).help(help)
        };
        let filled = fill(text, call)?;
        let mut whole = String::new();
        let mut at = 0;
        while let Some(inner) = next_call(&filled, at).map_err(broken)? {
            whole.push_str(&filled[at..inner.span.start]);
            whole.push_str(
                &self.replacement(&inner, depth + 1).map_err(|complaint| Complaint { span: call.span, ..complaint })?,
            );
            if whole.len() > parser::LENGTH_MAX {
                return Err(Complaint::new(call.span, "the expanded query is too long"));
            }
            at = inner.span.end;
        }
        whole.push_str(&filled[at..]);
        // What is one condition in the template stays one, whatever stands around the call.
        Ok(if parser::is_chain(&whole) { format!("({whole})") } else { whole })
    }

    fn unknown(&self, call: &Call<'_>) -> Complaint {
        let complaint = Complaint::new(call.name_span, format!("there is no template `{}`", call.name));
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        match (super::error::most_alike(&call.name, names.iter().copied()), names.as_slice()) {
            (Some(like), _) => complaint.help(format!("did you mean `{like}`?")),
            (None, []) => complaint.help("the configuration defines none in `search.templates`"),
            (None, names) => complaint.help(format!("the templates are {}", names.join(", "))),
        }
    }

    /// Follows the calls in a template without filling anything in.
    fn check(&self, name: &str, open: &mut Vec<String>) -> Result<(), String> {
        if open.iter().any(|other| other == name) {
            return Err(format!("the template uses itself: {} → {name}", open.join(" → ")));
        }
        let Some(text) = self.0.get(name) else { return Err(format!("it uses `{name}`, which does not exist")) };
        open.push(name.to_owned());
        let mut at = 0;
        while let Some(call) = next_call(text, at).map_err(|complaint| complaint.message)? {
            self.check(&call.name, open)?;
            at = call.span.end;
        }
        open.pop();
        keys(text).map(drop)
    }
}

impl<N: Into<String>, T: Into<String>> FromIterator<(N, T)> for Templates {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(templates: I) -> Self {
        Self(templates.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }
}

/// The next call from a position on, which is not within quotes.
fn next_call(text: &str, from: usize) -> Result<Option<Call<'_>>, Complaint> {
    let mut quoted = None;
    let mut escaped = false;
    let mut before = ' ';
    for (offset, character) in text[from..].char_indices() {
        let index = from + offset;
        let word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '/');
        match quoted {
            Some('"') if escaped => escaped = false,
            Some('"') if character == '\\' => escaped = true,
            Some(quote) if character == quote => quoted = None,
            None if matches!(character, '"' | '`') => quoted = Some(character),
            None if !word(before) && text[index..].starts_with(CALL) => {
                let mut scanner = Scanner::at(text, index);
                if scanner.word() == CALL && scanner.word_then("(") {
                    return call(scanner).map(Some);
                }
            }
            Some(_) | None => {}
        }
        before = character;
    }
    Ok(None)
}

/// Reads `expand(name, key=value, ...)`.
fn call(mut scanner: Scanner<'_>) -> Result<Call<'_>, Complaint> {
    let start = scanner.here();
    scanner.eat_word(CALL);
    scanner.eat("(");
    let wrong = |scanner: &mut Scanner<'_>, expected: &str| {
        let here = scanner.here();
        let end = scanner.rest().chars().next().map_or(here, |next| here + next.len_utf8());
        Complaint::new(Span::new(here, end), "this call of a template cannot be read")
            .label(expected)
            .help("as in `expand(name)` or `expand(name, key=value)`")
    };
    let name_start = scanner.here();
    let name = text_of(&mut scanner).ok_or_else(|| wrong(&mut scanner, "expected the name of a template"))?;
    let name_span = scanner.since(name_start);
    let mut values: Vec<(&str, Span, Given)> = Vec::new();
    while scanner.eat(",") {
        let key_start = scanner.here();
        let key = scanner.name();
        if key.is_empty() {
            return Err(wrong(&mut scanner, "expected a key"));
        }
        let key_span = scanner.since(key_start);
        if values.iter().any(|(other, ..)| *other == key) {
            return Err(Complaint::new(key_span, format!("the key `{key}` is given twice")));
        }
        if !scanner.eat("=") {
            return Err(wrong(&mut scanner, "expected `=`"));
        }
        let value_start = scanner.here();
        let value = match scanner.peek() {
            Some('[') => scanner.until(']').map(|_| Given::Piece(scanner.text_since(value_start).to_owned())),
            Some('"') => text_of(&mut scanner).map(Given::Text),
            _ => text_of(&mut scanner).map(Given::Piece),
        };
        let value = value.ok_or_else(|| wrong(&mut scanner, "expected a value"))?;
        values.push((key, key_span, value));
    }
    if !scanner.eat(")") {
        return Err(wrong(&mut scanner, "expected `,` or `)`"));
    }
    Ok(Call { span: scanner.since(start), name, name_span, values })
}

fn text_of(scanner: &mut Scanner<'_>) -> Option<String> {
    if scanner.eat("\"") {
        return scanner.quoted();
    }
    Some(scanner.bare().to_owned()).filter(|word| !word.is_empty())
}

/// The template's text with the values of a call in it.
fn fill(text: &str, call: &Call<'_>) -> Result<String, Complaint> {
    let about = |message: String| Complaint::new(call.span, format!("in template `{}`: {message}", call.name));
    let pieces = keys(text).map_err(about)?;
    let value = |key: &str| call.values.iter().find(|(given, ..)| *given == key).map(|(.., value)| value);
    let missing: Vec<&str> = pieces.iter().map(|(_, key)| *key).filter(|key| value(key).is_none()).collect();
    if let Some(first) = missing.first() {
        let complaint = Complaint::new(call.span, format!("template `{}` needs a value for `{first}`", call.name));
        return Err(complaint.help(format!("as in `expand({}, {first}=value)`", call.name)));
    }
    if let Some((key, span, _)) = call.values.iter().find(|(given, ..)| pieces.iter().all(|(_, key)| key != given)) {
        let complaint = Complaint::new(*span, format!("template `{}` has no key `{key}`", call.name));
        let keys: Vec<&str> = pieces.iter().map(|(_, key)| *key).collect();
        return Err(match keys.as_slice() {
            [] => complaint.help("it has no keys at all"),
            keys => complaint.help(format!("its keys are {}", keys.join(", "))),
        });
    }
    let mut filled = String::new();
    let mut quotes = false;
    let mut rest = text;
    for (before, key) in pieces {
        quotes ^= unescaped_quotes(before) % 2 == 1;
        filled.push_str(before);
        let value = value(key).expect("missing keys were complained of");
        filled.push_str(&value.written(quotes));
        rest = &rest[before.len()..];
        rest = rest.split_once("}}").map_or("", |(_, rest)| rest);
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Each `{{key}}` of a template with the text in front of it.
fn keys(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let key = after.split_once("}}").map(|(key, after)| (key.trim(), after));
        let Some((key, after)) = key.filter(|(key, _)| super::scanner::is_name(key)) else {
            return Err("`{{` encloses no key, as in `{{name}}`".to_owned());
        };
        found.push((before, key));
        rest = after;
    }
    Ok(found)
}

fn unescaped_quotes(text: &str) -> usize {
    let mut escaped = false;
    let quote = |character: char| {
        let counts = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        counts
    };
    text.chars().map(quote).filter(|counts| *counts).count()
}

#[cfg(test)]
mod tests;
