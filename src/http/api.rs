//! The API: turns requests into what the application answers.

use std::{fmt::Debug, net::IpAddr, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use tokio::{sync::Semaphore, time::timeout};

use super::{access, outgoing::Outgoing};
use crate::model::Value;

/// Below this path, everything is the API's.
pub(super) const PREFIX: &str = "/api/v1/";

const BODY_BYTES_MAX: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Calls that are being answered at the same time; scrapes are not affected by them.
const CALLS_MAX: usize = 16;

/// What the application offers under `/api/v1/`.
#[async_trait]
pub trait Api: Debug + Send + Sync {
    /// Answers one request; the future is dropped when the client goes away or the answer takes too long.
    async fn call(&self, request: ApiRequest) -> ApiResponse;
}

/// A request to the API, whose sender may make it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiRequest {
    /// Never `HEAD`, which is asked as `GET`.
    pub method: Method,
    /// The path below `/api/v1/`, split at slashes and decoded.
    pub segments: Vec<String>,
    /// The query's pairs, decoded, in the order written.
    pub query: Vec<(String, String)>,
    /// The JSON body; none where the body is empty.
    pub body: Option<Value>,
}

impl ApiRequest {
    /// The first value that the query gives for a name.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer of the API: a status and JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiResponse {
    status: StatusCode,
    body: Bytes,
    allow: Option<&'static str>,
}

impl ApiResponse {
    /// Something written as JSON.
    pub fn json(status: StatusCode, content: &impl Serialize) -> Self {
        match serde_json::to_vec(content) {
            Ok(body) => Self { status, body: body.into(), allow: None },
            Err(error) => Self::error(StatusCode::INTERNAL_SERVER_ERROR, &format!("the answer is no JSON: {error}")),
        }
    }

    /// `{"error": message}`.
    pub fn error(status: StatusCode, message: &str) -> Self {
        Self { status, body: serde_json::json!({ "error": message }).to_string().into(), allow: None }
    }

    /// Status 404 for a path that does not exist.
    pub fn not_found() -> Self {
        Self::error(StatusCode::NOT_FOUND, "there is nothing at this path")
    }

    /// Status 405 for a path that exists; `allow` lists its methods, for example `GET, HEAD`.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("the methods here are {allow}");
        Self { allow: Some(allow), ..Self::error(StatusCode::METHOD_NOT_ALLOWED, &message) }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The JSON text.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    fn into_response(self) -> Response<Outgoing> {
        let mut response = Response::new(Outgoing::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// Checks requests and hands them to the application.
#[derive(Debug)]
pub(super) struct Endpoint {
    api: Box<dyn Api>,
    enable_lifecycle: bool,
    calls: Semaphore,
}

impl Endpoint {
    pub(super) fn new(api: Box<dyn Api>, enable_lifecycle: bool) -> Self {
        Self { api, enable_lifecycle, calls: Semaphore::new(CALLS_MAX) }
    }

    pub(super) async fn answer<B>(&self, peer: IpAddr, request: Request<B>) -> Response<Outgoing>
    where
        B: Body<Error: std::error::Error + Send + Sync + 'static>,
    {
        self.call(peer, request).await.unwrap_or_else(|refused| refused).into_response()
    }

    async fn call<B>(&self, peer: IpAddr, request: Request<B>) -> Result<ApiResponse, ApiResponse>
    where
        B: Body<Error: std::error::Error + Send + Sync + 'static>,
    {
        let (head, body) = request.into_parts();
        let segments = segments(&head)?;
        if !access::is_open(&head.method, &segments) {
            access::may_act(peer, &head.uri, &head.headers, self.enable_lifecycle)
                .map_err(|refusal| ApiResponse::error(StatusCode::FORBIDDEN, &refusal.to_string()))?;
        }
        let _permit = self.calls.try_acquire().map_err(|_| {
            let message = format!("{CALLS_MAX} calls are being answered already, which is the limit");
            ApiResponse::error(StatusCode::SERVICE_UNAVAILABLE, &message)
        })?;
        let body = timeout(BODY_TIMEOUT, json_body(&head.headers, body)).await.unwrap_or_else(|_| {
            Err(ApiResponse::error(StatusCode::REQUEST_TIMEOUT, "the body did not arrive within 10 seconds"))
        })?;
        let query = head.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        // The connection leaves out the body of whatever answers a `HEAD`.
        let method = if head.method == Method::HEAD { Method::GET } else { head.method };
        let request = ApiRequest { method, segments, query, body };
        timeout(ANSWER_TIMEOUT, self.api.call(request))
            .await
            .map_err(|_| ApiResponse::error(StatusCode::GATEWAY_TIMEOUT, "the answer was not ready within a minute"))
    }
}

fn segments(head: &request::Parts) -> Result<Vec<String>, ApiResponse> {
    let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let decode = |segment| percent_decode_str(segment).decode_utf8().map(std::borrow::Cow::into_owned);
    path.split('/')
        .map(decode)
        .collect::<Result<_, _>>()
        .map_err(|_| ApiResponse::error(StatusCode::BAD_REQUEST, "the path is not UTF-8"))
}

async fn json_body<B>(headers: &HeaderMap, body: B) -> Result<Option<Value>, ApiResponse>
where
    B: Body<Error: std::error::Error + Send + Sync + 'static>,
{
    if body.is_end_stream() {
        return Ok(None);
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(ApiResponse::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON and say so: `Content-Type: application/json`",
        ));
    }
    let too_large = || ApiResponse::error(StatusCode::PAYLOAD_TOO_LARGE, "the body may have 1 MiB");
    // Who states a length that is too large need not send it.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let bytes = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
        Err(error) => return Err(ApiResponse::error(StatusCode::BAD_REQUEST, &format!("the body broke off: {error}"))),
    };
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| ApiResponse::error(StatusCode::BAD_REQUEST, &format!("the body is no JSON: {error}")))
}
