//! The ledger for people: how complete and how old what is known of each scope is.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    cli::{Answer, ScopeColumn, ScopeRow, Scopes},
    graph::{AccountKey, Entry, Generation, Outcome, ScopeState},
    model::duration,
};

use super::search;

/// No answer has more rows, whatever was asked for.
const ROWS_MAX: usize = 100_000;

/// What was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) rows: Vec<ScopeRow>,
    /// Whether there are more than `limit` rows.
    pub(super) truncated: bool,
    /// All scopes that were asked for as one row.
    pub(super) total: ScopeRow,
    pub(super) generation: u64,
    /// When the generation was collected; none before the first collection.
    pub(super) collected_at: Option<Timestamp>,
}

impl Found {
    /// Which generation this is of and how old that is, in words.
    pub(super) fn age(&self, now: Timestamp) -> String {
        search::age(self.generation, self.collected_at, now)
    }

    /// The answer for people; `source` says in words where this was found.
    pub(super) fn answer(self, source: String) -> Answer<ScopeRow> {
        let Self { rows, truncated, total, .. } = self;
        let ScopeRow { scopes, complete, partial, failed, .. } = total;
        let age = match total.age_seconds {
            Some(age) => {
                let age = duration::format(SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX)));
                format!("the oldest complete listing is {age} old")
            }
            None => "some never had a complete listing".to_owned(),
        };
        let mut notes = vec![match scopes {
            0 => "There is no such scope.".to_owned(),
            scopes => format!("{scopes} scopes: {complete} complete, {partial} partial, {failed} failed; {age}."),
        }];
        if truncated {
            notes.push(format!("There is more than these {} rows; raise `--limit` to see it.", rows.len()));
        }
        Answer { rows, explanation: None, source, notes }
    }
}

/// Reads the ledger of a generation; an error says what is wrong with the question.
pub(super) fn find(generation: &Generation, asked: &Scopes, now: Timestamp) -> Result<Found, String> {
    let kinds = generation.graph.kinds();
    if let Some(kind) = asked.kind.as_deref().filter(|kind| kinds.get(kind).is_none()) {
        return Err(format!("there is no kind `{kind}`; `cloudgauge kinds` lists them"));
    }
    let inventory = &generation.inventory;
    let mut found = Found {
        generation: generation.number,
        collected_at: generation.collected_at,
        total: ScopeRow::default(),
        ..Found::default()
    };
    let mut groups: BTreeMap<Vec<Option<String>>, ScopeRow> = BTreeMap::new();
    let limit = asked.limit.min(ROWS_MAX);
    for (key, state) in &inventory.scopes {
        let account = inventory.accounts.get(&AccountKey::of(key));
        let account_name = account.map_or(&*key.account, |state| &*state.account.name);
        let region = account.and_then(|state| state.regions.get(&key.region));
        let region_name = region.map_or(&*key.region, |region| &*region.name);
        let is = |asked: &Option<String>, names: &[&str]| asked.as_deref().is_none_or(|asked| names.contains(&asked));
        let wanted = is(&asked.provider, &[&key.provider])
            && is(&asked.account, &[&key.account, account_name])
            && is(&asked.region, &[&key.region, region_name])
            && asked.kind.as_deref().is_none_or(|kind| kinds.is_a(&key.kind, kind))
            && is_wanted(&state.entry, asked, now);
        if !wanted {
            continue;
        }
        let row = ScopeRow {
            provider: Some(key.provider.to_string()),
            cloud: Some(key.cloud.to_string()),
            account: Some(key.account.to_string()),
            account_name: Some(account_name.to_owned()),
            region: Some(key.region.to_string()),
            kind: Some(key.kind.to_string()),
            ..row(state, now)
        };
        add(&mut found.total, &row);
        if asked.by.is_empty() {
            if found.rows.len() < limit {
                found.rows.push(row);
            } else {
                found.truncated = true;
            }
        } else {
            let of = asked.by.iter().map(|column| column.of(&row)).collect();
            let group = groups.entry(of).or_insert_with(|| heading(&asked.by, &row));
            add(group, &row);
        }
    }
    found.truncated |= groups.len() > limit;
    found.rows.extend(groups.into_values().take(limit));
    Ok(found)
}

