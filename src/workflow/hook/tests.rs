//! Hooks with real processes and a real server, in real time.

use std::convert::Infallible;

use ::http::request::Parts;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::workflow::{RunContext, Workflow, fifo::Fifo};

fn payload() -> Payload {
    let context = RunContext::detached(Workflow::Collect, Step::PostCollect, Timestamp::UNIX_EPOCH);
    Payload::new(&context, &[], Timestamp::UNIX_EPOCH, None)
}

fn environment() -> BTreeMap<String, String> {
    let path = std::env::vars().find(|(name, _)| name == "PATH").unwrap();
    BTreeMap::from([path, ("TOKEN".to_owned(), "s3cret-token".to_owned()), ("OTHER".to_owned(), "x".to_owned())])
}

fn hooks(config: &str) -> Result<Hooks, Vec<HookError>> {
    let hooks: Vec<HookConfig> = serde_saphyr::from_str(config).unwrap();
    Hooks::new(&hooks, &Config::default(), &environment())
}

async fn run(config: &str) -> HookResult {
    let hooks = hooks(&format!("[{{name: it, on: post_collect, {config}}}]")).unwrap();
    hooks.of(Step::PostCollect)[0].run(&payload()).await
}

#[tokio::test]
async fn a_program_gets_the_event_on_its_standard_input_and_a_small_environment() {
    let result = run("run: [cat]").await;
    assert_eq!(result.status, HookStatus::Exited(0));
    assert_eq!(
        result.output,
        [
            r#"{"event":"post_collect","workflow":"collect","run":"detached","trigger":"request","started_at":"1970-01-01T00:00:00Z","step_started_at":"1970-01-01T00:00:00Z","outcome":"ok","steps":[],"summary":{}}"#
        ]
    );

    let mut variables: Vec<_> = run("run: [env], env: {MINE: {value_env: OTHER}}").await.output;
    variables.retain(|line| !line.starts_with("PATH="));
    variables.sort();
    insta::assert_snapshot!(variables.join("\n"), @"
    CLOUDGAUGE_EVENT=post_collect
    CLOUDGAUGE_HOOK=it
    CLOUDGAUGE_OUTCOME=ok
    CLOUDGAUGE_RUN=detached
    CLOUDGAUGE_TRIGGER=request
    CLOUDGAUGE_WORKFLOW=collect
    MINE=x
    ");
}

#[tokio::test]
async fn arguments_are_not_read_by_a_shell() {
    assert_eq!(run("run: [echo, '$HOME; *']").await.output, ["$HOME; *"]);
}

#[tokio::test]
async fn a_program_that_fails_says_how() {
    let result = run("run: [sh, -c, 'echo out; echo err >&2; exit 7']").await;
    assert_eq!((result.status, result.output), (HookStatus::Exited(7), vec!["out".to_owned(), "err".to_owned()]));
    assert_eq!(run("run: [sh, -c, 'kill -9 $$']").await.status, HookStatus::Killed(9));
    let missing = run("run: [no-such-program]").await.status.to_string();
    assert!(missing.starts_with("cannot start `no-such-program`: "), "{missing}");
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed_with_its_children() {
    let fifo = Fifo::new();
    let script = format!("echo waiting; sleep 600 > {} & wait", fifo.path().display());
    let result = tokio::spawn(async move { run(&format!("timeout: 50s, run: [sh, -c, '{script}']")).await });
    let running = fifo.open().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(51)).await;
    let result = result.await.unwrap();
    tokio::time::resume();
    assert_eq!((result.status, result.output), (HookStatus::TimedOut, vec!["waiting".to_owned()]));
    running.until_writers_are_gone().await;
}

#[tokio::test]
async fn what_a_program_leaves_running_is_killed_when_it_exits() {
    let result = run("run: [sh, -c, 'sleep 600 & echo left']").await;
    assert_eq!((result.status, result.output), (HookStatus::Exited(0), vec!["left".to_owned()]));
}

#[tokio::test]
async fn output_without_end_is_bounded() {
    let result = run("run: [sh, -c, 'yes | head -n 200000; exit 1'], timeout: 20s").await;
    assert_eq!((result.status, result.output.len()), (HookStatus::Exited(1), 10));
}

/// A server that answers with the statuses it is given, one after the other, and tells what it was asked.
struct Server {
    port: u16,
    asked: mpsc::UnboundedReceiver<(Parts, String)>,
    _task: AbortOnDropHandle<()>,
}

async fn server(statuses: &[u16]) -> Server {
    let statuses: Vec<u16> = statuses.iter().copied().rev().collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, asked) = mpsc::unbounded_channel();
    let statuses = Arc::new(std::sync::Mutex::new(statuses));
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (sender, statuses) = (sender.clone(), Arc::clone(&statuses));
            let service = service_fn(move |request: Request<Incoming>| {
                let (sender, statuses) = (sender.clone(), Arc::clone(&statuses));
                async move {
                    let (parts, body) = request.into_parts();
                    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
                    let echo = parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
                    sender.send((parts, body)).unwrap();
                    let status = statuses.lock().unwrap().pop().unwrap_or(200);
                    let answer = Response::builder()
                        .status(status)
                        .header("location", "/elsewhere")
                        .body(Full::new(Bytes::from(format!("you sent {echo:?}\n"))));
                    Ok::<_, Infallible>(answer.unwrap())
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Server { port, asked, _task: AbortOnDropHandle::new(task) }
}

#[tokio::test]
async fn a_request_carries_the_event_and_the_headers() {
    let mut server = server(&[]).await;
    let headers = "{Authorization: {value_env: TOKEN}, X-Plain: plain}";
    let result = run(&format!("http: {{url: 'http://127.0.0.1:{}/a?b=c', headers: {headers}}}", server.port)).await;
    assert_eq!((result.status, result.output), (HookStatus::Http(200), vec![]));
    let (parts, body) = server.asked.recv().await.unwrap();
    assert_eq!((parts.method.as_str(), parts.uri.to_string().as_str()), ("POST", "/a?b=c"));
    assert_eq!(parts.headers["authorization"], "s3cret-token");
    assert_eq!(parts.headers["x-plain"], "plain");
    assert_eq!(parts.headers["content-type"], "application/json");
    assert_eq!(body, serde_json::to_string(&payload()).unwrap());
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_an_echoed_secret_is_hidden() {
    let mut server = server(&[302]).await;
    let url = format!("http://127.0.0.1:{}/", server.port);
    let result = run(&format!("http: {{url: '{url}', headers: {{Authorization: {{value_env: TOKEN}}}}}}")).await;
    assert_eq!(result.status, HookStatus::Http(302));
    assert_eq!(result.output, [r#"you sent Some("(hidden)")"#]);
    server.asked.recv().await.unwrap();
    assert!(server.asked.try_recv().is_err(), "there is no second request");
}

#[tokio::test]
async fn only_what_may_pass_is_tried_again_and_only_if_asked_to() {
    for (statuses, retries, expected, requests) in
        [(&[503, 200][..], 1, 200, 2), (&[503, 200], 0, 503, 1), (&[400, 200], 1, 400, 1)]
    {
        let mut server = server(statuses).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        let result = run(&format!("http: {{url: '{url}', retries: {retries}}}")).await;
        assert_eq!(result.status, HookStatus::Http(expected));
        for _ in 0..requests {
            server.asked.recv().await.unwrap();
        }
        assert!(server.asked.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_failure_without_its_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = run(&format!("timeout: 0.2s, http: {{url: 'http://127.0.0.1:{port}/s3cret'}}")).await;
    assert_eq!(silent.status, HookStatus::TimedOut);
    drop(listener);
    let closed = run(&format!("http: {{url: 'http://127.0.0.1:{port}/s3cret'}}")).await;
    let text = closed.status.to_string();
    assert!(text.starts_with("no answer: ") && text.contains("refused") && !text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn an_https_url_is_asked_over_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let request = tokio::spawn(async move { run(&format!("http: {{url: '{url}'}}")).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut hello = [0; 3];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello).await.unwrap();
    assert_eq!((hello[0], hello[1]), (0x16, 3), "a TLS handshake");
    drop(stream);
    assert!(matches!(request.await.unwrap().status, HookStatus::Failed(_)));
}

#[test]
fn what_cannot_work_is_found_before_anything_runs() {
    let errors = hooks(
        "
        - {name: a, on: collect, http: {url: {value_env: NOT_SET}}}
        - {name: b, on: collect, http: {url: 'ftp://x/s3cret'}}
        - {name: c, on: collect, http: {url: 'https://user:s3cret@example.org/'}}
        - {name: d, on: collect, http: {url: 'http://x/', headers: {'a b': s3cret}}}
        - {name: e, on: collect, http: {url: 'http://x/', headers: {A: \"s3\\ncret\"}}}
        - {name: f, on: collect, run: [x], env: {A: {value_env: NOT_SET}}}
        ",
    )
    .unwrap_err();
    let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    hook `a`: url: the environment variable `NOT_SET` is not set
    hook `b`: the url has the scheme `ftp`; it must be `http` or `https`
    hook `c`: the url holds a user or password; send the header `Authorization` instead
    hook `d`: `a b` cannot be the name of a header
    hook `e`: the value of the header `A` contains a line break or control character
    hook `f`: variable `A`: the environment variable `NOT_SET` is not set
    ");
}

#[test]
fn no_secret_shows_in_debug_output() {
    let hooks = hooks(
        "[{name: a, on: collect, http: {url: 'http://x/s3cret', headers: {A: s3cret}}},
          {name: b, on: collect, run: [x], env: {A: s3cret, B: {value_env: TOKEN}}}]",
    )
    .unwrap();
    let text = format!("{hooks:?}");
    assert!(!text.contains("s3cret"), "{text}");
}
