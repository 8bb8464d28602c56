//! `cloudgauge kinds`.

use serde_json::json;

use super::arguments::{KindsArguments, OutputFormat};
use super::table::Cells;
use super::{CliError, ExitCode, KindRow, Printer, Program, columns};

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

fn matches(kind: &KindRow, arguments: &KindsArguments) -> bool {
    let KindsArguments { name, provider, base, deletable, output: _ } = arguments;
    name.as_ref().is_none_or(|part| kind.name.contains(part.as_str()))
        && provider.as_ref().is_none_or(|provider| kind.provider.as_ref() == Some(provider))
        && base.as_ref().is_none_or(|base| kind.lineage.contains(base))
        && (!deletable || kind.deletable)
}
