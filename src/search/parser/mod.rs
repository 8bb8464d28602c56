//! Parsing: from text to the syntax tree, by recursive descent.
//!
//! The length of the text and the depth of nesting are limited, so no input can exhaust the stack.

mod aggregate;
mod navigation;
mod term;
mod value;

use super::{
    ast::{Limit, Merge, MergeQuery, Part, Search, SortKey, Term, Usage},
    error::{Complaint, Span, Spanned, most_alike},
    path::{Index, Path, Segment},
    scanner::Scanner,
};

/// The longest query that is read, in bytes.
pub(super) const LENGTH_MAX: usize = 64 * 1024;

/// How deeply brackets, `not`, arrays, contexts and sub-queries may be nested.
const DEPTH_MAX: usize = 64;

/// What may stand behind a condition.
const KEYWORDS: [&str; 6] = ["and", "or", "with", "sort", "limit", "reversed"];

type Parsed<T> = Result<T, Complaint>;

/// Reads a whole query.
pub(super) fn parse(text: &str) -> Parsed<Search> {
    if text.len() > LENGTH_MAX {
        let message = format!("the query has {} bytes, more than the {LENGTH_MAX} that are read", text.len());
        return Err(Complaint::new(Span::new(0, 0), message));
    }
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    let search = parser.search()?;
    if parser.scanner.at_end() { Ok(search) } else { Err(parser.trailing()) }
}

