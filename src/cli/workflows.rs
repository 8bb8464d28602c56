//! The text that the `workflows` command prints.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use comfy_table::{Table, presets};
use jiff::Timestamp;

use crate::workflow::{
    HistoryEntry, HistorySummary, RunAnswer, RunLog, Running, ShowWorkflow, StopAnswer, Workflow, elapsed,
};

/// The workflows, one per line.
pub fn list(workflows: &[Workflow]) -> String {
    let mut text = String::new();
    for workflow in workflows {
        line(&mut text, format_args!("{workflow}"));
    }
    text
}

/// A workflow as a YAML document.
pub fn show(workflow: &ShowWorkflow) -> String {
    serde_saphyr::to_string(workflow).expect("a workflow consists of texts and lists")
}

/// What became of the wish for a run.
pub fn run(answer: &RunAnswer) -> String {
    let RunAnswer { workflow, run, behind, was_queued } = answer;
    match (behind, was_queued) {
        (None, _) => format!("{workflow} started: run {run}\n"),
        (Some(behind), false) => format!("{workflow} queued: run {run}, behind {behind}\n"),
        (Some(behind), true) => format!("{workflow} was queued already: run {run}, behind {behind}\n"),
    }
}

/// The active run, and a line for each that waits.
pub fn running(running: &Running, now: Timestamp) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: String| line(&mut text, format_args!("{name:<10}{value}"));
    match &running.active {
        None => field("running", "nothing".to_owned()),
        Some(active) => {
            field("workflow", active.workflow.to_string());
            field("run", active.run.to_string());
            field("trigger", active.trigger.to_string());
            field("started", format!("{:.0}, {} ago", active.started_at, since(active.started_at, now)));
            let number = active.steps_done.min(active.steps.saturating_sub(1)) + 1;
            if let (Some(step), Some(started_at)) = (active.step, active.step_started_at) {
                field("step", format!("{step} ({number} of {}), for {}", active.steps, since(started_at, now)));
            }
            if let Some(progress) = &active.progress {
                let percent = progress.percent.map(|percent| format!("{percent}% ")).unwrap_or_default();
                field("progress", format!("{percent}{}", progress.text).trim_end().to_owned());
            }
            field("warnings", active.warnings.to_string());
            field("errors", active.errors.to_string());
        }
    }
    for queued in &running.queued {
        let waits = since(queued.queued_at, now);
        field("queued", format!("{} {}, {}, for {waits}", queued.workflow, queued.run, queued.trigger));
    }
    text
}

/// A table of what is remembered of each workflow.
pub fn history(summaries: &[HistorySummary]) -> String {
    let rows = summaries.iter().map(|summary| {
        [
            summary.workflow.to_string(),
            summary.count.to_string(),
            summary.last_run.map(|at| format!("{at:.0}")).unwrap_or_default(),
            summary.last_outcome.map(|outcome| outcome.to_string()).unwrap_or_default(),
            summary.runs_with_errors.to_string(),
            summary.average_duration.map(elapsed).unwrap_or_default(),
        ]
    });
    table(["WORKFLOW", "RUNS", "LAST RUN", "OUTCOME", "WITH ERRORS", "AVERAGE"], rows)
}

/// A table of runs.
pub fn history_of(entries: &[HistoryEntry]) -> String {
    if entries.is_empty() {
        return "no runs\n".to_owned();
    }
    let rows = entries.iter().map(|entry| {
        [
            entry.run.to_string(),
            format!("{:.0}", entry.started_at),
            entry.duration.map(elapsed).unwrap_or_default(),
            entry.outcome.map_or_else(|| "running".to_owned(), |outcome| outcome.to_string()),
            entry.trigger.to_string(),
            entry.warnings.to_string(),
            entry.errors.to_string(),
        ]
    });
    table(["RUN", "STARTED", "DURATION", "OUTCOME", "TRIGGER", "WARNINGS", "ERRORS"], rows)
}

/// The lines of a run's log.
pub fn log(log: &RunLog) -> String {
    let mut text = String::new();
    for entry in &log.lines {
        let step = entry.step.map(|step| format!("{step}: ")).unwrap_or_default();
        line(&mut text, format_args!("{:.0} {:<5} {step}{}", entry.at, entry.level, entry.text));
    }
    if log.dropped > 0 {
        line(&mut text, format_args!("{} more lines were not kept", log.dropped));
    }
    text
}

