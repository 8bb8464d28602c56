//! Reloading and stopping.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    config::{self, Input, Loaded, Settings},
    http::Lifecycle,
    model::KindName,
    workflow::{Handle, Workflow},
};

use super::{prepared::Prepared, state::State};

/// Puts a changed configuration into force, and ends the server.
#[derive(Clone, Debug)]
pub(super) struct Control {
    state: Arc<State>,
    workflows: Handle,
    input: Input,
    /// What was in force at start-up: sections that cannot be replaced are compared with it.
    started_with: Arc<Settings>,
    shutdown: CancellationToken,
    /// One reload at a time.
    reloading: Arc<Mutex<()>>,
}

impl Control {
    pub(super) fn new(
        state: Arc<State>,
        workflows: Handle,
        input: Input,
        started_with: Settings,
        shutdown: CancellationToken,
    ) -> Self {
        let (started_with, reloading) = (Arc::new(started_with), Arc::default());
        Self { state, workflows, input, started_with, shutdown, reloading }
    }

    /// Reads the configuration again. Definitions and rules come into force; the old ones stay if anything is wrong.
    pub(super) async fn reload(&self) -> Result<(), String> {
        let guard = self.reloading.lock().await;
        let (input, kinds) = (self.input.clone(), self.state.kinds.clone());
        let read = tokio::task::spawn_blocking(move || {
            let loaded: Loaded<Settings> = config::load(&input)?;
            let prepared = Prepared::new(&loaded, &kinds)?;
            Ok((loaded, prepared))
        });
        let read = read.await.map_err(|error| error.to_string())?;
        let metrics = &self.state.telemetry.configuration;
        let result = match read {
            Ok((loaded, prepared)) => {
                self.warn_of_what_needs_a_restart(&loaded.settings);
                metrics.loaded(prepared.fingerprint, self.state.clock.now());
                self.state.telemetry.cleanup.set_enabled(prepared.cleanup.enabled && !prepared.cleanup.dry_run);
                for note in &prepared.notes {
                    warn!(place = note.place, "{}", note.message);
                }
                self.need(&prepared);
                self.state.prepared.store(Arc::new(prepared));
                info!("the configuration was read again; definitions and rules are in force");
                // The engine is going down if it takes no run; then nothing needs to be shown any more.
                drop(self.workflows.run(Workflow::Metrics));
                Ok(())
            }
            Err(mistakes) => {
                let mistakes: crate::document::Mistakes = mistakes;
                // Who sent a signal has nothing but the log.
                for mistake in &mistakes {
                    error!(place = mistake.place(), help = mistake.help.join("; "), "{}", mistake.message);
                }
                error!(mistakes = mistakes.len(), "the configuration is not read again, the old one stays in force");
                metrics.refused();
                Err(mistakes.to_string())
            }
        };
        self.state.changed.notify_one();
        drop(guard);
        result
    }

    /// Puts other needs into force; the next collection lists what they name, and lets go of the rest.
    fn need(&self, prepared: &Prepared) {
        let (before, after) = (self.state.needed.current(), prepared.needs.kinds());
        if *before != after {
            let names =
                |kinds: BTreeSet<&KindName>| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
            info!(
                more = names(after.difference(&before).collect()),
                no_longer = names(before.difference(&after).collect()),
                "other kinds are needed from the next collection on"
            );
            self.state.needed.replace(after);
            self.state.probe.notify_one();
        }
    }

    fn warn_of_what_needs_a_restart(&self, settings: &Settings) {
        let before = sections(&self.started_with);
        let changed: Vec<_> = sections(settings)
            .into_iter()
            .filter(|(name, content)| {
                !["cleanup", "metrics"].contains(&name.as_str()) && before.get(name) != Some(content)
            })
            .map(|(name, _)| name)
            .collect();
        if !changed.is_empty() {
            warn!(sections = changed.join(", "), "changed settings take effect after a restart");
        }
    }
}

fn sections(settings: &Settings) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(sections)) => sections,
        _ => serde_json::Map::new(),
    }
}

#[async_trait]
impl Lifecycle for Control {
    async fn reload(&self) -> Result<(), String> {
        // A client that goes away does not stop a reload half-way.
        let control = self.clone();
        let reload = tokio::spawn(async move { Self::reload(&control).await });
        reload.await.map_err(|error| error.to_string())?
    }

    fn quit(&self) {
        self.shutdown.cancel();
    }
}
