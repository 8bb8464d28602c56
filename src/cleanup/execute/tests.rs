use super::{
    super::fixture::{Recorder, everywhere, marked, network, providers},
    *,
};

async fn run(recorder: Recorder, dry_run: bool) -> (Vec<String>, Executed) {
    let generation = marked(network(), &["n", "s", "i"]);
    let (recorder, providers) = providers(recorder);
    let plan = Plan::new(&generation, &everywhere(), &providers).unwrap();
    let executed = execute(&plan, &providers, dry_run, 4).await;
    let deleted = recorder.deleted.lock().unwrap().clone();
    (deleted, executed)
}

#[tokio::test]
async fn waves_are_deleted_in_order() {
    let (deleted, executed) = run(Recorder::default(), false).await;
    assert_eq!(deleted, ["i", "s", "n"]);
    assert_eq!(executed.count(|verdict| *verdict == Verdict::Deleted), 3);
}

#[tokio::test]
async fn a_dry_run_deletes_nothing() {
    let (deleted, executed) = run(Recorder::default(), true).await;
    assert!(deleted.is_empty());
    assert_eq!(executed.count(|verdict| *verdict == Verdict::WouldDelete), 3);
}

#[tokio::test]
async fn what_waits_for_something_that_failed_is_not_tried() {
    let recorder = Recorder { fails: ["s".to_owned()].into(), ..Recorder::default() };
    let (deleted, executed) = run(recorder, false).await;
    assert_eq!(deleted, ["i"]);
    let verdicts: Vec<_> = executed.deletions.iter().map(|deletion| &deletion.verdict).collect();
    assert!(matches!(verdicts[..], [Verdict::Deleted, Verdict::Failed(_), Verdict::PrerequisiteFailed]));
}
