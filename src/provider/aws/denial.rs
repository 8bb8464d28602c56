//! Expected denials: what the settings say that may not be read.

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Serialize};

use crate::{
    document::Complaint,
    model::{Failure, FailureClass, ScopeKey},
};

/// Scopes that are denied on purpose; each field is a glob pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectedDenial {
    /// The account's twelve digits. Default: `*`.
    pub account: String,
    /// The region; `global` for what an account has only once. Default: `*`.
    pub region: String,
    /// The kind. Default: `*`.
    pub kind: String,
}

/// The expected denials of the settings, compiled.
#[derive(Debug)]
pub(super) struct ExpectedDenials(Vec<Matcher>);

#[derive(Debug)]
struct Matcher {
    account: GlobMatcher,
    region: GlobMatcher,
    kind: GlobMatcher,
    /// Whether it is about all regions.
    everywhere: bool,
    /// Whether it is about accounts as a whole.
    whole: bool,
}

impl Default for ExpectedDenial {
    fn default() -> Self {
        Self { account: "*".to_owned(), region: "*".to_owned(), kind: "*".to_owned() }
    }
}

impl ExpectedDenial {
    fn fields(&self) -> [(&'static str, &str); 3] {
        [("account", &self.account), ("region", &self.region), ("kind", &self.kind)]
    }

    /// What is wrong with the patterns.
    pub(super) fn complaints(&self) -> impl Iterator<Item = Complaint> {
        let mut complaints: Vec<Complaint> = Vec::new();
        for (field, pattern) in self.fields() {
            if let Err(error) = Glob::new(pattern) {
                let complaint = Complaint::new(format!("`{pattern}` is not a glob pattern: {}", error.kind()));
                complaints.push(complaint.at(field).help("`*` stands for any text, `?` for one character"));
            }
        }
        if self.fields().iter().all(|(_, pattern)| *pattern == "*") {
            let complaint = Complaint::new("this would expect every denial, and no missing permission would show");
            complaints.push(complaint.help("name the account, the region or the kind"));
        }
        complaints.into_iter()
    }
}

impl ExpectedDenials {
    /// Compiles patterns; one that is none has been complained about before.
    pub(super) fn new(denials: &[ExpectedDenial]) -> Result<Self, globset::Error> {
        let matcher = |denial: &ExpectedDenial| {
            let compile = |pattern: &str| Glob::new(pattern).map(|glob| glob.compile_matcher());
            Ok(Matcher {
                account: compile(&denial.account)?,
                region: compile(&denial.region)?,
                kind: compile(&denial.kind)?,
                everywhere: denial.region == "*",
                whole: denial.region == "*" && denial.kind == "*",
            })
        };
        denials.iter().map(matcher).collect::<Result<_, _>>().map(Self)
    }

    /// The failure of a scope, marked where it is an expected denial.
    pub(super) fn mark(&self, scope: &ScopeKey, failure: Failure) -> Failure {
        mark(failure, self.expect(&scope.account, Some(&scope.region), &scope.kind))
    }

    /// Whether a kind is expected to be denied in a region of an account, or in all of them.
    pub(super) fn expect(&self, account: &str, region: Option<&str>, kind: &str) -> bool {
        self.0.iter().any(|matcher| {
            matcher.account.is_match(account)
                && region.map_or(matcher.everywhere, |region| matcher.region.is_match(region))
                && matcher.kind.is_match(kind)
        })
    }

    /// The failure of an account that cannot be entered, marked where nothing of it is expected to be read.
    pub(super) fn mark_account(&self, account: &str, failure: Failure) -> Failure {
        mark(failure, self.0.iter().any(|matcher| matcher.whole && matcher.account.is_match(account)))
    }
}

fn mark(failure: Failure, expected: bool) -> Failure {
    match failure.class {
        FailureClass::Denied if expected => Failure { class: FailureClass::ExpectedDenial, ..failure },
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(account: &str, region: &str, kind: &str, class: FailureClass) -> FailureClass {
        let denials: Vec<ExpectedDenial> =
            serde_saphyr::from_str("[{account: '1*', kind: aws_iam_*}, {account: '222222222222'}, {region: me-*}]")
                .unwrap();
        let scope = ScopeKey {
            provider: "aws".into(),
            cloud: "aws".into(),
            account: account.into(),
            region: region.into(),
            kind: kind.into(),
        };
        ExpectedDenials::new(&denials).unwrap().mark(&scope, Failure::new(class, "m")).class
    }

    #[test]
    fn a_denial_is_expected_where_all_patterns_of_an_entry_fit() {
        use FailureClass::{Denied, ExpectedDenial, Throttled};
        assert_eq!(class("111111111111", "global", "aws_iam_role", Denied), ExpectedDenial);
        assert_eq!(class("333333333333", "global", "aws_iam_role", Denied), Denied);
        assert_eq!(class("222222222222", "eu-west-1", "aws_vpc", Denied), ExpectedDenial);
        assert_eq!(class("333333333333", "me-south-1", "aws_vpc", Denied), ExpectedDenial);
        assert_eq!(class("222222222222", "eu-west-1", "aws_vpc", Throttled), Throttled, "only denials are expected");
    }

    #[test]
    fn an_account_is_expected_to_be_closed_only_where_all_of_it_is() {
        let denials = [
            ExpectedDenial { account: "1".to_owned(), ..ExpectedDenial::default() },
            ExpectedDenial { account: "2".to_owned(), kind: "aws_vpc".to_owned(), ..ExpectedDenial::default() },
        ];
        let denials = ExpectedDenials::new(&denials).unwrap();
        let class = |account| denials.mark_account(account, Failure::new(FailureClass::Denied, "m")).class;
        assert_eq!([class("1"), class("2")], [FailureClass::ExpectedDenial, FailureClass::Denied]);
    }

    #[test]
    fn to_expect_every_denial_is_refused() {
        assert_eq!(ExpectedDenial::default().complaints().count(), 1);
        assert_eq!(ExpectedDenial { kind: "[".to_owned(), ..ExpectedDenial::default() }.complaints().count(), 1);
    }
}
