use std::time::Duration;

use super::{super::fake::error, *};
use crate::{
    model::ScopeKey,
    provider::catalogue::{Catalogue, fake::FakeApi},
};

const KINDS: &str = "
kinds:
- kind: group
  delete:
    before:
    - {call: 'ec2:Rules', params: {Group: '{id}'}, items: 'Rules[]', into: _rules}
    - {each: '_rules[]', when: {path: Refers, eq: '{id}'}, call: 'ec2:Revoke', params: {Group: '{Group}', Rules: ['{Id}']}, absent: [NoRule]}
    - {each: 'edges.network[]', call: 'ec2:Detach', params: {Group: '{id}', Network: '{edges}'}}
    call: 'ec2:DeleteGroup'
    params: {Group: '{id}', Force: true, Sizes: '{sizes}'}
    absent: [NoGroup]
- kind: gateway
  delete:
    call: 'ec2:DeleteGateway'
    params: {Ids: ['{id}']}
    absent: [NoGateway]
    refused: 'Unsuccessful[].Message'
    gone: {call: 'ec2:Gateways', params: {Ids: ['{id}']}, state: 'Gateways[].State', is: [deleted], failed: [failed], every: 10s, limit: 1m}
- kind: eternal
";

async fn delete_one(api: &FakeApi, resource: Resource) -> Result<(), Failure> {
    let catalogue = Catalogue::parse([("kinds.yaml", KINDS)]).unwrap();
    let place = Place { account: "1".into(), partition: "aws".to_owned(), region: "eu".into() };
    let scope = ScopeKey {
        provider: "aws".into(),
        cloud: "aws".into(),
        account: "1".into(),
        region: "eu".into(),
        kind: resource.kind.clone(),
    };
    let entry = catalogue.get(&resource.kind).unwrap();
    delete(api, entry, &place, &DeleteTarget { scope, resource, neighbours: Vec::new() }).await
}

fn ok() -> [Result<Value, ApiError>; 1] {
    [Ok(json!({}))]
}

#[tokio::test]
async fn what_stands_in_the_way_is_read_and_undone_first() {
    let rules = json!({"Rules": [
        {"Id": "r1", "Group": "other", "Refers": "g"}, {"Id": "r2", "Group": "other", "Refers": "x"},
        {"Id": "r3", "Group": "g", "Refers": "g"},
    ]});
    let api = FakeApi::default()
        .on("ec2:Rules", [Ok(rules)])
        .on("\"Rules\":[\"r3\"]", [Err(error("NoRule", FailureClass::BadAnswer))])
        .on("ec2:Revoke", ok())
        .on("ec2:DeleteGroup", ok());
    let mut group = Resource::new("group", "g");
    group.properties.insert("sizes", json!([1, 2]));
    delete_one(&api, group).await.unwrap();
    assert_eq!(
        api.asked(),
        [
            r#"eu ec2:Rules {"Group":"g"}"#,
            r#"eu ec2:Revoke {"Group":"other","Rules":["r1"]}"#,
            r#"eu ec2:Revoke {"Group":"g","Rules":["r3"]}"#,
            r#"eu ec2:DeleteGroup {"Force":true,"Group":"g","Sizes":[1,2]}"#,
        ]
    );
}

#[tokio::test]
async fn a_step_that_fails_ends_the_deletion() {
    let api = FakeApi::default().on("ec2:Rules", [Err(error("AccessDenied", FailureClass::Denied))]);
    let failure = delete_one(&api, Resource::new("group", "g")).await.unwrap_err();
    assert_eq!((failure.class, api.asked().len()), (FailureClass::Denied, 1));
}

#[tokio::test]
async fn what_is_gone_already_counts_as_deleted() {
    let api = FakeApi::default().on("ec2:DeleteGateway", [Err(error("NoGateway", FailureClass::BadAnswer))]);
    delete_one(&api, Resource::new("gateway", "g")).await.unwrap();
}

#[tokio::test]
async fn a_refusal_within_a_successful_answer_is_a_failure() {
    let api = FakeApi::default().on("ec2:DeleteGateway", [Ok(json!({"Unsuccessful": [{"Message": "in use"}]}))]);
    let failure = delete_one(&api, Resource::new("gateway", "g")).await.unwrap_err();
    assert_eq!(failure.message, "ec2:DeleteGateway: in use");
}

#[tokio::test]
async fn what_cannot_be_deleted_is_refused() {
    let failure = delete_one(&FakeApi::default(), Resource::new("eternal", "e")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unsupported);
}

#[tokio::test]
async fn calls_go_to_the_resources_own_region() {
    let api = FakeApi::default().on("ec2:Rules", ok()).on("ec2:DeleteGroup", ok());
    let mut group = Resource::new("group", "g");
    group.region = Some("us".into());
    delete_one(&api, group).await.unwrap();
    assert!(api.asked().iter().all(|request| request.starts_with("us ")));
}

fn in_state(state: &str) -> Vec<Result<Value, ApiError>> {
    vec![Ok(json!({"Gateways": [{"State": state}]}))]
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_awaited() {
    let api = FakeApi::default()
        .on("ec2:DeleteGateway", ok())
        .then("ec2:Gateways", [in_state("deleting"), in_state("deleting"), in_state("Deleted")]);
    let began = Instant::now();
    delete_one(&api, Resource::new("gateway", "g")).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_not_known_any_more_has_gone() {
    for answer in [vec![Ok(json!({"Gateways": []}))], vec![Err(error("NoGateway", FailureClass::BadAnswer))]] {
        let api = FakeApi::default().on("ec2:DeleteGateway", ok()).then("ec2:Gateways", [in_state("deleting"), answer]);
        delete_one(&api, Resource::new("gateway", "g")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_has_an_end() {
    let api = FakeApi::default().on("ec2:DeleteGateway", ok()).on("ec2:Gateways", in_state("deleting"));
    let began = Instant::now();
    let failure = delete_one(&api, Resource::new("gateway", "g")).await.unwrap_err();
    assert_eq!((failure.class, began.elapsed()), (FailureClass::Timeout, Duration::from_mins(1)));
    let api = FakeApi::default().on("ec2:DeleteGateway", ok()).on("ec2:Gateways", in_state("failed"));
    let failure = delete_one(&api, Resource::new("gateway", "g")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::BadAnswer);
}
