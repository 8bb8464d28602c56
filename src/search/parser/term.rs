//! Terms: conditions and how they are joined.

use super::{Complaint, Parsed, Parser, Span, Spanned, single_quote};
use crate::search::{
    ast::{Comparison, Connective, Operator, Quantifier, Term},
    error::most_alike,
    path::Path,
};

/// What is written with brackets behind its name.
const FUNCTIONS: [&str; 5] = ["is", "id", "has_key", "in_subnet", "has_desired_change"];

/// What has brackets and stands elsewhere.
const ELSEWHERE: [(&str, &str); 3] = [
    ("aggregate", "`aggregate(...):` stands in front of the whole query"),
    ("with", "`with(...)` stands behind the condition, without `and`"),
    ("with_usage", "`with_usage(...)` stands in front of the condition, without `and`"),
];

/// Operators of other languages.
const FOREIGN: [(&str, &str); 8] = [
    ("like", "=~"),
    ("matches", "=~"),
    ("contains", "=~"),
    ("regex", "=~"),
    ("is", "=="),
    ("eq", "=="),
    ("equals", "=="),
    ("ne", "!="),
];

impl Parser<'_> {
    /// Conditions joined by `and` and `or`, from left to right.
    pub(super) fn filter(&mut self) -> Parsed<Term> {
        self.chain(false)
    }

    /// As a filter; in a context term a comma joins as `and` does, because the original's manual shows it.
    fn chain(&mut self, comma: bool) -> Parsed<Term> {
        let first = self.simple()?;
        let mut rest = Vec::new();
        loop {
            let start = self.scanner.here();
            let connective = if self.scanner.eat_word("and") || (comma && self.scanner.eat(",")) {
                Connective::And
            } else if self.scanner.eat_word("or") {
                Connective::Or
            } else {
                break;
            };
            rest.push((Spanned::new(connective, self.scanner.since(start)), self.simple()?));
        }
        Ok(if rest.is_empty() { first } else { Term::Chain { first: Box::new(first), rest } })
    }

    fn simple(&mut self) -> Parsed<Term> {
        let start = self.scanner.here();
        match self.scanner.peek() {
            Some('(') => {
                self.scanner.eat("(");
                let term = self.nested()?;
                self.close_at(")", "(", start)?;
                Ok(term)
            }
            Some('"') => {
                self.scanner.eat("\"");
                let text = self.quoted()?;
                Ok(Term::Text(Spanned::new(text, self.scanner.since(start))))
            }
            Some('!') => {
                Err(self.unexpected("expected a condition").help("write `not` in front of a condition to negate it"))
            }
            _ => self.leaf(),
        }
    }

    fn leaf(&mut self) -> Parsed<Term> {
        let start = self.scanner.here();
        let word = self.scanner.word();
        match word {
            "not" => {
                self.scanner.eat_word("not");
                self.descend()?;
                let term = self.simple()?;
                self.depth -= 1;
                return Ok(Term::Not(Box::new(term)));
            }
            "all" => {
                self.scanner.eat_word("all");
                return Ok(Term::All);
            }
            "AND" | "OR" | "NOT" => {
                let complaint = self.unexpected("expected a condition");
                return Err(complaint.help(format!("keywords are in lower case: `{}`", word.to_lowercase())));
            }
            _ if self.scanner.word_then("(") => {
                self.scanner.eat_word(word);
                self.scanner.eat("(");
                return self.call(word, Span::new(start, start + word.len()));
            }
            _ => {}
        }
        let path = self.path("a condition")?;
        if self.scanner.eat_close(".{") {
            let open = self.scanner.since(start).end - 1;
            self.descend()?;
            let term = self.chain(true)?;
            self.depth -= 1;
            self.close_at("}", "{", open)?;
            return Ok(Term::Context { path, term: Box::new(term) });
        }
        self.comparison(path)
    }

    fn call(&mut self, function: &str, span: Span) -> Parsed<Term> {
        let term = match function {
            "is" => Term::Is(self.names("a kind")?),
            "id" => Term::Id(self.names("an id")?),
            "has_key" => {
                let path = self.path("a property")?;
                self.expect(",")?;
                Term::HasKey { path, keys: self.names("a key")?.into_iter().map(|key| key.node).collect() }
            }
            "in_subnet" => {
                let path = self.path("a property")?;
                self.expect(",")?;
                let start = self.scanner.here();
                let network = if self.scanner.eat("\"") { self.quoted()? } else { self.scanner.bare().to_owned() };
                if network.is_empty() {
                    return Err(self.unexpected("expected a network such as `10.0.0.0/8`"));
                }
                Term::InSubnet { path, network: Spanned::new(network, self.scanner.since(start)) }
            }
            "has_desired_change" => Term::HasDesiredChange(self.path("a property")?),
            unknown => {
                if let Some((_, help)) = ELSEWHERE.into_iter().find(|(name, _)| *name == unknown) {
                    return Err(Complaint::new(span, format!("`{unknown}` is no condition")).help(help));
                }
                let known: Vec<&str> = FUNCTIONS.into_iter().chain(["aggregate", "expand", "with"]).collect();
                return Err(unknown_function(unknown, span, &known));
            }
        };
        self.close_at(")", "(", span.end)?;
        Ok(term)
    }

    fn comparison(&mut self, path: Spanned<Path>) -> Parsed<Term> {
        let quantifier = Quantifier::ALL.into_iter().find(|quantifier| self.scanner.eat_word(quantifier.as_str()));
        let Some(operator) = self.operator() else {
            let word = self.scanner.word();
            if let Some((_, ours)) = FOREIGN.into_iter().find(|(foreign, _)| word.eq_ignore_ascii_case(foreign)) {
                let complaint = self.unexpected("expected an operator such as `==`, `=~`, `<` or `in`");
                return Err(complaint.help(format!("write `{ours}` for `{word}`")));
            }
            let mut complaint = self.unexpected("expected an operator such as `==`, `=~`, `<` or `in`");
            if complaint.help.is_none() && quantifier.is_none() {
                let name = &path.node;
                let text = path.node.last_name();
                complaint =
                    complaint.help(if path.node.plain() && path.node.segments.len() == 1 && !path.node.absolute {
                        format!(
                            "compare the property, as in `{name} != null`, or search for the text with `\"{text}\"`"
                        )
                    } else {
                        format!("compare the property, as in `{name} != null`")
                    });
            }
            return Err(complaint);
        };
        let value = self.value(operator)?;
        Ok(Term::Compare(Comparison { path, quantifier, operator, value }))
    }

    pub(super) fn operator(&mut self) -> Option<Operator> {
        if self.scanner.eat_word("in") {
            return Some(Operator::In);
        }
        let before = self.scanner;
        if self.scanner.eat_word("not") && self.scanner.eat_word("in") {
            return Some(Operator::NotIn);
        }
        self.scanner = before;
        if self.navigation_ahead() {
            return None;
        }
        Operator::SPELLINGS.into_iter().find(|(spelling, _)| self.scanner.eat(spelling)).map(|(_, operator)| operator)
    }
}

/// A complaint about a function that does not exist, with the one that is most like it.
pub(super) fn unknown_function(name: &str, span: Span, known: &[&str]) -> Complaint {
    let like = most_alike(name, known.iter().copied());
    let complaint = Complaint::new(span, format!("there is no function `{name}`"));
    match like {
        Some(like) => complaint.help(format!("did you mean `{like}`?")),
        None => complaint.help(format!("the functions are {}", known.join(", "))),
    }
}

impl Parser<'_> {
    fn value(&mut self, operator: Operator) -> Parsed<Spanned<crate::search::literal::Literal>> {
        let start = self.scanner.here();
        if self.scanner.peek() == Some('\'') {
            return Err(single_quote(Span::new(start, start + 1)));
        }
        let value = self.literal(operator)?;
        Ok(Spanned::new(value, self.scanner.since(start)))
    }
}
