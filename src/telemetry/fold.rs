//! Folding: keeps the metrics of scopes small where there are very many scopes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use super::{
    scopes::{Failures, ScopeStatus},
    series::LabelValues,
};
use crate::model::FailureClass;

/// What a label says that stands for several values.
const OTHER: &str = "__other__";

pub(super) const LABEL_NAMES: [&str; 5] = ["cloud", "account", "account_name", "region", "kind"];

pub(super) type Labels = LabelValues<5>;

/// What the scopes of one label set show together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) scopes: usize,
    pub(super) up: usize,
    /// Those that were denied as the settings expect.
    pub(super) expected: usize,
    /// The oldest; none where one never succeeded, expected denials excluded.
    pub(super) last_success: Option<Timestamp>,
    pub(super) duration: Duration,
    pub(super) calls: usize,
    pub(super) throttles: usize,
    pub(super) resources: usize,
    pub(super) failures: Failures,
}

/// The labels of a scope on its own.
pub(super) fn labels(scope: &ScopeStatus) -> Labels {
    let key = &scope.key;
    [
        Arc::from(key.cloud.as_str()),
        key.account.as_str().into(),
        scope.account_name.as_str().into(),
        key.region.as_str().into(),
        key.kind.as_str().into(),
    ]
}

/// Puts scopes into rows, one each while there are at most `max`.
///
/// Beyond that, scopes that have ever failed keep a row of their own, as long as they fill at most half of the rows, and
/// the others share one for each region, or else each account, or else each cloud; the labels that differ within a row
/// read `__other__`. Rows never overlap, so sums stay right.
pub(super) fn fold(scopes: &[ScopeStatus], failures: &BTreeMap<Labels, Failures>, max: usize) -> BTreeMap<Labels, Row> {
    let keyed: Vec<(Labels, &ScopeStatus)> = scopes.iter().map(|scope| (labels(scope), scope)).collect();
    let distinct: BTreeSet<&Labels> = keyed.iter().map(|(labels, _)| labels).collect();
    let all_fit = distinct.len() <= max;
    let has_failed = |labels: &Labels| failures.contains_key(labels);
    let failed_fit = distinct.iter().filter(|labels| has_failed(labels)).count() <= max / 2;
    // Kinds, regions, accounts with their names, clouds: cut from the right until the rest fits.
    let kept = [4, 3, 1, 0].into_iter().find(|kept| {
        let groups: BTreeSet<&[Arc<str>]> = distinct.iter().map(|labels| &labels[..*kept]).collect();
        groups.len() <= max / 2
    });

    let mut rows: BTreeMap<Labels, Row> = BTreeMap::new();
    let mut counted = BTreeSet::new();
    for (own, scope) in &keyed {
        let on_its_own = all_fit || (failed_fit && has_failed(own));
        let row_labels = if on_its_own { own.clone() } else { cut(own, kept.unwrap_or(0)) };
        let row = rows.entry(row_labels).or_default();
        let expected = scope.failure.is_some_and(FailureClass::is_expected);
        row.last_success = match (row.scopes - row.expected, expected) {
            (_, true) => row.last_success,
            (0, false) => scope.last_success,
            (_, false) => row.last_success.zip(scope.last_success).map(|(a, b)| a.min(b)),
        };
        row.scopes += 1;
        row.up += usize::from(scope.up);
        row.expected += usize::from(expected);
        row.duration += scope.duration;
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        row.calls = row.calls.saturating_add(number(scope.calls));
        row.throttles = row.throttles.saturating_add(number(scope.throttles));
        row.resources += scope.resources;
        // Two providers may list the same scope; its failures are known together.
        if counted.insert(own) {
            for (class, number) in failures.get(own).into_iter().flatten() {
                *row.failures.entry(*class).or_default() += number;
            }
        }
    }
    rows
}

