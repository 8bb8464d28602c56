//! Access to the API: the one rule about who may ask what.
//!
//! Without a password there are two things to keep apart from the world, although the port is open to scrapers:
//! starting something, and reading the inventory. The rule:
//!
//! - `GET` of `workflows` and what is below it is open, as the metrics are.
//! - Everything else needs a client on the same machine: a loopback peer, which also calls the server by a loopback name
//!   (a web page whose name was re-bound to 127.0.0.1 calls it by its own), and which sends [`CLIENT_HEADER`] (a form
//!   on a web page cannot).
//! - `web.enable_lifecycle` opens everything to whoever reaches the port, except to web pages of other sites.

use std::net::IpAddr;

use http::{HeaderMap, Method, Uri, header, uri::Authority};

/// The header that a client of the API sends, with any value; browsers let no other site's page set it.
pub const CLIENT_HEADER: &str = "x-cloudgauge-client";

/// Whether an endpoint of the API is open to everyone, as the metrics are.
pub(super) fn is_open(method: &Method, segments: &[String]) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && segments.first().is_some_and(|first| first == "workflows")
}

/// Whether the sender may start something and read the inventory.
pub(super) fn may_act(peer: IpAddr, uri: &Uri, headers: &HeaderMap, enable_lifecycle: bool) -> Result<(), Refusal> {
    same_site(headers)?;
    if enable_lifecycle {
        return Ok(());
    }
    if !peer.to_canonical().is_loopback() {
        return Err(Refusal::Remote);
    }
    // Both places can name the server: a request to a proxy names it in its first line.
    let named_locally = host(headers).is_some_and(is_local) && uri.authority().is_none_or(is_local_authority);
    if !named_locally {
        return Err(Refusal::Host);
    }
    if !headers.contains_key(CLIENT_HEADER) {
        return Err(Refusal::Header);
    }
    Ok(())
}

/// Whether the sender may reload and stop the process.
pub(super) fn may_control(headers: &HeaderMap, enable_lifecycle: bool) -> Result<(), Refusal> {
    if !enable_lifecycle {
        return Err(Refusal::SwitchedOff);
    }
    same_site(headers)
}

/// Refuses what a browser sends for another site's page.
fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let fetched_from = headers.get("sec-fetch-site").map(header::HeaderValue::as_bytes);
    if !matches!(fetched_from, None | Some(b"same-origin" | b"none")) {
        return Err(Refusal::OtherSite);
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        if !matches!((origin, host(headers)), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host)) {
            return Err(Refusal::OtherSite);
        }
    }
    Ok(())
}

/// Why a request is refused; the text tells the sender what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("only clients on the same machine may do this, unless `web.enable_lifecycle` is on")]
    Remote,
    #[error("address the server as `localhost` or by a loopback address, or turn on `web.enable_lifecycle`")]
    Host,
    #[error("send the header `{CLIENT_HEADER}`, or turn on `web.enable_lifecycle`")]
    Header,
    #[error("a page of another site may not do this")]
    OtherSite,
    #[error("this is switched off; `web.enable_lifecycle` switches it on")]
    SwitchedOff,
}

/// The `Host` header, if it is there exactly once.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::HOST).iter();
    let host = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(host)
}

fn is_local(host: &str) -> bool {
    host.parse().is_ok_and(|authority| is_local_authority(&authority))
}

fn is_local_authority(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    !authority.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const LOCAL: &str = "127.0.0.1";
    const REMOTE: &str = "10.1.2.3";

    fn ask(peer: &str, headers: &[(&'static str, &'static str)], lifecycle: bool) -> Result<(), Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        may_act(peer.parse().unwrap(), &Uri::from_static("/api/v1/search"), &map, lifecycle)
    }

    #[test]
    fn the_command_line_on_the_same_machine_may_act() {
        for (peer, host) in [
            (LOCAL, "127.0.0.1:9955"),
            (LOCAL, "localhost"),
            (LOCAL, "LocalHost:1"),
            ("::1", "[::1]:9955"),
            ("::ffff:127.0.0.1", "127.1.2.3"),
        ] {
            assert_eq!(ask(peer, &[("host", host), (CLIENT_HEADER, "cli")], false), Ok(()), "{peer} {host}");
        }
    }

    #[test]
    fn another_machine_may_not_act_whatever_it_sends() {
        for peer in [REMOTE, "::ffff:10.1.2.3", "fe80::1", "0.0.0.0"] {
            let refused = ask(peer, &[("host", "localhost"), (CLIENT_HEADER, "cli")], false);
            assert_eq!(refused, Err(Refusal::Remote), "{peer}");
        }
    }

    #[test]
    fn a_name_rebound_to_loopback_is_not_local() {
        for host in [
            "evil.example:9955",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil@localhost",
            "localhost:80:80",
            "10.0.0.1",
            "",
        ] {
            assert_eq!(ask(LOCAL, &[("host", host), (CLIENT_HEADER, "x")], false), Err(Refusal::Host), "{host}");
        }
        assert_eq!(ask(LOCAL, &[(CLIENT_HEADER, "x")], false), Err(Refusal::Host));
        let two = [("host", "localhost"), ("host", "evil.example"), (CLIENT_HEADER, "x")];
        assert_eq!(ask(LOCAL, &two, false), Err(Refusal::Host));
    }

    #[test]
    fn a_request_line_that_names_another_server_is_not_local() {
        let headers = HeaderMap::from_iter([
            (header::HOST, HeaderValue::from_static("localhost")),
            (HeaderName::from_static(CLIENT_HEADER), HeaderValue::from_static("x")),
        ]);
        let ask = |uri| may_act(LOCAL.parse().unwrap(), &Uri::from_static(uri), &headers, false);
        assert_eq!(ask("http://evil.example/api/v1/search"), Err(Refusal::Host));
        assert_eq!(ask("http://localhost/api/v1/search"), Ok(()));
    }

    #[test]
    fn a_form_on_a_web_page_cannot_act() {
        let plain_form = [("host", "localhost:9955"), ("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(ask(LOCAL, &plain_form, false), Err(Refusal::Header));
        let with_origin = [("host", "localhost:9955"), ("origin", "http://evil.example")];
        let fetched = [("host", "localhost:9955"), ("sec-fetch-site", "cross-site")];
        let sibling = [("host", "a.example:9955"), ("sec-fetch-site", "same-site")];
        let sandboxed = [("host", "localhost:9955"), ("origin", "null")];
        for headers in [with_origin, fetched, sibling, sandboxed] {
            for (peer, lifecycle) in [(LOCAL, false), (LOCAL, true), (REMOTE, true)] {
                assert_eq!(ask(peer, &headers, lifecycle), Err(Refusal::OtherSite));
            }
        }
    }

    #[test]
    fn lifecycle_opens_it_to_other_machines_and_own_pages() {
        assert_eq!(ask(REMOTE, &[("host", "metrics.example")], true), Ok(()));
        let own =
            [("host", "metrics.example"), ("origin", "http://metrics.example"), ("sec-fetch-site", "same-origin")];
        assert_eq!(ask(REMOTE, &own, true), Ok(()));
    }

    #[test]
    fn only_reading_workflows_is_open() {
        let open = |method, path: &[&str]| is_open(&method, &path.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(open(Method::GET, &["workflows"]));
        assert!(open(Method::HEAD, &["workflows", "collect", "runs"]));
        assert!(!open(Method::POST, &["workflows", "collect", "run"]));
        assert!(!open(Method::GET, &["search"]));
        assert!(!open(Method::GET, &["workflows-and-more"]));
        assert!(!open(Method::GET, &[]));
    }
}
