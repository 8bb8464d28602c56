use serde_json::json;

use super::{super::fake::error, *};
use crate::{
    model::Resource,
    provider::catalogue::{Anomaly, fake::FakeApi},
};

const KINDS: &str = "
kinds:
- kind: user
  scope: global
  list: {call: 'iam:Users', items: 'Users[]', share: true}
  id: Id
- kind: group
  scope: global
  list: {call: 'iam:Users', items: 'Groups[]', share: true}
  id: Id
- kind: key
  scope: global
  list: {each: user, call: 'iam:Keys', params: {User: '$.Id'}, items: 'Keys[]', absent: [NoSuchEntity]}
  id: Id
  edges: [{from: user, match: {id: _parent.Id}}]
- kind: bucket
  list: {call: 's3:List', items: 'Buckets[]'}
  enrich:
  - {unless: Region, call: 's3:Where', params: {Bucket: '$.Name'}, items: Place, default: here, into: _where, required: true}
  - {call: 's3:Tags', params: {Bucket: '$.Name'}, region: Region || _where, items: 'Tags[]', into: _tags, absent: [NoTags], gone: [NoBucket]}
  id: Name
  region: Region || _where
  tags: {tags: _tags}
  props: {tagged: {path: '_tags[]', not_empty: true}}
- kind: machine
  list: {call: 'ec2:Machines', items: 'Machines[]'}
  enrich:
  - {call: 'ec2:Types', params: {Names: '$batch'}, items: 'Types[]', batch: {key: Type, join: Name, size: 2}, share: true, into: _type}
  - {call: 'ec2:Disks', items: 'Disks[]', batch: {key: Id, join: 'Machines[]', many: true}, into: _disks}
  id: Id
  props: {cores: _type.Cores, disks: '_disks[].Id', state: {path: State, enum: {on: running}, default: unknown}}
- kind: type
  list: {each: machine, call: 'ec2:Types', params: {Names: '$batch'}, items: 'Types[]', batch: {key: Type, size: 2}, share: true}
  id: Name
- kind: table
  list: {call: 'db:Tables', items: 'Names[]'}
  enrich:
  - {call: 'db:Table', params: {Name: '$._'}, items: Table, required: true, gone: [NoTable]}
  - {each: 'Indexes[].Name', call: 'db:Index', params: {Table: '$.Id', Index: '$._'}, items: 'Parts[]', into: _parts}
  id: Id
  props: {parts: '_parts[]'}
- kind: cluster
  list: {call: 'ecs:Clusters', items: 'Arns[]'}
  id: _
- kind: service
  list: {each: cluster, call: 'ecs:Services', params: {Cluster: '$._'}, items: 'Arns[]'}
  enrich:
  - {call: 'ecs:Describe', params: {Cluster: '$._parent', Services: '$batch'}, items: 'Services[]', batch: {key: _, join: Arn, by: _parent, size: 2}, required: true}
  id: Arn
- kind: port
  list: {each: machine, items: 'Ports[]'}
  id: '{_parent.Id}/{Number}'
- kind: type_in_use
  list: {each: machine, items: Type, batch: {key: Type}}
  id: _
- kind: quota
  list: {of: [ec2, s3], call: 'quotas:List', params: {Service: '$._', Account: '{account}'}, items: 'Quotas[]', only: [Metric, Counted]}
  id: '{account}/{_parent}/{Code}'
- kind: unit
  list: {each: root, descend: 5, call: 'org:Units', params: {Parent: '$.Id'}, items: 'Units[]'}
  id: Id
  edges: [{from: unit, match: {id: _parent.Id}}]
- kind: root
  list: {call: 'org:Roots', items: 'Roots[]'}
  id: Id
";

fn collection(api: FakeApi) -> (Arc<FakeApi>, Collection) {
    limited(api, DetailLimits { in_flight: 4, calls: 1000 })
}

fn limited(api: FakeApi, limits: DetailLimits) -> (Arc<FakeApi>, Collection) {
    let catalogue = Catalogue::parse([("kinds.yaml", KINDS)]).unwrap();
    let api = Arc::new(api);
    (Arc::clone(&api), Collection::new(Arc::new(catalogue), api, "1".into(), "aws", limits))
}

async fn list(collection: &Collection, kind: &str) -> Listing {
    collection.list(kind, &"eu".into()).await.listing
}

fn complete(listing: Listing) -> Vec<Resource> {
    match listing {
        Listing::Complete(resources) => resources,
        other => panic!("{other:?}"),
    }
}