fn cut(labels: &Labels, kept: usize) -> Labels {
    let mut cut = labels.clone();
    cut[kept..].fill(OTHER.into());
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopeKey;

    fn scope(account: usize, region: usize, kind: usize) -> ScopeStatus {
        ScopeStatus {
            key: ScopeKey {
                provider: "aws".into(),
                cloud: "aws".into(),
                account: format!("a{account}").into(),
                region: format!("r{region}").into(),
                kind: format!("k{kind}").into(),
            },
            account_name: format!("name{account}"),
            up: true,
            failure: None,
            last_attempt: Timestamp::UNIX_EPOCH,
            last_success: Some(Timestamp::from_second(100).unwrap()),
            duration: Duration::from_secs(1),
            calls: 1,
            throttles: 0,
            resources: 10,
        }
    }

    fn scopes() -> Vec<ScopeStatus> {
        let all =
            (0..2).flat_map(|account| (0..3).flat_map(move |region| (0..4).map(move |kind| (account, region, kind))));
        all.map(|(account, region, kind)| scope(account, region, kind)).collect()
    }

    fn shown(rows: &BTreeMap<Labels, Row>) -> Vec<String> {
        rows.iter().map(|(labels, row)| format!("{}: {}", labels.join("/"), row.scopes)).collect()
    }

    #[test]
    fn while_scopes_are_few_each_has_its_row() {
        assert_eq!(fold(&scopes(), &BTreeMap::new(), 24).len(), 24);
    }

    #[test]
    fn many_scopes_share_a_row_for_each_region_then_account_then_cloud() {
        let none = BTreeMap::new();
        insta::assert_snapshot!(shown(&fold(&scopes(), &none, 23)).join("\n"), @r"
        aws/a0/name0/r0/__other__: 4
        aws/a0/name0/r1/__other__: 4
        aws/a0/name0/r2/__other__: 4
        aws/a1/name1/r0/__other__: 4
        aws/a1/name1/r1/__other__: 4
        aws/a1/name1/r2/__other__: 4
        ");
        insta::assert_snapshot!(shown(&fold(&scopes(), &none, 11)).join("\n"), @r"
        aws/a0/name0/__other__/__other__: 12
        aws/a1/name1/__other__/__other__: 12
        ");
        insta::assert_snapshot!(shown(&fold(&scopes(), &none, 3)).join("\n"), @"aws/__other__/__other__/__other__/__other__: 24");
    }

    #[test]
    fn what_has_failed_keeps_its_row_and_sums_stay_right() {
        let mut scopes = scopes();
        scopes[0].up = false;
        let failures = BTreeMap::from([(labels(&scopes[0]), Failures::from([(FailureClass::Denied, 3)]))]);
        let rows = fold(&scopes, &failures, 11);
        insta::assert_snapshot!(shown(&rows).join("\n"), @r"
        aws/a0/name0/__other__/__other__: 11
        aws/a0/name0/r0/k0: 1
        aws/a1/name1/__other__/__other__: 12
        ");
        assert_eq!(rows.values().map(|row| row.resources).sum::<usize>(), 240);
        assert_eq!(rows[&labels(&scopes[0])].failures[&FailureClass::Denied], 3);
    }

    #[test]
    fn a_row_is_as_old_as_its_oldest_scope_and_unknown_where_one_never_succeeded() {
        let mut scopes = scopes();
        scopes[1].last_success = Some(Timestamp::from_second(50).unwrap());
        scopes[12].last_success = None;
        let rows: Vec<Row> = fold(&scopes, &BTreeMap::new(), 11).into_values().collect();
        assert_eq!(rows[0].last_success, Some(Timestamp::from_second(50).unwrap()));
        assert_eq!(rows[1].last_success, None);
    }

    #[test]
    fn what_is_denied_as_expected_says_nothing_of_the_age_of_its_row() {
        let mut scopes = scopes();
        for scope in &mut scopes[..2] {
            (scope.up, scope.failure, scope.last_success) = (false, Some(FailureClass::ExpectedDenial), None);
        }
        let rows: Vec<Row> = fold(&scopes, &BTreeMap::new(), 11).into_values().collect();
        assert_eq!((rows[0].scopes, rows[0].up, rows[0].expected), (12, 10, 2));
        assert_eq!(rows[0].last_success, Some(Timestamp::from_second(100).unwrap()));
    }

    #[test]
    fn the_same_scope_of_two_providers_is_one_series() {
        let mut twice = vec![scope(0, 0, 0), scope(0, 0, 0)];
        twice[1].key.provider = "file".into();
        let failures = BTreeMap::from([(labels(&twice[0]), Failures::from([(FailureClass::Denied, 3)]))]);
        let rows = fold(&twice, &failures, 10);
        let row = &rows[&labels(&twice[0])];
        assert_eq!((rows.len(), row.scopes, row.resources, row.failures[&FailureClass::Denied]), (1, 2, 20, 3));
    }
}
