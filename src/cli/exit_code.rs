//! Exit codes: what a script learns without reading the output.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything was done.
    Success = 0,
    /// What was asked for could not be done; stderr says why.
    Failure = 1,
    /// The command line is wrong: an unknown flag, a missing argument.
    Usage = 2,
    /// The configuration is wrong: nothing was started.
    Configuration = 3,
    /// It was done, but not completely: some accounts, regions or kinds could not be listed.
    Incomplete = 4,
    /// The server does not answer, or refuses.
    Server = 5,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
