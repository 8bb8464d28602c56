//! Hooks that are HTTP requests.

use std::{collections::BTreeMap, error::Error, time::Duration};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONTENT_TYPE, USER_AGENT},
};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{
    HookStatus, Method,
    secret::{Resolved, hide},
    tail::Tail,
};

/// A request to make.
#[derive(Clone, Debug)]
pub(super) struct HttpRequest {
    method: Method,
    url: Resolved,
    headers: BTreeMap<String, Resolved>,
    retries: u8,
    client: Transport,
}

/// The first pause between two tries, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What is read of an answer.
const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// How to connect: anew for each request, since hooks are minutes apart.
#[derive(Clone, Debug)]
enum Transport {
    /// Without the certificates, which a machine without `https` hooks may lack.
    Plain(Client<HttpConnector, Full<Bytes>>),
    Tls(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl HttpRequest {
    /// Fails with what is wrong with the URL, a header, or the system's certificates.
    pub(super) fn new(
        method: Method,
        url: Resolved,
        headers: BTreeMap<String, Resolved>,
        retries: u8,
    ) -> Result<Self, String> {
        // What lies in a file is checked when it is read.
        let plain = match &url {
            Resolved::Text(text) => parse_url(text)?.scheme() == Some(&http::uri::Scheme::HTTP),
            Resolved::File(_) => false,
        };
        for (name, value) in &headers {
            parse_header(name, if let Resolved::Text(text) = value { text } else { "" })?;
        }
        let client = if plain {
            Transport::Plain(
                Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(HttpConnector::new()),
            )
        } else {
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| format!("cannot load the system's certificates: {error}"))?
                .https_or_http()
                .enable_http1()
                .build();
            Transport::Tls(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
        };
        Ok(Self { method, url, headers, retries, client })
    }

    /// Makes the request, with its retries, and returns the last lines of an answer that is no success.
    pub(super) async fn run(&self, body: &Bytes) -> (HookStatus, Vec<String>) {
        let mut secrets = Vec::new();
        let (uri, headers) = match self.target(&mut secrets).await {
            Ok(target) => target,
            Err(problem) => return (HookStatus::Failed(problem), Vec::new()),
        };
        let mut pause = PAUSE_MIN;
        let mut retries = self.retries;
        loop {
            let (status, lines, again) = match self.send(&uri, &headers, body).await {
                Ok(answer) => {
                    let status = answer.status();
                    let lines = if status.is_success() { Vec::new() } else { last_lines(answer).await };
                    let again = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
                    (HookStatus::Http(status.as_u16()), lines, again)
                }
                Err(error) => (HookStatus::Failed(format!("no answer: {}", chain(&error))), Vec::new(), true),
            };
            if !again || retries == 0 {
                return (status, lines.iter().map(|line| hide(line, &secrets)).collect());
            }
            retries -= 1;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// The URL and the headers, with the secrets among them.
    async fn target(&self, secrets: &mut Vec<String>) -> Result<(Uri, Vec<(HeaderName, HeaderValue)>), String> {
        let url = self.url.read().await.map_err(|problem| format!("url: {problem}"))?;
        let uri = parse_url(&url)?;
        secrets.push(url);
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = value.read().await.map_err(|problem| format!("header `{name}`: {problem}"))?;
            headers.push(parse_header(name, &value)?);
            secrets.push(value);
        }
        Ok((uri, headers))
    }

    async fn send(
        &self,
        uri: &Uri,
        headers: &[(HeaderName, HeaderValue)],
        body: &Bytes,
    ) -> Result<Response<Incoming>, legacy::Error> {
        let (method, body) = match self.method {
            Method::Get => (http::Method::GET, Bytes::new()),
            Method::Post => (http::Method::POST, body.clone()),
            Method::Put => (http::Method::PUT, body.clone()),
            Method::Patch => (http::Method::PATCH, body.clone()),
            Method::Delete => (http::Method::DELETE, body.clone()),
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri.clone();
        let fields = request.headers_mut();
        fields.insert(USER_AGENT, HeaderValue::from_static(concat!("cloudgauge/", env!("CARGO_PKG_VERSION"))));
        fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            fields.insert(name, value.clone());
        }
        match &self.client {
            Transport::Plain(client) => client.request(request).await,
            Transport::Tls(client) => client.request(request).await,
        }
    }
}

/// Reads a URL without ever repeating it: all of it may be secret.
fn parse_url(text: &str) -> Result<Uri, String> {
    let url = url::Url::parse(text).map_err(|error| format!("the url is not one: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the url has the scheme `{}`; it must be `http` or `https`", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the url holds a user or password; send the header `Authorization` instead".to_owned());
    }
    url.as_str().parse().map_err(|error| format!("the url is not one: {error}"))
}

fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("`{name}` cannot be the name of a header"))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| format!("the value of the header `{name}` contains a line break or control character"))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

async fn last_lines(mut answer: Response<Incoming>) -> Vec<String> {
    let mut tail = Tail::default();
    let mut read = 0;
    while let Some(Ok(frame)) = answer.body_mut().frame().await {
        if let Some(data) = frame.data_ref() {
            tail.extend(data);
            read += data.len();
        }
        if read >= ANSWER_BYTES_MAX {
            break;
        }
    }
    tail.lines()
}

/// An error with its causes: the outermost alone says only that something failed.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
