//! `cloudgauge scopes`.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::arguments::{OutputFormat, ScopesArguments};
use super::run::settings;
use super::search::LATEST;
use super::table::Cells;
use super::{Answer, CliError, ExitCode, Printer, Program, columns};
use crate::config::Input;
use crate::graph::Outcome;
use crate::model::{FailureClass, duration};

/// Which scopes, and how they are shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scopes {
    pub provider: Option<String>,
    /// By id or name, as the region.
    pub account: Option<String>,
    pub region: Option<String>,
    /// With all kinds that inherit from it.
    pub kind: Option<String>,
    /// Only those whose last listing was not complete, where that was not to be expected.
    pub failed: bool,
    pub class: Option<FailureClass>,
    /// Only those whose last complete listing is older, or that never had one.
    #[serde(with = "duration::optional_text")]
    pub older_than: Option<Duration>,
    /// What scopes are added up by; nothing for a row each.
    pub by: Vec<ScopeColumn>,
    /// Rows at most.
    pub limit: usize,
}

/// What scopes can be added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ScopeColumn {
    Provider,
    Cloud,
    Account,
    Region,
    Kind,
    Class,
}

/// One scope, or several added up; what differs among these is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScopeRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<FailureClass>,
    /// What went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub scopes: usize,
    pub complete: usize,
    pub partial: usize,
    pub failed: usize,
    pub last_attempt: Option<Timestamp>,
    /// The oldest of the last complete listings; none where there never was one.
    pub last_success: Option<Timestamp>,
    pub age_seconds: Option<u64>,
    /// Those that are served, kept ones included.
    pub resources: usize,
    /// Requests of the last listing, retries included.
    pub calls: u64,
    /// Those of them that were refused because of the rate.
    pub throttles: u64,
    pub duration_seconds: f64,
}

