//! What AWS's error codes mean for us.

use crate::model::FailureClass;

/// Codes that say: too many requests.
const THROTTLES: [&str; 18] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "Rate exceeded",
    "RateExceeded",
    "RateLimitExceeded",
];

/// Codes that say: not now, try again.
const TRANSIENT: [&str; 10] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
];

/// Codes that say: these credentials are not good.
const CREDENTIALS: [&str; 19] = [
    "AuthFailure",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Codes that say: good credentials, but not for this.
const DENIED: [&str; 13] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Blocked",
    "DryRunOperation",
    "ForbiddenException",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

/// Codes that say: the account has not switched this on.
const NOT_ENABLED: [&str; 8] = [
    "AWSOrganizationsNotInUseException",
    "InvalidAccessException",
    "NotSignedUp",
    "OptInRequired",
    "PendingVerification",
    "RegionDisabledException",
    "SubscriptionRequiredException",
    "UnsubscribedException",
];

/// Codes that say: there is no such operation here.
const UNSUPPORTED: [&str; 10] = [
    "InvalidAction",
    "NotImplemented",
    "OperationNotSupportedException",
    "UnknownEndpoint",
    "UnknownOperation",
    "UnknownOperationException",
    "UnsupportedAPIVersion",
    "UnsupportedOperation",
    "UnsupportedOperationException",
    "UnsupportedUserEdition",
];

/// The class of an error, by its code and, where the code says nothing, by its status.
pub fn class(code: &str, status: u16) -> FailureClass {
    if is_throttle(code, status) {
        return FailureClass::Throttled;
    }
    let tables: [(&[&str], FailureClass); 4] = [
        (&DENIED, FailureClass::Denied),
        (&CREDENTIALS, FailureClass::ExpiredCredentials),
        (&NOT_ENABLED, FailureClass::NotEnabled),
        (&UNSUPPORTED, FailureClass::Unsupported),
    ];
    if let Some((_, class)) = tables.iter().find(|(codes, _)| codes.contains(&code)) {
        return *class;
    }
    match (code, status) {
        ("RequestTimeout" | "RequestTimeoutException", _) | (_, 408 | 504) => FailureClass::Timeout,
        (_, 401) => FailureClass::ExpiredCredentials,
        (_, 403) => FailureClass::Denied,
        (_, 501) => FailureClass::Unsupported,
        _ => FailureClass::BadAnswer,
    }
}

/// Whether the request was refused because of the rate.
pub fn is_throttle(code: &str, status: u16) -> bool {
    status == 429 || (THROTTLES.contains(&code) && !is_quota(code, status))
}

pub(super) fn is_transient(code: &str, status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504) || TRANSIENT.contains(&code)
}

/// `LimitExceededException` is a rate in some services and a quota in others; quotas are a client's fault, with 400.
fn is_quota(code: &str, status: u16) -> bool {
    code == "LimitExceededException" && status == 400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_win_over_the_status() {
        for (code, status, expected) in [
            ("UnauthorizedOperation", 403, FailureClass::Denied),
            ("AccessDenied", 403, FailureClass::Denied),
            ("AuthFailure", 401, FailureClass::ExpiredCredentials),
            ("ExpiredToken", 403, FailureClass::ExpiredCredentials),
            ("RequestExpired", 400, FailureClass::ExpiredCredentials),
            ("InvalidClientTokenId", 403, FailureClass::ExpiredCredentials),
            ("OptInRequired", 403, FailureClass::NotEnabled),
            ("SubscriptionRequiredException", 400, FailureClass::NotEnabled),
            ("Throttling", 400, FailureClass::Throttled),
            ("SlowDown", 503, FailureClass::Throttled),
            ("RequestLimitExceeded", 503, FailureClass::Throttled),
            ("UnknownOperationException", 404, FailureClass::Unsupported),
            ("RequestTimeout", 400, FailureClass::Timeout),
            ("SomethingNew", 403, FailureClass::Denied),
            ("SomethingNew", 400, FailureClass::BadAnswer),
            ("InternalFailure", 500, FailureClass::BadAnswer),
        ] {
            assert_eq!(class(code, status), expected, "{code} {status}");
        }
    }

    #[test]
    fn a_quota_is_no_throttle() {
        assert!(!is_throttle("LimitExceededException", 400));
        assert!(is_throttle("LimitExceededException", 429));
    }

    #[test]
    fn server_errors_are_transient_and_refusals_are_not() {
        assert!(is_transient("Whatever", 502));
        assert!(is_transient("InternalError", 400));
        assert!(!is_transient("UnauthorizedOperation", 403));
        assert!(!is_transient("NotImplemented", 501));
    }
}
