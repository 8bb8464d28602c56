//! Raw requests over real sockets.

use std::{
    io::Read as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use flate2::read::GzDecoder;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::*;
use crate::{
    cache::{Pages, Part},
    model::{FixedClock, Value},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[derive(Debug, Default)]
struct Application {
    ready: AtomicBool,
    reload_error: Mutex<Option<String>>,
    asked_to_quit: AtomicBool,
    called: Notify,
    go_on: Notify,
}

/// The application, as the server's traits see it.
#[derive(Clone, Debug)]
struct Face(Arc<Application>);

impl Status for Face {
    fn ready(&self) -> bool {
        self.0.ready.load(Ordering::Relaxed)
    }

    fn overview(&self) -> Arc<Overview> {
        Arc::new(Overview { version: "1.2.3".to_owned(), ..Overview::default() })
    }
}

#[async_trait]
impl Lifecycle for Face {
    async fn reload(&self) -> Result<(), String> {
        self.0.reload_error.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn quit(&self) {
        self.0.asked_to_quit.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Api for Face {
    async fn call(&self, request: ApiRequest) -> ApiResponse {
        match (request.segments[0].as_str(), &request.method) {
            ("workflows", &Method::GET) | ("search", _) => ApiResponse::json(
                StatusCode::OK,
                &json!({"segments": request.segments, "query": request.query, "body": request.body}),
            ),
            ("workflows", _) => ApiResponse::method_not_allowed("GET, HEAD"),
            ("slow", _) => {
                self.0.called.notify_one();
                self.0.go_on.notified().await;
                ApiResponse::json(StatusCode::OK, &"done")
            }
            _ => ApiResponse::not_found(),
        }
    }
}

struct Server {
    address: SocketAddr,
    application: Arc<Application>,
    pages: Arc<Pages>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { listen_addresses: vec!["127.0.0.1:0".parse().unwrap()], ..Config::default() };
        change(&mut config);
        let listeners = listen(&config.listen_addresses).await.unwrap();
        let address = listeners[0].local_addr().unwrap();
        let (application, pages) = (Arc::new(Application::default()), Arc::new(Pages::new(NOW)));
        let face = || Box::new(Face(Arc::clone(&application)));
        let parts = Parts {
            pages: Arc::clone(&pages),
            status: face(),
            api: face(),
            lifecycle: face(),
            clock: Arc::new(FixedClock(NOW)),
        };
        let (stop, stopped) = oneshot::channel();
        let site = Arc::new(Site::new(&config, parts));
        let running = tokio::spawn(serve(listeners, site, async {
            stopped.await.unwrap();
        }));
        Self { address, application, pages, stop, running }
    }

    /// Sends lines as they are, `Host` added, and reads until the server closes.
    async fn ask(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (line, rest) = request.split_once('\n').unwrap_or((request, ""));
        let host = if rest.to_ascii_lowercase().contains("host:") { "" } else { "Host: localhost\r\n" };
        let (headers, body) = rest.split_once("\n\n").unwrap_or((rest, ""));
        let headers: String = headers.lines().flat_map(|line| [line, "\r\n"]).collect();
        let length = match body {
            "" => String::new(),
            body => format!("Content-Length: {}\r\n", body.len()),
        };
        let request = format!("{line} HTTP/1.1\r\n{host}Connection: close\r\n{headers}{length}\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::parse(&bytes)
    }

    fn publish(&self, own: &str) {
        self.pages.publish_own(Part::compress(own.as_bytes(), own.as_bytes(), None), NOW);
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("headers end");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// A header's value; panics where it is there twice.
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there once");
        value
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[tokio::test]
async fn metrics_are_served_in_the_format_and_encoding_asked_for() {
    let server = Server::start(|_| ()).await;
    server.publish("own 1\n");

    let plain = server.ask("GET /metrics").await;
    assert_eq!((plain.status, plain.text()), (200, "own 1\n"));
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("vary"), Some("Accept, Accept-Encoding"));
    assert_eq!(plain.header("content-length"), Some("6"));
    assert_eq!(plain.header("transfer-encoding"), None);

    let packed = server.ask("GET /metrics\nAccept: application/openmetrics-text\nAccept-Encoding: gzip").await;
    let mut text = String::new();
    GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "own 1\n# EOF\n");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0"));
    assert_ne!(packed.header("etag"), plain.header("etag"));
}

#[tokio::test]
async fn head_answers_what_get_answers_but_the_body() {
    let server = Server::start(|_| ()).await;
    server.publish("own 1\n");
    for path in ["/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/workflows"] {
        let (get, head) = (server.ask(&format!("GET {path}")).await, server.ask(&format!("HEAD {path}")).await);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_client_that_has_the_page_is_told_so() {
    let server = Server::start(|_| ()).await;
    server.publish("own 1\n");
    let etag = server.ask("GET /metrics").await.header("etag").unwrap().to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let answer = server.ask(&format!("GET /metrics\nIf-None-Match: {known}")).await;
        assert_eq!((answer.status, answer.text()), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert!(answer.header("vary").is_some());
    }
    // Another encoding is another body.
    assert_eq!(server.ask(&format!("GET /metrics\nAccept-Encoding: gzip\nIf-None-Match: {etag}")).await.status, 200);
    server.publish("own 2\n");
    assert_eq!(server.ask(&format!("GET /metrics\nIf-None-Match: {etag}")).await.text(), "own 2\n");
}

#[tokio::test]
async fn before_anything_is_published_metrics_answer_with_an_empty_valid_page() {
    let server = Server::start(|_| ()).await;
    assert_eq!(server.ask("GET /metrics").await.status, 200);
    assert_eq!(server.ask("GET /metrics\nAccept: application/openmetrics-text").await.text(), "# EOF\n");
}

#[tokio::test]
async fn healthy_is_always_and_ready_once_there_is_a_generation() {
    let server = Server::start(|_| ()).await;
    assert_eq!(server.ask("GET /-/healthy").await.status, 200);
    assert_eq!(server.ask("GET /-/ready").await.status, 503);
    server.application.ready.store(true, Ordering::Relaxed);
    assert_eq!(server.ask("GET /-/ready").await.status, 200);
}

#[tokio::test]
async fn reload_and_quit_are_off_unless_enabled() {
    let server = Server::start(|_| ()).await;
    for path in ["/-/reload", "/-/quit"] {
        let answer = server.ask(&format!("POST {path}")).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("web.enable_lifecycle"));
    }
    assert!(!server.application.asked_to_quit.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_failed_reload_is_no_success_and_says_why() {
    let server = Server::start(|config| config.enable_lifecycle = true).await;
    assert_eq!(server.ask("POST /-/reload").await.status, 200);
    *server.application.reload_error.lock().unwrap() = Some("cloudgauge.yaml:1:1: unknown key `x`".to_owned());
    let answer = server.ask("PUT /-/reload").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("cloudgauge.yaml:1:1: unknown key `x`"));
}

#[tokio::test]
async fn quit_asks_the_application_to_stop_unless_another_sites_page_says_so() {
    let server = Server::start(|config| config.enable_lifecycle = true).await;
    assert_eq!(server.ask("POST /-/quit\nOrigin: http://evil.example").await.status, 403);
    assert!(!server.application.asked_to_quit.load(Ordering::Relaxed));
    assert_eq!(server.ask("POST /-/quit").await.status, 200);
    assert!(server.application.asked_to_quit.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones_and_a_wrong_path_nothing() {
    let server = Server::start(|_| ()).await;
    for (request, allow) in [
        ("POST /metrics", "GET, HEAD"),
        ("DELETE /", "GET, HEAD"),
        ("PUT /-/ready", "GET, HEAD"),
        ("GET /-/reload", "PUT, POST"),
        ("GET /-/quit", "PUT, POST"),
    ] {
        let answer = server.ask(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{request}");
    }
    for path in ["/nothing", "/metrics/", "/-/", "/api/v2/workflows", "/api/v1"] {
        assert_eq!(server.ask(&format!("GET {path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn metrics_may_move_to_another_path() {
    let server = Server::start(|config| config.telemetry_path = "/m".parse().unwrap()).await;
    assert_eq!(server.ask("GET /m?x=1").await.status, 200);
    assert_eq!(server.ask("GET /metrics").await.status, 404);
    assert!(server.ask("GET /").await.text().contains("href=\"/m\""));
}

#[tokio::test]
async fn the_landing_page_runs_no_scripts() {
    let server = Server::start(|_| ()).await;
    let page = server.ask("GET /").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.text().contains("Version 1.2.3."));
}

#[tokio::test]
async fn the_api_gets_path_query_and_body_decoded() {
    let server = Server::start(|_| ()).await;
    let answer = server
        .ask("POST /api/v1/search/a%2Fb?q=x%20y&q=z+\nX-Cloudgauge-Client: cli\nContent-Type: application/json\n\n{\"n\":1}")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({"segments": ["search", "a/b"], "query": [["q", "x y"], ["q", "z "]], "body": {"n": 1}})
    );
}

#[tokio::test]
async fn reading_workflows_is_open_and_the_rest_is_not() {
    let server = Server::start(|_| ()).await;
    assert_eq!(server.ask("GET /api/v1/workflows\nHost: anything.example").await.status, 200);
    let refused = server.ask("GET /api/v1/search").await;
    assert_eq!(refused.status, 403);
    assert!(refused.json()["error"].as_str().unwrap().contains("x-cloudgauge-client"));
    assert_eq!(server.ask("GET /api/v1/search\nX-Cloudgauge-Client: cli").await.status, 200);
    let rebound = server.ask("GET /api/v1/search\nHost: evil.example\nX-Cloudgauge-Client: cli").await;
    assert_eq!(rebound.status, 403);
    let preflight = server.ask("OPTIONS /api/v1/search\nOrigin: http://evil.example").await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-headers")), (403, None));
}

#[tokio::test]
async fn the_api_refuses_bodies_that_are_no_json_or_too_large() {
    let server = Server::start(|_| ()).await;
    let post = |content_type: &str, body: &str| {
        format!("POST /api/v1/search\nX-Cloudgauge-Client: cli\nContent-Type: {content_type}\n\n{body}")
    };
    assert_eq!(server.ask(&post("text/plain", "{}")).await.status, 415);
    assert_eq!(server.ask(&post("application/x-www-form-urlencoded", "a=1")).await.status, 415);
    assert_eq!(server.ask(&post("application/json", "{")).await.status, 400);
    assert_eq!(server.ask(&post("application/json; charset=utf-8", "[]")).await.status, 200);
    // Larger than the limit by its own statement, so that nothing needs to be sent.
    let stated =
        "POST /api/v1/search\nX-Cloudgauge-Client: cli\nContent-Type: application/json\nContent-Length: 9999999";
    assert_eq!(server.ask(stated).await.status, 413);
    // Without a length, it is counted; nothing is left unread, so that the answer arrives.
    let chunk = format!("100001\r\n{}\r\n0\r\n\r\n", " ".repeat(0x10_0001));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nX-Cloudgauge-Client: cli\r\nConnection: close\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}{chunk}").as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[tokio::test]
async fn scrapes_over_the_limit_are_refused_and_a_slow_reader_counts() {
    let server = Server::start(|config| config.max_requests = 1).await;
    // More than sockets and connection buffer, so that the answer stays on its way.
    server.publish(&"own 1\n".repeat(4_000_000));
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    slow.read_u8().await.unwrap();

    let refused = server.ask("GET /metrics").await;
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains('1'));
    // Others are not affected, and neither is the page.
    assert_eq!(server.ask("GET /-/healthy").await.status, 200);
    server.publish("own 2\n");

    drop(slow);
    loop {
        let answer = server.ask("GET /metrics").await;
        if answer.status == 200 {
            assert_eq!(answer.text(), "own 2\n");
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_slow_reader_gets_the_page_it_asked_for_after_a_swap() {
    let server = Server::start(|_| ()).await;
    let old = "own 1\n".repeat(1_000_000);
    server.publish(&old);
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut bytes = vec![slow.read_u8().await.unwrap()];
    server.publish("own 2\n");
    assert_eq!(server.ask("GET /metrics").await.text(), "own 2\n");
    slow.read_to_end(&mut bytes).await.unwrap();
    assert!(Answer::parse(&bytes).text() == old);
}

#[tokio::test]
async fn a_connection_carries_several_requests() {
    let server = Server::start(|_| ()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{request}{request}{last}").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3);
}

#[tokio::test]
async fn stopping_finishes_what_is_being_answered_and_refuses_new_connections() {
    let server = Server::start(|config| config.enable_lifecycle = true).await;
    let application = Arc::clone(&server.application);
    let address = server.address;
    let client = Client::new(&format!("http://{address}")).unwrap();
    let answer = tokio::spawn(async move { client.get::<String>(&["slow"], &[]).await });
    application.called.notified().await;

    server.stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.running.is_finished());
    application.go_on.notify_one();
    assert_eq!(answer.await.unwrap().unwrap(), "done");
    server.running.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_keep_the_server_from_stopping() {
    let server = Server::start(|_| ()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    idle.read_u8().await.unwrap();
    server.stop.send(()).unwrap();
    server.running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_its_headers_slowly_is_disconnected() {
    let server = Server::start(|_| ()).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    let started = tokio::time::Instant::now();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_api_that_takes_too_long_is_given_up() {
    let server = Server::start(|_| ()).await;
    let started = tokio::time::Instant::now();
    let answer = server.ask("GET /api/v1/slow\nX-Cloudgauge-Client: cli").await;
    assert_eq!((answer.status, started.elapsed().as_secs()), (504, 60));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = Server::start(|_| ()).await;
    let head = "POST /api/v1/search\nX-Cloudgauge-Client: cli\nContent-Type: application/json\nContent-Length: 2";
    let started = tokio::time::Instant::now();
    let answer = server.ask(head).await;
    assert_eq!((answer.status, started.elapsed().as_secs()), (408, 10));
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_ever() {
    let server = Server::start(|_| ()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /api/v1/slow HTTP/1.1\r\nHost: localhost\r\nX-Cloudgauge-Client: cli\r\n\r\n";
    stream.write_all(request).await.unwrap();
    server.application.called.notified().await;
    let started = tokio::time::Instant::now();
    server.stop.send(()).unwrap();
    server.running.await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 10);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn the_client_reads_answers_and_errors() {
    let server = Server::start(|_| ()).await;
    let client = Client::new(&format!("http://{}", server.address)).unwrap();
    let answer: Value = client.get(&["search", "é"], &[("q", "a&b")]).await.unwrap();
    assert_eq!(answer, json!({"segments": ["search", "é"], "query": [["q", "a&b"]], "body": null}));
    let answer: Value = client.post(&["search"], &json!({"n": 1})).await.unwrap();
    assert_eq!(answer["body"], json!({"n": 1}));

    let error = client.get::<Value>(&["nothing"], &[]).await.unwrap_err().to_string();
    assert!(error.ends_with("answered 404 Not Found: there is nothing at this path"), "{error}");
    let error = client.post::<Value>(&["workflows"], &json!({})).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: StatusCode::METHOD_NOT_ALLOWED, .. }));
    assert!(matches!(client.get::<u8>(&["workflows"], &[]).await, Err(ClientError::Answer { .. })));
}

#[tokio::test]
async fn the_client_says_where_no_server_answers() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::new(&format!("http://{unused}")).unwrap();
    assert!(matches!(client.get::<Value>(&["workflows"], &[]).await, Err(ClientError::Connect { .. })));
}