fn is_wanted(entry: &Entry, asked: &Scopes, now: Timestamp) -> bool {
    let class = entry.failure.as_ref().map(|failure| failure.class);
    (!asked.failed || (entry.outcome != Outcome::Complete && !entry.is_expected()))
        && asked.class.is_none_or(|asked| class == Some(asked))
        && asked.older_than.is_none_or(|age| entry.last_success.is_none_or(|success| elapsed(success, now) > age))
}

/// A scope without its place.
fn row(state: &ScopeState, now: Timestamp) -> ScopeRow {
    let entry = &state.entry;
    ScopeRow {
        outcome: Some(entry.outcome),
        class: entry.failure.as_ref().map(|failure| failure.class),
        reason: entry.failure.as_ref().map(|failure| failure.message.clone()),
        scopes: 1,
        complete: usize::from(entry.outcome == Outcome::Complete),
        partial: usize::from(entry.outcome == Outcome::Partial),
        failed: usize::from(entry.outcome == Outcome::Failed),
        last_attempt: Some(entry.last_attempt),
        last_success: entry.last_success,
        age_seconds: entry.last_success.map(|success| elapsed(success, now).as_secs()),
        resources: state.rows.len(),
        calls: entry.calls.into(),
        throttles: entry.throttles.into(),
        duration_seconds: entry.duration.as_secs_f64(),
        ..ScopeRow::default()
    }
}

/// A group without scopes: what those it will have have in common.
fn heading(by: &[ScopeColumn], row: &ScopeRow) -> ScopeRow {
    let mut heading = ScopeRow::default();
    for column in by {
        match column {
            ScopeColumn::Provider => heading.provider.clone_from(&row.provider),
            ScopeColumn::Cloud => heading.cloud.clone_from(&row.cloud),
            ScopeColumn::Account => {
                heading.account.clone_from(&row.account);
                heading.account_name.clone_from(&row.account_name);
            }
            ScopeColumn::Region => heading.region.clone_from(&row.region),
            ScopeColumn::Kind => heading.kind.clone_from(&row.kind),
            ScopeColumn::Class => heading.class = row.class,
        }
    }
    heading
}

/// Adds a scope to a group: as old as its oldest, and of no age where one never had a complete listing.
fn add(group: &mut ScopeRow, row: &ScopeRow) {
    let is_first = group.scopes == 0;
    group.last_success = if is_first { row.last_success } else { group.last_success.min(row.last_success) };
    group.age_seconds = match (group.age_seconds, row.age_seconds) {
        (_, age) if is_first => age,
        (Some(a), Some(b)) => Some(a.max(b)),
        _ => None,
    };
    group.last_attempt = group.last_attempt.max(row.last_attempt);
    group.scopes += row.scopes;
    group.complete += row.complete;
    group.partial += row.partial;
    group.failed += row.failed;
    group.resources += row.resources;
    group.calls = group.calls.saturating_add(row.calls);
    group.throttles = group.throttles.saturating_add(row.throttles);
    group.duration_seconds += row.duration_seconds;
}

