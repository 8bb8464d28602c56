//! Accounts: who they are, and how to enter them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, stream};
use serde_json::{Map, json};
use tokio::sync::{Mutex, OnceCell};
use tracing::{debug, warn};

use super::{
    AccountConfig, Config,
    client::{AwsClient, Session},
    credentials::{AssumedRole, CachedCredentials, DefaultChain, Role},
    error::AwsError,
    organization::{Member, Organization, OrganizationConfig},
    protocol::Projection,
    region,
};
use crate::model::{Account, AccountId, Clock, Failure, FailureClass};

/// The kind of an account's own node.
pub(super) const KIND: &str = "aws_account";
/// The cloud that AWS's accounts are in.
pub(super) const CLOUD: &str = "aws";

/// Accounts that are entered at a time; each takes a role and a few questions.
const AT_A_TIME: usize = 32;

/// The accounts that the settings name.
#[derive(Debug)]
pub(super) struct Accounts {
    client: Arc<AwsClient>,
    clock: Arc<dyn Clock>,
    entrances: Vec<Arc<Entrance>>,
    organization: Option<Members>,
    home_region: Option<String>,
    /// Sessions of profiles; the one without a name is of the default credentials.
    profiles: Mutex<BTreeMap<Option<String>, Arc<Profile>>>,
}

/// The way into the accounts of an organization.
#[derive(Debug)]
struct Members {
    organization: Organization,
    /// Whose credentials the organization is asked with.
    asking: Arc<Entrance>,
    /// What the settings say of every account.
    settings: Config,
    /// Accounts that were found before keep their sessions.
    entrances: Mutex<BTreeMap<String, Arc<Entrance>>>,
}

/// One way into an account, as the settings describe it.
#[derive(Debug)]
struct Entrance {
    settings: AccountConfig,
    /// A role by its full name, or by its name alone, which needs the partition to be complete.
    role: Option<RoleName>,
    external_id: Option<String>,
    session_name: String,
    /// The path of the organizational unit that the account is in.
    unit: Option<String>,
    session: OnceCell<Arc<Entered>>,
}

#[derive(Debug)]
enum RoleName {
    Arn(String),
    InAccount { account: String, name: String },
}

/// A profile's credentials, and the region it names.
#[derive(Debug)]
struct Profile {
    session: Arc<Session>,
    region: String,
}

/// An entrance whose credentials have been set up, though not tried.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) session: Arc<Session>,
    pub(super) home_region: String,
    pub(super) partition: String,
    /// The role that is assumed, by its whole name.
    pub(super) role: Option<String>,
}

/// An account that was found, or that should have been.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) account: Account,
    pub(super) entered: Arc<Entered>,
    /// Why it cannot be read.
    pub(super) failure: Option<Failure>,
}

impl Accounts {
    pub(super) fn new(client: Arc<AwsClient>, clock: Arc<dyn Clock>, config: &Config) -> Self {
        let profiles = config
            .profiles
            .iter()
            .map(|profile| AccountConfig { profile: Some(profile.clone()), ..AccountConfig::default() });
        let mut settings: Vec<AccountConfig> = profiles.chain(config.accounts.iter().cloned()).collect();
        if settings.is_empty() && !config.organization.enabled {
            settings.push(AccountConfig::default());
        }
        Self {
            client,
            clock,
            entrances: settings.into_iter().map(|settings| Arc::new(Entrance::new(settings, config))).collect(),
            organization: config.organization.enabled.then(|| Members::new(config)),
            home_region: config.home_region.clone(),
            profiles: Mutex::default(),
        }
    }

