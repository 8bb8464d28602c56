//! `cloudgauge kinds`.

use serde_json::json;

use super::arguments::{KindsArguments, OutputFormat};
use super::table::Cells;
use super::{CliError, ExitCode, KindRow, NeededKind, Printer, Program, columns};
use crate::config::{Loaded, Settings};

pub(super) fn run(arguments: &KindsArguments, stdout: &Printer, program: &dyn Program) -> Result<ExitCode, CliError> {
    let mut kinds = program.kinds();
    kinds.retain(|kind| matches(kind, arguments));
    kinds.sort_by(|a, b| a.name.cmp(&b.name));
    match arguments.output {
        OutputFormat::Table => {
            let mut cells = Cells::new(["kind", "provider", "is", "deletable"]);
            for kind in &kinds {
                let deletable = if kind.deletable { "yes" } else { "no" };
                let provider = kind.provider.as_deref().unwrap_or("any");
                cells.push([kind.name.as_str(), provider, &kind.bases.join(", "), deletable]);
            }
            stdout.print(&format!("{cells}"))?;
        }
        format => {
            let rows: Vec<_> = kinds.iter().map(|kind| json!(kind)).collect();
            columns::write(&rows, &["name", "provider", "bases", "deletable"].map(String::from), format, stdout)?;
        }
    }
    Ok(ExitCode::Success)
}

/// The kinds that the settings collect or would need to, and why.
pub(super) fn run_needed(
    arguments: &KindsArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let mut known = program.kinds();
    known.retain(|kind| matches(kind, arguments));
    let mut kinds = program.needed_kinds(settings)?;
    kinds.retain(|kind| known.iter().any(|known| known.name == kind.kind));
    match arguments.output {
        OutputFormat::Table => {
            let mut cells = Cells::new(["kind", "collected", "why"]);
            for kind in &kinds {
                let collected = match (kind.collected, &kind.setting) {
                    (true, _) => "yes".to_owned(),
                    (false, Some(setting)) => format!("no: {setting}"),
                    (false, None) => "no".to_owned(),
                };
                cells.push([kind.kind.clone(), collected, reasons(kind)]);
            }
            stdout.print(&cells.to_string())?;
        }
        format => {
            let rows: Vec<_> = kinds.iter().map(|kind| json!(kind)).collect();
            let names =
                ["kind", "provider", "collected", "setting", "metrics", "rules", "on_the_way_for", "may_depend_on"];
            columns::write(&rows, &names.map(String::from), format, stdout)?;
        }
    }
    Ok(ExitCode::Success)
}

/// What needs a kind, in words.
fn reasons(kind: &NeededKind) -> String {
    let named = |what: &str, names: &[String]| match names {
        [] => None,
        [only] => Some(format!("{what} {only}")),
        [first, second] => Some(format!("{what} {first}, {second}")),
        [first, second, more @ ..] => Some(format!("{what} {first}, {second} and {} more", more.len())),
    };
    let setting = kind.setting.as_ref().filter(|_| kind.collected).map(|setting| format!("the setting {setting}"));
    let reasons = [
        setting,
        named("metric", &kind.metrics),
        named("rule", &kind.rules),
        named("on the way for", &kind.on_the_way_for),
        named("may depend on", &kind.may_depend_on),
    ];
    reasons.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn matches(kind: &KindRow, arguments: &KindsArguments) -> bool {
    let KindsArguments { name, provider, base, deletable, needed: _, output: _ } = arguments;
    name.as_ref().is_none_or(|part| kind.name.contains(part.as_str()))
        && provider.as_ref().is_none_or(|provider| kind.provider.as_ref() == Some(provider))
        && base.as_ref().is_none_or(|base| kind.lineage.contains(base))
        && (!deletable || kind.deletable)
}