/// Clocks of two machines may differ.
fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        graph::{Draft, fixture},
        model::{Failure, FailureClass, KindModel, Resource},
    };

    /// Two accounts with volumes, one of them with a failed scope of instances.
    fn generation() -> Generation {
        let volumes = || vec![Resource::new("volume", "a"), Resource::new("volume", "b")];
        let mut with_instance = volumes();
        with_instance.push(Resource::new("instance", "i"));
        let mut inventory = (*fixture::inventory(&[("dev", volumes()), ("prod", with_instance)])).clone();
        for (key, scope) in &mut inventory.scopes {
            let entry = &mut Arc::make_mut(scope).entry;
            (entry.calls, entry.throttles, entry.duration) = (3, 1, Duration::from_millis(1500));
            if key.kind == "instance" {
                entry.outcome = Outcome::Failed;
                entry.failure = Some(Failure::new(FailureClass::Denied, "ec2:DescribeInstances: not allowed"));
                entry.last_success = entry.last_success.map(|success| success - SignedDuration::from_hours(5));
            }
        }
        let (inventory, graph) = Draft::new(Arc::new(inventory), Arc::new(KindModel::base())).seal();
        Generation::new(7, Some(fixture::now()), inventory, graph)
    }

    fn ask(asked: &Scopes) -> Vec<String> {
        let found = find(&generation(), asked, fixture::now() + SignedDuration::from_mins(10)).unwrap();
        let shown = |row: &ScopeRow| {
            let place = [&row.account, &row.kind].map(|text| text.clone().unwrap_or_default()).join("/");
            let ScopeRow { scopes, complete, failed, resources, calls, throttles, age_seconds, class, .. } = row;
            let class = class.map(FailureClass::as_str).unwrap_or_default();
            format!("{place} {scopes}/{complete}/{failed} {resources} {calls} {throttles} {age_seconds:?} {class}")
        };
        found.rows.iter().map(shown).collect()
    }

    fn all() -> Scopes {
        Scopes { limit: 100, ..Scopes::default() }
    }

    #[test]
    fn each_scope_is_a_row_with_all_that_the_ledger_has() {
        insta::assert_snapshot!(ask(&all()).join("\n"), @"
        dev/volume 1/1/0 2 3 1 Some(600) 
        prod/instance 1/0/1 1 3 1 Some(18600) denied
        prod/volume 1/1/0 2 3 1 Some(600) 
        ");
    }

    #[test]
    fn filters_choose_scopes() {
        let names = |asked: &Scopes| ask(asked).iter().map(|row| row.split(' ').next().unwrap().to_owned()).collect();
        let some = |asked: Scopes| -> Vec<String> { names(&asked) };
        assert_eq!(some(Scopes { failed: true, ..all() }), ["prod/instance"]);
        assert_eq!(some(Scopes { class: Some(FailureClass::Denied), ..all() }), ["prod/instance"]);
        assert_eq!(some(Scopes { class: Some(FailureClass::Timeout), ..all() }), [""; 0]);
        assert_eq!(some(Scopes { account: Some("name of dev".to_owned()), ..all() }), ["dev/volume"]);
        assert_eq!(some(Scopes { kind: Some("volume".to_owned()), ..all() }), ["dev/volume", "prod/volume"]);
        assert_eq!(some(Scopes { older_than: Some(Duration::from_hours(1)), ..all() }), ["prod/instance"]);
        assert_eq!(some(Scopes { region: Some("east".to_owned()), ..all() }), [""; 0]);
        let unknown = Scopes { kind: Some("volum".to_owned()), ..all() };
        assert!(find(&generation(), &unknown, fixture::now()).unwrap_err().contains("no kind `volum`"));
    }

    #[test]
    fn groups_add_up_and_are_as_old_as_their_oldest() {
        let by = |by: &[ScopeColumn]| ask(&Scopes { by: by.to_vec(), ..all() });
        assert_eq!(by(&[ScopeColumn::Account])[1], "prod/ 2/1/1 3 6 2 Some(18600) ");
        assert_eq!(by(&[ScopeColumn::Class]).len(), 2);
        let found = find(&generation(), &Scopes { limit: 1, ..all() }, fixture::now()).unwrap();
        assert!(found.truncated && found.rows.len() == 1 && found.total.scopes == 3);
        let notes = found.answer("the test".to_owned()).notes;
        assert_eq!(notes[0], "3 scopes: 2 complete, 0 partial, 1 failed; the oldest complete listing is 5h old.");
    }
}