    /// Enters every account; the failure says that an account could not even be named.
    pub(super) async fn find(&self) -> (Vec<Found>, Option<Failure>) {
        let (members, mut failure) = self.members().await;
        let entrances: Vec<Arc<Entrance>> = self.entrances.iter().cloned().chain(members).collect();
        let named = entrances.len() - self.entrances.len();
        let enter = |entrance: Arc<Entrance>| async move { self.enter(&entrance).await };
        let found: Vec<_> = stream::iter(entrances).map(enter).buffered(AT_A_TIME).collect().await;
        let mut accounts: BTreeMap<AccountId, Found> = BTreeMap::new();
        for (position, found) in found.into_iter().enumerate() {
            match found {
                Ok(found) if accounts.contains_key(&found.account.id) => {
                    // Settings of an account that the organization has too are how to describe it otherwise.
                    if position < self.entrances.len() {
                        warn!(account = %found.account.id, "the settings name the account twice; the first counts");
                    }
                }
                Ok(found) => drop(accounts.insert(found.account.id.clone(), found)),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        debug!(accounts = accounts.len(), of_the_organization = named, "accounts are found");
        (accounts.into_values().collect(), failure)
    }

    /// The ways into the accounts of the organization; the failure says why there may be others.
    async fn members(&self) -> (Vec<Arc<Entrance>>, Option<Failure>) {
        let Some(members) = &self.organization else { return (Vec::new(), None) };
        let entered = Arc::clone(members.asking.session.get_or_init(|| self.open(&members.asking)).await);
        // Its own account needs no role; when it cannot be named, entering will say why.
        let own = self.identity(&entered).await.ok();
        let (found, failure) = members.organization.members(&self.client, &entered).await;
        let mut entrances = members.entrances.lock().await;
        let wanted: BTreeSet<&str> = found.iter().map(|member| member.id.as_str()).collect();
        entrances.retain(|id, _| wanted.contains(id.as_str()));
        for member in &found {
            let known = entrances.get(&member.id).is_some_and(|entrance| entrance.describes(member));
            if !known {
                let entrance = members.entrance(member, own.as_deref());
                entrances.insert(member.id.clone(), Arc::new(entrance));
            }
        }
        (entrances.values().cloned().collect(), failure)
    }

    async fn enter(&self, entrance: &Entrance) -> Result<Found, Failure> {
        let entered = Arc::clone(entrance.session.get_or_init(|| self.open(entrance)).await);
        let configured = entrance.account_id();
        let identity = self.identity(&entered).await;
        let (id, failure) = match (identity, configured) {
            (Ok(id), Some(configured)) if id != configured => {
                let message = format!("the credentials for account {configured} are those of account {id}");
                (configured.to_owned(), Some(Failure::new(FailureClass::Denied, message)))
            }
            (Ok(id), _) => (id, None),
            (Err(failure), Some(configured)) => (configured.to_owned(), Some(failure)),
            (Err(failure), None) => return Err(failure),
        };
        let alias = match &failure {
            None => {
                entered.session.identify(id.as_str().into());
                self.alias(&entered).await
            }
            Some(_) => None,
        };
        let name = entrance.settings.name.clone().or_else(|| alias.clone()).unwrap_or_else(|| id.clone());
        let mut properties = Map::new();
        properties.insert("partition".to_owned(), entered.partition.as_str().into());
        if let Some(alias) = alias {
            properties.insert("account_alias".to_owned(), alias.into());
        }
        if let Some(unit) = &entrance.unit {
            properties.insert("organizational_unit".to_owned(), unit.as_str().into());
        }
        let account = Account { cloud: CLOUD.into(), id: id.into(), name, kind: KIND.into(), properties };
        Ok(Found { account, entered, failure })
    }

    /// Sets up the credentials of an entrance; nothing is asked of AWS yet.
    async fn open(&self, entrance: &Entrance) -> Arc<Entered> {
        let profile = self.profile(entrance.settings.profile.as_deref()).await;
        let partition = self.client.endpoints().partition(&profile.region).id.clone();
        let session = match &entrance.role {
            None => Arc::clone(&profile.session),
            Some(role) => {
                let source = AssumedRole {
                    client: Arc::clone(&self.client),
                    base: Arc::clone(&profile.session),
                    role: Role {
                        arn: role.arn(&partition),
                        external_id: entrance.external_id.clone(),
                        session_name: entrance.session_name.clone(),
                    },
                    region: profile.region.clone(),
                };
                let label = entrance.account_id().unwrap_or(&entrance.session_name);
                Arc::new(Session::new(label, CachedCredentials::new(Box::new(source), Arc::clone(&self.clock))))
            }
        };
        let role = entrance.role.as_ref().map(|role| role.arn(&partition));
        Arc::new(Entered { session, home_region: profile.region.clone(), partition, role })
    }

    async fn profile(&self, name: Option<&str>) -> Arc<Profile> {
        let mut profiles = self.profiles.lock().await;
        if let Some(profile) = profiles.get(&name.map(str::to_owned)) {
            return Arc::clone(profile);
        }
        let chain = DefaultChain::load(name, self.home_region.as_deref()).await;
        let region = chain.region().unwrap_or(region::DEFAULT).to_owned();
        let credentials = CachedCredentials::new(Box::new(chain), Arc::clone(&self.clock));
        let session = Arc::new(Session::new(name.unwrap_or("default"), credentials));
        let profile = Arc::new(Profile { session, region });
        profiles.insert(name.map(str::to_owned), Arc::clone(&profile));
        profile
    }

    /// The id of the account that the credentials are of.
    async fn identity(&self, entered: &Entered) -> Result<String, Failure> {
        let projection = Projection::of(["Account"]);
        let region = &entered.home_region;
        let answer =
            self.client.call(&entered.session, region, "sts", "GetCallerIdentity", &json!({}), &projection).await;
        let doing = "asking who the credentials belong to";
        let answer = answer.map_err(|error: AwsError| error.failure(doing))?.value();
        answer["Account"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(FailureClass::BadAnswer, format!("{doing}: the answer names no account")))
    }

    /// The account's alias, where it has one and we may know it.
    async fn alias(&self, entered: &Entered) -> Option<String> {
        let projection = Projection::of(["AccountAliases"]);
        let region = &entered.home_region;
        let answer =
            self.client.call(&entered.session, region, "iam", "ListAccountAliases", &json!({}), &projection).await;
        match answer {
            Ok(answer) => answer.value()["AccountAliases"][0].as_str().map(str::to_owned),
            Err(error) => {
                warn!(account = %entered.session.account(), %error, "the account goes by its id, as its alias is unknown");
                None
            }
        }
    }
}

impl Members {
    fn new(config: &Config) -> Self {
        let OrganizationConfig { profile, role_arn, .. } = &config.organization;
        // The role for all accounts is not the one to ask with.
        let asking = AccountConfig { profile: profile.clone(), role_arn: role_arn.clone(), ..AccountConfig::default() };
        Self {
            organization: Organization::new(&config.organization),
            asking: Arc::new(Entrance::new(asking, config)),
            settings: config.clone(),
            entrances: Mutex::default(),
        }
    }

    fn entrance(&self, member: &Member, own: Option<&str>) -> Entrance {
        let organization = &self.settings.organization;
        let settings = AccountConfig {
            id: Some(member.id.clone()),
            name: Some(member.name.clone()),
            profile: organization.profile.clone(),
            ..AccountConfig::default()
        };
        let role = if own == Some(&member.id) {
            organization.role_arn.clone().map(RoleName::Arn)
        } else {
            let name = organization.role.as_ref().or(self.settings.role.as_ref());
            name.map(|name| RoleName::InAccount { account: member.id.clone(), name: name.clone() })
        };
        Entrance { unit: member.unit.clone(), ..Entrance::with_role(settings, role, &self.settings) }
    }
}

impl Entrance {
    fn new(settings: AccountConfig, config: &Config) -> Self {
        let role = match (&settings.role_arn, settings.role.as_ref().or(config.role.as_ref()), &settings.id) {
            (Some(arn), _, _) => Some(RoleName::Arn(arn.clone())),
            (None, Some(name), Some(account)) => {
                Some(RoleName::InAccount { account: account.clone(), name: name.clone() })
            }
            (None, _, _) => None,
        };
        Self::with_role(settings, role, config)
    }

    fn with_role(settings: AccountConfig, role: Option<RoleName>, config: &Config) -> Self {
        Self {
            external_id: settings.external_id.clone().or_else(|| config.external_id.clone()),
            session_name: settings.session_name.clone().unwrap_or_else(|| config.session_name.clone()),
            role,
            settings,
            unit: None,
            session: OnceCell::new(),
        }
    }

    /// Whether it leads into the account as the organization describes it now.
    fn describes(&self, member: &Member) -> bool {
        self.settings.name.as_ref() == Some(&member.name) && self.unit == member.unit
    }

    /// The account's id as far as the settings tell it, if only in the role's full name.
    fn account_id(&self) -> Option<&str> {
        match (&self.settings.id, &self.role) {
            (Some(id), _) => Some(id),
            (None, Some(RoleName::Arn(arn))) => arn.split(':').nth(4).filter(|account| !account.is_empty()),
            (None, _) => None,
        }
    }
}

impl RoleName {
    fn arn(&self, partition: &str) -> String {
        match self {
            Self::Arn(arn) => arn.clone(),
            Self::InAccount { account, name } => format!("arn:{partition}:iam::{account}:role/{name}"),
        }
    }
}
