//! Settings of section `web`.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

/// Where cloudgauge listens and what it offers there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Addresses to listen on, each `host:port`; without a host (`:9955`), on all interfaces over IPv6 and IPv4.
    pub listen_addresses: Vec<ListenAddress>,
    /// The path that metrics are scraped from.
    pub telemetry_path: TelemetryPath,
    /// How many scrapes are answered at the same time; more are refused with status 503. 0 removes the limit.
    pub max_requests: usize,
    /// Leaves out the metrics about cloudgauge itself and serves those about resources only.
    pub disable_exporter_metrics: bool,
    /// Enables `/-/reload` and `/-/quit`, and opens the whole API to whoever reaches the port. Without it, requests
    /// that start something or read the inventory are answered to clients on the same machine only.
    pub enable_lifecycle: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen_addresses: vec![ListenAddress { host: String::new(), port: 9955 }],
            telemetry_path: TelemetryPath("/metrics".to_owned()),
            max_requests: 40,
            disable_exporter_metrics: false,
            enable_lifecycle: false,
        }
    }
}

/// An address to listen on: `host:port`, `[v6]:port` or `:port`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListenAddress {
    /// A name or an IP address; empty for all interfaces.
    pub host: String,
    pub port: u16,
}

impl ListenAddress {
    /// Whether it stands for all interfaces, over IPv6 and IPv4.
    pub fn is_everywhere(&self) -> bool {
        self.host.is_empty()
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl std::str::FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = || AddressError { text: text.to_owned() };
        let (host, port) = text.rsplit_once(':').ok_or_else(error)?;
        let port = port.parse().map_err(|_| error())?;
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.strip_suffix(']').filter(|v6| v6.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6())),
            None => Some(host).filter(|host| !host.contains([':', ']', '/', ' '])),
        };
        Ok(Self { host: host.ok_or_else(error)?.to_owned(), port })
    }
}

impl From<ListenAddress> for String {
    fn from(address: ListenAddress) -> Self {
        address.to_string()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Text that is no address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address to listen on; write for example `:9955`, `127.0.0.1:9955` or `[::1]:9955`")]
pub struct AddressError {
    text: String,
}

/// The path of the metrics: absolute, and none that cloudgauge needs itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TelemetryPath(String);

impl TelemetryPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for TelemetryPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = |reason| PathError { text: text.to_owned(), reason };
        if !text.starts_with('/') {
            return Err(error("it must start with `/`"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'"' | b'<' | b'>')) {
            return Err(error("it must be a plain path without white space, `?` or `#`"));
        }
        if ["/-/", "/api/"].iter().any(|taken| text.starts_with(taken)) {
            return Err(error("paths under `/-/` and `/api/` are taken"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for TelemetryPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<TelemetryPath> for String {
    fn from(path: TelemetryPath) -> Self {
        path.0
    }
}

/// Text that is no path for the metrics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be the telemetry path: {reason}; write for example `/metrics`")]
pub struct PathError {
    text: String,
    reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for text in [":9955", "127.0.0.1:80", "[::1]:9955", "localhost:0"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        assert!(":9955".parse::<ListenAddress>().unwrap().is_everywhere());
    }

    #[test]
    fn what_is_no_address_is_refused_with_examples() {
        for text in ["", "9955", "localhost", "::1:9955", "[::1]", "[127.0.0.1]:1", ":65536", "http://x:1", "[::1:1"] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
        insta::assert_snapshot!("9955".parse::<ListenAddress>().unwrap_err(), @"`9955` is no address to listen on; write for example `:9955`, `127.0.0.1:9955` or `[::1]:9955`");
    }

    #[test]
    fn the_telemetry_path_takes_no_path_that_is_needed() {
        for text in ["metrics", "/-/ready", "/api/v1/x", "/a b", "/m?x=1", "/ä", ""] {
            assert!(text.parse::<TelemetryPath>().is_err(), "{text}");
        }
        for text in ["/", "/metrics", "/a/b-c"] {
            assert_eq!(text.parse::<TelemetryPath>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn the_section_reads_and_writes_plain_text() {
        let config: Config =
            serde_json::from_str(r#"{"listen_addresses": ["127.0.0.1:1"], "max_requests": 0}"#).unwrap();
        assert_eq!(config.listen_addresses, ["127.0.0.1:1".parse().unwrap()]);
        insta::assert_snapshot!(serde_json::to_string(&Config::default()).unwrap(), @r#"{"listen_addresses":[":9955"],"telemetry_path":"/metrics","max_requests":40,"disable_exporter_metrics":false,"enable_lifecycle":false}"#);
        assert!(serde_json::from_str::<Config>(r#"{"port": 1}"#).is_err());
    }
}
