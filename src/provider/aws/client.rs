//! The client: makes calls for accounts.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_credential_types::Credentials;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::time::Instant;
use tracing::{debug, warn};
use uuid::Uuid;

use super::{
    charges::Charges,
    credentials::CachedCredentials,
    endpoint::{Endpoints, Variant},
    error::AwsError,
    http_client::HttpClient,
    limit::{Key, Limiter},
    permission::Permissions,
    protocol::{self, Projection, Response, ServiceError},
    retry::{Policy, jitter},
    schema::{Operation, Schema, Service},
    sign::{self, sign_request},
    skew::Skew,
};
use crate::{
    model::{AccountId, Clock, FailureClass, ProviderName},
    provider::{Call, CallMeter, CallOutcome, Operation as Counted, Tally, catalogue::Answer},
};

mod target;

use target::{Target, Targets};

/// Where S3 says that a bucket is in another region.
const REGION_HEADER: &str = "x-amz-bucket-region";

/// Makes calls: builds, limits, signs, sends, tries again, reads.
#[derive(Debug)]
pub struct AwsClient {
    provider: ProviderName,
    schema: &'static Schema,
    targets: Targets,
    http: HttpClient,
    limiter: Limiter,
    policy: Policy,
    meter: Arc<dyn CallMeter>,
    permissions: Arc<Permissions>,
    clock: Arc<dyn Clock>,
    skew: Skew,
}

/// What a client is made of.
#[derive(Debug)]
pub struct Parts {
    pub provider: ProviderName,
    pub http: HttpClient,
    pub policy: Policy,
    /// Endpoints that replace AWS's own, for all services and for single ones.
    pub config: super::Config,
    pub meter: Arc<dyn CallMeter>,
    /// Hears what is allowed and what is refused.
    pub(super) permissions: Arc<Permissions>,
    pub clock: Arc<dyn Clock>,
}

/// An account as a caller: whose requests they are, and with which credentials.
#[derive(Debug)]
pub struct Session {
    label: AccountId,
    account: OnceLock<AccountId>,
    pub credentials: CachedCredentials,
}

impl Session {
    /// A session of an account that is not known yet and goes by the label so far.
    pub fn new(label: impl Into<AccountId>, credentials: CachedCredentials) -> Self {
        Self { label: label.into(), account: OnceLock::new(), credentials }
    }

    /// The account that requests are counted for.
    pub fn account(&self) -> &AccountId {
        self.account.get().unwrap_or(&self.label)
    }

    /// Notes whose session it is; the first to say so is right, as credentials do not change their account.
    pub fn identify(&self, account: AccountId) {
        self.account.get_or_init(|| account);
    }
}

impl AwsClient {
    pub fn new(parts: Parts) -> Self {
        let Parts { provider, http, policy, config, meter, permissions, clock } = parts;
        Self {
            provider,
            schema: Schema::embedded(),
            targets: Targets::new(
                Endpoints::embedded(),
                Variant::new(config.use_fips, config.use_dualstack),
                config.endpoint_url,
                config.endpoint_urls,
            ),
            http,
            limiter: Limiter::new(config.limits),
            policy,
            meter,
            permissions,
            clock,
            skew: Skew::default(),
        }
    }

