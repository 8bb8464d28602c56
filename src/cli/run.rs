//! From the arguments to the exit code.

use std::ffi::OsString;
use std::fmt;

use clap::Parser as _;
use clap::error::ErrorKind;

use super::arguments::{Arguments, Command, WebFlags, WorkflowsArguments};
use super::{
    CliError, ExitCode, Printer, Program, check, collect, estimate, kinds, permissions, prices, scopes, search, test,
};
use crate::config::{Input, Loaded, ReadFile, Settings, load};

/// What the program gets from the system; `main` passes the real thing.
pub struct Process {
    /// The command line, the program's own name first.
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    /// Reads a whole file.
    pub read: ReadFile,
    /// For results.
    pub stdout: Printer,
    /// For everything else.
    pub stderr: Printer,
}

impl fmt::Debug for Process {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Process").field("arguments", &self.arguments).finish_non_exhaustive()
    }
}

/// Runs one command to its end.
pub async fn run(process: Process, program: &dyn Program) -> ExitCode {
    let arguments = match Arguments::try_parse_from(&process.arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&process, &error),
    };
    let (stdout, stderr) = (process.stdout.clone(), process.stderr.clone());
    let input = Input {
        files: arguments.settings.config_files.clone(),
        environment: process.environment,
        flags: arguments.flags(),
        read: process.read,
    };
    match command(arguments, input, &stdout, &stderr, program).await {
        Ok(code) => code,
        Err(error) => {
            if let Some(text) = error.text(stderr.is_terminal()) {
                // Where the reason cannot be written, the exit code still tells.
                stderr.print(&text).ok();
            }
            error.exit_code()
        }
    }
}

async fn command(
    arguments: Arguments,
    input: Input,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    match arguments.command.unwrap_or(Command::Serve(WebFlags::default())) {
        Command::Serve(_) => {
            let settings = settings(&input)?;
            program.serve(settings, input).await?;
            Ok(ExitCode::Success)
        }
        Command::Collect => collect::run(settings(&input)?, stdout, stderr, program).await,
        Command::Check(arguments) => check::run(&arguments, &settings(&input)?, stdout, program).await,
        Command::Test(arguments) => test::run(&arguments, &settings(&input)?, stdout, program).await,
        Command::Kinds(arguments) if arguments.needed => {
            kinds::run_needed(&arguments, &settings(&input)?, stdout, program)
        }
        Command::Kinds(arguments) => kinds::run(&arguments, stdout, program),
        Command::Permissions(arguments) => {
            permissions::run(&arguments, &settings(&input)?, stdout, stderr, program).await
        }
        Command::Estimate(arguments) => estimate::run(&arguments, &settings(&input)?, stdout, program).await,
        Command::Prices(arguments) => prices::run(&arguments, &settings(&input)?, stdout, program).await,
        Command::Search(arguments) => search::run(&arguments, &input, stdout, stderr, program).await,
        Command::Scopes(arguments) => scopes::run(&arguments, &input, stdout, stderr, program).await,
        Command::Workflows(WorkflowsArguments { command, server }) => {
            let text = program.workflows(&server.address(&input.environment), &command).await?;
            stdout.print(&text)?;
            Ok(ExitCode::Success)
        }
    }
}

pub(super) fn settings(input: &Input) -> Result<Loaded<Settings>, CliError> {
    load(input).map_err(CliError::Configuration)
}

/// Help and version are answers; everything else is a mistake.
fn usage(process: &Process, error: &clap::Error) -> ExitCode {
    let (printer, code) = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => (&process.stdout, ExitCode::Success),
        _ => (&process.stderr, ExitCode::Usage),
    };
    let text = error.render();
    let text = if printer.is_terminal() { text.ansi().to_string() } else { text.to_string() };
    match printer.print(&text) {
        Ok(()) => code,
        Err(error) => CliError::Output(error).exit_code(),
    }
}
