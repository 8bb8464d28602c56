//! Credentials: from the places that the AWS command line knows, or by assuming a role.

use std::{
    fmt::Debug,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    client::{AwsClient, Session},
    error::AwsError,
    protocol::Projection,
};
use crate::model::{Clock, FailureClass};

/// Credentials are renewed when less than this is left of them.
const MARGIN: Duration = Duration::from_mins(5);
/// Credentials that say nothing of their end are asked for again after this, so that a changed file is seen.
const UNDATED: Duration = Duration::from_mins(15);

/// Where credentials come from.
#[async_trait]
pub trait CredentialSource: Debug + Send + Sync {
    /// Fetches credentials, which may take requests of its own.
    async fn fetch(&self) -> Result<Credentials, CredentialsError>;
}

/// Credentials that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("no credentials{}: {message}", from(profile.as_deref()))]
    Missing { profile: Option<String>, message: String },
    #[error("cannot assume the role {role_arn}: {source}")]
    Refused { role_arn: String, source: Box<AwsError> },
    #[error("the answer to assuming the role {role_arn} has no {member}")]
    Incomplete { role_arn: String, member: &'static str },
}

impl CredentialsError {
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Missing { .. } => FailureClass::ExpiredCredentials,
            Self::Refused { source, .. } => source.class(),
            Self::Incomplete { .. } => FailureClass::BadAnswer,
        }
    }
}

fn from(profile: Option<&str>) -> String {
    profile.map(|profile| format!(" in the profile {profile}")).unwrap_or_default()
}

/// Keeps credentials until shortly before they end.
///
/// Whoever comes while they are being fetched waits for that one fetch.
#[derive(Debug)]
pub struct CachedCredentials {
    source: Box<dyn CredentialSource>,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    credentials: Credentials,
    until: SystemTime,
}

impl CachedCredentials {
    pub fn new(source: Box<dyn CredentialSource>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, held: Mutex::new(None) }
    }

    pub async fn get(&self) -> Result<Credentials, CredentialsError> {
        let mut held = self.held.lock().await;
        let now = SystemTime::from(self.clock.now());
        if let Some(held) = held.as_ref().filter(|held| now < held.until) {
            return Ok(held.credentials.clone());
        }
        let credentials = self.source.fetch().await?;
        let until = credentials.expiry().map_or(now + UNDATED, |end| end.checked_sub(MARGIN).unwrap_or(now));
        *held = Some(Held { credentials: credentials.clone(), until });
        Ok(credentials)
    }

    /// Forgets credentials that AWS calls expired, unless they have been renewed meanwhile.
    pub async fn reject(&self, credentials: &Credentials) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.credentials.access_key_id() == credentials.access_key_id()) {
            *held = None;
        }
    }
}

/// The chain of the AWS command line: environment, shared files, single sign-on, web identity, metadata services.
#[derive(Debug)]
pub struct DefaultChain {
    profile: Option<String>,
    provider: Option<SharedCredentialsProvider>,
    region: Option<String>,
}

impl DefaultChain {
    /// Reads the environment and the shared files; credentials themselves are fetched later.
    ///
    /// A region that is given is not looked for, which spares a machine outside AWS a wait for the metadata service.
    pub async fn load(profile: Option<&str>, region: Option<&str>) -> Self {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        Self {
            profile: profile.map(str::to_owned),
            provider: config.credentials_provider(),
            region: config.region().map(|region| region.as_ref().to_owned()),
        }
    }

    /// The region that the environment or the profile names.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

#[async_trait]
impl CredentialSource for DefaultChain {
    async fn fetch(&self) -> Result<Credentials, CredentialsError> {
        let missing = |message: String| CredentialsError::Missing { profile: self.profile.clone(), message };
        let provider = self.provider.as_ref().ok_or_else(|| missing("nothing provides any".to_owned()))?;
        provider.provide_credentials().await.map_err(|error| missing(chain(&error)))
    }
}

/// The chain's messages are all of use: the first says that it failed, the last why.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// A role, and how to assume it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub external_id: Option<String>,
    pub session_name: String,
}

/// Credentials of a role that is assumed with others.
#[derive(Debug)]
pub struct AssumedRole {
    pub client: Arc<AwsClient>,
    /// Who assumes it.
    pub base: Arc<Session>,
    pub role: Role,
    /// The region to ask; its token is good everywhere, which one of the global endpoint is not.
    pub region: String,
}

#[async_trait]
impl CredentialSource for AssumedRole {
    async fn fetch(&self) -> Result<Credentials, CredentialsError> {
        let Role { arn, external_id, session_name } = &self.role;
        let mut params = json!({"RoleArn": arn, "RoleSessionName": session_name});
        if let Some(external_id) = external_id {
            params["ExternalId"] = external_id.as_str().into();
        }
        let answer = self
            .client
            .call(&self.base, &self.region, "sts", "AssumeRole", &params, &Projection::All)
            .await
            .map_err(|error| CredentialsError::Refused { role_arn: arn.clone(), source: Box::new(error) })?
            .value();
        let text = |member: &'static str| {
            let value = answer["Credentials"][member].as_str();
            value.ok_or_else(|| CredentialsError::Incomplete { role_arn: arn.clone(), member })
        };
        let end: jiff::Timestamp = text("Expiration")?
            .parse()
            .map_err(|_| CredentialsError::Incomplete { role_arn: arn.clone(), member: "Expiration" })?;
        Ok(Credentials::new(
            text("AccessKeyId")?,
            text("SecretAccessKey")?,
            Some(text("SessionToken")?.to_owned()),
            Some(end.into()),
            "AssumeRole",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::FixedClock;

    #[derive(Debug)]
    struct Counting {
        fetched: Arc<AtomicUsize>,
        end: Option<SystemTime>,
    }

    #[async_trait]
    impl CredentialSource for Counting {
        async fn fetch(&self) -> Result<Credentials, CredentialsError> {
            let number = self.fetched.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Credentials::new(format!("AKID{number}"), "secret", None, self.end, "test"))
        }
    }

    fn cached(seconds_left: Option<u64>) -> (CachedCredentials, Arc<AtomicUsize>) {
        let clock = FixedClock("2026-01-01T00:00:00Z".parse().unwrap());
        let end = seconds_left.map(|seconds| SystemTime::from(clock.now()) + Duration::from_secs(seconds));
        let fetched = Arc::new(AtomicUsize::new(0));
        let source = Counting { fetched: Arc::clone(&fetched), end };
        (CachedCredentials::new(Box::new(source), Arc::new(clock)), fetched)
    }

    #[tokio::test]
    async fn many_at_once_fetch_once() {
        let (cached, fetched) = cached(Some(3600));
        let all = futures::future::join_all((0..10).map(|_| cached.get())).await;
        assert!(all.into_iter().all(|credentials| credentials.unwrap().access_key_id() == "AKID0"));
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn credentials_near_their_end_are_renewed() {
        let (cached, fetched) = cached(Some(299));
        cached.get().await.unwrap();
        cached.get().await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn rejected_credentials_are_fetched_again_once() {
        let (cached, fetched) = cached(None);
        let first = cached.get().await.unwrap();
        cached.reject(&first).await;
        let second = cached.get().await.unwrap();
        cached.reject(&first).await;
        assert_eq!(cached.get().await.unwrap().access_key_id(), second.access_key_id());
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn secrets_are_not_in_debug_output() {
        let (cached, _) = cached(None);
        cached.get().await.unwrap();
        assert!(!format!("{cached:?}").contains("secret\""));
    }
}
