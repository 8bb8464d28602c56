//! AWS's own protocol suites against our requests and values.
//!
//! The suites are data of botocore's repository. They are read from `../shared/aws-protocol-suites` beside the
//! checkout; where that is absent, the tests say so and check nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use cloudgauge::provider::aws::{
    protocol::{self, Projection, Request, Response, ServiceError},
    schema::{Operation, Service, Shape, Target},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

const PROTOCOLS: [&str; 7] = ["ec2", "query", "json", "json_1_0", "json_1_0-query-compatible", "rest-json", "rest-xml"];

#[test]
fn requests_are_what_the_suites_expect() {
    check("input", |case| {
        let params = to_params(case.service, case.operation().input.as_ref(), &case.json["params"]);
        let params = params.as_object().cloned().unwrap_or_default();
        let token = "00000000-0000-4000-8000-000000000000";
        let request = protocol::build(case.service, case.operation(), &params, token).map_err(|e| e.to_string())?;
        compare_requests(&case.json["serialized"], &request, &case.file)
    });
}

#[test]
fn values_are_what_the_suites_expect() {
    check("output", |case| {
        let response = response(&case.json["response"]);
        if let Some(code) = case.json.get("errorCode") {
            let error = ServiceError::read(case.service, &response).ok_or("read as a success")?;
            let message = case.json.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
            let expected = (code.as_str().unwrap_or_default(), message);
            return same(&expected, &(error.code.as_str(), if message.is_empty() { "" } else { &error.message }));
        }
        let parsed = protocol::parse(case.service, case.operation(), &response, &Projection::All)
            .map_err(|error| error.to_string())?;
        let expected = from_result(case.service, case.operation().output.as_ref(), &case.json["result"]);
        same(&expected, &parsed.answer.value())?;
        same(&0, &parsed.anomalies)
    });
}

/// One case of a suite, with the model it brings along.
struct Case {
    file: String,
    /// Never dropped: answers have the names of its members.
    service: &'static Service,
    json: Value,
}

impl Case {
    fn operation(&self) -> &'static Operation {
        self.service.operations().next().expect("a case has one operation")
    }

    fn id(&self) -> &str {
        self.json["id"].as_str().unwrap_or("without id")
    }
}

/// Runs every case that botocore runs itself; there is none that we differ in.
#[expect(clippy::print_stderr, reason = "says how much it did, where somebody looks")]
fn check(kind: &str, run: impl Fn(&Case) -> Result<(), String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/aws-protocol-suites");
    if !root.is_dir() {
        return crate::skipped(&format!("there are no protocol suites at {}", root.display()));
    }
    let ignored = read(&root.join("protocol-tests-ignore-list.json"));
    let mut failures = Vec::new();
    let mut passed = BTreeMap::new();
    for file in PROTOCOLS {
        for case in cases(&root, kind, file, &ignored) {
            match run(&case) {
                Ok(()) => *passed.entry(file).or_insert(0) += 1,
                Err(difference) => failures.push(format!("{file} {}\n{difference}", case.id())),
            }
        }
    }
    eprintln!("{kind}: passed {passed:?}");
    assert!(failures.is_empty(), "{} cases differ:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(passed.len(), PROTOCOLS.len(), "every file has cases");
}

fn cases(root: &Path, kind: &str, file: &str, ignored: &Value) -> Vec<Case> {
    let listed = |what: &str| -> BTreeSet<String> {
        let general = &ignored["general"][kind][what];
        let own = &ignored["protocols"][file][kind][what];
        [general, own]
            .into_iter()
            .flat_map(|list| list.as_array().into_iter().flatten())
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let (suites, ids) = (listed("suites"), listed("cases"));
    let mut cases = Vec::new();
    for suite in read(&root.join(kind).join(format!("{file}.json"))).as_array().expect("a list of suites") {
        if suites.contains(suite["description"].as_str().unwrap_or_default()) {
            continue;
        }
        for case in suite["cases"].as_array().expect("a list of cases") {
            if ids.contains(case["id"].as_str().unwrap_or_default()) {
                continue;
            }
            let given = &case["given"];
            let name = given["name"].as_str().expect("an operation has a name");
            let mut metadata = suite["metadata"].clone();
            let protocol = metadata["protocol"].as_str().unwrap_or_default().to_owned();
            metadata["protocol"] = protocol.into();
            let model = json!({"metadata": metadata, "operations": {name: given.clone()}, "shapes": suite["shapes"]});
            let service = Service::parse("suite", &model.to_string()).expect("the suite's model compiles");
            let service = Box::leak(Box::new(service));
            cases.push(Case { file: file.to_owned(), service, json: case.clone() });
        }
    }
    cases
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The suites' parameters have blobs as plain text; ours have base64.
fn to_params(service: &Service, target: Option<&Target>, value: &Value) -> Value {
    let Some(target) = target else { return value.clone() };
    convert(service, target, value, &|shape, value| match (shape, value) {
        (Shape::Blob, Value::String(text)) => BASE64.encode(text).into(),
        (_, value) => value.clone(),
    })
}

/// The suites' values have blobs as plain text and times as seconds.
fn from_result(service: &Service, target: Option<&Target>, value: &Value) -> Value {
    let Some(target) = target else { return json!({}) };
    convert(service, target, value, &|shape, value| match (shape, value) {
        (Shape::Blob, Value::String(text)) => BASE64.encode(text).into(),
        (Shape::Timestamp, Value::Number(seconds)) => {
            let seconds = jiff::SignedDuration::from_secs_f64(seconds.as_f64().expect("a number of seconds"));
            let time = jiff::Timestamp::UNIX_EPOCH + seconds.round(jiff::Unit::Millisecond).expect("in range");
            time.to_string().into()
        }
        (Shape::Float, Value::Number(number)) => number.as_f64().expect("a double").into(),
        (_, value) => value.clone(),
    })
}

fn convert(service: &Service, target: &Target, value: &Value, scalar: &dyn Fn(&Shape, &Value) -> Value) -> Value {
    match (service.shape(target), value) {
        (_, Value::Null) => Value::Null,
        (Shape::Structure(structure), Value::Object(members)) => {
            let members = members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
                let member = structure.member(name).unwrap_or_else(|| panic!("the suite's model has no {name}"));
                (name.clone(), convert(service, &member.target, value, scalar))
            });
            members.collect::<Map<_, _>>().into()
        }
        (Shape::List(item), Value::Array(items)) => {
            items.iter().map(|value| convert(service, item, value, scalar)).collect()
        }
        (Shape::Map { value: element, .. }, Value::Object(entries)) => entries
            .iter()
            .map(|(key, value)| (key.clone(), convert(service, element, value, scalar)))
            .collect::<Map<_, _>>()
            .into(),
        (shape, value) => scalar(shape, value),
    }
}

fn response(json: &Value) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in json["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().expect("a header's name");
        headers.append(name, HeaderValue::from_str(value.as_str().expect("text")).expect("a header's value"));
    }
    let status = json["status_code"].as_u64().map_or(200, |status| u16::try_from(status).expect("a status"));
    let body = json["body"].as_str().unwrap_or_default().as_bytes().to_vec();
    Response { status, headers, body: body.into() }
}

