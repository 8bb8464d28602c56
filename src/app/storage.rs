//! Storage: the last generation is read at start, and each new one is written in the background.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    graph::Generation,
    model::KindModel,
    store::{self, Directory, Skipped, StoreError},
};

use super::{program::StartError, state::State};

/// The folder of the configuration; none where nothing is to be kept.
pub(super) fn open(config: &store::Config) -> Result<Option<Directory>, StoreError> {
    config.path.as_ref().map(|path| Directory::open(path, config.keep)).transpose()
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

/// Puts the newest stored generation into force. Whether there was one that is not damaged.
///
/// That it cannot be read costs a start without it and nothing else, so it is logged and goes on.
pub(super) async fn restore(state: &Arc<State>, directory: &Directory) -> bool {
    let (reading, kinds) = (directory.clone(), state.kinds.clone());
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
    info!(
        generation = generation.number,
        collected_at = generation.collected_at.map(|at| at.to_string()),
        resources = generation.inventory.resources(),
        "the stored generation is in force"
    );
    let generation = state.store.restore(generation);
    // From here on changes count, beginning with zero.
    state.count(&BTreeMap::new(), &generation.inventory);
    state.show(&generation);
    true
}

/// Writes the generation in force whenever it is another one than was written last.
pub(super) async fn keep(state: Arc<State>, directory: Directory, shutdown: CancellationToken) {
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
        let (writing, generation) = (directory.clone(), current.clone());
        // Not cancelled by a shutdown: it ends on its own, and half a file is never put in place.
        match tokio::task::spawn_blocking(move || writing.save_generation(&generation)).await {
            Ok(Ok(saved)) => {
                last = current;
                let file = saved.path.display().to_string();
                info!(generation = last.number, file, bytes = saved.bytes, "the generation is stored");
            }
            Ok(Err(error)) => error!(error = chain(&error), "the generation is not stored"),
            Err(error) => error!(%error, "the generation could not be stored"),
        }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
