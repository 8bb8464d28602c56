//! The HTTP client that all requests share.

use std::{error::Error as _, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::protocol::Response;

/// No answer of the operations we use comes near it.
const BODY_BYTES_MAX: usize = 256 << 20;
/// AWS closes idle connections after some 20 seconds; a request on a closed one would have to be retried.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// Sends requests over kept-alive connections.
#[derive(Debug)]
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    request_timeout: Duration,
}

impl HttpClient {
    /// A client that trusts the machine's own root certificates.
    pub fn new(connect_timeout: Duration, request_timeout: Duration) -> Result<Self, HttpError> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(connect_timeout));
        http.set_nodelay(true);
        http.enforce_http(false);
        let tls = HttpsConnectorBuilder::new().with_native_roots().map_err(HttpError::Roots)?;
        let connector = tls.https_or_http().enable_http1().wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, request_timeout })
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: http::Request<Bytes>) -> Result<Response, HttpError> {
        let exchange = async {
            let answer = self.client.request(request.map(Full::new)).await.map_err(HttpError::Send)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() { HttpError::TooLong } else { HttpError::Body(error.to_string()) }
            })?;
            Ok(Response { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
        };
        let seconds = self.request_timeout.as_secs();
        tokio::time::timeout(self.request_timeout, exchange).await.unwrap_or(Err(HttpError::Timeout { seconds }))
    }
}

/// A request without an answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("this machine has no root certificates")]
    Roots(#[source] std::io::Error),
    #[error("no answer: {}", root_cause(.0))]
    Send(hyper_util::client::legacy::Error),
    #[error("no answer within {seconds} seconds")]
    Timeout { seconds: u64 },
    #[error("the answer broke off: {0}")]
    Body(String),
    #[error("the answer is longer than {} MiB", BODY_BYTES_MAX >> 20)]
    TooLong,
}

impl HttpError {
    /// Whether the same request may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Roots(_) | Self::TooLong)
    }

    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }
}

/// The client's own message says only "client error"; what helps is at the end of the chain.
fn root_cause(error: &hyper_util::client::legacy::Error) -> String {
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(source) = cause {
        text = source.to_string();
        cause = source.source();
    }
    text
}
