//! `cloudgauge search`.

use std::path::Path;
use std::sync::Arc;

use super::arguments::SearchArguments;
use super::progress::Progress;
use super::run::settings;
use super::{Answer, CliError, ExitCode, OutputFormat, Printer, Program, Search, columns};
use crate::config::{Input, Loaded, Providers, Settings};
use crate::provider::file;

/// What `--generation` takes for the generation that was stored last.
pub(super) const LATEST: &str = "latest";

/// What is said where neither a server nor a stored generation can be asked.
const NOTHING_STORED: &str = "\
No server answers, and no generation is stored (`storage.path`). To look elsewhere: --server, --generation, --file,
--collect.
";

/// Looks where the arguments say, or else where there is something to be found.
pub(super) async fn run(
    arguments: &SearchArguments,
    input: &Input,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let SearchArguments { query, limit, explain, .. } = arguments;
    let search = Search { query: query.clone(), limit: *limit, explain: *explain };
    if arguments.collect || !arguments.file.is_empty() {
        let settings = settings(input)?;
        let settings = if arguments.collect { settings } else { of_files(settings, &arguments.file) };
        return collected(arguments, &search, settings, stdout, stderr, program).await;
    }
    let answer = if let Some(file) = &arguments.generation {
        let file = Some(file.as_path()).filter(|file| *file != Path::new(LATEST));
        let nothing = || CliError::Failed("no generation is stored".into());
        program.search_stored(settings(input)?, file, &search).await?.ok_or_else(nothing)?
    } else {
        let server = arguments.server.address(&input.environment);
        match program.search_server(&server, &search).await {
            Err(absent @ CliError::NoServer(_)) if !arguments.server.is_given() => {
                let Some(answer) = program.search_stored(settings(input)?, None, &search).await? else {
                    stderr.print(NOTHING_STORED)?;
                    return Err(absent);
                };
                answer
            }
            answer => answer?,
        }
    };
    print(answer, arguments, stdout, stderr)?;
    Ok(ExitCode::Success)
}

/// Settings under which nothing is collected but these files, whose relative names start where the user is.
fn of_files(mut loaded: Loaded<Settings>, patterns: &[String]) -> Loaded<Settings> {
    let given = std::mem::take(&mut loaded.settings);
    let file = file::Config { enabled: true, files: patterns.to_vec(), ..given.providers.file };
    let providers = Providers { file, ..Providers::default() };
    loaded.settings = Settings { providers, search: given.search, ..Settings::default() };
    loaded.files.clear();
    loaded
}

async fn collected(
    arguments: &SearchArguments,
    search: &Search,
    settings: Loaded<Settings>,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let progress = Progress::new(stderr.clone());
    // Files are read in no time, and the answer says what was searched.
    let progress = Arc::new(if arguments.collect { progress } else { progress.without_lines() });
    let answer = program.search_collected(settings, search, progress.clone()).await;
    let tally = progress.finish();
    let mut answer = answer?;
    if !arguments.collect {
        answer.source = arguments.file.join(", ");
    }
    print(answer, arguments, stdout, stderr)?;
    // An answer over half an inventory must not pass for the whole.
    let code = if tally.is_complete() { ExitCode::Success } else { ExitCode::Incomplete };
    if code == ExitCode::Incomplete {
        stderr.print(&format!("\n{tally}"))?;
    }
    Ok(code)
}

fn print(answer: Answer, arguments: &SearchArguments, stdout: &Printer, stderr: &Printer) -> Result<(), CliError> {
    let Answer { mut rows, explanation, source, notes } = answer;
    stderr.print(&format!("Searched {source}.\n"))?;
    for note in notes {
        stderr.print(&format!("{}\n", note.trim_end()))?;
    }
    if let Some(explanation) = explanation {
        return Ok(stdout.print(&format!("{}\n", explanation.trim_end()))?);
    }
    rows.truncate(arguments.limit);
    if rows.is_empty() {
        stderr.print("Nothing was found.\n")?;
        if arguments.output == OutputFormat::Table {
            return Ok(());
        }
    }
    let columns = if arguments.columns.is_empty() { columns::default_for(&rows) } else { arguments.columns.clone() };
    if matches!(arguments.output, OutputFormat::Table | OutputFormat::Csv) {
        for note in columns::absent(&rows, &columns[..arguments.columns.len()]) {
            stderr.print(&format!("{note}\n"))?;
        }
    }
    columns::write(&rows, &columns, arguments.output, stdout)?;
    Ok(())
}
