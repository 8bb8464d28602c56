//! `cloudgauge test`.

use std::fmt::Write as _;

use super::arguments::TestArguments;
use super::{CliError, ExitCode, Printer, Program};
use crate::config::{Loaded, Settings};

/// What became of the tests of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    pub name: String,
    pub tests: Vec<TestResult>,
}

/// What became of one test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    pub name: String,
    /// Why metrics could not be computed.
    pub errors: Vec<String>,
    /// What is not as it was expected.
    pub differences: Vec<TestDifference>,
}

/// A series that is not as it was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct TestDifference {
    pub series: String,
    /// None for a series that nobody expected.
    pub expected: Option<f64>,
    /// None for a series that is missing.
    pub found: Option<f64>,
}

impl TestResult {
    fn is_ok(&self) -> bool {
        self.errors.is_empty() && self.differences.is_empty()
    }
}

pub(super) async fn run(
    arguments: &TestArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let files = program.test(settings, &arguments.files).await.map_err(CliError::Configuration)?;
    stdout.print(&text(&files))?;
    let good = files.iter().flat_map(|file| &file.tests).all(TestResult::is_ok);
    Ok(if good { ExitCode::Success } else { ExitCode::Failure })
}

/// The results for people; lines that begin with `-` were expected, those with `+` were found.
fn text(files: &[TestFile]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    for file in files {
        _ = writeln!(text, "{}", file.name);
        for test in &file.tests {
            _ = writeln!(text, "  {} {}", if test.is_ok() { "ok    " } else { "FAILED" }, test.name);
            for error in &test.errors {
                _ = writeln!(text, "      ! {error}");
            }
            for TestDifference { series, expected, found } in &test.differences {
                for (sign, value) in [('-', expected), ('+', found)] {
                    if let Some(value) = value {
                        _ = writeln!(text, "      {sign} {series} {value}");
                    }
                }
            }
        }
    }
    let tests = files.iter().flat_map(|file| &file.tests);
    let (total, failed) = (tests.clone().count(), tests.filter(|test| !test.is_ok()).count());
    _ = match failed {
        0 => writeln!(text, "\n{total} tests are ok."),
        failed => writeln!(text, "\n{failed} of {total} tests FAILED."),
    };
    text
}
