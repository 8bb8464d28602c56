//! Random answers of every operation in use, as botocore reads them and as we do.
//!
//! `ci/aws/random_answers.py` makes them, with the server-side serialiser of `localstack-core`. A short one for most
//! operations is kept here; `tests/run --random-answers` makes four for each and runs this test on them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use cloudgauge::provider::aws::{
    protocol::{self, Projection, Response},
    schema::Schema,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Names a file of answers, a line each, to read instead of those that are kept.
const FILE: &str = "CLOUDGAUGE_RANDOM_ANSWERS";

/// Operations whose answers we read otherwise than botocore does, and why.
const OTHERWISE: [(&str, &str); 1] =
    [("s3:GetBucketLocation", "S3 wraps the location in an element of its own; the serialiser writes it as bare text")];

#[derive(Deserialize)]
struct Answer {
    service: String,
    operation: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    expected: Value,
}

#[test]
#[expect(clippy::print_stderr, reason = "says how much it did, where somebody looks")]
fn random_answers_are_read_as_botocore_reads_them() {
    let kept = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/aws/random-answers.ndjson");
    let path = std::env::var_os(FILE).map_or_else(kept, PathBuf::from);
    let text = fs::read_to_string(&path).unwrap();
    let (mut leaves, mut equal, mut otherwise, mut differences) = (0, 0, 0, Vec::new());
    let mut operations = BTreeSet::new();
    for line in text.lines() {
        let answer: Answer = serde_json::from_str(line).unwrap();
        let name = format!("{}:{}", answer.service, answer.operation);
        leaves += count(&answer.expected);
        match read(&answer).and_then(|read| same(&name, &expected(&answer), &read)) {
            Ok(()) => equal += 1,
            Err(difference) if OTHERWISE.iter().all(|(known, _)| *known != name) => differences.push(difference),
            Err(_) => otherwise += 1,
        }
        operations.insert(name);
    }
    eprintln!("{equal} answers of {} operations equal, {leaves} values; {otherwise} read otherwise", operations.len());
    assert!(otherwise > 0, "what is read otherwise is not any more: {OTHERWISE:?}");
    assert!(differences.is_empty(), "{} answers differ:\n{}", differences.len(), differences.join("\n"));
    assert!(operations.len() > 400 && leaves > 3_000, "{} operations, {leaves} values", operations.len());
}

/// What botocore read; a body that is empty is no structure to us, and one without members to botocore.
fn expected(answer: &Answer) -> Value {
    let mut expected = answer.expected.clone();
    if let (Some(members), true) = (expected.as_object_mut(), answer.body.is_empty()) {
        members.retain(|_, member| *member != Value::Object(Map::new()));
    }
    expected
}

fn read(answer: &Answer) -> Result<Value, String> {
    let service = Schema::embedded().service(&answer.service).ok_or("no such service")?;
    let operation = service.operation(&answer.operation).ok_or("no such operation")?;
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        let name: HeaderName = name.parse().map_err(|_| format!("{name} is no header"))?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| format!("{value} is no header's value"))?);
    }
    let status = answer.status;
    let body = BASE64.decode(&answer.body).map_err(|error| error.to_string())?.into();
    let response = Response { status, headers, body };
    let parsed = protocol::parse(service, operation, &response, &Projection::All)
        .map_err(|error| format!("{}:{}: {error}", answer.service, answer.operation))?;
    if parsed.anomalies == 0 {
        Ok(parsed.answer.value())
    } else {
        Err(format!("{}: {} values", answer.operation, parsed.anomalies))
    }
}

/// Compares leaf by leaf; numbers by value, and a member that is null is as good as none.
fn same(place: &str, expected: &Value, read: &Value) -> Result<(), String> {
    let differ = || Err(format!("{place}:\n    botocore {expected}\n    ours     {read}"));
    match (expected, read) {
        (Value::Object(expected), Value::Object(read)) => {
            let names: BTreeSet<_> = expected.keys().chain(read.keys()).collect();
            let member = |members: &Map<String, Value>, name: &str| members.get(name).cloned().unwrap_or_default();
            names
                .into_iter()
                .try_for_each(|name| same(&format!("{place}.{name}"), &member(expected, name), &member(read, name)))
        }
        (Value::Array(expected), Value::Array(read)) if expected.len() == read.len() => expected
            .iter()
            .zip(read)
            .enumerate()
            .try_for_each(|(at, (expected, read))| same(&format!("{place}[{at}]"), expected, read)),
        (Value::Number(expected), Value::Number(read)) => {
            let equal = expected == read || (expected.is_f64() || read.is_f64()) && expected.as_f64() == read.as_f64();
            if equal { Ok(()) } else { differ() }
        }
        _ if expected == read => Ok(()),
        _ => differ(),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(elements) => elements.iter().map(count).sum(),
        _ => 1,
    }
}
