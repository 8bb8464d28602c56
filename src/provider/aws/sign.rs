//! Signatures: AWS's version 4.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;

/// What a request is signed for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The service's signing name.
    pub name: &'a str,
    pub region: &'a str,
    pub time: SystemTime,
}

/// Signs a request in its headers.
pub fn sign_request(
    request: &mut http::Request<Bytes>,
    credentials: &Credentials,
    scope: Scope<'_>,
) -> Result<(), SignError> {
    let mut settings = SigningSettings::default();
    if scope.name == "s3" {
        // S3 takes the path as it is, and wants the body's hash in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.name)
        .time(scope.time)
        .settings(settings)
        .build()
        .expect("every parameter is set")
        .into();
    let headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| value.to_str().map(|value| (name.as_str(), value)).map_err(|_| SignError::Header))
        .collect::<Result<_, _>>()?;
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers.into_iter(),
        SignableBody::Bytes(request.body()),
    )?;
    let (instructions, _signature) = sign(signable, &params)?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

/// A request that cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("a header is not text")]
    Header,
    #[error("the request cannot be signed")]
    Signing(#[from] aws_sigv4::http_request::SigningError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_botocore_makes() {
        let mut request = http::Request::post("https://ec2.eu-west-1.amazonaws.com/")
            .header("host", "ec2.eu-west-1.amazonaws.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from_static(b"Action=DescribeRegions&Version=2016-11-15"))
            .unwrap();
        let credentials =
            Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test");
        let time = "2015-08-30T12:36:00Z".parse::<jiff::Timestamp>().unwrap().into();
        sign_request(&mut request, &credentials, Scope { name: "ec2", region: "eu-west-1", time }).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let signature = authorization.rsplit_once("Signature=").map(|(_, signature)| signature);
        assert_eq!(signature, Some("bd43eb4563912746e73266176724363c0e4c51da09fb1326202d8c25808dde71"));
    }
}