impl ScopeColumn {
    /// What a row has here.
    pub fn of(self, row: &ScopeRow) -> Option<String> {
        match self {
            Self::Provider => row.provider.clone(),
            Self::Cloud => row.cloud.clone(),
            Self::Account => row.account.clone(),
            Self::Region => row.region.clone(),
            Self::Kind => row.kind.clone(),
            Self::Class => row.class.map(|class| class.to_string()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Cloud => "cloud",
            Self::Account => "account",
            Self::Region => "region",
            Self::Kind => "kind",
            Self::Class => "class",
        }
    }
}

impl From<&ScopesArguments> for Scopes {
    fn from(arguments: &ScopesArguments) -> Self {
        let ScopesArguments { provider, account, region, kind, failed, class, older_than, by, limit, .. } =
            arguments.clone();
        Self { provider, account, region, kind, failed, class, older_than, by, limit }
    }
}

/// Looks where the arguments say, or else where there is something to be found.
pub(super) async fn run(
    arguments: &ScopesArguments,
    input: &Input,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let asked = Scopes::from(arguments);
    let answer = if let Some(file) = &arguments.generation {
        let file = Some(file.as_path()).filter(|file| *file != Path::new(LATEST));
        let nothing = || CliError::Failed("no generation is stored".into());
        program.scopes_stored(settings(input)?, file, &asked).await?.ok_or_else(nothing)?
    } else {
        let server = arguments.server.address(&input.environment);
        match program.scopes_server(&server, &asked).await {
            Err(absent @ CliError::NoServer(_)) if !arguments.server.is_given() => {
                program.scopes_stored(settings(input)?, None, &asked).await?.ok_or(absent)?
            }
            answer => answer?,
        }
    };
    print(&answer, arguments, stdout, stderr)?;
    Ok(ExitCode::Success)
}

fn print(
    answer: &Answer<ScopeRow>,
    arguments: &ScopesArguments,
    stdout: &Printer,
    stderr: &Printer,
) -> Result<(), CliError> {
    stderr.print(&format!("Looked at {}.\n", answer.source))?;
    for note in &answer.notes {
        stderr.print(&format!("{note}\n"))?;
    }
    if arguments.output == OutputFormat::Table {
        if !answer.rows.is_empty() {
            stdout.print(&table(&answer.rows, &arguments.by).to_string())?;
        }
        return Ok(());
    }
    let rows: Vec<_> = answer.rows.iter().map(|row| json!(row)).collect();
    let of_scopes: &[&str] = &["provider", "cloud", "account", "account_name", "region", "kind", "outcome", "class"];
    let of_groups: Vec<&str> = arguments.by.iter().map(|column| column.name()).collect();
    let counts = ["scopes", "complete", "partial", "failed"];
    let figures = ["last_success", "age_seconds", "resources", "calls", "throttles", "duration_seconds"];
    let names: Vec<&str> = match &of_groups[..] {
        [] => of_scopes.iter().copied().chain(figures).chain(["reason"]).collect(),
        by => by.iter().copied().chain(counts).chain(figures).collect(),
    };
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    columns::write(&rows, &names, arguments.output, stdout)?;
    Ok(())
}

/// The table for people.
fn table(rows: &[ScopeRow], by: &[ScopeColumn]) -> Cells {
    let figures = |row: &ScopeRow| {
        let age = row.age_seconds.map_or_else(|| "never".to_owned(), age);
        let duration = format!("{:.1}s", row.duration_seconds);
        [age, row.resources.to_string(), row.calls.to_string(), row.throttles.to_string(), duration]
    };
    let last = ["age", "resources", "calls", "throttles", "took"];
    if by.is_empty() {
        let first = ["account", "region", "kind", "outcome"];
        let mut cells = Cells::new(first.into_iter().chain(last).chain(["class", "reason"])).numeric(4..9);
        for row in rows {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let outcome = row.outcome.map(Outcome::as_str).unwrap_or_default().to_owned();
            let class = row.class.map(|class| class.to_string()).unwrap_or_default();
            let place = [text(&row.account_name), text(&row.region), text(&row.kind), outcome];
            cells.push(place.into_iter().chain(figures(row)).chain([class, text(&row.reason)]));
        }
        return cells;
    }
    let counts = ["scopes", "complete", "partial", "failed"];
    let header = by.iter().map(|column| column.name()).chain(counts).chain(last);
    let mut cells = Cells::new(header).numeric(by.len()..by.len() + counts.len() + last.len());
    for row in rows {
        let of = by.iter().map(|column| match column {
            ScopeColumn::Account => row.account_name.clone().unwrap_or_default(),
            column => column.of(row).unwrap_or_default(),
        });
        let counts = [row.scopes, row.complete, row.partial, row.failed].map(|count| count.to_string());
        cells.push(of.chain(counts).chain(figures(row)));
    }
    cells
}

/// An age without what is too small to matter beside the rest.
fn age(seconds: u64) -> String {
    let unit = match seconds {
        0..3_600 => 1,
        3_600..86_400 => 60,
        _ => 3_600,
    };
    let seconds = i64::try_from(seconds - seconds % unit).unwrap_or(i64::MAX);
    duration::format(SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str) -> ScopeRow {
        ScopeRow {
            account: Some("111111111111".to_owned()),
            account_name: Some("prod".to_owned()),
            region: Some("eu-west-1".to_owned()),
            kind: Some(kind.to_owned()),
            outcome: Some(Outcome::Complete),
            scopes: 1,
            complete: 1,
            age_seconds: Some(125),
            resources: 1200,
            calls: 3,
            duration_seconds: 0.42,
            ..ScopeRow::default()
        }
    }

    #[test]
    fn scopes_are_lines_with_outcome_age_and_cost() {
        let failed = ScopeRow {
            outcome: Some(Outcome::Failed),
            class: Some(FailureClass::Throttled),
            reason: Some("ec2:DescribeVolumes: RequestLimitExceeded".to_owned()),
            age_seconds: None,
            throttles: 3,
            ..row("aws_ec2_volume")
        };
        insta::assert_snapshot!(table(&[row("aws_ec2_instance"), failed], &[]).to_string());
    }

    #[test]
    fn groups_are_lines_with_counts() {
        let group = ScopeRow { scopes: 26, complete: 24, partial: 1, failed: 1, age_seconds: Some(93_784), ..row("") };
        insta::assert_snapshot!(table(&[group], &[ScopeColumn::Account, ScopeColumn::Region]).to_string());
    }

    #[test]
    fn ages_have_two_units_at_most() {
        assert_eq!([59, 3_599, 3_661, 90_061].map(age), ["59s", "59min59s", "1h1min", "1d1h"]);
    }
}
