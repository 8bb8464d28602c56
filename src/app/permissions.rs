//! Permissions: what the clouds must allow, and what they refuse.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    cli::{CliError, MissingRow, PermissionPolicy, Permissions, PermissionsArguments},
    collect::{Collector, NoObserver},
    config::{Loaded, Settings},
    graph::Inventory,
    model::{AccountId, Clock, KindName, SystemClock},
    provider::{
        CallMeter, MissingPermission, NeededKinds, NoMeter, Provider,
        aws::{Selection, policy::Purpose},
    },
};

use super::{
    kinds::kinds, needs::aws_catalogue, prepared::Prepared, program::StartError, providers::providers, state::State,
};

/// Actions that one line of the log names.
const NAMED_MAX: usize = 20;

/// Asks which permissions are missing at start and whenever other kinds are needed; nothing waits for it.
pub(super) async fn watch(state: Arc<State>, shutdown: CancellationToken) {
    loop {
        let probe = async {
            for provider in state.providers.values() {
                for (account, failure) in provider.probe().await {
                    debug!(
                        provider = %provider.name(), %account, class = %failure.class, error = failure.message,
                        "which permissions are missing shows when it is collected"
                    );
                }
                log(&**provider);
            }
            show(&state);
        };
        tokio::select! {
            () = probe => {}
            () = shutdown.cancelled() => return,
        }
        tokio::select! {
            () = state.probe.notified() => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// Shows in the metrics what is missing at the moment.
pub(super) fn show(state: &State) {
    let missing: Vec<_> = state
        .providers
        .iter()
        .flat_map(|(name, provider)| provider.missing_permissions().into_iter().map(move |missing| (name, missing)))
        .collect();
    state.telemetry.permissions.set(missing.iter().map(|(name, missing)| (name.as_str(), missing)));
    state.changed.notify_one();
}

/// Writes the table of what is missing, a line for each account.
fn log(provider: &dyn Provider) {
    let mut accounts: BTreeMap<AccountId, Vec<MissingPermission>> = BTreeMap::new();
    for missing in provider.missing_permissions() {
        accounts.entry(missing.account.clone()).or_default().push(missing);
    }
    for (account, missing) in accounts {
        let kinds: BTreeSet<&KindName> = missing.iter().flat_map(|missing| &missing.kinds).collect();
        let mut actions: Vec<&str> = missing.iter().map(|missing| missing.action.as_str()).collect();
        let more = actions.len().saturating_sub(NAMED_MAX);
        actions.truncate(NAMED_MAX);
        warn!(
            provider = %provider.name(),
            %account,
            actions = actions.join(", "),
            more,
            kinds = kinds.len(),
            "permissions are missing; `cloudgauge permissions aws` prints the policy"
        );
    }
}

/// What the command `permissions` asks for.
pub(super) async fn permissions(
    loaded: &Loaded<Settings>,
    arguments: &PermissionsArguments,
) -> Result<Permissions, CliError> {
    let model = kinds(loaded).map_err(StartError::from)?;
    let prepared = Prepared::new(loaded, &model).map_err(StartError::from)?;
    let config = &loaded.settings.providers.aws;
    let needed = NeededKinds::new(prepared.needs.kinds());
    if arguments.probe {
        return probe(loaded, needed).await;
    }
    let catalogue = aws_catalogue();
    let selection = Selection::new(config, needed).map_err(|error| CliError::Failed(error.into()))?;
    let listed = catalogue.entries().filter(|entry| entry.list.is_some());
    let kinds: BTreeSet<KindName> = listed.map(|entry| entry.kind.clone()).filter(|kind| selection.has(kind)).collect();
    let mut deleted = BTreeSet::new();
    if arguments.cleanup {
        for rule in &prepared.rules {
            let found = rule.query.finds(&model);
            let reached = kinds.iter().filter(|kind| found.as_ref().is_none_or(|found| found.contains(*kind)));
            deleted.extend(reached.cloned());
        }
    }
    let purpose =
        Purpose { config, catalogue: &catalogue, kinds: &kinds, deleted: &deleted, wildcards: arguments.wildcards };
    let policies = purpose.policies().into_iter().map(|policy| PermissionPolicy {
        name: policy.name,
        attach_to: policy.attach_to,
        policy: policy.document,
    });
    Ok(Permissions::Policies { kinds: kinds.len(), policies: policies.collect() })
}

/// Asks IAM; where it does not say, what is refused shows when everything is listed once.
async fn probe(loaded: &Loaded<Settings>, needed: NeededKinds) -> Result<Permissions, CliError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let meter: Arc<dyn CallMeter> = Arc::new(NoMeter);
    let mut settings = loaded.clone();
    settings.settings.providers.aws.enabled = true;
    settings.settings.providers.file.enabled = false;
    settings.settings.providers.example.enabled = false;
    let providers = providers(&settings, &needed, &meter, &clock).map_err(StartError::from)?;
    let mut silent = Vec::new();
    for provider in &providers {
        silent.extend(provider.probe().await);
    }
    if !silent.is_empty() {
        info!(accounts = silent.len(), "IAM does not say what is missing; everything is listed once to see it");
        let collector = Collector::new(settings.settings.collect.clone(), providers.clone(), clock);
        drop(collector.collect(&Inventory::default(), Arc::new(NoObserver)).await);
    }
    let missing = providers.iter().flat_map(|provider| provider.missing_permissions());
    let rows = missing.map(|missing| MissingRow {
        account: missing.account.to_string(),
        action: missing.action,
        regions: missing.regions.iter().map(ToString::to_string).collect(),
        kinds: missing.kinds.iter().map(ToString::to_string).collect(),
    });
    let silent = silent.into_iter().map(|(account, failure)| (account.to_string(), failure.to_string())).collect();
    Ok(Permissions::Missing { rows: rows.collect(), silent })
}