    pub fn schema(&self) -> &'static Schema {
        self.schema
    }

    pub fn endpoints(&self) -> &'static Endpoints {
        Endpoints::embedded()
    }

    /// Makes a call, and reads those members of the answer that the projection keeps.
    ///
    /// `params` is an object, by the names of the schema. An empty answer is an empty object.
    pub async fn call(
        &self,
        session: &Session,
        region: &str,
        service: &str,
        operation: &str,
        params: &Value,
        projection: &Projection,
    ) -> Result<Answer, AwsError> {
        let (service, operation) = self.operation(service, operation)?;
        let empty = Map::new();
        let params = params.as_object().unwrap_or(&empty);
        let request = protocol::build(service, operation, params, &Uuid::now_v7().to_string())?;
        let mut attempt = Attempt { client: self, session, service, operation, region: region.to_owned() };
        let mut failures = 0;
        let mut corrected = false;
        loop {
            let made = attempt.make(&request, params, projection).await;
            let quota = self.limiter.quota(&attempt.key(params));
            let error = match made {
                Ok(value) => {
                    quota.succeeded(failures > 0);
                    return Ok(value);
                }
                Err(error) => error,
            };
            // A region, a token or a time that turns out wrong is put right once, and does not count as a failure.
            if let (Some(correction), false) = (error.correction, corrected) {
                corrected = true;
                attempt.correct(correction).await;
                continue;
            }
            failures += 1;
            let timeout = matches!(&*error.cause, AwsError::Http { source, .. } if source.is_timeout());
            if !error.transient || failures >= self.policy.attempts_max || !quota.take(timeout) {
                return Err(*error.cause);
            }
            let wait = self.policy.delay(failures, jitter(), error.retry_after);
            debug!(
                service = service.name, operation = operation.name, region = attempt.region,
                account = %session.account(), error = %error.cause, ?wait, "trying again"
            );
            tokio::time::sleep(wait).await;
            self.meter.waited(attempt.counted(), wait);
            self.meter.retried(attempt.counted());
        }
    }

    /// Finds an operation in the schema.
    pub fn operation(
        &self,
        service: &str,
        operation: &str,
    ) -> Result<(&'static Service, &'static Operation), AwsError> {
        let found = self.schema.service(service);
        found
            .and_then(|found| Some((found, found.operation(operation)?)))
            .ok_or_else(|| AwsError::UnknownOperation { service: service.to_owned(), operation: operation.to_owned() })
    }
}

/// One call's attempts.
struct Attempt<'a> {
    client: &'a AwsClient,
    session: &'a Session,
    service: &'static Service,
    operation: &'static Operation,
    region: String,
}

/// How an attempt failed, and what can be done about it.
struct Failed {
    cause: Box<AwsError>,
    transient: bool,
    retry_after: Option<Duration>,
    correction: Option<Correction>,
}

enum Correction {
    /// The bucket is in another region.
    Region(String),
    /// The token expired before its time.
    Credentials(Credentials),
    /// The clock of this machine is off by so much from when the request was signed.
    Clock(Timestamp, SignedDuration),
}