fn partial(listing: Listing) -> (Vec<Resource>, Failure) {
    match listing {
        Listing::Partial { resources, missing } => (resources, missing),
        other => panic!("{other:?}"),
    }
}

fn ids(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(|resource| resource.id.as_str()).collect()
}

#[tokio::test]
async fn pages_are_joined_and_a_listing_without_items_is_complete() {
    let api = FakeApi::default()
        .on("s3:List", [Ok(json!({"Buckets": []}))])
        .on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}]})), Ok(json!({})), Ok(json!({"Users": [{"Id": "b"}]}))]);
    let (_, collection) = collection(api);
    assert_eq!(ids(&complete(list(&collection, "user").await)), ["a", "b"]);
    assert_eq!(list(&collection, "bucket").await, Listing::Complete(Vec::new()));
}

#[tokio::test]
async fn what_listings_share_is_kept_until_it_is_forgotten() {
    let api = FakeApi::default().on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}], "Groups": [{"Id": "g"}]}))]);
    let (api, collection) = collection(api);
    for kind in ["user", "group", "user"] {
        complete(list(&collection, kind).await);
    }
    assert_eq!(api.asked().len(), 1);
    collection.forget(&"us".into());
    complete(list(&collection, "group").await);
    assert_eq!(api.asked().len(), 1, "another region's answers are not meant");
    collection.forget(&"eu".into());
    complete(list(&collection, "group").await);
    assert_eq!(api.asked().len(), 2);
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_partial_and_one_that_never_began_has_failed() {
    let denied = || Err(error("AccessDenied", FailureClass::Denied));
    let api =
        FakeApi::default().on("s3:List", [denied()]).on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}]})), denied()]);
    let (_, collection) = collection(api);
    let (resources, missing) = partial(list(&collection, "user").await);
    assert_eq!(ids(&resources), ["a"]);
    assert_eq!(missing.to_string(), "denied: iam:Users: AccessDenied: because");
    assert!(
        matches!(list(&collection, "bucket").await, Listing::Failed(failure) if failure.class == FailureClass::Denied)
    );
    assert!(matches!(list(&collection, "unheard").await, Listing::Failed(_)));
}

#[tokio::test]
async fn a_shared_call_is_made_once_a_collection() {
    let page = json!({"Users": [{"Id": "u"}], "Groups": [{"Id": "g"}]});
    let (api, collection) = collection(FakeApi::default().on("iam:Users", [Ok(page)]));
    let (users, groups) = tokio::join!(list(&collection, "user"), list(&collection, "group"));
    assert_eq!((ids(&complete(users)), ids(&complete(groups))), (vec!["u"], vec!["g"]));
    assert_eq!(api.asked(), ["eu iam:Users {}"]);
}

#[tokio::test]
async fn children_are_listed_under_each_parent_and_know_it() {
    let api = FakeApi::default()
        .on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}, {"Id": "b"}, {"Id": "vanished"}]}))])
        .on("iam:Keys {\"User\":\"a\"}", [Ok(json!({"Keys": [{"Id": "k1"}, {"Id": "k2"}]}))])
        .on("iam:Keys {\"User\":\"b\"}", [Ok(json!({"Keys": []}))])
        .on("iam:Keys", [Err(error("NoSuchEntity", FailureClass::BadAnswer))]);
    let (_, collection) = collection(api);
    let keys = complete(list(&collection, "key").await);
    assert_eq!(ids(&keys), ["k1", "k2"]);
    assert_eq!(keys[0].links[0].other.value, "a");
}

#[tokio::test]
async fn one_parent_that_fails_makes_the_children_partial() {
    let api = FakeApi::default()
        .on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}, {"Id": "b"}]}))])
        .on("iam:Keys {\"User\":\"a\"}", [Ok(json!({"Keys": [{"Id": "k1"}]}))])
        .on("iam:Keys", [Err(error("Throttling", FailureClass::Throttled))]);
    let (_, collection) = collection(api);
    let (keys, missing) = partial(list(&collection, "key").await);
    assert_eq!((ids(&keys), missing.class), (vec!["k1"], FailureClass::Throttled));
}

