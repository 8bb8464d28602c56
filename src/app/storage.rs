//! Storage: what is stored is taken up at start, and what is new is written before it is served.
//!
//! The order is what makes counters never go backwards: a generation is written with its totals, then the page that was
//! rendered from it, and only then is that page served. A program that is killed in between repeats what nobody saw.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    cache::Part,
    graph::Generation,
    metrics::{ChangeTotals, Known},
    model::KindModel,
    store::{self, Bodies, Directory, Skipped, StoreError},
};

use super::{overview, program::StartError, state::State};

/// How long metrics wait for the disk before they are served all the same.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the pieces of stored bodies are.
const PAGE: &str = "page";
const TOTALS: &str = "totals";
const KNOWN: &str = "known";

/// A folder that a server writes to.
#[derive(Debug)]
pub(super) struct Storage {
    directory: Directory,
    /// The newest generation that is on disk, or could not be written.
    tried: watch::Sender<u64>,
    /// One writer at a time: all of them use the same file.
    writing_bodies: Arc<Mutex<()>>,
}

/// The last page, and what the metrics on it need to go on.
#[derive(Debug)]
pub(super) struct LastPage {
    pub(super) generation: u64,
    pub(super) collected_at: Timestamp,
    pub(super) rendered_at: Timestamp,
    pub(super) part: Part,
    pub(super) totals: ChangeTotals,
    pub(super) known: Known,
}

impl Storage {
    /// The folder of the configuration; none where nothing is to be kept.
    pub(super) fn open(config: &store::Config) -> Result<Option<Self>, StoreError> {
        let Some(path) = &config.path else { return Ok(None) };
        let directory = Directory::open(path, config.keep)?;
        Ok(Some(Self { directory, tried: watch::Sender::new(0), writing_bodies: Arc::default() }))
    }

    /// The last page. That it cannot be read costs a start without it and nothing else, so it is logged.
    pub(super) fn last_page(&self) -> Option<LastPage> {
        let bodies = match self.directory.load_bodies() {
            Ok(bodies) => bodies?,
            Err(error) => {
                warn!(error = chain(&error), "the stored page is not served");
                return None;
            }
        };
        let page = LastPage::of(&bodies);
        if page.is_none() {
            warn!(folder = %self.directory.path().display(), "the stored page is not served: it cannot be understood");
        }
        page
    }

