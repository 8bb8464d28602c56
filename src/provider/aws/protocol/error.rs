//! Errors that a service answered with.

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{Response, rest_xml, xml};
use crate::{
    model::FailureClass,
    provider::aws::schema::{Protocol, Service},
};

mod code;

pub use code::{class, is_throttle};

/// An error as the service put it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    pub status: u16,
    /// AWS's code, for example `UnauthorizedOperation`; the status where the body has none.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
}

impl ServiceError {
    /// Reads the error from an answer; `None` if the answer is a success.
    pub fn read(service: &Service, response: &Response) -> Option<Self> {
        let success = response.status < 300;
        if success && !(service.metadata.protocol == Protocol::RestXml && rest_xml::is_error(&response.body)) {
            return None;
        }
        let mut error = match service.metadata.protocol {
            Protocol::Ec2 | Protocol::Query | Protocol::RestXml => read_xml(&response.body).unwrap_or_default(),
            Protocol::Json | Protocol::RestJson => read_json(response),
        };
        error.status = response.status;
        if error.code.is_empty() {
            error.code = response.status.to_string();
        }
        if error.message.is_empty() {
            reason(response.status).clone_into(&mut error.message);
        }
        if error.request_id.is_none() {
            error.request_id = request_id(response).map(str::to_owned);
        }
        Some(error)
    }

    pub fn class(&self) -> FailureClass {
        class(&self.code, self.status)
    }

    pub fn is_throttle(&self) -> bool {
        is_throttle(&self.code, self.status)
    }

    /// Whether the same request may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        self.is_throttle() || code::is_transient(&self.code, self.status)
    }
}

fn request_id(response: &Response) -> Option<&str> {
    response.header("x-amzn-requestid").or_else(|| response.header("x-amz-request-id"))
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("no message")
}

/// Four forms: `Response/Errors/Error` (EC2), `ErrorResponse/Error` (query), `ErrorResponse/Error` with the id beside
/// it (Route 53) and `Error` alone (S3).
fn read_xml(body: &[u8]) -> Option<ServiceError> {
    let mut error = ServiceError::default();
    let read = xml::leaves(xml::text(body).ok()?, &mut |name, text| {
        let field = match name {
            "Code" => &mut error.code,
            "Message" | "message" => &mut error.message,
            "RequestId" | "RequestID" | "requestId" => error.request_id.get_or_insert_default(),
            _ => return,
        };
        if field.is_empty() {
            text.clone_into(field);
        }
    });
    read.ok().map(|()| error)
}

fn read_json(response: &Response) -> ServiceError {
    #[derive(Default, Deserialize)]
    struct Body {
        #[serde(rename = "__type")]
        kind: Option<String>,
        #[serde(alias = "Code")]
        code: Option<Value>,
        #[serde(alias = "Message", alias = "errorMessage")]
        message: Option<Value>,
    }
    let body: Body = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let code = match response.header("x-amzn-query-error").and_then(|header| header.split(';').next()) {
        Some(code) if !code.is_empty() => Some(code.to_owned()),
        _ => response.header("x-amzn-errortype").map(str::to_owned).or(body.kind).or(body.code.map(text)),
    };
    ServiceError {
        code: code.map(|code| bare(&code).to_owned()).unwrap_or_default(),
        message: body.message.filter(|message| !message.is_null()).map(text).unwrap_or_default(),
        ..ServiceError::default()
    }
}

/// `aws.protocols#FooError:http://…` is `FooError`.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}
