//! The front: what answers requests from the first moment on, while everything behind it is still being prepared.
//!
//! The stored page is served as soon as it is read. Whoever asks for more waits until the server is there, which takes
//! a fraction of a second, or for good if the configuration turns out to be wrong and the program ends.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    cache::{Pages, Part},
    http::{Api, ApiRequest, ApiResponse, Lifecycle, Overview, Status},
    model::Clock,
    telemetry::SelfMetrics,
};

use super::{api::ApiOf, lifecycle::Control, overview, state::State, storage::LastPage};

/// What is there before the server, and the server once it is there; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Front {
    pub(super) pages: Arc<Pages>,
    last: Arc<OnceLock<Arc<Overview>>>,
    server: watch::Sender<Option<Arc<Server>>>,
    shutdown: CancellationToken,
}

/// What answers more than scrapes.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) state: Arc<State>,
    pub(super) api: ApiOf,
    pub(super) control: Control,
}

impl Front {
    pub(super) fn new(pages: Arc<Pages>, shutdown: CancellationToken) -> Self {
        Self { pages, last: Arc::default(), server: watch::Sender::new(None), shutdown }
    }

    /// Serves the page of an earlier run of the program until there is a newer one.
    pub(super) fn show(&self, page: &LastPage, telemetry: &SelfMetrics) {
        telemetry.workflows.generation_published(page.generation, page.collected_at);
        self.last.get_or_init(|| Arc::new(overview::of_last_page(page.generation, page.collected_at)));
        self.pages.publish_generation(page.generation, page.part.clone(), page.rendered_at);
    }

    /// From here on the server answers.
    pub(super) fn open(&self, server: Server) {
        self.server.send_replace(Some(Arc::new(server)));
    }

    async fn server(&self) -> Arc<Server> {
        let mut server = self.server.subscribe();
        let there = server.wait_for(Option::is_some).await;
        let there = there.expect("the sender is a field of whoever waits");
        there.clone().expect("it was waited for")
    }
}

/// Renders cloudgauge's own metrics into the page.
pub(super) fn render_own(pages: &Pages, telemetry: &SelfMetrics, clock: &dyn Clock) {
    let rendered = telemetry.render();
    let part = Part::compress(&rendered.text, &rendered.openmetrics, pages.own().as_ref());
    pages.publish_own(part, clock.now());
}

impl Status for Front {
    fn ready(&self) -> bool {
        self.pages.current().is_some_and(|page| page.generation().is_some())
    }

    fn overview(&self) -> Arc<Overview> {
        match &*self.server.borrow() {
            Some(server) => server.state.overview.load_full(),
            None => self.last.get().cloned().unwrap_or_else(|| Arc::new(overview::before_the_first_collection())),
        }
    }
}

#[async_trait]
impl Api for Front {
    async fn call(&self, request: ApiRequest) -> ApiResponse {
        self.server().await.api.call(request).await
    }
}

#[async_trait]
impl Lifecycle for Front {
    async fn reload(&self) -> Result<(), String> {
        Lifecycle::reload(&self.server().await.control).await
    }

    fn quit(&self) {
        self.shutdown.cancel();
    }
}
