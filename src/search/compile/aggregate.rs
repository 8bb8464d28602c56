//! Aggregates: groups and operands become sources, expanded arrays become variables.

use std::collections::BTreeSet;

use super::{Compiler, Complaint, Context, Span, Spanned};
use crate::search::{
    aggregate::{AggregatePlan, FunctionPlan, GroupPlan, Operation, Operator, Piece},
    ast::{Additive, Aggregate, Expression, GroupBy, Multiplicative, TemplatePiece},
    path::Path,
    unfold::{Reading, Unfolding},
};

impl Compiler<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate, context: Context<'_>) -> AggregatePlan {
        self.check_result_names(aggregate);
        let mut unfolding = Unfolding::default();
        let mut groups = Vec::new();
        for (group, name) in aggregate.groups.iter().zip(aggregate.group_names()) {
            let name = name.into();
            let plan = match &group.by.node {
                GroupBy::Path(path) => self
                    .group_value(path, group.by.span, context, &mut unfolding)
                    .map(|value| GroupPlan::Value { name, value }),
                GroupBy::Template(pieces) => {
                    let pieces = pieces.iter().filter_map(|piece| match piece {
                        TemplatePiece::Text(text) => Some(Piece::Text(text.clone())),
                        TemplatePiece::Path(path) => {
                            self.group_value(path, group.by.span, context, &mut unfolding).map(Piece::Value)
                        }
                    });
                    Some(GroupPlan::Template { name, pieces: pieces.collect() })
                }
            };
            groups.extend(plan);
        }
        let mut functions = Vec::new();
        for (function, name) in aggregate.functions.iter().zip(aggregate.function_names()) {
            if let Some(operand) = self.expression(&function.operand.node, context, &unfolding) {
                functions.push(FunctionPlan { name: name.into(), kind: function.kind, operand });
            }
        }
        AggregatePlan { unfolding, groups, functions, bounds: None }
    }

    fn group_value(
        &mut self,
        path: &Path,
        span: Span,
        context: Context<'_>,
        unfolding: &mut Unfolding,
    ) -> Option<Reading> {
        let location = self.location(&Spanned::new(path.clone(), span), context)?;
        Some(unfolding.bind(location))
    }

    fn expression(
        &mut self,
        expression: &Expression,
        context: Context<'_>,
        unfolding: &Unfolding,
    ) -> Option<Operation> {
        Some(match expression {
            Expression::Number(number) => Operation::Number(number.value()),
            Expression::Path(path) => Operation::Value(unfolding.lookup(self.location(path, context)?)),
            Expression::Sum { first, rest } => {
                let operators = rest.iter().map(|(operator, operand)| {
                    let operator = match operator {
                        Additive::Plus => Operator::Plus,
                        Additive::Minus => Operator::Minus,
                    };
                    (operator, operand)
                });
                self.operation(first, operators.collect(), context, unfolding)?
            }
            Expression::Product { first, rest } => {
                let operators = rest.iter().map(|(operator, operand)| {
                    let operator = match operator {
                        Multiplicative::Times => Operator::Times,
                        Multiplicative::Over => Operator::Over,
                        Multiplicative::Modulo => Operator::Modulo,
                    };
                    (operator, operand)
                });
                self.operation(first, operators.collect(), context, unfolding)?
            }
        })
    }

    fn operation(
        &mut self,
        first: &Expression,
        rest: Vec<(Operator, &Expression)>,
        context: Context<'_>,
        unfolding: &Unfolding,
    ) -> Option<Operation> {
        let first = Box::new(self.expression(first, context, unfolding)?);
        let rest = rest
            .into_iter()
            .map(|(operator, operand)| Some((operator, self.expression(operand, context, unfolding)?)))
            .collect::<Option<Vec<_>>>()?;
        Some(Operation::Chain { first, rest })
    }

    fn check_result_names(&mut self, aggregate: &Aggregate) {
        let mut seen = BTreeSet::new();
        let groups = aggregate.groups.iter().map(|group| (group.result_name(), group.by.span));
        let functions = aggregate.functions.iter().map(|function| (function.result_name(), function.operand.span));
        for (name, span) in groups.chain(functions) {
            if !seen.insert(name.clone()) {
                let complaint = Complaint::new(span, format!("two results of this aggregate are named `{name}`"));
                self.errors.push(complaint.help("give one of them another name with `as`"));
            }
        }
    }
}
