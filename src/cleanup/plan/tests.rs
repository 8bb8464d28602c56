use super::{
    super::fixture::{Recorder, everywhere, goes_before, marked, network, providers},
    *,
};
use crate::{
    graph::{Entry, Outcome},
    model::{Failure, FailureClass},
};

fn plan(generation: &Generation, recorder: Recorder) -> Plan {
    Plan::new(generation, &everywhere(), &providers(recorder).1).unwrap()
}

fn waves_of(plan: &Plan) -> Vec<Vec<&str>> {
    plan.waves.iter().map(|wave| wave.iter().map(|candidate| candidate.resource.id.as_str()).collect()).collect()
}

fn skipped_of(plan: &Plan) -> Vec<(&str, SkipReason)> {
    plan.skipped.iter().map(|skipped| (skipped.candidate.resource.id.as_str(), skipped.reason)).collect()
}

/// Lets the last attempt at a kind's scope have failed.
fn fail(generation: &mut Generation, kind: &str) {
    let inventory = Arc::make_mut(&mut generation.inventory);
    for (_, scope) in inventory.scopes.iter_mut().filter(|(scope, _)| scope.kind == kind) {
        let entry = Entry {
            outcome: Outcome::Failed,
            failure: Some(Failure::new(FailureClass::Denied, "no")),
            ..scope.entry.clone()
        };
        Arc::make_mut(scope).entry = entry;
    }
}

#[test]
fn what_others_depend_on_goes_last() {
    let plan = plan(&marked(network(), &["n", "s", "i"]), Recorder::default());
    assert_eq!(waves_of(&plan), [["i"], ["s"], ["n"]]);
    assert_eq!(plan.deletions(), 3);
}

#[test]
fn independent_resources_share_a_wave() {
    let mut resources = network();
    resources.push(crate::model::Resource::new("volume", "v"));
    let plan = plan(&marked(resources, &["n", "s", "i", "v"]), Recorder::default());
    assert_eq!(waves_of(&plan), [vec!["i", "v"], vec!["s"], vec!["n"]]);
}

#[test]
fn what_stays_keeps_everything_it_depends_on() {
    let mut resources = network();
    resources[2].tags.insert("cloudgauge:protect".into(), "true".into());
    let plan = plan(&marked(resources, &["n", "s", "i"]), Recorder::default());
    assert_eq!(plan.deletions(), 0);
    assert_eq!(
        skipped_of(&plan),
        [("i", SkipReason::Protected), ("n", SkipReason::DependantRemains), ("s", SkipReason::DependantRemains)]
    );
    let because = plan.skipped.iter().find(|skipped| skipped.candidate.resource.id == "s").unwrap();
    assert_eq!(because.because_of.as_deref(), Some("instance i"));
}

#[test]
fn an_unmarked_dependant_stands_in_the_way_unless_it_goes_with_its_owner() {
    let mut resources = network();
    resources.push(goes_before("security_group", "default", ("network", "n")));
    let generation = marked(resources, &["n", "s", "i"]);
    assert_eq!(waves_of(&plan(&generation, Recorder::default())), [["i"], ["s"]]);
    let recorder = Recorder { implicit: ["default".to_owned()].into(), ..Recorder::default() };
    assert_eq!(waves_of(&plan(&generation, recorder)), [["i"], ["s"], ["n"]]);
}

#[test]
fn nothing_is_deleted_from_a_scope_that_was_not_listed_completely() {
    let mut generation = marked(network(), &["i"]);
    fail(&mut generation, "instance");
    assert_eq!(skipped_of(&plan(&generation, Recorder::default())), [("i", SkipReason::ScopeIncomplete)]);
}

#[test]
fn nothing_is_deleted_while_its_dependants_are_not_known() {
    let recorder =
        || Recorder { dependants: [("subnet".to_owned(), vec!["instance".into()])].into(), ..Recorder::default() };
    let without_instances = || network().into_iter().take(2).collect();
    // The instances were never listed.
    let generation = marked(without_instances(), &["s"]);
    assert_eq!(skipped_of(&plan(&generation, recorder())), [("s", SkipReason::DependantsUnknown)]);
    // They were listed once, and not at the last attempt.
    let mut generation = marked(network(), &["s", "i"]);
    fail(&mut generation, "instance");
    let reasons = [("i", SkipReason::ScopeIncomplete), ("s", SkipReason::DependantsUnknown)];
    assert_eq!(skipped_of(&plan(&generation, recorder())), reasons);
}

#[test]
fn only_accounts_on_the_list_are_touched() {
    let generation = marked(network(), &["i"]);
    let reasons = |accounts: &[&str]| {
        let accounts = accounts.iter().map(|account| (*account).to_owned()).collect();
        let config = Config { accounts, ..everywhere() };
        let plan = Plan::new(&generation, &config, &providers(Recorder::default()).1).unwrap();
        plan.skipped.iter().map(|skipped| skipped.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&[]), [SkipReason::AccountNotAllowed]);
    assert_eq!(reasons(&["b"]), [SkipReason::AccountNotAllowed]);
    assert!(reasons(&["a"]).is_empty(), "by id");
    assert!(reasons(&["name of *"]).is_empty(), "by name");
}

#[test]
fn what_its_provider_cannot_delete_is_skipped() {
    let generation = marked(vec![crate::model::Resource::new("bucket", "b")], &["b"]);
    assert_eq!(skipped_of(&plan(&generation, Recorder::default())), [("b", SkipReason::Unsupported)]);
    let plan = Plan::new(&generation, &everywhere(), &BTreeMap::new()).unwrap();
    assert_eq!(skipped_of(&plan), [("b", SkipReason::Unsupported)]);
}

#[test]
fn a_plan_beyond_the_limit_is_refused() {
    let plan = plan(&marked(network(), &["n", "s", "i"]), Recorder::default());
    assert_eq!(plan.within(3), Ok(()));
    assert_eq!(plan.within(2), Err(PlanError::TooMany { deletions: 3, max: 2 }));
}

#[test]
fn a_circle_of_dependants_shares_a_wave() {
    let resources = vec![
        goes_before("security_group", "x", ("security_group", "y")),
        goes_before("security_group", "y", ("security_group", "x")),
    ];
    let plan = plan(&marked(resources, &["x", "y"]), Recorder::default());
    assert_eq!(waves_of(&plan), [["x", "y"]]);
}

#[test]
fn the_tag_protects_unless_it_says_no() {
    let tagged = |id: &str, value: &str| {
        let mut resource = crate::model::Resource::new("instance", id);
        resource.tags.insert("cloudgauge:protect".into(), value.into());
        resource
    };
    let source = crate::model::Resource { protected: true, ..crate::model::Resource::new("instance", "by source") };
    let resources = vec![tagged("empty", ""), tagged("yes", "yes"), tagged("no", "No"), source];
    let plan = plan(&marked(resources, &["empty", "yes", "no", "by source"]), Recorder::default());
    assert_eq!(waves_of(&plan), [["no"]]);
    assert_eq!(plan.skipped.iter().filter(|skipped| skipped.reason == SkipReason::Protected).count(), 3);
}
