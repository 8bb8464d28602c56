//! What can end a command early.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use super::ExitCode;
use crate::document::Mistakes;

/// Whatever the program reports, with its causes.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings, or what they refer to, are wrong.
    #[error("the configuration is wrong")]
    Configuration(Mistakes),
    /// No server answers.
    #[error("no server answers")]
    NoServer(#[source] Failure),
    /// The running server could not be asked, or refused.
    #[error("the server cannot be asked")]
    Server(#[source] Failure),
    /// Something else went wrong.
    #[error("{0}")]
    Failed(#[source] Failure),
    /// The output could not be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

impl CliError {
    /// The exit code that goes with it.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::Configuration,
            Self::NoServer(_) | Self::Server(_) => ExitCode::Server,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::Success,
            Self::Failed(_) | Self::Output(_) => ExitCode::Failure,
        }
    }

    /// What a person should read; nothing when the reader of our output has simply had enough (`| head`).
    pub(super) fn text(&self, styled: bool) -> Option<String> {
        match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            Self::Configuration(mistakes) => {
                let count = match mistakes.len() {
                    1 => "one mistake".to_owned(),
                    number => format!("{number} mistakes"),
                };
                Some(format!("{}\n\n{count} in the configuration\n", mistakes.render(styled)))
            }
            Self::NoServer(failure) | Self::Server(failure) | Self::Failed(failure) => Some(chain(&**failure)),
            Self::Output(_) => Some(chain(self)),
        }
    }
}

/// An error and its causes, one per line; no cause is part of the message above it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let message = error.to_string();
    // A mistake that shows its line, as one in a query does, has the word already.
    let title = if message.starts_with("error: ") { "" } else { "error: " };
    let mut text = format!("{title}{message}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        _ = writeln!(text, "  because: {error}");
        cause = error.source();
    }
    text
}
