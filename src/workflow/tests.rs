//! The engine as a whole, in paused time.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{fifo::Fifo, lock::lock, *};
use crate::model::Clock;

/// A clock that goes with tokio's, which the tests pause.
#[derive(Debug)]
struct TokioClock {
    start: Timestamp,
    started: Instant,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.started.elapsed()).unwrap()
    }
}

/// What happened, in order.
#[derive(Clone, Debug, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn add(&self, text: impl Into<String>) {
        lock(&self.0).push(text.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0))
    }
}

impl Observer for Journal {
    fn observe(&self, event: &Event<'_>) {
        self.add(match event {
            Event::RunStarted(run) => format!("{} started", run.workflow),
            Event::StepStarted(context) => format!("{} begins", context.step),
            Event::StepFinished(_, record) => format!("{} {}", record.step, record.outcome),
            Event::RunFinished(run) => format!("{} {}", run.workflow, run.end.unwrap().outcome),
        });
    }
}

/// What a phase of the tests does.
#[derive(Clone, Debug)]
enum Does {
    Report(PhaseReport),
    Take(Duration),
    Hang,
    Panic,
}

#[derive(Debug)]
struct TestPhase {
    step: Step,
    does: Does,
    journal: Journal,
}

/// Tells the journal that a future was dropped before its end.
struct DropWitness(Journal, Step);

impl Drop for DropWitness {
    fn drop(&mut self) {
        self.0.add(format!("{} dropped", self.1));
    }
}

#[async_trait]
impl Phase for TestPhase {
    fn step(&self) -> Step {
        self.step
    }

    async fn run(&self, context: &RunContext) -> PhaseReport {
        self.journal.add(format!("{} works", context.step));
        match &self.does {
            Does::Report(report) => report.clone(),
            Does::Take(duration) => {
                tokio::time::sleep(*duration).await;
                PhaseReport::ok()
            }
            Does::Hang => {
                context.progress(Progress { percent: Some(40), text: "4 of 10 accounts".to_owned() });
                let _witness = DropWitness(self.journal.clone(), self.step);
                pending().await
            }
            Does::Panic => panic!("the disk is full of eels"),
        }
    }
}

/// An engine at work.
struct Lab {
    handle: Handle,
    journal: Journal,
    shutdown: CancellationToken,
    engine: JoinHandle<()>,
}

impl Lab {
    fn new(config: &str, phases: &[(Step, Does)]) -> Self {
        Self::with_hooks(config, "[]", phases)
    }

    /// Starts at noon, without a run at start-up unless the configuration says so.
    fn with_hooks(config: &str, hooks: &str, phases: &[(Step, Does)]) -> Self {
        let config: Config = serde_saphyr::from_str(config).unwrap();
        let hooks: Vec<HookConfig> = serde_saphyr::from_str(hooks).unwrap();
        let environment = std::env::vars().filter(|(name, _)| name == "PATH").collect();
        let hooks = Hooks::new(&hooks, &config, &environment).unwrap();
        let journal = Journal::default();
        let phases = phases.iter().map(|(step, does)| {
            Arc::new(TestPhase { step: *step, does: does.clone(), journal: journal.clone() }) as Arc<dyn Phase>
        });
        let clock = TokioClock { start: "2026-11-22T12:00:00Z".parse().unwrap(), started: Instant::now() };
        let shutdown = CancellationToken::new();
        let observers = vec![Arc::new(journal.clone()) as Arc<dyn Observer>];
        let engine = Engine::new(config, hooks, phases, observers, Arc::new(clock), shutdown.clone());
        let handle = engine.handle();
        Self { handle, journal, shutdown, engine: tokio::spawn(engine.run()) }
    }

    async fn run(&self, workflow: Workflow) -> Run {
        let answer = self.handle.run(workflow).unwrap();
        self.handle.wait(&answer.run).await.unwrap()
    }

