//! The client against a server of our own on the loopback interface.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{net::TcpListener, task::AbortHandle};

use super::*;
use crate::{
    model::FixedClock,
    provider::aws::{
        Config,
        credentials::{CredentialSource, CredentialsError},
        paginate::Listing,
    },
};

const REGIONS: &str = "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item>\
    </regionInfo></DescribeRegionsResponse>";

/// A server that gives prepared answers in order, and keeps what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: AbortHandle,
}

#[derive(Clone, Debug)]
struct Asked {
    target: String,
    headers: http::HeaderMap,
    body: String,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_owned() }
}

fn ec2_error(status: u16, code: &str) -> Answer {
    answer(
        status,
        &format!("<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors></Response>"),
    )
}

impl Server {
    async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, kept) = (Arc::clone(&answers), Arc::clone(&kept));
                tokio::spawn(async move {
                    let service = service_fn(|request: http::Request<Incoming>| {
                        let (answers, kept) = (Arc::clone(&answers), Arc::clone(&kept));
                        async move {
                            let (head, body) = request.into_parts();
                            let body = body.collect().await.unwrap().to_bytes();
                            kept.lock().unwrap().push(Asked {
                                target: head.uri.to_string(),
                                headers: head.headers,
                                body: String::from_utf8(body.to_vec()).unwrap(),
                            });
                            let next = answers.lock().unwrap().pop_front().expect("an answer for every request");
                            let mut answer = http::Response::builder().status(next.status);
                            for (name, value) in next.headers {
                                answer = answer.header(name, value);
                            }
                            Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(next.body))).unwrap())
                        }
                    });
                    // A client that goes away is no concern of the test.
                    drop(
                        http1::Builder::new()
                            .auto_date_header(false)
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        });
        Self { url, asked, task: task.abort_handle() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug, Default)]
struct Outcomes {
    calls: Mutex<Vec<CallOutcome>>,
    retries: Mutex<usize>,
    waited: Mutex<Duration>,
}

