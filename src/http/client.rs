//! The client: how the command line talks to a running server.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::{CLIENT_HEADER, ListenAddress};
use crate::model::Value;

/// A little longer than the server takes to give up on an answer itself.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(65);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Asks the API of one server.
#[derive(Clone, Debug)]
pub struct Client {
    base: Url,
    http: legacy::Client<HttpConnector, Full<Bytes>>,
}

impl Client {
    /// A client of the server at an address such as `http://127.0.0.1:9955`; connects when first asked.
    pub fn new(address: &str) -> Result<Self, ClientError> {
        let error = |reason| ClientError::Address { address: address.to_owned(), reason };
        let mut base = Url::parse(address).map_err(|_| error("write for example `http://127.0.0.1:9955`"))?;
        if base.scheme() != "http" {
            return Err(error("it must start with `http://`"));
        }
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            return Err(error("it takes no user name, password or query"));
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Ok(Self { base, http: legacy::Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// A client of the server that listens on an address of this machine.
    pub fn of_listener(address: &ListenAddress) -> Result<Self, ClientError> {
        let mut address = address.clone();
        if matches!(address.host.as_str(), "" | "0.0.0.0" | "::") {
            "127.0.0.1".clone_into(&mut address.host);
        }
        Self::new(&format!("http://{address}"))
    }

    /// Reads from `/api/v1/`.
    pub async fn get<T: DeserializeOwned>(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<T, ClientError> {
        self.call(Method::GET, segments, query, None).await
    }

    /// Sends something to `/api/v1/`.
    pub async fn post<T: DeserializeOwned>(&self, segments: &[&str], body: &Value) -> Result<T, ClientError> {
        self.call(Method::POST, segments, &[], Some(body)).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        segments: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, ClientError> {
        let url = self.url(segments, query);
        let address = url.to_string();
        let mut request = Request::builder()
            .method(method)
            .uri(address.as_str())
            .header(CLIENT_HEADER, HeaderValue::from_static("cli"))
            .header(header::ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        // A URL has few characters that a request line refuses; none survives the encoding of segments and query.
        let request = request
            .body(Full::new(body))
            .map_err(|source| ClientError::Request { address: address.clone(), source })?;

        let answer = timeout(ANSWER_TIMEOUT, async {
            let response = self
                .http
                .request(request)
                .await
                .map_err(|source| ClientError::Connect { address: address.clone(), source })?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
            Ok((status, body.map_err(|source| broken_off(&address, source))?.to_bytes()))
        });
        let (status, body) = answer.await.unwrap_or_else(|_| Err(ClientError::Timeout { address: address.clone() }))?;
        if !status.is_success() {
            return Err(ClientError::Refused { address, status, message: message(&body) });
        }
        serde_json::from_slice(&body).map_err(|source| ClientError::Answer { address, source })
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// Why a server could not be asked, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("`{address}` is no server's address: {reason}")]
    Address { address: String, reason: &'static str },
    #[error("`{address}` cannot be asked for")]
    Request { address: String, source: http::Error },
    #[error("no server answers at `{address}`; is cloudgauge running, and does it listen there?")]
    Connect { address: String, source: legacy::Error },
    #[error("`{address}` did not answer within a minute")]
    Timeout { address: String },
    #[error("the answer of `{address}` is larger than 256 MiB; ask for less")]
    TooLarge { address: String },
    #[error("the answer of `{address}` broke off")]
    BrokenOff { address: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("`{address}` answered {status}: {message}")]
    Refused { address: String, status: StatusCode, message: String },
    #[error("`{address}` answered something unexpected; is it a cloudgauge of the same version?")]
    Answer { address: String, source: serde_json::Error },
}

fn broken_off(address: &str, source: Box<dyn std::error::Error + Send + Sync>) -> ClientError {
    let address = address.to_owned();
    if source.is::<LengthLimitError>() {
        ClientError::TooLarge { address }
    } else {
        ClientError::BrokenOff { address, source }
    }
}

/// The API's own words, or else the start of whatever came.
fn message(body: &[u8]) -> String {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    match parsed.as_ref().and_then(|parsed| parsed.get("error")).and_then(Value::as_str) {
        Some(message) => message.to_owned(),
        None => String::from_utf8_lossy(body).chars().take(200).collect::<String>().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_asked_is_refused() {
        for address in ["127.0.0.1:9955", "https://localhost", "http://a:b@c", "http://c/?x=1", "", "http://"] {
            assert!(Client::new(address).is_err(), "{address}");
        }
    }

    #[test]
    fn path_and_query_are_encoded_and_a_prefix_is_kept() {
        let client = Client::new("http://proxy/cloudgauge").unwrap();
        let url = client.url(&["search", "a/b ?"], &[("q", "is(instance) and name = \"é&\"")]);
        insta::assert_snapshot!(url, @"http://proxy/cloudgauge/api/v1/search/a%2Fb%20%3F?q=is%28instance%29+and+name+%3D+%22%C3%A9%26%22");
    }

    #[test]
    fn a_listener_on_all_interfaces_is_asked_over_loopback() {
        for (listener, url) in [
            (":9955", "http://127.0.0.1:9955/"),
            ("0.0.0.0:1", "http://127.0.0.1:1/"),
            ("[::]:1", "http://127.0.0.1:1/"),
            ("[::1]:1", "http://[::1]:1/"),
        ] {
            let client = Client::of_listener(&listener.parse().unwrap()).unwrap();
            assert_eq!(client.base.as_str(), url);
        }
    }
}