fn compare_requests(expected: &Value, request: &Request, file: &str) -> Result<(), String> {
    let text = |key: &str| expected[key].as_str();
    if let Some(method) = text("method") {
        same(&method, &request.method.as_str())?;
    }
    if let Some(host) = text("host") {
        let host = host.split('/').next().unwrap_or_default();
        same(&host.to_owned(), &format!("{}example.com", request.host_prefix))?;
    }
    if let (Some(uri), true) = (text("uri"), file.starts_with("rest")) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        same(&path, &request.path.as_str())?;
        same(&pairs(query), &pairs(&request.query))?;
    }
    let header = |name: &str| {
        request.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let length = request.body.len().to_string();
        let sent = if name.eq_ignore_ascii_case("content-length") { Some(length.as_str()) } else { header(name) };
        same(&(name, value.as_str()), &(name, sent))?;
    }
    for name in expected["forbidHeaders"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        same(&(name, None), &(name, header(name)))?;
    }
    if let Some(body) = text("body") {
        compare_bodies(body, &String::from_utf8_lossy(&request.body), file)?;
    }
    Ok(())
}

fn compare_bodies(expected: &str, body: &str, file: &str) -> Result<(), String> {
    match file {
        "query" | "ec2" => same(&pairs(expected), &pairs(body)),
        "rest-xml" if expected.trim_start().starts_with('<') => same(&tree(expected), &tree(body)),
        _ => match (serde_json::from_str::<Value>(expected), serde_json::from_str::<Value>(body)) {
            (Ok(expected), Ok(body)) => same(&expected, &body),
            _ => same(&expected, &body),
        },
    }
}

fn pairs(form: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    pairs.sort();
    pairs
}

/// An XML document as sorted lines, one an element: order and insignificant space do not count.
fn tree(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<(String, String, Vec<String>)> = vec![(String::new(), String::new(), Vec::new())];
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(element) => {
                let attributes = element.attributes().flatten();
                let mut attributes: Vec<String> = attributes.map(|a| format!("{}={}", a.key.0, &a.value)).collect();
                attributes.sort();
                open.push((format!("{} {}", element.name().0, attributes.join(" ")), String::new(), Vec::new()));
            }
            Event::End(_) => {
                let (name, text, mut children) = open.pop().expect("an open element");
                children.sort();
                let parent = open.last_mut().expect("a parent");
                parent.2.push(format!("<{name}>{}{}</>", text.trim(), children.concat()));
            }
            Event::Text(text) => open.last_mut().expect("a parent").1.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                open.last_mut().expect("a parent").1.extend(["&", &*reference, ";"]);
            }
            Event::Eof => return open.pop().expect("the document").2,
            _ => {}
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(expected: &T, actual: &T) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err(format!("    expected {expected:?}\n    actual   {actual:?}")) }
}
