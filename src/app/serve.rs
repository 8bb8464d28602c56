//! Serving: the workflow engine, the web server and the signals, from start to stop.

use std::{collections::BTreeMap, ffi::OsString, sync::Arc, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    build,
    collect::Collector,
    config::{Input, Loaded, Settings},
    document::{Complaint, Mistakes},
    http::{self, Parts as SiteParts, Site},
    model::{Clock, SystemClock},
    provider::NeededKinds,
    store::Directory,
    telemetry::{BuildInfo, SelfMetrics, init_logging},
    workflow::{Engine, Handle, HookError, Hooks, Workflow},
};

use super::{
    api::ApiOf,
    kinds::kinds,
    lifecycle::Control,
    observers::WorkflowCounter,
    overview::StatusOf,
    permissions,
    phase::phases,
    prepared::Prepared,
    program::StartError,
    providers::providers,
    state::{Parts, State},
    storage,
};

/// How often cloudgauge's own metrics are rendered when nothing happens: process figures move all the time.
const OWN_METRICS_EVERY: Duration = Duration::from_secs(15);

/// How long phases and scrapes may take to end after a signal.
const GRACE: Duration = Duration::from_secs(4);

/// Serves until a signal or a request ends it.
pub(super) async fn serve(loaded: Loaded<Settings>, input: Input) -> Result<(), StartError> {
    init_logging(&loaded.settings.log)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings = loaded.settings.clone();
    let hooks = hooks(&loaded, &input)?;
    let kinds = kinds(&loaded)?;
    let prepared = Prepared::new(&loaded, &kinds)?;
    for note in &prepared.notes {
        warn!(place = note.place, "{}", note.message);
    }
    let telemetry = Arc::new(SelfMetrics::new(BuildInfo {
        version: build::VERSION,
        revision: build::REVISION,
        rustc: build::RUSTC,
    }));
    telemetry.configuration.loaded(prepared.fingerprint, clock.now());
    telemetry.cleanup.set_enabled(prepared.cleanup.enabled && !prepared.cleanup.dry_run);
    declare(&telemetry);
    let needed = NeededKinds::new(prepared.needs.kinds());
    let providers = providers(&loaded, &needed, &(Arc::new(telemetry.api.clone()) as _), &clock)?;
    if providers.is_empty() {
        warn!("no provider is enabled: there is nothing to collect; see `providers` in the configuration");
    }
    let directory = storage::open(&settings.storage)?;
    let listeners = http::listen(&settings.web.listen_addresses).await?;
    info!(
        version = build::LINE,
        addresses = listeners
            .iter()
            .filter_map(|listener| listener.local_addr().ok())
            .map(|address| address.to_string())
            .collect::<Vec<_>>()
            .join(", "),
        config = loaded.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
        providers = providers.iter().map(|provider| provider.name().to_string()).collect::<Vec<_>>().join(", "),
        metrics = prepared.definitions.len(),
        "cloudgauge starts"
    );

    let collector = Collector::new(settings.collect.clone(), providers.clone(), clock.clone());
    let state = Arc::new(State::new(Parts {
        kinds,
        clock: clock.clone(),
        providers,
        collector,
        telemetry,
        prepared,
        own_metrics: !settings.web.disable_exporter_metrics,
        needed,
    }));
    let shutdown = CancellationToken::new();
    let engine = Engine::new(
        settings.workflows.clone(),
        hooks,
        phases(&state),
        vec![Arc::new(WorkflowCounter(state.clone()))],
        clock.clone(),
        shutdown.clone(),
    );
    let workflows = engine.handle();
    let control = Control::new(state.clone(), workflows.clone(), input, settings.clone(), shutdown.clone());
    let site = Arc::new(Site::new(
        &settings.web,
        SiteParts {
            pages: state.pages.clone(),
            status: Box::new(StatusOf(state.clone())),
            api: Box::new(ApiOf { state: state.clone(), workflows: workflows.clone() }),
            lifecycle: Box::new(control.clone()),
            clock,
        },
    ));

    let own = tokio::spawn(render_own(state.clone(), shutdown.clone()));
    let probe = tokio::spawn(permissions::watch(state.clone(), shutdown.clone()));
    let server = tokio::spawn(http::serve(listeners, site, shutdown.clone().cancelled_owned()));
    let engine = tokio::spawn(work(state, directory, engine, workflows, shutdown.clone()));
    signals(&control, &shutdown).await?;

    // Nothing new is started; what runs is cancelled at its next await, and the generation in force stays whole.
    let ended = async { tokio::join!(server, engine, own, probe) };
    if tokio::time::timeout(GRACE, ended).await.is_ok() {
        info!("cloudgauge ends");
    } else {
        warn!("cloudgauge ends without waiting for what is still running");
    }
    Ok(())
}

/// Takes up what is stored, and then works until the shutdown.
async fn work(
    state: Arc<State>,
    directory: Option<Directory>,
    engine: Engine,
    workflows: Handle,
    shutdown: CancellationToken,
) {
    let Some(directory) = directory else { return engine.run().await };
    if storage::restore(&state, &directory).await {
        // Its metrics are there long before the first collection has ended, which follows it.
        drop(workflows.run(Workflow::Metrics));
    }
    tokio::join!(engine.run(), storage::keep(state, directory, shutdown));
}

/// The hooks with their secrets, which may come from variables.
fn hooks(loaded: &Loaded<Settings>, input: &Input) -> Result<Hooks, Mistakes> {
    let text = |(name, value): &(OsString, OsString)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()));
    let environment: BTreeMap<String, String> = input.environment.iter().filter_map(text).collect();
    Hooks::new(&loaded.settings.hooks, &loaded.settings.workflows, &environment).map_err(|errors| {
        let complaint = |error: HookError| Complaint::new(error.problem).at("hooks").at(error.index).at(error.field);
        loaded.locate(errors.into_iter().map(complaint))
    })
}

/// Shows every phase from the start, so that a rate over its outcomes never begins with a gap.
fn declare(telemetry: &SelfMetrics) {
    for workflow in Workflow::ALL {
        for step in workflow.steps() {
            telemetry.workflows.declare(workflow.as_str(), step.as_str());
        }
    }
}

/// Renders cloudgauge's own metrics when something happened, and now and then.
async fn render_own(state: Arc<State>, shutdown: CancellationToken) {
    loop {
        let rendering = state.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || rendering.render_own()).await {
            error!(%error, "cloudgauge's own metrics could not be rendered");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = state.changed.notified() => {}
            () = tokio::time::sleep(OWN_METRICS_EVERY) => {}
        }
    }
}

/// SIGHUP reloads; SIGTERM, SIGINT or a request to quit ends.
async fn signals(control: &Control, shutdown: &CancellationToken) -> Result<(), StartError> {
    let mut hangup = signal(SignalKind::hangup()).map_err(StartError::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
    loop {
        let reason = tokio::select! {
            _ = hangup.recv() => None,
            _ = terminate.recv() => Some("SIGTERM"),
            _ = interrupt.recv() => Some("SIGINT"),
            () = shutdown.cancelled() => Some("request"),
        };
        if let Some(reason) = reason {
            info!(reason, "stopping");
            shutdown.cancel();
            return Ok(());
        }
        // The mistakes are in the log, and the old configuration stays in force.
        drop(control.reload().await);
    }
}
