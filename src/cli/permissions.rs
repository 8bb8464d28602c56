//! `cloudgauge permissions`.

use serde::Serialize;

use super::arguments::{OutputFormat, PermissionsArguments};
use super::table::Cells;
use super::{CliError, ExitCode, Printer, Program, columns};
use crate::config::{Loaded, Settings};
use crate::model::Value;

/// Kinds that a row of the table names.
const KINDS_SHOWN: usize = 3;

/// The answer to `permissions`.
#[derive(Clone, Debug, PartialEq)]
pub enum Permissions {
    /// The policies for what is collected.
    Policies {
        /// How many kinds they are for.
        kinds: usize,
        policies: Vec<PermissionPolicy>,
    },
    /// What is missing, and the accounts where IAM does not say so, each with the reason.
    Missing { rows: Vec<MissingRow>, silent: Vec<(String, String)> },
}

/// A policy, and whom it is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PermissionPolicy {
    pub name: String,
    pub attach_to: String,
    pub policy: Value,
}

/// An action that an account refuses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingRow {
    pub account: String,
    pub action: String,
    /// Where it was refused; none where it only would be.
    pub regions: Vec<String>,
    /// What is missing or incomplete without it; none where it is about the account itself.
    pub kinds: Vec<String>,
}

pub(super) async fn run(
    arguments: &PermissionsArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    match program.permissions(settings, arguments).await? {
        Permissions::Policies { kinds, policies } => {
            print_policies(kinds, &policies, arguments.output, stdout, stderr)?;
            Ok(ExitCode::Success)
        }
        Permissions::Missing { rows, silent } => {
            for (account, reason) in &silent {
                let text =
                    format!("IAM does not say what account {account} refuses ({reason}); all of it was listed once.\n");
                stderr.print(&text)?;
            }
            print_missing(&rows, arguments.output, stdout, stderr)?;
            Ok(if rows.is_empty() { ExitCode::Success } else { ExitCode::Incomplete })
        }
    }
}

/// In the table's form each policy is a document of its own, as IAM takes it; what it is goes to stderr.
fn print_policies(
    kinds: usize,
    policies: &[PermissionPolicy],
    output: OutputFormat,
    stdout: &Printer,
    stderr: &Printer,
) -> Result<(), CliError> {
    if output != OutputFormat::Table {
        let rows: Vec<Value> = policies.iter().map(|policy| serde_json::json!(policy)).collect();
        return Ok(columns::write(&rows, &["name", "attach_to", "policy"].map(String::from), output, stdout)?);
    }
    for policy in policies {
        let size = policy.policy.to_string().len();
        stderr.print(&format!("{} ({size} characters, for {kinds} kinds): for {}\n", policy.name, policy.attach_to))?;
        let text = serde_json::to_string_pretty(&policy.policy).map_err(|error| CliError::Failed(error.into()))?;
        stdout.print(&format!("{text}\n"))?;
    }
    Ok(())
}

fn print_missing(
    rows: &[MissingRow],
    output: OutputFormat,
    stdout: &Printer,
    stderr: &Printer,
) -> Result<(), CliError> {
    if output != OutputFormat::Table {
        let rows: Vec<Value> = rows.iter().map(|row| serde_json::json!(row)).collect();
        let names = ["account", "action", "regions", "kinds"].map(String::from);
        return Ok(columns::write(&rows, &names, output, stdout)?);
    }
    if rows.is_empty() {
        return Ok(stderr.print("No permission is missing.\n")?);
    }
    let mut cells = Cells::new(["account", "missing", "refused in", "kinds"]);
    for row in rows {
        let regions = if row.regions.is_empty() { "(by IAM's word)".to_owned() } else { row.regions.join(", ") };
        let shown = row.kinds.len().min(KINDS_SHOWN);
        let kinds = match (row.kinds.len() - shown, row.kinds[..shown].join(", ")) {
            (_, kinds) if kinds.is_empty() => "(the account itself)".to_owned(),
            (0, kinds) => kinds,
            (more, kinds) => format!("{kinds} and {more} more"),
        };
        cells.push([row.account.clone(), row.action.clone(), regions, kinds]);
    }
    stdout.print(&cells.to_string())?;
    stderr.print(
        "\nAllow them with the policies of `cloudgauge permissions aws`, leave the kinds out with\n\
         `providers.aws.no_collect`, or name them in `providers.aws.expected_denials`.\n",
    )?;
    Ok(())
}
