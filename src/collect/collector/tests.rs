use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;

use super::*;
use crate::{
    graph::Outcome,
    model::{Account, FixedClock, Map, ProviderName, Resource},
    provider::{CallOutcome, DeleteTarget},
};

/// What the provider answers for a scope; none hangs.
type Answers = BTreeMap<ScopeKey, Option<Listing>>;

#[derive(Debug, Default)]
struct Scripted {
    discovery: Mutex<Discovery>,
    answers: Mutex<Answers>,
    order: Mutex<Vec<String>>,
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> ProviderName {
        "scripted".into()
    }

    async fn discover(&self) -> Discovery {
        self.discovery.lock().unwrap().clone()
    }

    async fn list(&self, scope: &ScopeKey) -> Listing {
        self.order.lock().unwrap().push(format!("{}/{}", scope.account, scope.kind));
        Tally::count(CallOutcome::Throttled);
        Tally::count(CallOutcome::Ok);
        let answer = self.answers.lock().unwrap().get(scope).cloned();
        match answer.expect("the script names every scope") {
            Some(listing) => listing,
            None => std::future::pending().await,
        }
    }

    fn deletes(&self, _kind: &str) -> bool {
        false
    }

    async fn delete(&self, _target: &DeleteTarget) -> Result<(), Failure> {
        Ok(())
    }
}

fn scope(account: &str, kind: &str) -> ScopeKey {
    ScopeKey {
        provider: "scripted".into(),
        cloud: "sky".into(),
        account: account.into(),
        region: "west".into(),
        kind: kind.into(),
    }
}

fn found(account: &str, kinds: &[&str]) -> DiscoveredAccount {
    DiscoveredAccount {
        account: Account {
            cloud: "sky".into(),
            id: account.into(),
            name: account.into(),
            kind: "account".into(),
            properties: Map::new(),
        },
        regions: vec![Region::named("west", "region")],
        scopes: kinds.iter().map(|kind| scope(account, kind)).collect(),
        failure: None,
    }
}

fn complete(kind: &str, ids: &[&str]) -> Listing {
    Listing::Complete(ids.iter().map(|id| Resource::new(kind, *id)).collect())
}

fn failure() -> Failure {
    Failure::new(FailureClass::ExpiredCredentials, "the token is no longer valid")
}

struct Run {
    config: Config,
    provider: Arc<Scripted>,
    collector: Collector,
    inventory: Inventory,
}

impl Run {
    fn new(config: Config, accounts: Vec<DiscoveredAccount>, answers: Answers) -> Self {
        let provider = Arc::new(Scripted::default());
        let clock = Arc::new(FixedClock("2026-11-22T12:00:00Z".parse().unwrap()));
        let collector = Collector::new(config.clone(), vec![provider.clone()], clock);
        let run = Self { config, provider, collector, inventory: Inventory::default() };
        run.script(Discovery { accounts, failure: None }, answers);
        run
    }

    fn script(&self, discovery: Discovery, answers: Answers) {
        *self.provider.discovery.lock().unwrap() = discovery;
        *self.provider.answers.lock().unwrap() = answers;
    }

    fn at(&mut self, time: &str) {
        let clock = Arc::new(FixedClock(time.parse().unwrap()));
        self.collector = Collector::new(self.config.clone(), vec![self.provider.clone()], clock);
    }

    async fn collect(&mut self) -> Report {
        let collected = self.collector.collect(&self.inventory, Arc::new(super::super::NoObserver)).await;
        self.inventory = collected.inventory;
        collected.report
    }
}

fn two_accounts() -> (Vec<DiscoveredAccount>, Answers) {
    let answers = Answers::from([
        (scope("a", "volume"), Some(complete("volume", &["v"]))),
        (scope("b", "volume"), Some(complete("volume", &["w"]))),
    ]);
    (vec![found("a", &["volume"]), found("b", &["volume"])], answers)
}

#[tokio::test]
async fn one_failing_scope_leaves_the_others_alone() {
    let answers = Answers::from([
        (scope("a", "instance"), Some(Listing::Failed(failure()))),
        (scope("a", "volume"), Some(complete("volume", &["v"]))),
    ]);
    let mut run = Run::new(Config::default(), vec![found("a", &["instance", "volume"])], answers);
    let report = run.collect().await;
    assert_eq!((report.complete, report.failed, report.resources), (1, 1, 1));
    assert_eq!(report.outcome(), Outcome::Partial);
    assert_eq!(run.inventory.scopes[&scope("a", "instance")].entry.failure, Some(failure()));
}

#[tokio::test]
async fn a_discovery_that_fails_keeps_every_account_as_it_was() {
    let (accounts, answers) = two_accounts();
    let mut run = Run::new(Config::default(), accounts, answers);
    assert_eq!(run.collect().await.outcome(), Outcome::Complete);
    run.script(Discovery { accounts: vec![], failure: Some(failure()) }, Answers::new());
    let report = run.collect().await;
    assert_eq!((report.accounts, report.resources, report.failed), (2, 2, 2));
    assert_eq!(report.outcome(), Outcome::Failed);
}

#[tokio::test]
async fn an_account_that_cannot_be_entered_keeps_what_it_had() {
    let (accounts, answers) = two_accounts();
    let mut run = Run::new(Config::default(), accounts.clone(), answers.clone());
    run.collect().await;
    let locked = DiscoveredAccount { regions: vec![], scopes: vec![], failure: Some(failure()), ..accounts[0].clone() };
    run.script(Discovery { accounts: vec![locked, accounts[1].clone()], failure: None }, answers);
    let report = run.collect().await;
    assert_eq!((report.resources, report.complete, report.failed), (2, 1, 1));
    let account = run.inventory.accounts.values().next().unwrap();
    assert_eq!(account.regions.len(), 1, "its regions stay too");
}

