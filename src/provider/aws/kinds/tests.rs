//! Tests over the whole catalogue.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::json;

use super::*;
use crate::{
    model::{KindModel, Value},
    provider::{
        aws::schema::{Schema, Service, Shape, Target},
        catalogue::{Anomalies, Place, Projection, resource},
    },
};

fn embedded() -> Catalogue {
    catalogue([]).unwrap()
}

fn fixture(kind: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/aws");
    let text = fs::read_to_string(folder.join(format!("{kind}.json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/aws/kinds");
    let on_disk: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(on_disk, FILES.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// All that is not code: the catalogue, the schema, and tables.
fn data(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let bytes = files.map(|path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs" | "snap") => 0,
        _ if path.is_dir() => data(&path),
        _ => fs::metadata(&path).unwrap().len(),
    });
    bytes.sum()
}

#[test]
fn aws_adds_less_than_3_mb_of_data_to_the_program() {
    let bytes = data(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/aws"));
    assert!((1_000_000..3_000_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn the_kinds_fit_the_base_kinds() {
    let model = KindModel::new(embedded().kinds()).unwrap();
    assert!(model.is_a("aws_ec2_instance", "instance"));
    assert_eq!(model.property("aws_ec2_instance", "arn"), Some(crate::model::PropertyType::String));
    assert_eq!(model.property("aws_ec2_volume", "volume_size"), Some(crate::model::PropertyType::Int));
    assert_eq!(model.property("aws_vpc", "vpc_is_default"), Some(crate::model::PropertyType::Bool));
}

#[test]
fn every_listed_kind_has_a_fixture_that_maps_without_anomalies() {
    let catalogue = embedded();
    for entry in catalogue.entries().filter(|entry| entry.list.is_some()) {
        let kind = entry.kind.as_str();
        let item = fixture(kind).unwrap_or_else(|| panic!("tests/fixtures/aws/{kind}.json is missing"));
        let region = if entry.scope == crate::provider::catalogue::ListScope::Global { "global" } else { "eu-west-1" };
        let place = Place { account: "123456789012".into(), partition: "aws".to_owned(), region: region.into() };
        let mut anomalies = Anomalies::default();
        let mapped = resource(entry, &item, &place, &mut anomalies).expect("a fixture has an id");
        assert!(anomalies.is_empty(), "{kind}: {anomalies:?}");
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_path("../../../../tests/snapshots/aws");
        settings.bind(|| insta::assert_json_snapshot!(kind, mapped));
    }
}

#[test]
fn every_described_property_of_a_fixture_has_the_type_that_queries_expect() {
    use crate::model::PropertyType as Type;
    let catalogue = embedded();
    let model = KindModel::new(catalogue.kinds()).unwrap();
    for entry in catalogue.entries().filter(|entry| entry.list.is_some()) {
        let item = fixture(&entry.kind).unwrap();
        let place = Place { account: "1".into(), partition: "aws".to_owned(), region: "eu-west-1".into() };
        let mapped = resource(entry, &item, &place, &mut Anomalies::default()).unwrap();
        for (name, value) in &mapped.properties.to_map() {
            let declared = model.property(&entry.kind, name);
            let fits = match declared {
                Some(Type::String) => value.is_string(),
                Some(Type::Datetime) => value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
                Some(Type::Int) => value.is_i64() || value.is_u64(),
                Some(Type::Float) => value.is_number(),
                Some(Type::Bool) => value.is_boolean(),
                Some(Type::Object) => value.is_object(),
                Some(Type::List) => value.is_array(),
                Some(Type::Any) => true,
                None => false,
            };
            assert!(fits, "{}.{name} is {declared:?} but {value}", entry.kind);
        }
    }
}

/// What a value is once only those members were read that a projection has.
fn projected(service: &Service, target: &Target, projection: &Projection, value: &Value) -> Value {
    match (service.shape(target), value) {
        (Shape::Structure(structure), Value::Object(members)) => {
            let kept = members.iter().filter_map(|(name, value)| {
                let Some(member) = structure.member(name) else { return Some((name.clone(), value.clone())) };
                Some((name.clone(), projected(service, &member.target, projection.member(name)?, value)))
            });
            kept.collect()
        }
        (Shape::List(element), Value::Array(list)) => {
            list.iter().map(|value| projected(service, element, projection, value)).collect()
        }
        (Shape::Map { value: element, .. }, Value::Object(entries)) => {
            let kept = entries.iter().map(|(key, value)| (key.clone(), projected(service, element, projection, value)));
            kept.collect()
        }
        _ => value.clone(),
    }
}

/// What a call's answer has at a path, and what of it is needed.
fn at<'a>(
    service: &'a Service,
    operation: &str,
    projection: &'a Projection,
    path: &str,
) -> (&'a Target, &'a Projection) {
    let mut place = (service.operation(operation).unwrap().output.as_ref().unwrap(), projection);
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let name = name.split('[').next().unwrap();
        if let Shape::Map { value, .. } = service.shape(place.0) {
            // The keys of a map are not among what an answer can be read without.
            place.0 = value;
            continue;
        }
        let member = service.structure(place.0).and_then(|structure| structure.member(name)).unwrap();
        place = (&member.target, place.1.member(name).unwrap());
        while let Shape::List(element) = service.shape(place.0) {
            place.0 = element;
        }
    }
    place
}

#[test]
fn what_is_not_needed_of_an_answer_is_not_needed() {
    let (catalogue, schema) = (embedded(), Schema::embedded());
    let mut shorter = 0;
    for entry in catalogue.entries() {
        let Some(list) = &entry.list else { continue };
        let whole = fixture(&entry.kind).unwrap();
        let mut item = whole.clone();
        if let Some(call) = &list.call {
            let (service, projection) = (schema.service(&call.service).unwrap(), catalogue.projection(call));
            let path = list.items.as_str().split(" || ").next().unwrap();
            let (target, projection) = at(service, &call.operation, &projection, path);
            item = projected(service, target, projection, &item);
        }
        for step in &entry.enrich {
            let (service, projection) = (schema.service(&step.call.service).unwrap(), catalogue.projection(&step.call));
            let path = step.items.as_ref().map_or("", |path| path.as_str());
            let (target, projection) =
                at(service, &step.call.operation, &projection, path.split(" || ").next().unwrap());
            match &step.into {
                None => item = projected(service, target, projection, &item),
                Some(name) => {
                    if let Some(detail) = item.get_mut(name) {
                        let needed = |detail: &Value| projected(service, target, projection, detail);
                        *detail = match &*detail {
                            Value::Array(details) => details.iter().map(needed).collect(),
                            detail => needed(detail),
                        };
                    }
                }
            }
        }
        let place = Place { account: "1".into(), partition: "aws".to_owned(), region: "eu-west-1".into() };
        let mapped = |item: &Value| resource(entry, item, &place, &mut Anomalies::default());
        assert_eq!(mapped(&item), mapped(&whole), "{}", entry.kind);
        shorter += usize::from(item != whole);
    }
    assert!(shorter > 20, "{shorter} kinds need less than all");
}

#[test]
fn what_cannot_go_on_its_own_goes_with_its_owner() {
    let catalogue = embedded();
    let mapped = |kind: &str, item: Value| {
        let place = Place { account: "1".into(), partition: "aws".to_owned(), region: "eu-west-1".into() };
        resource(catalogue.get(kind).unwrap(), &item, &place, &mut Anomalies::default()).unwrap()
    };
    let main = mapped("aws_ec2_route_table", json!({"RouteTableId": "rtb-1", "Associations": [{"Main": true}]}));
    let other = mapped("aws_ec2_route_table", json!({"RouteTableId": "rtb-2", "Associations": [{"Main": false}]}));
    let default = mapped("aws_ec2_security_group", json!({"GroupId": "sg-1", "GroupName": "default"}));
    let interface = |attachment: Value| {
        let item = json!({"NetworkInterfaceId": "eni-1", "RequesterManaged": false, "Attachment": attachment});
        mapped("aws_ec2_network_interface", item)
    };
    let (first, second) = (json!({"DeleteOnTermination": true}), json!({"DeleteOnTermination": false}));
    assert!(catalogue.goes_with_its_owner(&interface(first)));
    assert!(!catalogue.goes_with_its_owner(&interface(second)));
    let vpc = mapped("aws_vpc", json!({"VpcId": "vpc-1", "IsDefault": true}));
    assert!(catalogue.goes_with_its_owner(&main) && catalogue.goes_with_its_owner(&default));
    assert!(!other.protected && !catalogue.goes_with_its_owner(&other));
    assert!(vpc.protected && !catalogue.goes_with_its_owner(&vpc));
}

#[test]
fn a_vpc_goes_after_all_that_is_in_it() {
    let dependants = embedded().dependants("aws_vpc");
    insta::assert_snapshot!(dependants.iter().map(|kind| &**kind).collect::<Vec<_>>().join(" "), @"aws_alb aws_alb_target_group aws_ec2_flow_log aws_ec2_instance aws_ec2_internet_gateway aws_ec2_nat_gateway aws_ec2_network_acl aws_ec2_network_interface aws_ec2_route_table aws_ec2_security_group aws_ec2_subnet aws_ec2_transit_gateway_attachment aws_eks_cluster aws_elb aws_lambda_function aws_opensearch_domain aws_rds_instance aws_redshift_cluster aws_sagemaker_domain aws_vpc_endpoint aws_vpc_peering_connection");
}
