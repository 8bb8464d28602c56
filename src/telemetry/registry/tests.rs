use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

use super::*;
use crate::{
    model::{FailureClass, ScopeKey},
    provider::{Call, CallMeter as _, CallOutcome, MissingPermission, Operation, PriceReport, PriceSource},
    telemetry::{GoneAccount, PhaseOutcome, ScopeStatus, Target},
};

const BUILD: BuildInfo = BuildInfo { version: "1.2.3", revision: "abc", rustc: "1.95.0" };

/// A registry in which every family has something to show.
fn filled() -> SelfMetrics {
    let metrics = SelfMetrics::new(BUILD);
    let at = Timestamp::from_millisecond(1_700_000_000_500).unwrap();
    metrics.configuration.loaded(0xffff_0123_4567_89ab, at);
    metrics.workflows.phase_ended("collect", "list", PhaseOutcome::Ok, Duration::from_millis(2500));
    metrics.workflows.workflow_succeeded("collect", at);
    metrics.workflows.generation_published(7, at);
    metrics.scopes.set(&[
        ScopeStatus {
            key: ScopeKey {
                provider: "aws".into(),
                cloud: "aws".into(),
                account: "1".into(),
                region: "eu-west-1".into(),
                kind: "aws_vpc".into(),
            },
            account_name: "prod \"x\"\n\\".to_owned(),
            up: false,
            failure: Some(FailureClass::Denied),
            last_attempt: at,
            last_success: Some(at),
            duration: Duration::from_secs(1),
            calls: 4,
            throttles: 1,
            resources: 3,
        },
        ScopeStatus {
            key: ScopeKey {
                provider: "aws".into(),
                cloud: "aws".into(),
                account: "2".into(),
                region: "eu-west-1".into(),
                kind: "aws_vpc".into(),
            },
            account_name: "closed".to_owned(),
            up: false,
            failure: Some(FailureClass::ExpectedDenial),
            last_attempt: at,
            last_success: None,
            duration: Duration::from_secs(1),
            calls: 1,
            throttles: 0,
            resources: 0,
        },
    ]);
    let missing = MissingPermission {
        account: "1".into(),
        action: "ec2:DescribeVpcs".to_owned(),
        regions: BTreeSet::from(["eu-west-1".into()]),
        kinds: BTreeSet::from(["aws_vpc".into()]),
    };
    metrics.permissions.set([("aws", &missing)]);
    metrics.accounts.set_gone(&[GoneAccount {
        cloud: "aws".to_owned(),
        account: "2".to_owned(),
        account_name: "former".to_owned(),
        since: at,
    }]);
    metrics.scopes.expired(1, 20);
    for outcome in [CallOutcome::Ok, CallOutcome::Failed, CallOutcome::Throttled, CallOutcome::Throttled] {
        metrics.api.record(&Call {
            provider: "aws".into(),
            account: "1".into(),
            region: "eu-west-1".into(),
            service: "ec2".to_owned(),
            operation: "DescribeVpcs".to_owned(),
            outcome,
            duration: Duration::from_millis(1),
            dollars: 0.000_005,
        });
    }
    let operation = Operation { provider: "aws", service: "ec2", operation: "DescribeVpcs" };
    metrics.api.retried(operation);
    metrics.api.waited(operation, Duration::from_millis(1500));
    metrics.exposition.set_series(10);
    metrics.exposition.set_size("text", "gzip", 1234);
    metrics.prices.set([(
        &"aws".into(),
        PriceReport {
            sources: vec![PriceSource {
                table: "volumes",
                source: "a list".to_owned(),
                date: jiff::civil::date(2026, 1, 2),
                prices: 12,
            }],
            refreshes: true,
            refreshed: Some(at),
            failure: Some("denied".to_owned()),
        },
    )]);
    let target = Target {
        rule: "unused".to_owned(),
        cloud: "aws".to_owned(),
        account: "1".to_owned(),
        kind: "aws_ec2_volume".to_owned(),
    };
    metrics.cleanup.set_enabled(true);
    metrics.cleanup.set_candidates(&BTreeMap::from([(target.clone(), 5)]));
    metrics.cleanup.deleted(&target);
    metrics.cleanup.set_skipped(&BTreeMap::from([("protected", 2)]));
    metrics
}

/// The text without the figures of the process that runs the tests.
fn stable(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap();
    let kept = text.split_inclusive('\n').filter(|line| !line.contains("process_"));
    kept.collect()
}

#[test]
fn every_own_metric_is_rendered_as_text_004() {
    insta::assert_snapshot!(stable(&filled().render().text));
}

#[test]
fn every_own_metric_is_rendered_as_openmetrics() {
    insta::assert_snapshot!(stable(&filled().render().openmetrics));
}

#[test]
fn rendering_twice_yields_the_same_bytes() {
    let metrics = filled();
    assert_eq!(stable(&metrics.render().openmetrics), stable(&metrics.render().openmetrics));
    assert_eq!(stable(&metrics.render().openmetrics), stable(&filled().render().openmetrics));
}

#[test]
fn before_anything_happened_nothing_is_claimed() {
    let text = stable(&SelfMetrics::new(BUILD).render().text);
    for unknown in ["cloudgauge_generation", "_timestamp_seconds", "cloudgauge_config_last_reload_successful"] {
        assert!(!text.contains(&format!("\n{unknown} ")) && !text.contains("NaN"), "{unknown}");
    }
    assert!(text.contains("cloudgauge_build_info{version=\"1.2.3\",revision=\"abc\",rustc=\"1.95.0\"} 1\n"));
    assert!(text.contains("\ncloudgauge_cleanup_enabled 0\n"));
}

#[test]
fn every_family_is_reserved_and_no_name_too_many() {
    let rendered = filled().render();
    let text = std::str::from_utf8(&rendered.openmetrics).unwrap();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names: BTreeSet<&str> = types.map(|line| line.split(' ').next().unwrap()).collect();
    let reserved: BTreeSet<&str> = RESERVED.iter().copied().collect();
    #[cfg(target_os = "linux")]
    assert_eq!(names, reserved);
    #[cfg(not(target_os = "linux"))]
    assert!(names.is_subset(&reserved));
    for name in ["cloudgauge_build_info", "process_cpu_seconds_total", "cloudgauge_scope_up"] {
        assert!(SelfMetrics::is_reserved(name), "{name}");
    }
    assert!(!SelfMetrics::is_reserved("cloudgauge_instances"));
}

#[test]
fn help_texts_need_no_escaping_and_end_with_one_full_stop() {
    let rendered = filled().render();
    let text = std::str::from_utf8(&rendered.openmetrics).unwrap();
    for help in text.lines().filter(|line| line.starts_with("# HELP ")) {
        assert!(!help.contains(['\\', '"']), "{help}");
        assert!(help.ends_with('.') && !help.ends_with(".."), "{help}");
    }
    // A line break in a help text would be a line that is neither comment nor sample.
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        assert!(RESERVED.iter().any(|name| line.starts_with(name)), "{line}");
    }
}
