//! The site: finds the answer to a request.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Body;
use tracing::{error, info};

use super::{
    Api, Config, Lifecycle, Status, access,
    api::{self, Endpoint},
    landing,
    outgoing::Outgoing,
    scrape::Scrape,
};
use crate::{cache::Pages, model::Clock};

const READ: &str = "GET, HEAD";
const WRITE: &str = "PUT, POST";

/// Everything that can be asked for over HTTP.
#[derive(Debug)]
pub struct Site {
    telemetry_path: String,
    enable_lifecycle: bool,
    scrape: Scrape,
    api: Endpoint,
    status: Box<dyn Status>,
    lifecycle: Box<dyn Lifecycle>,
    clock: Arc<dyn Clock>,
}

/// What a site shows and whom it asks.
#[derive(Debug)]
pub struct Parts {
    pub pages: Arc<Pages>,
    pub status: Box<dyn Status>,
    pub api: Box<dyn Api>,
    pub lifecycle: Box<dyn Lifecycle>,
    pub clock: Arc<dyn Clock>,
}

impl Site {
    pub fn new(config: &Config, parts: Parts) -> Self {
        Self {
            telemetry_path: config.telemetry_path.as_str().to_owned(),
            enable_lifecycle: config.enable_lifecycle,
            scrape: Scrape::new(parts.pages, config.max_requests),
            api: Endpoint::new(parts.api, config.enable_lifecycle),
            status: parts.status,
            lifecycle: parts.lifecycle,
            clock: parts.clock,
        }
    }

    /// Answers one request of a peer.
    pub(super) async fn answer<B>(&self, peer: IpAddr, request: Request<B>) -> Response<Outgoing>
    where
        B: Body<Error: std::error::Error + Send + Sync + 'static>,
    {
        let mut response = self.route(peer, request).await;
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn route<B>(&self, peer: IpAddr, request: Request<B>) -> Response<Outgoing>
    where
        B: Body<Error: std::error::Error + Send + Sync + 'static>,
    {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let writes = matches!(*request.method(), Method::PUT | Method::POST);
        match request.uri().path() {
            path if path == self.telemetry_path && reads => self.scrape.answer(request.headers()),
            path if path == self.telemetry_path => method_not_allowed(READ),
            "/-/healthy" | "/-/ready" | "/" if !reads => method_not_allowed(READ),
            "/-/healthy" => plain(StatusCode::OK, "cloudgauge is healthy.\n"),
            "/-/ready" => self.readiness(),
            "/" => self.landing_page(),
            "/-/reload" | "/-/quit" if !writes => method_not_allowed(WRITE),
            path @ ("/-/reload" | "/-/quit") => match access::may_control(request.headers(), self.enable_lifecycle) {
                Err(refusal) => plain(StatusCode::FORBIDDEN, format!("{refusal}\n")),
                Ok(()) if path == "/-/quit" => self.quit(),
                Ok(()) => self.reload().await,
            },
            path if path.starts_with(api::PREFIX) => self.api.answer(peer, request).await,
            _ => plain(StatusCode::NOT_FOUND, "There is nothing at this path.\n"),
        }
    }

    fn readiness(&self) -> Response<Outgoing> {
        if self.status.ready() {
            plain(StatusCode::OK, "cloudgauge is ready.\n")
        } else {
            plain(StatusCode::SERVICE_UNAVAILABLE, "Nothing has been collected yet.\n")
        }
    }

    fn landing_page(&self) -> Response<Outgoing> {
        let (overview, ready) = (self.status.overview(), self.status.ready());
        let page = landing::render(&overview, &self.telemetry_path, ready, self.clock.now());
        let mut response = text_response(StatusCode::OK, "text/html; charset=utf-8", page);
        let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        response
    }

    async fn reload(&self) -> Response<Outgoing> {
        match self.lifecycle.reload().await {
            Ok(()) => plain(StatusCode::OK, "The configuration has been reloaded.\n"),
            Err(error) => {
                error!(%error, "reload asked for over http failed");
                let text = format!("The configuration was not reloaded, the old one stays in force:\n{error}\n");
                plain(StatusCode::INTERNAL_SERVER_ERROR, text)
            }
        }
    }

    fn quit(&self) -> Response<Outgoing> {
        info!("asked over http to stop");
        self.lifecycle.quit();
        plain(StatusCode::OK, "cloudgauge is stopping.\n")
    }
}

/// A short answer for people.
pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Outgoing> {
    text_response(status, "text/plain; charset=utf-8", text)
}

fn method_not_allowed(allow: &'static str) -> Response<Outgoing> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, format!("The methods here are {allow}.\n"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

fn text_response(status: StatusCode, content_type: &'static str, text: impl Into<Bytes>) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