impl CallMeter for Outcomes {
    fn record(&self, call: &Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.outcome);
    }

    fn retried(&self, operation: Counted<'_>) {
        assert_eq!(operation, Counted { provider: "aws", service: "ec2", operation: "DescribeRegions" });
        *self.retries.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn waited(&self, _operation: Counted<'_>, time: Duration) {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}

/// Counts how often it is asked; each time the key is another.
#[derive(Debug, Default)]
struct Numbered(Mutex<usize>);

#[async_trait]
impl CredentialSource for Numbered {
    async fn fetch(&self) -> Result<Credentials, CredentialsError> {
        let mut number = self.0.lock().unwrap();
        *number += 1;
        Ok(Credentials::new(format!("KEY{number}"), "secret", Some("token".to_owned()), None, "test"))
    }
}

struct Setup {
    client: AwsClient,
    session: Session,
    outcomes: Arc<Outcomes>,
}

fn setup(url: &str) -> Setup {
    let outcomes = Arc::new(Outcomes::default());
    let clock = Arc::new(FixedClock("2026-01-01T00:00:00Z".parse().unwrap()));
    let client = AwsClient::new(Parts {
        provider: "aws".into(),
        http: HttpClient::new(Duration::from_secs(5), Duration::from_secs(5)).unwrap(),
        policy: Policy { base: Duration::from_millis(1), cap: Duration::from_millis(1), ..Policy::default() },
        config: Config { endpoint_url: Some(url.to_owned()), ..Config::default() },
        meter: outcomes.clone(),
        permissions: Arc::default(),
        clock: clock.clone(),
    });
    let session = Session::new("111111111111", CachedCredentials::new(Box::new(Numbered::default()), clock));
    Setup { client, session, outcomes }
}

impl Setup {
    async fn regions(&self) -> Result<Value, AwsError> {
        let (client, session) = (&self.client, &self.session);
        let answer = client.call(session, "eu-west-1", "ec2", "DescribeRegions", &json!({}), &Projection::All).await?;
        Ok(answer.value())
    }

    fn outcomes(&self) -> Vec<CallOutcome> {
        self.outcomes.calls.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_request_is_signed_for_its_region_and_its_answer_read() {
    let server = Server::start(vec![answer(200, REGIONS)]).await;
    let setup = setup(&server.url);
    assert_eq!(setup.regions().await.unwrap(), json!({"Regions": [{"RegionName": "eu-west-1"}]}));
    let asked = &server.asked()[0];
    assert_eq!(asked.body, "Action=DescribeRegions&Version=2016-11-15");
    let authorization = asked.headers["authorization"].to_str().unwrap();
    assert!(authorization.contains("KEY1/20260101/eu-west-1/ec2/aws4_request"), "{authorization}");
    assert_eq!(asked.headers["x-amz-security-token"], "token");
}

#[tokio::test]
async fn throttles_and_server_errors_are_tried_again() {
    let answers = vec![ec2_error(503, "RequestLimitExceeded"), answer(500, "<html>"), answer(200, REGIONS)];
    let server = Server::start(answers).await;
    let setup = setup(&server.url);
    setup.regions().await.unwrap();
    assert_eq!(setup.outcomes(), [CallOutcome::Throttled, CallOutcome::Failed, CallOutcome::Ok]);
    assert_eq!(*setup.outcomes.retries.lock().unwrap(), 2);
    assert!(*setup.outcomes.waited.lock().unwrap() > Duration::ZERO);
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let server = Server::start((0..5).map(|_| ec2_error(503, "Unavailable")).collect()).await;
    let setup = setup(&server.url);
    let error = setup.regions().await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("Unavailable", FailureClass::BadAnswer));
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_refusal_is_final() {
    let server = Server::start(vec![ec2_error(403, "UnauthorizedOperation")]).await;
    let setup = setup(&server.url);
    let error = setup.regions().await.unwrap_err();
    assert_eq!(error.class(), FailureClass::Denied);
    assert_eq!(error.to_string(), "UnauthorizedOperation: m");
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let answers = vec![ec2_error(400, "RequestExpired"), ec2_error(400, "RequestExpired")];
    let server = Server::start(answers).await;
    let setup = setup(&server.url);
    assert_eq!(setup.regions().await.unwrap_err().class(), FailureClass::ExpiredCredentials);
    let keys: Vec<bool> = server
        .asked()
        .iter()
        .zip(["KEY1/", "KEY2/"])
        .map(|(asked, key)| asked.headers["authorization"].to_str().unwrap().contains(key))
        .collect();
    assert_eq!(keys, [true, true]);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected_for_all_requests() {
    let date = ("date", "Thu, 01 Jan 2026 02:00:00 GMT");
    let refused = |code| Answer { headers: vec![date], ..ec2_error(403, code) };
    let server = Server::start(vec![refused("RequestExpired"), answer(200, REGIONS), answer(200, REGIONS)]).await;
    let setup = setup(&server.url);
    setup.regions().await.unwrap();
    setup.regions().await.unwrap();
    let times: Vec<_> = server.asked().iter().map(|asked| asked.headers["x-amz-date"].clone()).collect();
    assert_eq!(times, ["20260101T000000Z", "20260101T020000Z", "20260101T020000Z"]);
    let keys =
        server.asked().into_iter().map(|asked| asked.headers["authorization"].to_str().unwrap()[..35].to_owned());
    assert!(keys.into_iter().all(|key| key.contains("KEY1")), "the credentials were good");
}

#[tokio::test]
async fn a_bucket_is_followed_to_its_region() {
    let moved = Answer {
        status: 301,
        headers: vec![("x-amz-bucket-region", "ap-south-1")],
        body: "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>".to_owned(),
    };
    let server = Server::start(vec![moved, answer(200, "<VersioningConfiguration/>")]).await;
    let Setup { client, session, .. } = setup(&server.url);
    let params = json!({"Bucket": "b-1"});
    let read = client.call(&session, "us-east-1", "s3", "GetBucketVersioning", &params, &Projection::All).await;
    assert_eq!(read.unwrap().value(), json!({}));
    let asked = server.asked();
    assert_eq!(asked[1].target, "/b-1?versioning");
    assert!(asked[1].headers["authorization"].to_str().unwrap().contains("/ap-south-1/s3/"));
}

#[tokio::test]
async fn an_answer_that_is_no_xml_is_a_bad_answer() {
    let server = Server::start(vec![answer(200, "<DescribeRegionsResponse><regionInfo>")]).await;
    let error = setup(&server.url).regions().await.unwrap_err();
    assert_eq!(error.class(), FailureClass::BadAnswer);
}

#[tokio::test]
async fn nobody_listening_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let setup = setup(&url);
    assert_eq!(setup.regions().await.unwrap_err().class(), FailureClass::Timeout);
    assert_eq!(setup.outcomes().len(), 5);
}

fn volumes(token: &str) -> Answer {
    answer(
        200,
        &format!("<R><volumeSet><item><volumeId>v</volumeId></item></volumeSet><nextToken>{token}</nextToken></R>"),
    )
}

fn listing() -> Listing {
    Listing {
        service: "ec2".to_owned(),
        operation: "DescribeVolumes".to_owned(),
        region: "eu-west-1".to_owned(),
        params: json!({}),
        page_size: Some(7),
        projection: Arc::new(Projection::of(["Volumes[].VolumeId"])),
    }
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let server = Server::start(vec![volumes("a"), volumes("b"), volumes("")]).await;
    let Setup { client, session, .. } = setup(&server.url);
    let pages: Vec<_> = client.pages(&session, listing()).collect().await;
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(Result::is_ok));
    let bodies: Vec<String> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[0], "Action=DescribeVolumes&Version=2016-11-15&MaxResults=7");
    assert_eq!(bodies[2], "Action=DescribeVolumes&Version=2016-11-15&NextToken=b&MaxResults=7");
}

#[tokio::test]
async fn a_token_that_comes_again_ends_the_listing_with_an_error() {
    let server = Server::start(vec![volumes("a"), volumes("b"), volumes("a")]).await;
    let Setup { client, session, .. } = setup(&server.url);
    let pages: Vec<_> = client.pages(&session, listing()).collect().await;
    assert_eq!(pages.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    assert!(matches!(pages[2], Err(AwsError::RepeatedToken { page: 3 })));
}

#[tokio::test]
async fn a_listing_that_breaks_off_has_the_pages_before() {
    let server = Server::start(vec![volumes("a"), ec2_error(403, "UnauthorizedOperation")]).await;
    let Setup { client, session, .. } = setup(&server.url);
    let pages: Vec<_> = client.pages(&session, listing()).collect().await;
    assert_eq!(pages.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
}
