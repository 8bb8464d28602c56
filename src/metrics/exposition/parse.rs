//! A small reader of both text formats, written from their specifications and not from the encoder.
//!
//! It reads character by character and keeps what it reads, so that tests compare meaning and not text.

use std::collections::BTreeMap;

/// One family as read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Parsed {
    pub(super) help: String,
    pub(super) kind: String,
    pub(super) unit: Option<String>,
    pub(super) samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads a whole body; panics where it is malformed.
pub(super) fn parse(text: &str, openmetrics: bool) -> Vec<(String, Parsed)> {
    assert!(text.is_empty() || text.ends_with('\n'), "the last line must end");
    let mut families: Vec<(String, Parsed)> = Vec::new();
    let mut ended = false;
    for line in text.split_terminator('\n') {
        assert!(!ended, "nothing follows # EOF");
        if openmetrics && line == "# EOF" {
            ended = true;
            continue;
        }
        match line.strip_prefix("# ") {
            Some(comment) => {
                let mut words = comment.splitn(3, ' ');
                let (keyword, name) = (words.next().unwrap(), words.next().unwrap());
                let rest = words.next().unwrap_or_default();
                if families.last().is_none_or(|(last, _)| last != name) {
                    assert!(families.iter().all(|(other, _)| other != name), "{name} is one group");
                    families.push((name.to_owned(), Parsed::default()));
                }
                let family = &mut families.last_mut().unwrap().1;
                assert!(family.samples.is_empty(), "comments come first");
                match keyword {
                    "HELP" => family.help = unescape(rest, openmetrics),
                    "TYPE" => family.kind = rest.to_owned(),
                    "UNIT" => family.unit = Some(rest.to_owned()),
                    other => panic!("unknown comment {other}"),
                }
            }
            None => families.last_mut().expect("a header comes first").1.samples.push(sample(line)),
        }
    }
    assert!(ended || !openmetrics, "OpenMetrics ends with # EOF");
    families
}

fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let name_end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, quoted) = rest.split_once("=\"").unwrap();
            let (value, after) = quoted_value(quoted);
            assert!(labels.insert(label.to_owned(), value).is_none(), "label {label} twice");
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let number = rest.strip_prefix(' ').unwrap();
    (name.to_owned(), labels, number.parse().unwrap())
}

fn quoted_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return (value, &text[position + 1..]),
            '\\' => value.push(match characters.next().unwrap().1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                other => panic!("unknown escape \\{other}"),
            }),
            other => value.push(other),
        }
    }
    panic!("unended label value in {text}");
}

fn unescape(text: &str, quotes: bool) -> String {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        value.push(match character {
            '\\' => match characters.next().unwrap() {
                'n' => '\n',
                '\\' => '\\',
                '"' if quotes => '"',
                other => panic!("unknown escape \\{other}"),
            },
            '"' if quotes => panic!("a bare quotation mark in {text}"),
            other => other,
        });
    }
    value
}
