//! The providers that the settings enable.

use std::sync::Arc;

use crate::{
    config::{Loaded, Settings},
    model::Clock,
    provider::{
        CallMeter, NeededKinds, Provider,
        aws::{AwsProvider, AwsProviderError},
        example::ExampleProvider,
        file::FileProvider,
    },
};

use super::prepared::directory;

/// Makes the enabled providers; nothing is asked of a cloud yet.
pub(super) fn providers(
    loaded: &Loaded<Settings>,
    needed: &NeededKinds,
    meter: &Arc<dyn CallMeter>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Arc<dyn Provider>>, AwsProviderError> {
    let settings = &loaded.settings.providers;
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    if settings.aws.enabled {
        providers.push(Arc::new(aws(&loaded.settings, needed, meter, clock)?));
    }
    if settings.file.enabled {
        providers.push(Arc::new(file(loaded)));
    }
    if settings.example.enabled {
        providers.push(Arc::new(ExampleProvider::new(settings.example.clone(), clock.clone())));
    }
    Ok(providers)
}

/// The AWS provider; prices that it asks for are kept beside what is stored, where nothing else is said.
pub(super) fn aws(
    settings: &Settings,
    needed: &NeededKinds,
    meter: &Arc<dyn CallMeter>,
    clock: &Arc<dyn Clock>,
) -> Result<AwsProvider, AwsProviderError> {
    let mut config = settings.providers.aws.clone();
    if config.prices.file.is_none() {
        config.prices.file = settings.storage.path.as_ref().map(|folder| folder.join("prices-aws.json"));
    }
    AwsProvider::new(config, needed.clone(), meter.clone(), clock.clone())
}

/// The file provider; its relative patterns start at the folder of the configuration file.
pub(super) fn file(loaded: &Loaded<Settings>) -> FileProvider {
    let folder = directory(&loaded.files);
    let mut config = loaded.settings.providers.file.clone();
    for pattern in &mut config.files {
        *pattern = folder.join(&*pattern).to_string_lossy().into_owned();
    }
    FileProvider::new(config)
}
