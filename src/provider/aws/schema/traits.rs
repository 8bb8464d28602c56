//! Traits: what the model says of how a value travels.

use serde::Deserialize;

/// The traits that hold for a value at one place.
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of the model and independent of the others")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Traits {
    /// Where in a request or response the value is; in the body if nothing is said.
    pub location: Option<Location>,
    /// Its name there.
    pub location_name: Option<String>,
    /// Its name in an EC2 request.
    pub query_name: Option<String>,
    /// Whether the elements of a list or map stand in its place, without an element around them.
    pub flattened: bool,
    pub timestamp_format: Option<TimestampFormat>,
    pub xml_namespace: Option<Namespace>,
    /// Whether it is an attribute of its structure's element.
    pub xml_attribute: bool,
    /// Whether a string holds JSON; base64-encoded in a header.
    pub jsonvalue: bool,
    /// Whether a string holds percent-encoded JSON, as IAM's policy documents do.
    pub url_encoded_json: bool,
    /// Whether the answer has a path in front of a string, as Route 53 has in front of ids, which requests must not have.
    pub last_segment: bool,
    /// Whether it fills a label of the host prefix.
    pub host_label: bool,
    /// Whether it is made up by the client where the caller gives none.
    pub idempotency_token: bool,
}

impl Traits {
    /// Whether a member of an answer is in its body.
    pub fn in_body(&self) -> bool {
        !matches!(self.location, Some(Location::Header | Location::Headers | Location::StatusCode))
    }

    /// These traits of a reference, and below them those of the shape it refers to.
    pub(super) fn over(&self, shape: &Self) -> Self {
        Self {
            location: self.location.or(shape.location),
            location_name: self.location_name.clone().or_else(|| shape.location_name.clone()),
            query_name: self.query_name.clone().or_else(|| shape.query_name.clone()),
            flattened: self.flattened || shape.flattened,
            timestamp_format: self.timestamp_format.or(shape.timestamp_format),
            xml_namespace: self.xml_namespace.clone().or_else(|| shape.xml_namespace.clone()),
            xml_attribute: self.xml_attribute || shape.xml_attribute,
            jsonvalue: self.jsonvalue || shape.jsonvalue,
            url_encoded_json: self.url_encoded_json || shape.url_encoded_json,
            last_segment: self.last_segment || shape.last_segment,
            host_label: self.host_label || shape.host_label,
            idempotency_token: self.idempotency_token || shape.idempotency_token,
        }
    }
}

/// The part of a request or response that holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Location {
    Header,
    /// All headers with a prefix, as a map.
    Headers,
    #[serde(rename = "querystring")]
    QueryString,
    Uri,
    StatusCode,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum TimestampFormat {
    #[serde(rename = "iso8601")]
    Iso8601,
    #[serde(rename = "unixTimestamp", alias = "unixtimestamp")]
    UnixTimestamp,
    #[serde(rename = "rfc822")]
    Rfc822,
}

/// An XML namespace.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "NamespaceForm")]
pub struct Namespace {
    pub prefix: Option<String>,
    pub uri: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NamespaceForm {
    Uri(String),
    Full { prefix: Option<String>, uri: String },
}

impl From<NamespaceForm> for Namespace {
    fn from(form: NamespaceForm) -> Self {
        match form {
            NamespaceForm::Uri(uri) => Self { prefix: None, uri },
            NamespaceForm::Full { prefix, uri } => Self { prefix, uri },
        }
    }
}