#[tokio::test]
async fn details_are_asked_where_the_item_lives() {
    let api = FakeApi::default()
        .on("s3:List", [Ok(json!({"Buckets": [{"Name": "far", "Region": "us"}, {"Name": "near"}, {"Name": "gone"}]}))])
        .on("s3:Where", [Ok(json!({}))])
        .on("us s3:Tags", [Ok(json!({"Tags": [{"Key": "owner", "Value": "ada"}]}))])
        .on("s3:Tags {\"Bucket\":\"gone\"}", [Err(error("NoBucket", FailureClass::BadAnswer))])
        .on("here s3:Tags", [Err(error("NoTags", FailureClass::BadAnswer))]);
    let (_, collection) = collection(api);
    let buckets = complete(list(&collection, "bucket").await);
    assert_eq!(ids(&buckets), ["far", "near"]);
    assert_eq!(buckets[0].region, Some("us".into()));
    assert_eq!(buckets[0].tags["owner"], "ada");
    assert_eq!(buckets[1].region, Some("here".into()));
    assert_eq!(buckets[1].properties.value("tagged").unwrap(), json!(false));
}

#[tokio::test]
async fn an_item_is_kept_without_a_detail_that_failed_unless_it_is_nothing_without() {
    let api = FakeApi::default()
        .on("s3:List", [Ok(json!({"Buckets": [{"Name": "a", "Region": "us"}, {"Name": "b"}]}))])
        .on("s3:Where", [Err(error("AccessDenied", FailureClass::Denied))])
        .on("s3:Tags", [Err(error("SlowDown", FailureClass::Throttled))]);
    let (_, collection) = collection(api);
    let (buckets, missing) = partial(list(&collection, "bucket").await);
    assert_eq!((ids(&buckets), missing.class), (vec!["a"], FailureClass::Denied));
    assert!(!buckets[0].properties.contains_key("tagged"), "not known is not false");
}

#[tokio::test]
async fn one_call_answers_for_many_items_and_for_the_kind_it_belongs_to() {
    let machines = json!({"Machines": [
        {"Id": "m1", "Type": "large", "State": "on"}, {"Id": "m2", "Type": "small", "State": "off"},
        {"Id": "m3", "Type": "large", "State": "on"}, {"Id": "m4", "Type": "tiny", "State": "on"},
    ]});
    let api = FakeApi::default()
        .on("ec2:Machines", [Ok(machines)])
        .on(
            "ec2:Types {\"Names\":[\"large\",\"small\"]}",
            [Ok(json!({"Types": [{"Name": "small", "Cores": 1}, {"Name": "large", "Cores": 8}]}))],
        )
        .on("ec2:Types {\"Names\":[\"tiny\"]}", [Ok(json!({"Types": []}))])
        .on(
            "ec2:Disks",
            [Ok(json!({"Disks": [{"Id": "d1", "Machines": ["m1", "m2"]}, {"Id": "d2", "Machines": ["m1"]}]}))],
        );
    let (api, collection) = collection(api);
    let outcome = collection.list("machine", &"eu".into()).await;
    let machines = complete(outcome.listing);
    assert_eq!(machines[0].properties.value("cores").unwrap(), json!(8));
    assert_eq!(machines[0].properties.value("disks").unwrap(), json!(["d1", "d2"]));
    assert_eq!(machines[2].properties.value("disks").unwrap(), json!([]));
    assert!(!machines[3].properties.contains_key("cores"));
    let unmapped = Anomaly::UnmappedValue { kind: "machine".into(), property: "state".into(), value: "off".into() };
    assert_eq!(outcome.anomalies.iter().collect::<Vec<_>>(), [(&unmapped, 1)]);
    assert_eq!(ids(&complete(list(&collection, "type").await)), ["small", "large"]);
    assert_eq!(api.asked().len(), 4, "{:?}", api.asked());
}

#[tokio::test]
async fn a_detail_without_a_name_becomes_the_item_and_lists_in_it_can_be_followed() {
    let api = FakeApi::default()
        .on("db:Tables", [Ok(json!({"Names": ["t1", "dropped"]}))])
        .on("db:Table {\"Name\":\"t1\"}", [Ok(json!({"Table": {"Id": 7, "Indexes": [{"Name": "i"}, {"Name": "j"}]}}))])
        .on("db:Table", [Err(error("NoTable", FailureClass::BadAnswer))])
        .on("db:Index {\"Index\":\"i\",\"Table\":7}", [Ok(json!({"Parts": ["p1"]}))])
        .on("db:Index {\"Index\":\"j\",\"Table\":7}", [Ok(json!({"Parts": ["p2", "p3"]}))]);
    let (_, collection) = collection(api);
    let tables = complete(list(&collection, "table").await);
    assert_eq!(ids(&tables), ["7"]);
    assert_eq!(tables[0].properties.value("parts").unwrap(), json!(["p1", "p2", "p3"]));
}