#[tokio::test]
async fn an_account_that_a_complete_discovery_no_longer_names_leaves_after_the_grace_period() {
    let (accounts, answers) = two_accounts();
    let mut run = Run::new(Config { grace: Duration::from_hours(24), ..Config::default() }, accounts.clone(), answers);
    run.collect().await;
    let (_, answers) = two_accounts();
    run.script(Discovery { accounts: accounts[1..].to_vec(), failure: None }, answers.clone());
    let report = run.collect().await;
    assert_eq!((report.accounts, report.resources, report.failed), (2, 2, 1));
    assert_eq!(report.classes, BTreeMap::from([(FailureClass::Gone, 1)]));
    let gone = run.inventory.accounts.values().next().unwrap();
    assert_eq!(gone.gone_since, Some("2026-11-22T12:00:00Z".parse().unwrap()));

    run.at("2026-11-23T11:59:59Z");
    assert_eq!(run.collect().await.accounts, 2);
    run.at("2026-11-23T12:00:00Z");
    let report = run.collect().await;
    assert_eq!((report.accounts, report.resources), (1, 1));
}

#[tokio::test]
async fn an_account_that_comes_back_within_the_grace_period_is_as_before() {
    let (accounts, answers) = two_accounts();
    let mut run = Run::new(Config::default(), accounts.clone(), answers.clone());
    run.collect().await;
    run.script(Discovery { accounts: accounts[1..].to_vec(), failure: None }, answers.clone());
    run.collect().await;
    // While nobody knows which accounts there are, time does not run out.
    run.at("2027-01-01T00:00:00Z");
    run.script(Discovery { accounts: vec![], failure: Some(failure()) }, Answers::new());
    assert_eq!(run.collect().await.accounts, 2);
    run.script(Discovery { accounts, failure: None }, answers);
    assert_eq!(run.collect().await.outcome(), Outcome::Complete);
    assert!(run.inventory.accounts.values().all(|account| account.gone_since.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_hangs_fails_after_its_timeout() {
    let answers =
        Answers::from([(scope("a", "instance"), None), (scope("a", "volume"), Some(complete("volume", &["v"])))]);
    let config = Config { scope_timeout: Duration::from_mins(1), ..Config::default() };
    let mut run = Run::new(config, vec![found("a", &["instance", "volume"])], answers);
    run.collect().await;
    let entry = &run.inventory.scopes[&scope("a", "instance")].entry;
    let text = entry.failure.as_ref().unwrap().to_string();
    assert_eq!(text, "timeout: not listed within the 60s of collect.scope_timeout");
    assert_eq!(entry.duration, Duration::from_mins(1));
    assert_eq!((entry.calls, entry.throttles), (2, 1), "what it asked before counts");
}

#[tokio::test(start_paused = true)]
async fn a_giant_account_does_not_keep_the_others_waiting() {
    let kinds = ["instance", "network", "snapshot", "volume"];
    let mut answers: Answers = kinds.iter().map(|kind| (scope("giant", kind), None)).collect();
    answers.insert(scope("small", "volume"), Some(complete("volume", &["v"])));
    let config = Config {
        concurrency: 2,
        scope_timeout: Duration::from_mins(1),
        account_timeout: Duration::from_secs(90),
        ..Config::default()
    };
    let accounts = vec![found("giant", &kinds), found("small", &["volume"])];
    let mut run = Run::new(config, accounts, answers);
    let report = run.collect().await;
    assert_eq!((report.complete, report.failed), (1, 4));
    assert_eq!(run.provider.order.lock().unwrap()[..2], ["giant/instance", "small/volume"]);
    let late = &run.inventory.scopes[&scope("giant", "volume")].entry;
    assert!(late.failure.as_ref().unwrap().message.ends_with("collect.account_timeout"));
}

#[tokio::test(start_paused = true)]
async fn a_giant_account_holds_no_more_places_than_its_share_while_others_wait() {
    let kinds = ["instance", "network", "snapshot", "volume"];
    let mut answers: Answers = kinds.iter().map(|kind| (scope("giant", kind), None)).collect();
    answers.extend(kinds.iter().map(|kind| (scope("small", kind), Some(complete(kind, &["x"])))));
    let config = Config { concurrency: 2, scope_timeout: Duration::from_mins(1), ..Config::default() };
    let mut run = Run::new(config, vec![found("giant", &kinds), found("small", &kinds)], answers);
    let report = run.collect().await;
    assert_eq!((report.complete, report.failed), (4, 4));
    // One listing of the giant hangs; the other place is the small account's until it is done.
    let order = run.provider.order.lock().unwrap();
    let small = ["small/instance", "small/network", "small/snapshot", "small/volume"];
    assert_eq!((order[0].as_str(), &order[1..5]), ("giant/instance", &small.map(str::to_owned)[..]));
}

#[tokio::test]
async fn a_provider_whose_code_panics_fails_only_its_scope() {
    // The script has no answer for the instances, so the provider panics.
    let answers = Answers::from([(scope("a", "volume"), Some(complete("volume", &["v"])))]);
    let mut run = Run::new(Config::default(), vec![found("a", &["instance", "volume"])], answers);
    let report = run.collect().await;
    assert_eq!((report.complete, report.failed), (1, 1));
    assert_eq!(report.classes, BTreeMap::from([(FailureClass::BadAnswer, 1)]));
}