impl Attempt<'_> {
    /// What limits the attempt.
    fn key(&self, params: &Map<String, Value>) -> Key<'_> {
        Key {
            account: self.session.account(),
            region: &self.region,
            service: &self.service.name,
            operation: &self.operation.name,
            paginated: !params.is_empty(),
        }
    }

    async fn make(
        &self,
        request: &protocol::Request,
        params: &Map<String, Value>,
        projection: &Projection,
    ) -> Result<Answer, Failed> {
        let target = self.client.targets.target(self.service, &self.region, request, params);
        let credentials = self.session.credentials.get().await.map_err(|error| Failed::finally(error.into()))?;
        let mut request = self.http_request(request, &target).map_err(Failed::finally)?;
        let permit = self.client.limiter.acquire(&self.key(params)).await;
        self.client.meter.waited(self.counted(), permit.waited);
        let signed_at = self.client.skew.now(&*self.client.clock);
        if self.operation.signed {
            // After the wait for the permit: a signature is good for five minutes only.
            let scope = sign::Scope {
                name: self.service.metadata.signing_name(),
                region: &target.signing_region,
                time: signed_at.into(),
            };
            sign_request(&mut request, &credentials, scope).map_err(|error| Failed::finally(error.into()))?;
        }
        let start = Instant::now();
        let outcome = self.client.http.send(request).await;
        let result = match outcome {
            Err(source) => Err(Failed {
                transient: source.is_transient(),
                cause: Box::new(AwsError::Http { host: target.host, source }),
                retry_after: None,
                correction: None,
            }),
            Ok(response) => self.read(&response, &credentials, signed_at, projection),
        };
        if result.as_ref().is_err_and(Failed::is_throttle) {
            permit.throttled();
        }
        drop(permit);
        self.record(&result, start.elapsed());
        result
    }

    fn read(
        &self,
        response: &Response,
        credentials: &Credentials,
        signed_at: Timestamp,
        projection: &Projection,
    ) -> Result<Answer, Failed> {
        if let Some(error) = ServiceError::read(self.service, response) {
            let header = |name: &str| response.headers.get(name).and_then(|value| value.to_str().ok());
            let moved = matches!(response.status, 301 | 307 | 400) && self.service.name == "s3";
            let other_region = header(REGION_HEADER).filter(|region| moved && *region != self.region);
            let off = Skew::suspect(&error.code, header("date"), signed_at);
            let correction = match (other_region, off, error.code.as_str()) {
                (Some(region), ..) => Some(Correction::Region(region.to_owned())),
                (None, Some(off), _) => Some(Correction::Clock(signed_at, off)),
                (None, None, "ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => {
                    Some(Correction::Credentials(credentials.clone()))
                }
                _ => None,
            };
            return Err(Failed {
                transient: error.is_transient(),
                retry_after: header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
                cause: Box::new(AwsError::Service(error)),
                correction,
            });
        }
        match protocol::parse(self.service, self.operation, response, projection) {
            Ok(parsed) => {
                if parsed.anomalies > 0 {
                    warn!(
                        service = self.service.name,
                        operation = self.operation.name,
                        anomalies = parsed.anomalies,
                        "an answer has values that are not what the schema says"
                    );
                }
                Ok(parsed.answer)
            }
            Err(error) => Err(Failed::finally(error.into())),
        }
    }

    fn record(&self, result: &Result<Answer, Failed>, duration: Duration) {
        let outcome = match result {
            Ok(_) => CallOutcome::Ok,
            Err(failed) if failed.is_throttle() => CallOutcome::Throttled,
            Err(_) => CallOutcome::Failed,
        };
        let (account, region) = (self.session.account(), self.region.as_str().into());
        let permissions = &self.client.permissions;
        match result {
            Ok(_) => permissions.allowed(account, &region, &self.service.name, &self.operation.name),
            Err(failed) if failed.cause.class() == FailureClass::Denied => {
                permissions.refused(account, &region, &self.service.name, &self.operation.name);
            }
            Err(_) => {}
        }
        Tally::count(outcome);
        self.client.meter.record(&Call {
            provider: self.client.provider.clone(),
            account: account.clone(),
            region,
            service: self.service.name.clone(),
            operation: self.operation.name.clone(),
            outcome,
            duration,
            dollars: Charges::embedded().dollars(&self.service.name, &self.operation.name),
        });
    }

    /// The operation as the meter counts it.
    fn counted(&self) -> Counted<'_> {
        Counted {
            provider: self.client.provider.as_str(),
            service: &self.service.name,
            operation: &self.operation.name,
        }
    }

    async fn correct(&mut self, correction: Correction) {
        match correction {
            Correction::Region(region) => self.region = region,
            Correction::Clock(signed_at, off) => self.client.skew.correct(&*self.client.clock, signed_at, off),
            Correction::Credentials(credentials) => self.session.credentials.reject(&credentials).await,
        }
    }

    fn http_request(&self, request: &protocol::Request, target: &Target) -> Result<http::Request<Bytes>, AwsError> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&target.url);
        builder = builder.header("host", &target.host).header("user-agent", super::USER_AGENT);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder.body(Bytes::copy_from_slice(&request.body)).map_err(|error| {
            protocol::BuildError {
                service: self.service.name.clone(),
                operation: self.operation.name.clone(),
                problem: error.to_string(),
            }
            .into()
        })
    }
}

impl Failed {
    fn finally(cause: AwsError) -> Self {
        Self { cause: Box::new(cause), transient: false, retry_after: None, correction: None }
    }

    fn is_throttle(&self) -> bool {
        self.cause.class() == FailureClass::Throttled
    }
}

#[cfg(test)]
mod tests;