    /// Writes a page that is about to be served, once its generation is written; a disk that is slow or full keeps
    /// nobody from being served, but is logged.
    pub(super) async fn before_serving(&self, page: LastPage) {
        let number = page.generation;
        let mut tried = self.tried.subscribe();
        let generation = tried.wait_for(|tried| *tried >= number);
        if tokio::time::timeout(PATIENCE, generation).await.is_err() {
            warn!(generation = number, "metrics are served before their generation is stored, which takes long");
        }
        let (directory, writing) = (self.directory.clone(), self.writing_bodies.clone());
        let saving = tokio::task::spawn_blocking(move || {
            let guard = writing.lock().unwrap_or_else(PoisonError::into_inner);
            let saved = directory.save_bodies(&page.bodies());
            drop(guard);
            saved
        });
        match tokio::time::timeout(PATIENCE, saving).await {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(error))) => error!(error = chain(&error), "the page is not stored"),
            Ok(Err(error)) => error!(%error, "the page could not be stored"),
            Err(_) => warn!(generation = number, "metrics are served before their page is stored, which takes long"),
        }
    }

    /// Puts the newest stored generation into force. Whether there was one that is not damaged.
    ///
    /// That it cannot be read costs a start without it and nothing else, so it is logged and goes on.
    pub(super) async fn restore(&self, state: &Arc<State>) -> bool {
        let (reading, showing) = (self.directory.clone(), state.clone());
        // The ledger takes a fraction of the time of the whole.
        let shown = tokio::task::spawn_blocking(move || {
            if let Some(ledger) = reading.load_ledger() {
                overview::show_ledger(&showing, &ledger);
                showing.changed.notify_one();
            }
        });
        if let Err(error) = shown.await {
            error!(%error, "the stored ledger could not be read");
        }
        let (reading, kinds) = (self.directory.clone(), state.kinds.clone());
        let loaded = match tokio::task::spawn_blocking(move || reading.load_generation(&kinds)).await {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(error)) => {
                error!(error = chain(&error), "stored generations cannot be read");
                return false;
            }
            Err(error) => {
                error!(%error, "stored generations could not be read");
                return false;
            }
        };
        for skipped in &loaded.skipped {
            warn!(file = %skipped.path.display(), error = chain(&skipped.error), "a stored generation is skipped");
        }
        let Some(generation) = loaded.generation else { return false };
        let totals = serde_json::from_slice(&loaded.totals).unwrap_or_else(|error| {
            warn!(%error, "the stored totals cannot be understood; counters start anew");
            ChangeTotals::default()
        });
        info!(
            generation = generation.number,
            collected_at = generation.collected_at.map(|at| at.to_string()),
            resources = generation.inventory.resources(),
            "the stored generation is in force"
        );
        let generation = state.store.restore(generation);
        state.take_up(&totals, &generation);
        state.show(&generation);
        self.tried.send_replace(generation.number);
        true
    }

    /// Writes the generation in force whenever it is another one than was written last.
    pub(super) async fn keep(&self, state: &Arc<State>, shutdown: CancellationToken) {
        let mut last: Arc<Generation> = state.store.current();
        loop {
            tokio::select! {
                // What was published just before the end is still written.
                biased;
                () = state.unsaved.notified() => {}
                () = shutdown.cancelled() => return,
            }
            let current = state.store.current();
            if Arc::ptr_eq(&current, &last) {
                continue;
            }
            // The totals of another generation belong to a step that has not ended, and wakes this again when it does.
            let Some(totals) = state.totals_of(&current) else { continue };
            let totals = serde_json::to_vec(&totals).expect("numbers and names are written to memory");
            let (writing, generation) = (self.directory.clone(), current.clone());
            // Not cancelled by a shutdown: it ends on its own, and half a file is never put in place.
            match tokio::task::spawn_blocking(move || writing.save_generation(&generation, totals)).await {
                Ok(Ok(saved)) => {
                    last = current.clone();
                    let file = saved.path.display().to_string();
                    info!(generation = last.number, file, bytes = saved.bytes, "the generation is stored");
                }
                Ok(Err(error)) => error!(error = chain(&error), "the generation is not stored"),
                Err(error) => error!(%error, "the generation could not be stored"),
            }
            self.tried.send_replace(current.number);
        }
    }
}

impl LastPage {
    /// None where the pieces are not those of a page.
    fn of(bodies: &Bodies) -> Option<Self> {
        let part = Part::from_pieces(bodies.named(PAGE).cloned())?;
        let document = |name| bodies.named(name).next();
        Some(Self {
            generation: bodies.generation,
            collected_at: bodies.collected_at,
            rendered_at: bodies.rendered_at,
            part,
            totals: serde_json::from_slice(document(TOTALS)?).ok()?,
            known: serde_json::from_slice(document(KNOWN)?).ok()?,
        })
    }

    fn bodies(&self) -> Bodies {
        let document = |name: &str, json: Result<Vec<u8>, serde_json::Error>| {
            (
                name.to_owned(),
                Bytes::from(json.expect("what the metrics remember has text keys and is written to memory")),
            )
        };
        let page = self.part.pieces().into_iter().map(|piece| (PAGE.to_owned(), piece));
        let documents =
            [document(TOTALS, serde_json::to_vec(&self.totals)), document(KNOWN, serde_json::to_vec(&self.known))];
        Bodies {
            generation: self.generation,
            collected_at: self.collected_at,
            rendered_at: self.rendered_at,
            pieces: documents.into_iter().chain(page).collect(),
        }
    }
}

/// The generation in a file, or the one that was stored last, and what is to be said of files that were skipped.
///
/// None where nothing is stored.
pub(super) fn find(
    config: &store::Config,
    file: Option<&Path>,
    kinds: &Arc<KindModel>,
) -> Result<Option<(Generation, Vec<String>)>, StartError> {
    if let Some(file) = file {
        return Ok(Some((store::read_generation(file, kinds)?, Vec::new())));
    }
    let Some(path) = &config.path else { return Ok(None) };
    let mut loaded = Directory::at(path).load_generation(kinds)?;
    if loaded.generation.is_none()
        && let Some(Skipped { path, error: source }) = loaded.skipped.pop()
    {
        return Err(StoreError::Read { path, source }.into());
    }
    let say = |skipped: &Skipped| format!("{} is skipped: {}", skipped.path.display(), chain(&skipped.error));
    let skipped = loaded.skipped.iter().map(say).collect();
    Ok(loaded.generation.map(|generation| (generation, skipped)))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
