//! The scrape: the current page, as it lies in the cache.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use tokio::sync::Semaphore;

use super::{negotiation, outgoing::Outgoing, site::plain};
use crate::cache::{Encoding, Pages};

/// Answers scrapes, a limited number at a time.
#[derive(Debug)]
pub(super) struct Scrape {
    pages: Arc<Pages>,
    limit: Option<Limit>,
}

#[derive(Debug)]
struct Limit {
    max: usize,
    permits: Arc<Semaphore>,
}

impl Scrape {
    /// `max_requests` of 0 stands for no limit.
    pub(super) fn new(pages: Arc<Pages>, max_requests: usize) -> Self {
        let max = max_requests.min(Semaphore::MAX_PERMITS);
        let limit = (max > 0).then(|| Limit { max, permits: Arc::new(Semaphore::new(max)) });
        Self { pages, limit }
    }

    pub(super) fn answer(&self, request: &HeaderMap) -> Response<Outgoing> {
        let mut permit = None;
        if let Some(limit) = &self.limit {
            permit = Arc::clone(&limit.permits).try_acquire_owned().ok();
            if permit.is_none() {
                let text = format!("{} scrapes are being answered already, which is the limit.\n", limit.max);
                return plain(StatusCode::SERVICE_UNAVAILABLE, text);
            }
        }
        let Some(page) = self.pages.current() else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "Nothing has been rendered yet.\n");
        };
        let format = negotiation::format(request);
        let encoding = negotiation::encoding(request);
        let body = page.body(format, encoding);

        let unchanged = knows(request, body.etag());
        let mut response = Response::new(if unchanged {
            Outgoing::default()
        } else {
            Outgoing::new(body.chunks().iter().cloned(), permit)
        });
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::ETAG, HeaderValue::from_str(body.etag()).expect("an entity tag is plain ASCII"));
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        if encoding != Encoding::Identity {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
        }
        response
    }
}

/// Whether the client states that it has the body with this entity tag.
fn knows(request: &HeaderMap, etag: &str) -> bool {
    request.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok()).any(|line| {
        line.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
    })
}
