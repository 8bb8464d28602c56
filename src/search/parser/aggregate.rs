//! Aggregates: groups, functions and the arithmetic in them.

use super::{Complaint, Parsed, Parser, Scanner, Span, Spanned, term::unknown_function};
use crate::search::{
    ast::{Additive, Aggregate, Expression, Function, FunctionKind, Group, GroupBy, Multiplicative, TemplatePiece},
    literal::Number,
};

impl Parser<'_> {
    /// `aggregate(...)`, whose keyword and bracket are ahead.
    pub(super) fn aggregate(&mut self) -> Parsed<Aggregate> {
        let start = self.scanner.here();
        self.scanner.eat_word("aggregate");
        let open = self.scanner.here();
        self.scanner.eat("(");
        let mut groups = Vec::new();
        if !self.scanner.word_then("(") && self.scanner.peek() != Some(')') {
            loop {
                groups.push(self.group()?);
                if !self.scanner.eat(",") {
                    break;
                }
            }
            if self.scanner.peek() == Some(')') {
                return Err(self.no_function(start));
            }
            if self.scanner.at_end() {
                self.close_at(")", "(", open)?;
            }
            self.expect(":").map_err(|complaint| match complaint.help {
                Some(_) => complaint,
                None => complaint.help("a colon separates the groups from the functions: `aggregate(kind: sum(1))`"),
            })?;
        }
        if self.scanner.peek() == Some(')') {
            return Err(self.no_function(start));
        }
        let mut functions = vec![self.function()?];
        while self.scanner.eat(",") {
            functions.push(self.function()?);
        }
        self.close_at(")", "(", open)?;
        Ok(Aggregate { groups, functions })
    }

    fn no_function(&mut self, start: usize) -> Complaint {
        self.scanner.eat(")");
        Complaint::new(self.scanner.since(start), "this aggregate has no function")
            .help("say what to compute: `aggregate(kind: sum(1) as count)`")
    }

    fn group(&mut self) -> Parsed<Group> {
        let start = self.scanner.here();
        let by = if self.scanner.eat("\"") {
            let text = self.quoted()?;
            GroupBy::Template(template(&text, self.scanner.since(start))?)
        } else {
            GroupBy::Path(self.path("a property to group by, or a function")?.node)
        };
        let by = Spanned::new(by, self.scanner.since(start));
        Ok(Group { by, name: self.alias()? })
    }

    fn function(&mut self) -> Parsed<Function> {
        let start = self.scanner.here();
        let word = self.scanner.word();
        let names = FunctionKind::ALL.map(FunctionKind::as_str);
        if !self.scanner.word_then("(") {
            return Err(self
                .unexpected("expected a function such as `sum(1)`")
                .help(format!("the functions are {}", names.join(", "))));
        }
        let Some(kind) = FunctionKind::ALL.into_iter().find(|kind| kind.as_str() == word) else {
            return Err(unknown_function(word, Span::new(start, start + word.len()), &names));
        };
        self.scanner.eat_word(word);
        let open = self.scanner.here();
        self.scanner.eat("(");
        let begin = self.scanner.here();
        let expression = self.sum()?;
        let operand = Spanned::new(expression, self.scanner.since(begin));
        self.close_at(")", "(", open)?;
        Ok(Function { kind, operand, name: self.alias()? })
    }

    fn alias(&mut self) -> Parsed<Option<String>> {
        if self.scanner.eat_word("as") { Ok(Some(self.name("a name behind `as`")?.to_owned())) } else { Ok(None) }
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let first = self.product()?;
        let mut rest = Vec::new();
        loop {
            let operator = match self.scanner.peek() {
                Some('+') => Additive::Plus,
                Some('-') => Additive::Minus,
                _ => break,
            };
            self.scanner.eat(if operator == Additive::Plus { "+" } else { "-" });
            rest.push((operator, self.product()?));
        }
        Ok(if rest.is_empty() { first } else { Expression::Sum { first: Box::new(first), rest } })
    }

    fn product(&mut self) -> Parsed<Expression> {
        let first = self.operand()?;
        let mut rest = Vec::new();
        loop {
            let (operator, sign) = match self.scanner.peek() {
                Some('*') => (Multiplicative::Times, "*"),
                Some('/') => (Multiplicative::Over, "/"),
                Some('%') => (Multiplicative::Modulo, "%"),
                _ => break,
            };
            self.scanner.eat(sign);
            rest.push((operator, self.operand()?));
        }
        Ok(if rest.is_empty() { first } else { Expression::Product { first: Box::new(first), rest } })
    }

    fn operand(&mut self) -> Parsed<Expression> {
        let start = self.scanner.here();
        match self.scanner.peek() {
            Some('(') => {
                self.scanner.eat("(");
                self.descend()?;
                let expression = self.sum()?;
                self.depth -= 1;
                self.close_at(")", "(", start)?;
                Ok(expression)
            }
            Some(sign) if sign.is_ascii_digit() || matches!(sign, '+' | '-' | '.') => {
                let text = self.scanner.number();
                Number::new(text).map(Expression::Number).ok_or_else(|| {
                    Complaint::new(self.scanner.since(start), format!("`{text}` is not a number"))
                        .help("a number is digits with at most one point between them, as in `1024` or `0.5`")
                })
            }
            _ => Ok(Expression::Path(self.path("a property or a number")?)),
        }
    }
}

/// The pieces of a template; its paths carry the place of the whole template.
fn template(text: &str, span: Span) -> Parsed<Vec<TemplatePiece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(TemplatePiece::Text(before.to_owned()));
        }
        let mut parser = Parser { scanner: Scanner::new(after), depth: 0 };
        let path = parser.path("a property").ok().filter(|_| parser.scanner.eat("}"));
        let Some(path) = path else {
            return Err(Complaint::new(span, "a brace in this template encloses no property")
                .help("as in `\"{name} in {region}\"`"));
        };
        pieces.push(TemplatePiece::Path(path.node));
        rest = parser.scanner.rest();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(TemplatePiece::Text(rest.to_owned()));
    }
    Ok(pieces)
}