/// Confirms a stop.
pub fn stop(answer: &StopAnswer) -> String {
    format!("stopped: run {}\n", answer.run)
}

fn line(text: &mut String, line: fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a text takes everything");
}

fn since(start: Timestamp, now: Timestamp) -> String {
    elapsed(Duration::try_from(now.duration_since(start)).unwrap_or_default())
}

fn table<const COLUMNS: usize>(header: [&str; COLUMNS], rows: impl Iterator<Item = [String; COLUMNS]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{
        Config, HistoryFilter, Level, Line, OnError, Outcome, Progress, QueuedRun, RunId, RunningRun, ShowStep,
        ShowTrigger, Step, Timeout, Trigger,
    };

    const FIRST: &str = "019aacb1-2f80-7000-8000-000000000001";
    const SECOND: &str = "019aacb1-2f80-7000-8000-000000000002";

    fn at(time: &str) -> Timestamp {
        format!("2026-11-22T{time}Z").parse().unwrap()
    }

    #[test]
    fn the_list_is_one_name_per_line() {
        insta::assert_snapshot!(list(&Workflow::ALL), @"
        collect_and_cleanup
        collect
        cleanup
        metrics
        ");
    }

    #[test]
    fn a_workflow_is_shown_as_yaml_and_reads_back() {
        let config = Config::default();
        let shown = ShowWorkflow {
            id: Workflow::CollectAndCleanup,
            steps: [Step::PreCollect, Step::Collect, Step::PostCollect]
                .map(|name| ShowStep {
                    name,
                    timeout: Timeout(config.timeout(name)),
                    on_error: if name == Step::Collect { OnError::Stop } else { OnError::Continue },
                    hooks: if name == Step::PostCollect { vec!["notify".to_owned()] } else { Vec::new() },
                })
                .to_vec(),
            triggers: vec![
                ShowTrigger::Schedule {
                    cron: config.schedules[&Workflow::CollectAndCleanup].to_string(),
                    time_zone: config.time_zone.to_string(),
                    next_due: Some(at("21:00:00")),
                },
                ShowTrigger::Startup,
            ],
            on_surpass: "wait".to_owned(),
        };
        let text = show(&shown);
        assert_eq!(serde_saphyr::from_str::<ShowWorkflow>(&text).unwrap(), shown);
        insta::assert_snapshot!(text, @r#"
        id: collect_and_cleanup
        steps:
        - name: pre_collect
          timeout: 5min
          on_error: continue
        - name: collect
          timeout: 3h
          on_error: stop
        - name: post_collect
          timeout: 5min
          on_error: continue
          hooks:
          - notify
        triggers:
        - schedule:
            cron: 0 * * * *
            time_zone: UTC
            next_due: "2026-11-22T21:00:00Z"
        - startup
        on_surpass: wait
        "#);
    }

    #[test]
    fn a_wish_for_a_run_is_answered_in_one_line() {
        let answer = |behind: Option<&str>, was_queued| {
            run(&RunAnswer {
                workflow: Workflow::Metrics,
                run: FIRST.into(),
                behind: behind.map(RunId::from),
                was_queued,
            })
        };
        let text = [answer(None, false), answer(Some(SECOND), false), answer(Some(SECOND), true)].concat();
        insta::assert_snapshot!(text, @"
        metrics started: run 019aacb1-2f80-7000-8000-000000000001
        metrics queued: run 019aacb1-2f80-7000-8000-000000000001, behind 019aacb1-2f80-7000-8000-000000000002
        metrics was queued already: run 019aacb1-2f80-7000-8000-000000000001, behind 019aacb1-2f80-7000-8000-000000000002
        ");
        insta::assert_snapshot!(stop(&StopAnswer { run: FIRST.into() }), @"stopped: run 019aacb1-2f80-7000-8000-000000000001");
    }

    #[test]
    fn the_active_run_shows_its_step_and_progress_and_who_waits() {
        assert_eq!(running(&Running::default(), at("20:00:00")), "running   nothing\n");
        let busy = Running {
            active: Some(RunningRun {
                workflow: Workflow::Collect,
                run: FIRST.into(),
                trigger: Trigger::Schedule,
                started_at: at("20:00:00.25"),
                step: Some(Step::Collect),
                step_started_at: Some(at("20:00:05")),
                progress: Some(Progress { percent: Some(44), text: "12 of 27 accounts".to_owned() }),
                steps_done: 1,
                steps: 7,
                warnings: 1,
                errors: 0,
            }),
            queued: vec![QueuedRun {
                workflow: Workflow::Metrics,
                run: SECOND.into(),
                trigger: Trigger::Request,
                queued_at: at("20:12:00"),
            }],
        };
        insta::assert_snapshot!(running(&busy, at("20:12:30")), @"
        workflow  collect
        run       019aacb1-2f80-7000-8000-000000000001
        trigger   schedule
        started   2026-11-22T20:00:00Z, 12min29s ago
        step      collect (2 of 7), for 12min25s
        progress  44% 12 of 27 accounts
        warnings  1
        errors    0
        queued    metrics 019aacb1-2f80-7000-8000-000000000002, request, for 30s
        ");
    }

    #[test]
    fn the_history_has_a_line_per_workflow() {
        let never = |workflow| HistorySummary {
            workflow,
            count: 0,
            last_run: None,
            last_outcome: None,
            runs_with_errors: 0,
            average_duration: None,
        };
        let summaries = [
            HistorySummary {
                count: 24,
                last_run: Some(at("20:00:00")),
                last_outcome: Some(Outcome::Partial),
                runs_with_errors: 3,
                average_duration: Some(Duration::from_millis(723_400)),
                ..never(Workflow::CollectAndCleanup)
            },
            never(Workflow::Metrics),
        ];
        insta::assert_snapshot!(history(&summaries), @"
        WORKFLOW             RUNS  LAST RUN              OUTCOME  WITH ERRORS  AVERAGE
        collect_and_cleanup  24    2026-11-22T20:00:00Z  partial  3            12min3s
        metrics              0                                    0
        ");
    }

    #[test]
    fn the_history_of_a_workflow_has_a_line_per_run() {
        assert_eq!(HistoryFilter::default().limit, 10);
        assert_eq!(history_of(&[]), "no runs\n");
        let entry = HistoryEntry {
            run: FIRST.into(),
            workflow: Workflow::Collect,
            trigger: Trigger::Startup,
            started_at: at("20:00:00.5"),
            duration: Some(Duration::from_millis(61_500)),
            outcome: Some(Outcome::Failed),
            warnings: 0,
            errors: 2,
        };
        let active = HistoryEntry { run: SECOND.into(), duration: None, outcome: None, errors: 0, ..entry.clone() };
        insta::assert_snapshot!(history_of(&[entry, active]), @"
        RUN                                   STARTED               DURATION  OUTCOME  TRIGGER  WARNINGS  ERRORS
        019aacb1-2f80-7000-8000-000000000001  2026-11-22T20:00:00Z  1min1s    failed   startup  0         2
        019aacb1-2f80-7000-8000-000000000002  2026-11-22T20:00:00Z            running  startup  0         0
        ");
    }

    #[test]
    fn a_log_has_time_level_and_step() {
        let line = |time, level, step, text: &str| Line { at: at(time), level, step, text: text.to_owned() };
        let shown = RunLog {
            run: FIRST.into(),
            workflow: Workflow::Collect,
            outcome: Some(Outcome::Failed),
            lines: vec![
                line("20:00:00", Level::Info, None, "collect started: schedule"),
                line("20:00:05", Level::Warn, Some(Step::Collect), "partial after 5.0s: 1 of 3 accounts failed"),
                line(
                    "20:00:06",
                    Level::Error,
                    Some(Step::PostCollect),
                    "failed after 1.0s: hook `notify`: HTTP status 500",
                ),
            ],
            dropped: 2,
        };
        insta::assert_snapshot!(log(&shown), @"
        2026-11-22T20:00:00Z info  collect started: schedule
        2026-11-22T20:00:05Z warn  collect: partial after 5.0s: 1 of 3 accounts failed
        2026-11-22T20:00:06Z error post_collect: failed after 1.0s: hook `notify`: HTTP status 500
        2 more lines were not kept
        ");
    }
}
