//! Serving: the workflow engine, the web server and the signals, from start to stop.

use std::{collections::BTreeMap, ffi::OsString, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    build,
    cache::Pages,
    collect::Collector,
    config::{Input, Loaded, Settings},
    document::{Complaint, Mistakes},
    http::{self, Parts as SiteParts, Site},
    model::{Clock, SystemClock},
    provider::NeededKinds,
    telemetry::{BuildInfo, SelfMetrics, init_logging},
    workflow::{Engine, Handle, HookError, Hooks, Workflow},
};

use super::{
    api::ApiOf,
    front::{self, Front, Server},
    kinds::kinds,
    lifecycle::Control,
    observers::WorkflowCounter,
    permissions,
    phase::phases,
    prepared::Prepared,
    program::StartError,
    providers::providers,
    state::{Parts, State},
    storage::{LastPage, Storage},
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
    let storage = Storage::open(&settings.storage)?.map(Arc::new);
    let telemetry = Arc::new(SelfMetrics::new(BuildInfo {
        version: build::VERSION,
        revision: build::REVISION,
        rustc: build::RUSTC,
    }));
    telemetry.configuration.loaded(loaded.fingerprint, clock.now());
    telemetry.cleanup.set_enabled(settings.cleanup.enabled && !settings.cleanup.dry_run);
    declare(&telemetry);
    let own_metrics = !settings.web.disable_exporter_metrics;

    // What was served last is served again while everything below is prepared.
    let listeners = http::listen(&settings.web.listen_addresses).await?;
    let addresses: Vec<_> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let shutdown = CancellationToken::new();
    let pages = Arc::new(Pages::new(clock.now()));
    let front = Front::new(pages.clone(), shutdown.clone());
    let site = Arc::new(Site::new(
        &settings.web,
        SiteParts {
            pages: pages.clone(),
            status: Box::new(front.clone()),
            api: Box::new(front.clone()),
            lifecycle: Box::new(front.clone()),
            clock: clock.clone(),
        },
    ));
    let first = first_page(front.clone(), storage.clone(), telemetry.clone(), own_metrics.then(|| clock.clone()));
    let first = tokio::spawn(first);
    let (shown, last_page) = oneshot::channel();
    let stopped = shutdown.clone().cancelled_owned();
    let server = tokio::spawn(async move {
        // Nobody takes the page if the configuration is wrong.
        shown.send(first.await.unwrap_or_default()).ok();
        http::serve(listeners, site, stopped).await;
    });

    let hooks = hooks(&loaded, &input)?;
    let kinds = kinds(&loaded)?;
    let prepared = Prepared::new(&loaded, &kinds)?;
    for note in &prepared.notes {
        warn!(place = note.place, "{}", note.message);
    }
    let needed = NeededKinds::new(prepared.needs.kinds());
    let providers = providers(&loaded, &needed, &(Arc::new(telemetry.api.clone()) as _), &clock)?;
    if providers.is_empty() {
        warn!("no provider is enabled: there is nothing to collect; see `providers` in the configuration");
    }
    info!(
        version = build::LINE,
        addresses = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
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
        pages,
        telemetry,
        prepared,
        own_metrics,
        storage,
        needed,
    }));
    state.show_prices();
    if let Ok(Some(page)) = last_page.await {
        state.go_on_from(page);
    }
    let engine = Engine::new(
        settings.workflows.clone(),
        hooks,
        phases(&state),
        vec![Arc::new(WorkflowCounter(state.clone()))],
        clock,
        shutdown.clone(),
    );
    let workflows = engine.handle();
    let control = Control::new(state.clone(), workflows.clone(), input, settings.clone(), shutdown.clone());
    let api = ApiOf { state: state.clone(), workflows: workflows.clone() };
    front.open(Server { state: state.clone(), api, control: control.clone() });

    let own = tokio::spawn(render_own(state.clone(), shutdown.clone()));
    let probe = tokio::spawn(permissions::watch(state.clone(), shutdown.clone()));
    let engine = tokio::spawn(work(state, engine, workflows, shutdown.clone()));
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

/// Serves the stored page, if there is one, and cloudgauge's own metrics, if there is a clock for them.
async fn first_page(
    front: Front,
    storage: Option<Arc<Storage>>,
    telemetry: Arc<SelfMetrics>,
    own: Option<Arc<dyn Clock>>,
) -> Option<LastPage> {
    let shown = tokio::task::spawn_blocking(move || {
        let page = storage.and_then(|storage| storage.last_page());
        if let Some(page) = &page {
            info!(generation = page.generation, collected_at = %page.collected_at, "the stored page is served");
            front.show(page, &telemetry);
        }
        if let Some(clock) = own {
            front::render_own(&front.pages, &telemetry, &*clock);
        }
        page
    });
    shown.await.unwrap_or_default()
}

/// Takes up what is stored, and then works until the shutdown.
async fn work(state: Arc<State>, engine: Engine, workflows: Handle, shutdown: CancellationToken) {
    let Some(storage) = &state.storage else { return engine.run().await };
    let was_stored = storage.restore(&state).await;
    state.restored();
    if was_stored {
        // Its metrics are there long before the first collection has ended, which follows it.
        drop(workflows.run(Workflow::Metrics));
    }
    tokio::join!(engine.run(), storage.keep(&state, shutdown));
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
