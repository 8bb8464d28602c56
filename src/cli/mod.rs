//! The command line.
//!
//! Results go to stdout, logs and progress to stderr, and the exit code tells a script what happened
//! ([`ExitCode`]). The commands parse, ask and print; what they ask for is done by the [`Program`].

mod arguments;
mod check;
mod collect;
mod columns;
mod error;
mod estimate;
mod exit_code;
mod forecast;
mod kinds;
mod permissions;
mod prices;
mod printer;
mod program;
mod progress;
mod run;
mod scopes;
mod search;
mod table;
mod tally;
mod test;
#[cfg(test)]
mod tests;
pub mod workflows;

pub use arguments::{
    Arguments, CheckArguments, Command, EstimateArguments, KindsArguments, OutputFormat, PermissionsArguments,
    PricesArguments, PricesCommand, ScopesArguments, SearchArguments, Server, SettingFlags, TestArguments, WebFlags,
    WorkflowsArguments, WorkflowsCommand,
};
pub use error::{CliError, Failure};
pub use estimate::{Estimate, ServiceEstimate};
pub use exit_code::ExitCode;
pub use forecast::{Forecast, LabelForecast, MetricForecast};
pub use permissions::{MissingRow, PermissionPolicy, Permissions};
pub use printer::Printer;
pub use program::{Answer, CheckSummary, KindRow, NeededKind, Program, Search};
pub use run::{Process, run};
pub use scopes::{ScopeColumn, ScopeRow, Scopes};
pub use test::{TestDifference, TestFile, TestResult};