    async fn sleep(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn starts(&self) -> Vec<String> {
        self.journal.take().into_iter().filter(|line| line.ends_with(" started")).collect()
    }
}

fn outcomes(run: &Run) -> Vec<(Step, Outcome)> {
    run.steps.iter().map(|step| (step.step, step.outcome)).filter(|(_, outcome)| *outcome != Outcome::Skipped).collect()
}

/// No schedule and nothing at start-up: only what is asked for.
const MANUAL: &str = "{schedules: {}, run_on_start: false}";

fn seconds(count: u64) -> Does {
    Does::Take(Duration::from_secs(count))
}

#[tokio::test(start_paused = true)]
async fn steps_run_in_order_and_observers_hear_of_each() {
    let lab = Lab::new(
        MANUAL,
        &[
            (Step::GenerateMetrics, seconds(1)),
            (Step::Collect, seconds(1)),
            (Step::MergeOuterEdges, Does::Report(PhaseReport::skipped("one account only"))),
        ],
    );
    let run = lab.run(Workflow::Collect).await;
    assert_eq!(run.steps.iter().map(|step| step.step).collect::<Vec<_>>(), Workflow::Collect.steps());
    assert_eq!(
        lab.journal.take(),
        [
            "collect started",
            "pre_collect skipped",
            "collect begins",
            "collect works",
            "collect ok",
            "merge_outer_edges begins",
            "merge_outer_edges works",
            "merge_outer_edges skipped",
            "post_collect skipped",
            "pre_generate_metrics skipped",
            "generate_metrics begins",
            "generate_metrics works",
            "generate_metrics ok",
            "post_generate_metrics skipped",
            "collect ok",
        ]
    );
    assert_eq!(run.steps[2].reason.as_deref(), Some("one account only"));
    assert_eq!(run.end.unwrap().duration, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_exceeds_its_timeout_is_dropped_and_the_next_one_runs() {
    let lab = Lab::new(MANUAL, &[(Step::Collect, Does::Hang), (Step::GenerateMetrics, seconds(1))]);
    let run = lab.run(Workflow::Collect).await;
    assert_eq!(outcomes(&run), [(Step::Collect, Outcome::TimedOut), (Step::GenerateMetrics, Outcome::Ok)]);
    assert_eq!(run.steps[1].duration, Duration::from_hours(3));
    assert_eq!(run.end.unwrap().outcome, Outcome::Failed);
    let journal = lab.journal.take();
    let position = |text| journal.iter().position(|line| line == text).unwrap();
    assert!(position("collect dropped") < position("collect timed_out"));
    assert!(position("collect timed_out") < position("generate_metrics works"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_stops_the_run_only_if_it_is_configured_to() {
    let failing =
        [(Step::Collect, Does::Report(PhaseReport::failed("no credentials"))), (Step::GenerateMetrics, seconds(1))];
    let run = Lab::new(MANUAL, &failing).run(Workflow::Collect).await;
    assert_eq!(outcomes(&run), [(Step::Collect, Outcome::Failed), (Step::GenerateMetrics, Outcome::Ok)]);

    let stopping = "{schedules: {}, run_on_start: false, on_error: {collect: stop}}";
    let run = Lab::new(stopping, &failing).run(Workflow::Collect).await;
    assert_eq!(outcomes(&run), [(Step::Collect, Outcome::Failed)]);
    assert_eq!(run.steps.len(), 7);
    assert_eq!(run.steps[5].reason.as_deref(), Some("the step collect failed, and its `on_error` is `stop`"));
    assert!(run.has_errors());
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failed_step_and_the_engine_lives() {
    let lab = Lab::new(MANUAL, &[(Step::Collect, Does::Panic), (Step::GenerateMetrics, seconds(1))]);
    let run = lab.run(Workflow::Collect).await;
    assert_eq!(run.steps[1].outcome, Outcome::Failed);
    assert_eq!(run.steps[1].reason.as_deref(), Some("it panicked: the disk is full of eels"));
    assert_eq!(lab.run(Workflow::Metrics).await.end.unwrap().outcome, Outcome::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_partial_step_makes_a_partial_run() {
    let report =
        PhaseReport::partial("1 of 3 accounts failed").message(Level::Warn, "account 42: denied").with("resources", 7);
    let lab = Lab::new(MANUAL, &[(Step::Collect, Does::Report(report))]);
    let run = lab.run(Workflow::Collect).await;
    assert_eq!(run.end.unwrap().outcome, Outcome::Partial);
    assert!(!run.has_errors());
    assert_eq!(run.steps[1].summary["resources"], 7);
    let lines: Vec<_> = run.log.lines().iter().map(|line| (line.level, line.text.as_str())).collect();
    assert_eq!(
        lines,
        [
            (Level::Info, "collect started: request"),
            (Level::Warn, "account 42: denied"),
            (Level::Warn, "partial after 0ms: 1 of 3 accounts failed"),
            (Level::Warn, "collect ended: partial after 0ms"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn runs_of_all_workflows_are_serial_and_fair() {
    let lab = Lab::new(MANUAL, &[(Step::Collect, seconds(60)), (Step::GenerateMetrics, seconds(10))]);
    let first = lab.handle.run(Workflow::Collect).unwrap();
    assert_eq!((first.behind.as_ref(), first.was_queued), (None, false));
    let metrics = lab.handle.run(Workflow::Metrics).unwrap();
    assert_eq!(metrics.behind.as_ref(), Some(&first.run));
    let second = lab.handle.run(Workflow::Collect).unwrap();
    for _ in 0..5 {
        let again = lab.handle.run(Workflow::Collect).unwrap();
        assert_eq!((again.run, again.was_queued), (second.run.clone(), true));
    }
    lab.handle.wait(&second.run).await.unwrap();
    let order: Vec<_> =
        lab.journal.take().into_iter().filter(|line| line.ends_with(" started") || line.ends_with(" works")).collect();
    assert_eq!(
        order,
        [
            "collect started",
            "collect works",
            "generate_metrics works",
            "metrics started",
            "generate_metrics works",
            "collect started",
            "collect works",
            "generate_metrics works",
        ]
    );
    assert_eq!(lab.handle.running(), Running::default());
}

#[tokio::test(start_paused = true)]
async fn the_schedule_starts_runs_and_the_first_one_starts_at_start_up() {
    let lab = Lab::new("{}", &[]);
    lab.sleep(1).await;
    assert_eq!(lab.starts(), ["collect_and_cleanup started"]);
    let due: Timestamp = "2026-11-22T13:00:00Z".parse().unwrap();
    let ShowTrigger::Schedule { next_due, .. } = &lab.handle.show(Workflow::CollectAndCleanup).triggers[0] else {
        panic!("it has a schedule");
    };
    assert_eq!(*next_due, Some(due));
    lab.sleep(3_600).await;
    assert_eq!(lab.starts(), ["collect_and_cleanup started"]);
    lab.sleep(2 * 3_600).await;
    assert_eq!(lab.starts().len(), 2);
    let runs = lab.handle.history_of(Workflow::CollectAndCleanup, &HistoryFilter::default());
    assert_eq!(runs[0].trigger, Trigger::Startup);
    assert_eq!((runs[1].trigger, runs[1].started_at.duration_since(due).as_secs()), (Trigger::Schedule, 0));
}

#[tokio::test(start_paused = true)]
async fn due_times_during_a_long_run_collapse_into_one() {
    let config = "{schedules: {collect: '*/10 * * * *'}, run_on_start: false}";
    let lab = Lab::new(config, &[(Step::Collect, seconds(55 * 60))]);
    // Due at 12:10; until it ends at 13:05 it is due five more times, at last at 13:00.
    lab.sleep(66 * 60).await;
    assert_eq!(lab.starts().len(), 2);
    let running = lab.handle.running();
    assert_eq!(running.active.unwrap().started_at.to_string(), "2026-11-22T13:05:00Z");
    assert_eq!(running.queued, []);
}

#[tokio::test(start_paused = true)]
async fn stopping_a_run_drops_its_phase_and_skips_the_rest() {
    let lab = Lab::new(MANUAL, &[(Step::Collect, Does::Hang), (Step::GenerateMetrics, seconds(1))]);
    let answer = lab.handle.run(Workflow::Collect).unwrap();
    lab.sleep(5).await;
    let active = lab.handle.running().active.unwrap();
    assert_eq!((active.step, active.steps_done, active.steps), (Some(Step::Collect), 1, 7));
    assert_eq!(active.progress, Some(Progress { percent: Some(40), text: "4 of 10 accounts".to_owned() }));

    lab.handle.stop(&answer.run).unwrap();
    let run = lab.handle.wait(&answer.run).await.unwrap();
    assert_eq!(outcomes(&run), [(Step::Collect, Outcome::Stopped)]);
    assert_eq!(run.end.unwrap().outcome, Outcome::Stopped);
    assert!(lab.journal.take().contains(&"collect dropped".to_owned()));
    assert_eq!(lab.handle.stop(&answer.run), Err(RequestError::NotRunning { run: answer.run }));
    let unknown = RunId::from("x");
    assert_eq!(lab.handle.stop(&unknown), Err(RequestError::UnknownRun { run: unknown.clone() }));
    assert_eq!(lab.handle.wait(&unknown).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_cancels_the_phase_at_once_and_starts_nothing_more() {
    let lab = Lab::new(MANUAL, &[(Step::Collect, Does::Hang)]);
    let active = lab.handle.run(Workflow::Collect).unwrap();
    lab.handle.run(Workflow::Metrics).unwrap();
    lab.sleep(5).await;
    let asked = Instant::now();
    lab.shutdown.cancel();
    lab.engine.await.unwrap();
    assert_eq!(asked.elapsed(), Duration::ZERO);
    let journal = lab.journal.take();
    assert!(journal.contains(&"collect dropped".to_owned()));
    assert!(!journal.contains(&"metrics started".to_owned()));
    let run = lab.handle.find(&active.run).unwrap();
    assert_eq!(run.steps[1].reason.as_deref(), Some("the program is ending"));
    assert_eq!(lab.handle.run(Workflow::Collect), Err(RequestError::ShuttingDown));
    assert_eq!(lab.handle.running(), Running::default());
}

#[tokio::test(start_paused = true)]
async fn the_history_is_bounded_and_can_be_filtered() {
    let config = "{schedules: {}, run_on_start: false, history: 3, log_lines: 1}";
    let lab = Lab::new(
        config,
        &[(Step::Collect, Does::Report(PhaseReport::failed("x"))), (Step::GenerateMetrics, seconds(60))],
    );
    let oldest = lab.run(Workflow::Metrics).await;
    for _ in 0..3 {
        lab.run(Workflow::Metrics).await;
    }
    let failed = lab.run(Workflow::Collect).await;
    assert_eq!((failed.log.lines().len(), failed.log.dropped(), failed.log.errors()), (1, 3, 2));
    assert_eq!(lab.handle.find(&oldest.id), Err(RequestError::UnknownRun { run: oldest.id.clone() }));

    let count = |workflow, filter: HistoryFilter| lab.handle.history_of(workflow, &filter).len();
    let all = lab.handle.history_of(Workflow::Metrics, &HistoryFilter::default());
    assert_eq!(all.len(), 3);
    let middle = Some(all[1].started_at);
    assert_eq!(count(Workflow::Metrics, HistoryFilter { started_after: middle, ..Default::default() }), 1);
    assert_eq!(count(Workflow::Metrics, HistoryFilter { started_before: middle, ..Default::default() }), 1);
    assert_eq!(count(Workflow::Metrics, HistoryFilter { has_errors: true, ..Default::default() }), 0);
    assert_eq!(count(Workflow::Collect, HistoryFilter { has_errors: true, ..Default::default() }), 1);
    let newest = lab.handle.history_of(Workflow::Metrics, &HistoryFilter { limit: 1, ..Default::default() });
    assert_eq!(newest[0].run, all[2].run);

    let summaries = lab.handle.history();
    assert_eq!(summaries.iter().map(|summary| summary.count).collect::<Vec<_>>(), [0, 1, 0, 3]);
    assert_eq!((summaries[1].runs_with_errors, summaries[1].last_outcome), (1, Some(Outcome::Failed)));
    assert_eq!(summaries[3].average_duration, Some(Duration::from_mins(1)));
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_does_not_take_the_engine_with_it() {
    #[derive(Debug)]
    struct Broken;
    impl Observer for Broken {
        fn observe(&self, _event: &Event<'_>) {
            panic!("broken");
        }
    }
    let config = Config { schedules: [].into(), run_on_start: false, ..Config::default() };
    let shutdown = CancellationToken::new();
    let clock = Arc::new(crate::model::FixedClock(Timestamp::UNIX_EPOCH));
    let engine = Engine::new(config, Hooks::default(), [], vec![Arc::new(Broken)], clock, shutdown);
    let handle = engine.handle();
    let _engine = AbortOnDropHandle::new(tokio::spawn(engine.run()));
    let answer = handle.run(Workflow::Metrics).unwrap();
    assert_eq!(handle.wait(&answer.run).await.unwrap().end.unwrap().outcome, Outcome::Ok);
}

#[tokio::test]
async fn hooks_run_after_the_work_of_their_step_and_know_its_outcome() {
    let directory = tempfile::tempdir().unwrap();
    let told = directory.path().join("told.json");
    let hooks = format!(
        "
        - {{name: tell, on: collect, run: [sh, -c, 'cat > {}; echo told; echo $CLOUDGAUGE_EVENT $CLOUDGAUGE_OUTCOME']}}
        - {{name: angry, on: [collect, post_collect], run: [sh, -c, 'exit 3'], on_error: fail}}
        - {{name: moody, on: post_generate_metrics, run: [sh, -c, 'exit 4']}}
        ",
        told.display()
    );
    let report = PhaseReport::partial("1 of 3 accounts failed").with("resources", 7);
    let lab = Lab::with_hooks(MANUAL, &hooks, &[(Step::Collect, Does::Report(report))]);
    let run = lab.run(Workflow::Collect).await;

    let told: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(told).unwrap()).unwrap();
    assert_eq!((&told["event"], &told["run"]), (&"collect".into(), &run.id.as_str().into()));
    assert_eq!((&told["outcome"], &told["summary"]["collect"]["resources"]), (&"partial".into(), &7.into()));
    assert_eq!(told["steps"][0]["step"], "pre_collect");
    assert_eq!(told["steps"][1]["reason"], "1 of 3 accounts failed");

    assert_eq!(outcomes(&run)[..2], [(Step::Collect, Outcome::Failed), (Step::PostCollect, Outcome::Failed)]);
    assert_eq!(run.steps[6].outcome, Outcome::Ok, "a hook that may fail leaves the outcome as it is");
    assert_eq!(run.steps[1].hooks[0].status, HookStatus::Exited(0));
    assert_eq!(run.steps[1].hooks[0].output, ["told", "collect partial"]);
    let text: Vec<_> = run.log.lines().iter().map(|line| line.text.as_str()).collect();
    assert!(text.contains(&"hook `tell` | told"), "{text:#?}");
    assert!(text.iter().any(|line| line.starts_with("hook `moody`: exit status 4 after ")), "{text:#?}");
    assert_eq!((run.log.warnings(), run.log.errors()), (1, 5), "{text:#?}");
}

#[tokio::test]
async fn stopping_a_run_kills_the_hook_it_waits_for() {
    let fifo = Fifo::new();
    let hooks =
        format!("[{{name: slow, on: pre_collect, run: [sh, -c, 'sleep 600 > {} & wait']}}]", fifo.path().display());
    let lab = Lab::with_hooks(MANUAL, &hooks, &[]);
    let answer = lab.handle.run(Workflow::Collect).unwrap();
    let running = fifo.open().await;
    lab.handle.stop(&answer.run).unwrap();
    let run = lab.handle.wait(&answer.run).await.unwrap();
    assert_eq!(run.steps[0].outcome, Outcome::Stopped);
    running.until_writers_are_gone().await;
}
