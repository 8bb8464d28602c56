//! The providers that the settings enable.

use std::sync::Arc;

use crate::{
    config::Settings,
    model::Clock,
    provider::{
        CallMeter, Provider,
        aws::{AwsProvider, AwsProviderError},
        example::ExampleProvider,
        file::FileProvider,
    },
};

/// Makes the enabled providers; nothing is asked of a cloud yet.
pub(super) fn providers(
    settings: &Settings,
    meter: &Arc<dyn CallMeter>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Arc<dyn Provider>>, AwsProviderError> {
    let settings = &settings.providers;
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    if settings.aws.enabled {
        providers.push(Arc::new(AwsProvider::new(settings.aws.clone(), meter.clone(), clock.clone())?));
    }
    if settings.file.enabled {
        providers.push(Arc::new(FileProvider::new(settings.file.clone())));
    }
    if settings.example.enabled {
        providers.push(Arc::new(ExampleProvider::new(settings.example.clone(), clock.clone())));
    }
    Ok(providers)
}