#[tokio::test]
async fn an_item_without_an_id_is_missed_and_not_dropped_in_silence() {
    let (_, collection) = collection(FakeApi::default().on("iam:Users", [Ok(json!({"Users": [{"Id": "a"}, {}]}))]));
    let outcome = collection.list("user", &RegionId::global()).await;
    let (users, missing) = partial(outcome.listing);
    assert_eq!((ids(&users), missing.class), (vec!["a"], FailureClass::BadAnswer));
    assert_eq!(outcome.anomalies.iter().count(), 1);
}

#[tokio::test]
async fn a_batch_holds_items_of_one_parent_only() {
    let api = FakeApi::default()
        .on("ecs:Clusters", [Ok(json!({"Arns": ["a", "b"]}))])
        .on("ecs:Services {\"Cluster\":\"a\"", [Ok(json!({"Arns": ["a/1", "a/2", "a/3"]}))])
        .on("ecs:Services {\"Cluster\":\"b\"", [Ok(json!({"Arns": ["b/1"]}))])
        .on(
            "{\"Cluster\":\"a\",\"Services\":[\"a/1\",\"a/2\"]}",
            [Ok(json!({"Services": [{"Arn": "a/1"}, {"Arn": "a/2"}]}))],
        )
        .on("{\"Cluster\":\"a\",\"Services\":[\"a/3\"]}", [Ok(json!({"Services": [{"Arn": "a/3"}]}))])
        .on("{\"Cluster\":\"b\",\"Services\":[\"b/1\"]}", [Ok(json!({"Services": [{"Arn": "b/1"}]}))]);
    let (_, collection) = collection(api);
    assert_eq!(ids(&complete(list(&collection, "service").await)), ["a/1", "a/2", "a/3", "b/1"]);
}

#[tokio::test]
async fn items_within_those_of_a_parent_need_no_call() {
    let machines = json!({"Machines": [
        {"Id": "m1", "Type": "small", "Ports": [{"Number": 80}, {"Number": 443}]},
        {"Id": "m2", "Type": "small"},
    ]});
    let (api, collection) = collection(FakeApi::default().on("ec2:Machines", [Ok(machines)]));
    assert_eq!(ids(&complete(list(&collection, "port").await)), ["m1/80", "m1/443"]);
    assert_eq!(ids(&complete(list(&collection, "type_in_use").await)), ["small"]);
    assert_eq!(api.asked().len(), 1);
}

#[tokio::test]
async fn what_is_known_beforehand_is_asked_for_one_by_one_and_what_is_not_meant_is_left_out() {
    let api = FakeApi::default()
        .on("\"Service\":\"ec2\"", [Ok(json!({"Quotas": [{"Code": "L-1", "Metric": "Use"}, {"Code": "L-2"}, {"Code": "L-3", "Counted": true}]}))])
        .on("\"Service\":\"s3\"", [Ok(json!({"Quotas": []}))]);
    let (api, collection) = collection(api);
    assert_eq!(ids(&complete(list(&collection, "quota").await)), ["1/ec2/L-1", "1/ec2/L-3"]);
    assert!(api.asked()[0].contains("\"Account\":\"1\""), "{:?}", api.asked());
}

#[tokio::test]
async fn a_tree_is_followed_down() {
    let api = FakeApi::default()
        .on("org:Roots", [Ok(json!({"Roots": [{"Id": "r"}]}))])
        .on("{\"Parent\":\"r\"}", [Ok(json!({"Units": [{"Id": "a"}, {"Id": "b"}]}))])
        .on("{\"Parent\":\"a\"}", [Ok(json!({"Units": [{"Id": "a1"}]}))])
        .on("org:Units", [Ok(json!({"Units": []}))]);
    let (_, collection) = collection(api);
    let units = complete(list(&collection, "unit").await);
    assert_eq!(ids(&units), ["a", "b", "a1"]);
    assert_eq!(units[2].links[0].other.value, "a");
}

#[tokio::test]
async fn details_beyond_the_limit_are_missing() {
    let buckets = json!({"Buckets": [{"Name": "a", "Region": "eu"}, {"Name": "b", "Region": "eu"}]});
    let api = FakeApi::default().on("s3:List", [Ok(buckets)]).on("s3:Tags", [Ok(json!({"Tags": []}))]);
    let (_, collection) = limited(api, DetailLimits { in_flight: 1, calls: 1 });
    let (resources, missing) = partial(list(&collection, "bucket").await);
    assert_eq!(ids(&resources), ["a", "b"]);
    assert_eq!(missing.message, "the limit of 1 details is reached in this account");
}
