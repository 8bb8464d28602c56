//! Navigation: `-->`, `<-delete[1:]-`, and the clause that counts what it reaches.

use super::{Complaint, Parsed, Parser, Span, Spanned};
use crate::{
    model::EdgeType,
    search::ast::{Count, Depth, Navigation, Operator, Steps, Term, With},
};

impl Parser<'_> {
    /// Whether a navigation begins here, rather than a comparison or a negative number.
    pub(super) fn navigation_ahead(&mut self) -> bool {
        let ahead = self.scanner.ahead();
        let Some(edge) = ahead.strip_prefix("<-").or_else(|| ahead.strip_prefix('-')) else { return false };
        edge.starts_with(['-', '>', '[', '{'])
            || EdgeType::ALL.iter().any(|edge_type| edge.starts_with(edge_type.as_str()))
    }

    pub(super) fn navigation(&mut self) -> Parsed<Navigation> {
        let start = self.scanner.here();
        let inbound = self.scanner.eat("<-");
        if !inbound {
            self.scanner.eat("-");
        }
        let before = self.edge_types()?;
        let depth = self.depth_range()?;
        let filter = if self.scanner.ahead().starts_with('{') { Some(self.edge_filter()?) } else { None };
        let after = self.edge_types()?;
        self.expect("-").map_err(|complaint| complaint.help("a navigation is written `-->`, `<--` or `<-->`"))?;
        let outbound = self.scanner.eat_close(">");
        if !inbound && !outbound {
            return Err(self.unexpected("expected `>`").help("a navigation is written `-->`, `<--` or `<-->`"));
        }
        let both_ways = inbound && outbound;
        let twice = !before.is_empty() && !after.is_empty();
        if twice && !both_ways {
            return Err(Complaint::new(self.scanner.since(start), "the edge types are given twice")
                .help("write them before or after the depth"));
        }
        let steps = match (inbound, outbound) {
            (true, true) => {
                // One list holds for both directions.
                let inbound = if before.is_empty() { after.clone() } else { before.clone() };
                let outbound = if after.is_empty() { before } else { after };
                Steps::Both { inbound, outbound }
            }
            (true, false) => Steps::In(if before.is_empty() { after } else { before }),
            _ => Steps::Out(if before.is_empty() { after } else { before }),
        };
        Ok(Navigation { steps, depth, filter })
    }

    /// Edge types separated by commas; none where none begins.
    pub(super) fn edge_types(&mut self) -> Parsed<Vec<EdgeType>> {
        let mut types = Vec::new();
        loop {
            let start = self.scanner.here();
            let word = self.scanner.plain_word();
            if word.is_empty() && types.is_empty() {
                return Ok(types);
            }
            let Some(edge) = EdgeType::ALL.into_iter().find(|edge| edge.as_str() == word) else {
                return Err(Complaint::new(
                    Span::new(start, start + word.len()),
                    format!("there is no edge type `{word}`"),
                )
                .help("edge types are `default`, `delete` and `iam`"));
            };
            self.scanner.eat(word);
            types.push(edge);
            if !self.scanner.eat(",") {
                return Ok(types);
            }
        }
    }

    fn depth_range(&mut self) -> Parsed<Depth> {
        let open = self.scanner.here();
        if !self.scanner.eat("[") {
            return Ok(Depth::ONE);
        }
        let min = self.steps()?;
        let max = match [":", "..", ","].iter().any(|sign| self.scanner.eat(sign)) {
            true if self.scanner.peek() == Some(']') => Depth::LIMIT,
            true => self.steps()?,
            false => min,
        };
        self.close_at("]", "[", open)?;
        let span = self.scanner.since(open);
        if min > max {
            Err(Complaint::new(span, "the least depth is greater than the greatest")
                .help(format!("write `[{max}:{min}]`")))
        } else {
            Ok(Depth { min, max })
        }
    }

    fn steps(&mut self) -> Parsed<u32> {
        let start = self.scanner.here();
        let steps = self.integer("a number of steps")?;
        match u32::try_from(steps) {
            Ok(steps) if steps <= Depth::LIMIT => Ok(steps),
            _ => Err(Complaint::new(
                self.scanner.since(start),
                format!("no walk goes further than {} steps", Depth::LIMIT),
            )
            .help("leave the second number out, as in `[0:]`, to go as far as possible")),
        }
    }

    fn edge_filter(&mut self) -> Parsed<Spanned<Term>> {
        let start = self.scanner.here();
        self.scanner.eat("{");
        let term = self.nested()?;
        self.close_at("}", "{", start)?;
        Ok(Spanned::new(term, self.scanner.since(start)))
    }

    /// `with(...)`, whose keyword and bracket are ahead.
    pub(super) fn with(&mut self) -> Parsed<With> {
        self.scanner.eat_word("with");
        let open = self.scanner.here();
        self.scanner.eat("(");
        self.descend()?;
        let count = self.count()?;
        self.expect(",")?;
        if !self.navigation_ahead() {
            return Err(self.unexpected("expected a navigation such as `-->` or `<-[0:]-`"));
        }
        let navigation = self.navigation()?;
        let term = if self.term_ahead() { self.filter()? } else { Term::All };
        let with = if self.scanner.word() == "with" && self.scanner.word_then("(") {
            Some(Box::new(self.with()?))
        } else {
            None
        };
        self.depth -= 1;
        self.close_at(")", "(", open)?;
        Ok(With { count, navigation, term, with })
    }

    fn count(&mut self) -> Parsed<Count> {
        const EXPECTED: &str = "expected `empty`, `any` or `count`";
        if self.scanner.eat_word("empty") {
            return Ok(Count::Empty);
        }
        if self.scanner.eat_word("any") {
            return Ok(Count::Any);
        }
        if !self.scanner.eat_word("count") {
            return Err(self.unexpected(EXPECTED).help("as in `with(empty, <-- is(instance))`"));
        }
        let compared = Operator::SPELLINGS
            .into_iter()
            .filter(|(_, operator)| !matches!(operator, Operator::Matches | Operator::NotMatches))
            .find(|(spelling, _)| self.scanner.eat(spelling));
        let Some((_, operator)) = compared else {
            return Err(self.unexpected("expected `==`, `!=`, `<`, `<=`, `>` or `>=`"));
        };
        let number = self.integer("a number of nodes")?;
        Ok(Count::Compare(operator, number as u64))
    }
}
