//! The life cycle: what `/-/reload` and `/-/quit` ask of the application.

use std::fmt::Debug;

use async_trait::async_trait;

/// Reloads and stops the application.
#[async_trait]
pub trait Lifecycle: Debug + Send + Sync {
    /// Reads the configuration again and puts it into force, or says why the old one stays.
    ///
    /// May be called while a reload is going on; the future may be dropped when the client goes away.
    async fn reload(&self) -> Result<(), String>;

    /// Starts to stop; returns at once.
    fn quit(&self);
}
