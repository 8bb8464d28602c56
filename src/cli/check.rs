//! `cloudgauge check`.

use super::table::Cells;
use super::{CliError, ExitCode, Printer, Program};
use crate::config::{Loaded, Settings};

pub(super) fn run(settings: &Loaded<Settings>, stdout: &Printer, program: &dyn Program) -> Result<ExitCode, CliError> {
    let summary = program.check(settings).map_err(CliError::Configuration)?;
    let mut cells = Cells::without_header();
    for (label, text) in summary.lines {
        cells.push([label, text]);
    }
    stdout.print(&format!("{cells}\nNothing is wrong.\n"))?;
    Ok(ExitCode::Success)
}