/// Whether a text is nothing but conditions joined by `and` or `or`.
pub(super) fn is_chain(text: &str) -> bool {
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0 };
    matches!(parser.filter(), Ok(Term::Chain { .. })) && parser.scanner.at_end()
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn search(&mut self) -> Parsed<Search> {
        let aggregate = if self.scanner.word() == "aggregate" && self.scanner.word_then("(") {
            Some(self.aggregate()?)
        } else {
            None
        };
        let edge_types = self.preamble()?;
        let announced = aggregate.is_some() || !edge_types.is_empty();
        if !self.scanner.eat(":") && announced {
            let what = if aggregate.is_some() { "aggregate(...)" } else { "(edge_type=...)" };
            return Err(self
                .unexpected("expected `:`")
                .help(format!("a colon separates `{what}` from the search: `{what}: is(volume)`")));
        }
        let mut parts = Vec::new();
        while parts.last().is_none_or(|part: &Part| part.navigation.is_some()) {
            let start = self.scanner.here();
            let part = self.part()?;
            if self.scanner.here() == start {
                // Behind a navigation nothing need follow: `is(instance) <--`.
                if parts.is_empty() {
                    return Err(self.nothing(announced));
                }
                break;
            }
            parts.push(part);
        }
        Ok(Search { aggregate, edge_types, parts })
    }

    fn preamble(&mut self) -> Parsed<Vec<crate::model::EdgeType>> {
        let before = self.scanner;
        if !(self.scanner.eat("(") && self.scanner.eat_word("edge_type") && self.scanner.eat("=")) {
            self.scanner = before;
            return Ok(Vec::new());
        }
        let types = self.edge_types()?;
        if types.is_empty() {
            return Err(self.unexpected("expected an edge type").help("edge types are `default`, `delete` and `iam`"));
        }
        self.close(")", "(")?;
        Ok(types)
    }

    fn part(&mut self) -> Parsed<Part> {
        let mut part = Part::default();
        if self.scanner.word() == "with_usage" && self.scanner.word_then("(") {
            part.usage = Some(self.usage()?);
        }
        if self.term_ahead() {
            part.term = self.filter()?;
        }
        if self.scanner.peek() == Some('{') {
            part.merge = Some(self.merge()?);
        }
        if self.scanner.word() == "with" && self.scanner.word_then("(") {
            part.with = Some(self.with()?);
        }
        if self.scanner.eat("#") {
            part.tag = Some(self.name("a tag behind `#`")?.to_owned());
        }
        if self.scanner.eat_word("sort") {
            part.sort = self.sort()?;
        }
        if self.scanner.eat_word("limit") {
            part.limit = Some(self.limit()?);
        }
        part.reversed = self.scanner.eat_word("reversed");
        if self.navigation_ahead() {
            part.navigation = Some(self.navigation()?);
        }
        Ok(part)
    }

    /// Whether a condition comes next, rather than what may stand behind one.
    fn term_ahead(&mut self) -> bool {
        let word = self.scanner.word();
        let clause = match word {
            "with" => self.scanner.word_then("("),
            "sort" | "limit" | "reversed" => {
                // A property may have that name too, and is then compared.
                let mut probe = Self { scanner: self.scanner, depth: self.depth };
                probe.scanner.eat_word(word);
                probe.operator().is_none()
            }
            _ => false,
        };
        let close = matches!(self.scanner.peek(), None | Some('{' | '}' | ')' | ']' | ',' | '#' | ':'));
        !close && !clause && !self.navigation_ahead()
    }

    fn usage(&mut self) -> Parsed<Usage> {
        let start = self.scanner.here();
        self.scanner.eat_word("with_usage");
        self.scanner.eat("(");
        let from = self.usage_time()?;
        let end = if self.scanner.eat("::") { Some(self.usage_time()?) } else { None };
        self.expect(",")?;
        let metrics = self.names("a usage metric")?.into_iter().map(|name| name.node).collect();
        self.close(")", "with_usage(")?;
        Ok(Usage { start: Spanned::new(from, self.scanner.since(start)), end, metrics })
    }

    fn usage_time(&mut self) -> Parsed<String> {
        if self.scanner.eat("\"") {
            return self.quoted();
        }
        let before = self.scanner;
        let word = self.scanner.bare();
        let time = word.split_once("::").map_or(word, |(time, _)| time);
        self.scanner = before;
        if !self.scanner.eat(time) || time.is_empty() {
            return Err(self.unexpected("expected a duration or a time"));
        }
        Ok(time.to_owned())
    }

    fn merge(&mut self) -> Parsed<Merge> {
        self.scanner.eat("{");
        self.descend()?;
        let mut queries = Vec::new();
        loop {
            let name = self.path("a name for the merged nodes")?;
            let span = name.span;
            let (name, list) = list_name(name.node);
            self.expect(":")?;
            queries.push(MergeQuery { name: Spanned::new(name, span), list, search: self.search()? });
            if !self.scanner.eat(",") {
                break;
            }
        }
        self.close("}", "{")?;
        self.depth -= 1;
        let then = if self.term_ahead() { Some(self.filter()?) } else { None };
        Ok(Merge { queries, then })
    }

    fn sort(&mut self) -> Parsed<Vec<SortKey>> {
        let mut keys = Vec::new();
        loop {
            let before = self.scanner;
            let path = self.path("a property to sort by")?;
            let descending = self.scanner.eat_word("desc") || {
                self.scanner.eat_word("asc");
                false
            };
            if !keys.is_empty() && self.scanner.peek() == Some(':') {
                // The comma belonged to the merge around this query, and this is the name of its next one.
                self.scanner = before;
                return Ok(keys);
            }
            keys.push(SortKey { path, descending });
            let comma = self.scanner;
            if !self.scanner.eat(",") {
                return Ok(keys);
            }
            let mut probe = Parser { scanner: self.scanner, depth: self.depth };
            if probe.path("").is_ok() && probe.scanner.peek() == Some(':') {
                self.scanner = comma;
                return Ok(keys);
            }
        }
    }

    fn limit(&mut self) -> Parsed<Limit> {
        let first = self.integer("a number of nodes")?;
        if self.scanner.ahead().starts_with(',') && {
            let mut probe = self.scanner;
            probe.eat(",");
            probe.peek().is_some_and(|digit| digit.is_ascii_digit())
        } {
            self.scanner.eat(",");
            Ok(Limit { offset: first, count: self.integer("a number of nodes")? })
        } else {
            Ok(Limit { offset: 0, count: first })
        }
    }

    fn path(&mut self, what: &str) -> Parsed<Spanned<Path>> {
        let start = self.scanner.here();
        let absolute = self.scanner.eat_close("/");
        let mut segments = Vec::new();
        loop {
            segments.push(self.segment(what)?);
            // `path.{` begins a context term.
            if self.scanner.rest().starts_with(".{") || !self.scanner.eat_close(".") {
                break;
            }
        }
        Ok(Spanned::new(Path { absolute, segments }, self.scanner.since(start)))
    }

    fn segment(&mut self, what: &str) -> Parsed<Segment> {
        let start = self.scanner.here();
        let name = if self.scanner.eat_close("`") {
            let name = self.scanner.until('`').filter(|name| !name.is_empty());
            name.ok_or_else(|| Complaint::new(Span::new(start, start + 1), "this backtick encloses no name"))?
        } else {
            match self.scanner.peek() {
                Some(first) if first.is_ascii_alphabetic() || first == '_' => self.scanner.name(),
                _ => return Err(self.unexpected(&format!("expected {what}"))),
            }
        };
        let mut indexes = Vec::new();
        while self.scanner.eat_close("[") {
            let open = self.scanner.since(start).end - 1;
            indexes.push(if self.scanner.eat("*") || self.scanner.peek() == Some(']') {
                Index::Any
            } else {
                Index::At(self.integer("an index, `*` or `]`")?)
            });
            self.close_at("]", "[", open)?;
        }
        Ok(Segment { name: name.to_owned(), indexes })
    }

    /// `name, name` or `[name, name]`, each quoted or bare.
    fn names(&mut self, what: &str) -> Parsed<Vec<Spanned<String>>> {
        let start = self.scanner.here();
        let bracket = self.scanner.eat("[");
        let mut names = Vec::new();
        loop {
            let start = self.scanner.here();
            let name = if self.scanner.eat("\"") {
                self.quoted()?
            } else {
                let name = self.scanner.bare();
                if name.is_empty() {
                    return Err(self.unexpected(&format!("expected {what}")));
                }
                name.to_owned()
            };
            names.push(Spanned::new(name, self.scanner.since(start)));
            if !self.scanner.eat(",") {
                break;
            }
        }
        if bracket {
            self.close_at("]", "[", start)?;
        }
        Ok(names)
    }

    fn name(&mut self, what: &str) -> Parsed<&'t str> {
        match self.scanner.name() {
            "" => Err(self.unexpected(&format!("expected {what}"))),
            name => Ok(name),
        }
    }

    fn integer(&mut self, what: &str) -> Parsed<usize> {
        let start = self.scanner.here();
        match self.scanner.digits() {
            "" => Err(self.unexpected(&format!("expected {what}"))),
            digits => digits
                .parse()
                .map_err(|_| Complaint::new(self.scanner.since(start), format!("`{digits}` is too large a number"))),
        }
    }

    /// The rest of a quoted string, whose opening quote was just taken.
    fn quoted(&mut self) -> Parsed<String> {
        let open = self.scanner.since(0).end - 1;
        self.scanner.quoted().ok_or_else(|| {
            Complaint::new(Span::new(open, open + 1), "this string is not closed")
                .help("end it with `\"`; inside of it write `\\\"` for a quote")
        })
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.scanner.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("expected `{sign}`"))) }
    }

    /// Takes a closing sign, or says what it should have closed.
    fn close(&mut self, sign: &str, opened: &str) -> Parsed<()> {
        if self.scanner.eat(sign) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("expected `{sign}`")).help(format!("it closes `{opened}`")))
        }
    }

    /// Takes a closing sign; at the end of the text the complaint is about the opening one.
    fn close_at(&mut self, sign: &str, opened: &str, open: usize) -> Parsed<()> {
        if self.scanner.at_end() {
            Err(Complaint::new(Span::new(open, open + opened.len()), format!("this `{opened}` is not closed"))
                .help(format!("close it with `{sign}`")))
        } else {
            self.close(sign, opened)
        }
    }

    /// Enters one more level of nesting; the caller leaves it.
    fn descend(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let here = self.scanner.here();
            Err(Complaint::new(Span::new(here, here), format!("the query is nested more than {DEPTH_MAX} levels deep")))
        } else {
            Ok(())
        }
    }

    /// A complaint about what comes next.
    fn unexpected(&mut self, expected: &str) -> Complaint {
        let start = self.scanner.here();
        let rest = self.scanner.rest();
        let found = match rest.chars().next() {
            None => return Complaint::new(Span::new(start, start), "the query ends too early").label(expected),
            Some(_) if !self.scanner.word().is_empty() => self.scanner.word(),
            Some(first) => &rest[..first.len_utf8()],
        };
        let span = Span::new(start, start + found.len());
        if found == "'" {
            return single_quote(span);
        }
        Complaint::new(span, format!("`{}` is not expected here", found.escape_debug())).label(expected)
    }

    fn nothing(&mut self, announced: bool) -> Complaint {
        match self.scanner.at_end() {
            true if announced => self.unexpected("expected a search").help("`all` stands for every node"),
            true => self.unexpected("expected a query").help("`all` stands for every node"),
            false => self.unexpected("expected a condition, `sort`, `limit` or a navigation"),
        }
    }

    /// A complaint about text behind a query that could have ended.
    fn trailing(&mut self) -> Complaint {
        let complaint = self.unexpected("expected `and`, `or`, a navigation or the end of the query");
        match self.scanner.word() {
            upper @ ("AND" | "OR" | "NOT") => {
                complaint.help(format!("keywords are in lower case: `{}`", upper.to_lowercase()))
            }
            "sort" | "limit" | "reversed" | "with" => {
                complaint.help("the order is: condition, `with(...)`, `sort`, `limit`, `reversed`, navigation")
            }
            "" if self.scanner.peek() == Some(')') => complaint.help("there is no `(` that it closes"),
            "" if self.scanner.peek() == Some('|') => {
                complaint.help("write `or` for alternatives; a pipe to another command is not part of a query")
            }
            "" if self.scanner.peek() == Some('&') => complaint.help("write `and`"),
            "" if self.scanner.ahead().starts_with(['-', '<']) => complaint.help(
                "a navigation is written `-->`, `<--`, `<-->` or with an edge type as `-delete->`; edge types are \
                 `default`, `delete` and `iam`",
            ),
            "" => complaint,
            word => match most_alike(word, KEYWORDS.into_iter()) {
                Some(like) => complaint.help(format!("did you mean `{like}`?")),
                None => complaint.help("join conditions with `and` or `or`; text with blanks stands in double quotes"),
            },
        }
    }
}

fn single_quote(span: Span) -> Complaint {
    Complaint::new(span, "single quotes do not enclose text").help("use double quotes: `\"...\"`")
}

/// `name[]` at the head of a merge stands for all matches.
fn list_name(mut path: Path) -> (Path, bool) {
    let last = path.segments.last_mut().expect("a path has a segment");
    let all = last.indexes == [Index::Any];
    if all {
        last.indexes.clear();
    }
    (path, all)
}

impl Parser<'_> {
    /// A bracketed or otherwise nested filter.
    fn nested(&mut self) -> Parsed<Term> {
        self.descend()?;
        let term = self.filter()?;
        self.depth -= 1;
        Ok(term)
    }
}
