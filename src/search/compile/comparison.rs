//! Comparisons: the literal is converted to what the property holds.

use regex::RegexBuilder;

use super::{Compiler, Complaint, Context, Predicate, Source, Span, Spanned};
use crate::{
    model::PropertyType,
    search::{
        ast::{Comparison, Operator},
        literal::Literal,
        operand::{DurationSense, Moment, Operand},
        placeholder,
        predicate::Test,
        size,
    },
};

/// The memory that one compiled regular expression may take.
const REGEX_SIZE_MAX: usize = 1 << 20;

/// What is known of the property on the left.
pub(super) struct Left<'a> {
    pub(super) name: &'a str,
    pub(super) property_type: PropertyType,
    /// Written as `age` or one of its like.
    pub(super) age: bool,
}

impl Compiler<'_> {
    pub(super) fn comparison(&mut self, comparison: &Comparison, context: Context<'_>) -> Predicate {
        let Comparison { path, quantifier, operator, value } = comparison;
        let Some(mut source) = self.source(path, context) else { return Predicate::All };
        self.check_whole(&source, path, &value.node);
        let left = match &mut source {
            Source::Node(location) => {
                let property_type = location.property_type(self.model, context.kinds);
                // The stored time is compared; the literal is turned into a time below.
                let age = std::mem::take(&mut location.age);
                Left { name: path.node.last_name(), property_type, age }
            }
            Source::Element(_) => Left { name: path.node.last_name(), property_type: PropertyType::Any, age: false },
        };
        let test = match operator {
            Operator::Matches | Operator::NotMatches => self.regex(&left, *operator, value, path.span),
            Operator::In | Operator::NotIn => self.one_of(&left, *operator, value),
            operator => self.order(&left, *operator, value),
        };
        match test {
            Some(test) => Predicate::Compare { source, quantifier: *quantifier, test },
            None => Predicate::All,
        }
    }

    pub(super) fn order(&mut self, left: &Left<'_>, operator: Operator, value: &Spanned<Literal>) -> Option<Test> {
        let negated = operator == Operator::NotEqual;
        let equality = negated || operator == Operator::Equal;
        match &value.node {
            Literal::Null if equality => Some(Test::Null { negated }),
            Literal::List(_) | Literal::Object(_) if equality => {
                Some(Test::Whole { value: self.dated_literal(&value.node, value.span).to_value(), negated })
            }
            Literal::Null | Literal::List(_) | Literal::Object(_) => {
                let complaint = Complaint::new(value.span, format!("`{}` cannot be ordered", value.node));
                self.errors.push(complaint.help("compare it with `==` or `!=`"));
                None
            }
            scalar => {
                let (operand, mirrored) = self.operand(left, scalar, value.span)?;
                let operator = if mirrored { operator.mirrored() } else { operator };
                Some(Test::Order { operator, operand, as_time: left.as_time() })
            }
        }
    }

    pub(super) fn one_of(&mut self, left: &Left<'_>, operator: Operator, value: &Spanned<Literal>) -> Option<Test> {
        let Literal::List(items) = &value.node else {
            let complaint = Complaint::new(value.span, format!("`{}` needs a list", operator.as_str()));
            self.errors.push(complaint.help(format!("as in `{} [{}]`", operator.as_str(), value.node)));
            return None;
        };
        let mut operands = Vec::new();
        for item in items {
            match item {
                Literal::Null => {
                    let complaint = Complaint::new(value.span, "`null` in a list matches nothing");
                    self.warnings.push(complaint.help("ask for a missing value with `== null`"));
                }
                Literal::List(_) | Literal::Object(_) => {
                    self.errors
                        .push(Complaint::new(value.span, "the values of this list must be text, numbers or booleans"));
                    return None;
                }
                scalar => operands.push(self.operand(left, scalar, value.span)?.0),
            }
        }
        Some(Test::OneOf { operands, negated: operator == Operator::NotIn, as_time: left.as_time() })
    }

    pub(super) fn regex(
        &mut self,
        left: &Left<'_>,
        operator: Operator,
        value: &Spanned<Literal>,
        path: Span,
    ) -> Option<Test> {
        if left.age {
            let complaint =
                Complaint::new(path.to(value.span), format!("`{}` is a duration and matches no text", left.name));
            self.errors.push(complaint.help(format!("compare it, as in `{} > 30d`", left.name)));
            return None;
        }
        let pattern = match &value.node {
            Literal::Text(text) => self.dated_text(text, value.span, regex::escape).into_owned(),
            Literal::Number(number) => number.as_str().to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Null | Literal::List(_) | Literal::Object(_) => {
                let complaint = Complaint::new(value.span, "this is not a regular expression");
                self.errors.push(complaint.help("give one in double quotes, as in `=~ \"^prod-\"`"));
                return None;
            }
        };
        match RegexBuilder::new(&pattern).case_insensitive(true).size_limit(REGEX_SIZE_MAX).build() {
            Ok(regex) => Some(Test::Regex { regex, negated: operator == Operator::NotMatches }),
            Err(error) => {
                // The crate draws its own caret; only its last line says what is wrong.
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").trim();
                self.errors
                    .push(Complaint::new(value.span, format!("this regular expression cannot be used: {reason}")));
                None
            }
        }
    }

    /// The operand, and whether it turns the order of the values around.
    fn operand(&mut self, left: &Left<'_>, literal: &Literal, span: Span) -> Option<(Operand, bool)> {
        let instant = left.as_time() && matches!(literal, Literal::Text(text) if placeholder::moment(text).is_some());
        // A time is only known when the query is evaluated; it needs no text.
        let literal = &if instant { literal.clone() } else { self.dated_literal(literal, span) };
        let size = matches!(literal, Literal::Text(text) if size::bytes(text).is_some());
        let unit = size::unit(left.name);
        let mut operand = Operand::new(literal, unit.unwrap_or(1.0))?;
        if left.as_time() {
            return self.moment(left, operand, span);
        }
        let word = &operand.text;
        match left.property_type {
            PropertyType::Int | PropertyType::Float if size && unit.is_none() => {
                let complaint = Complaint::new(
                    span,
                    format!("the unit of `{}` is not known: `{word}` is read in bytes", left.name),
                );
                self.warnings.push(complaint.help("write a number in the property's own unit"));
            }
            PropertyType::Int | PropertyType::Float if operand.number.is_none() => {
                self.warnings
                    .push(Complaint::new(span, format!("`{}` is a number and never equals `{word}`", left.name)));
            }
            PropertyType::Bool if operand.boolean.is_none() => {
                let complaint = Complaint::new(span, format!("`{}` is a boolean and never equals `{word}`", left.name));
                self.warnings.push(complaint.help("write `true` or `false`"));
            }
            // The property holds text: a size is no number there.
            PropertyType::String if size => operand.number = None,
            _ => {}
        }
        Some((operand, false))
    }

    fn moment(&mut self, left: &Left<'_>, mut operand: Operand, span: Span) -> Option<(Operand, bool)> {
        match operand.duration() {
            Some((duration, sense)) if left.age || sense == DurationSense::Ago => {
                if !left.age {
                    let complaint = Complaint::new(
                        span,
                        format!(
                            "`{}` is a time: compared with the duration `{}` its age is meant",
                            left.name, operand.text
                        ),
                    );
                    self.warnings.push(complaint.help(format!(
                        "write `-{0}` for a time so long ago, `+{0}` for one so far ahead",
                        operand.text
                    )));
                }
                operand.moment = duration.checked_neg().map(Moment::FromNow);
                Some((operand, true))
            }
            Some((duration, _)) => {
                operand.moment = Some(Moment::FromNow(duration));
                Some((operand, false))
            }
            None if left.age => {
                let complaint = Complaint::new(span, format!("`{}` is not a duration", operand.text));
                self.errors
                    .push(complaint.help(format!("as in `{} > 30d`, `1d12h` or `\"2 weeks and 3 days\"`", left.name)));
                None
            }
            None if operand.moment.is_none() => {
                let complaint = Complaint::new(span, format!("`{}` is neither a time nor a duration", operand.text));
                self.errors.push(complaint.help("as in `2026-01-31`, `2026-01-31T12:00:00Z` or `-30d`"));
                None
            }
            None => Some((operand, false)),
        }
    }
}

impl Left<'_> {
    fn as_time(&self) -> bool {
        self.age || self.property_type == PropertyType::Datetime
    }
}
