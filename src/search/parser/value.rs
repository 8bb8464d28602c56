//! Values: what stands behind an operator.

use super::{Complaint, Parsed, Parser};
use crate::search::{ast::Operator, literal::Literal};

impl Parser<'_> {
    /// A value of any form.
    pub(super) fn literal(&mut self, operator: Operator) -> Parsed<Literal> {
        self.item().map_err(|complaint| match (&complaint.help, operator) {
            (Some(_), _) => complaint,
            (None, Operator::In | Operator::NotIn) => complaint.help("give a list, as in `in [running, stopped]`"),
            (None, Operator::Matches | Operator::NotMatches) => {
                complaint.help("give a regular expression in double quotes, as in `=~ \"^prod-\"`")
            }
            (None, _) => complaint.help("text with blanks or signs stands in double quotes"),
        })
    }

    fn item(&mut self) -> Parsed<Literal> {
        let start = self.scanner.here();
        match self.scanner.peek() {
            Some('"') => {
                self.scanner.eat("\"");
                return Ok(Literal::Text(self.quoted()?));
            }
            Some('[') => return self.list(),
            Some('{') => return self.object(),
            _ => {}
        }
        let word = self.scanner.bare();
        if word.is_empty() {
            return Err(self.unexpected("expected a value"));
        }
        Literal::bare(word).ok_or_else(|| {
            Complaint::new(self.scanner.since(start), format!("`{word}` is not a number")).help(
                "digits must stand on both sides of the point, as in `0.5`; text of digits stands in double quotes",
            )
        })
    }

    fn list(&mut self) -> Parsed<Literal> {
        let open = self.scanner.here();
        self.scanner.eat("[");
        self.descend()?;
        let mut items = Vec::new();
        if self.scanner.peek() != Some(']') {
            loop {
                items.push(self.item()?);
                if !self.scanner.eat(",") {
                    break;
                }
            }
        }
        self.depth -= 1;
        self.close_at("]", "[", open)?;
        Ok(Literal::List(items))
    }

    fn object(&mut self) -> Parsed<Literal> {
        let open = self.scanner.here();
        self.scanner.eat("{");
        self.descend()?;
        let mut fields: Vec<(String, Literal)> = Vec::new();
        if self.scanner.peek() != Some('}') {
            loop {
                let start = self.scanner.here();
                let key = if self.scanner.eat("\"") { self.quoted()? } else { self.name("a key")?.to_owned() };
                if fields.iter().any(|(other, _)| *other == key) {
                    return Err(Complaint::new(self.scanner.since(start), format!("the key `{key}` is given twice")));
                }
                self.expect(":")?;
                fields.push((key, self.item()?));
                if !self.scanner.eat(",") {
                    break;
                }
            }
        }
        self.depth -= 1;
        self.close_at("}", "{", open)?;
        Ok(Literal::Object(fields))
    }
}
