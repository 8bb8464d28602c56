//! How a collection goes on, for whoever watches it.
//!
//! On a terminal: one bar for everything and one for each place that is being listed, a dozen at most. Elsewhere: one
//! line for each account and region when it is done.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Printer;
use super::tally::{Counts, Place, Tally, place};
use crate::collect::Observer;
use crate::graph::Entry;
use crate::model::{Failure, ProviderName, ScopeKey};
use crate::provider::Discovery;

/// Places with a bar of their own at the same time.
const BARS_MAX: usize = 12;

/// Shows a collection while it runs, and counts it.
pub(super) struct Progress {
    /// Where lines go; none where bars or nothing are shown.
    lines: Option<Printer>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tally: Tally,
    /// Only on a terminal.
    bars: Option<Bars>,
}

struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    places: BTreeMap<Place, ProgressBar>,
}

impl Progress {
    /// Draws bars if the printer leads to a terminal.
    pub(super) fn new(printer: Printer) -> Self {
        let bars = printer.is_terminal().then(Bars::new);
        Self { lines: Some(printer), state: Mutex::new(State { tally: Tally::default(), bars }) }
    }

    /// Writes nothing where there is no terminal.
    pub(super) fn without_lines(mut self) -> Self {
        self.lines = None;
        self
    }

    /// Clears the bars away; the tally remains.
    pub(super) fn finish(&self) -> Tally {
        let mut state = self.state();
        if let Some(bars) = state.bars.take() {
            // A terminal that is gone cannot be cleared either.
            bars.all.clear().ok();
        }
        state.tally.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is only counted up; nothing of it can be half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, line: &str) {
        if let Some(printer) = &self.lines {
            // Progress that nobody can read is no reason to stop.
            printer.print(line).ok();
        }
    }

    fn counted(&self, scope: &ScopeKey, count: impl FnOnce(&mut Tally) -> Counts) {
        let mut state = self.state();
        let counts = count(&mut state.tally);
        let is_done = counts.done() >= counts.expected;
        match &mut state.bars {
            Some(bars) => bars.counted(&place(scope), counts),
            None if is_done => {
                let Counts { failed, partial, resources, .. } = counts;
                let (cloud, account, region) = place(scope);
                let line = format!(
                    "{cloud}/{account}/{region}: {} scopes, {partial} partial, {failed} failed, {resources} resources\n",
                    counts.done()
                );
                self.line(&line);
            }
            None => {}
        }
    }
}

impl Observer for Progress {
    fn discovered(&self, provider: &ProviderName, discovery: &Discovery) {
        let mut state = self.state();
        state.tally.expect(provider, discovery);
        let expected = state.tally.total().expected;
        if let Some(bars) = &state.bars {
            bars.total.set_length(expected as u64);
        } else {
            let scopes: usize = discovery.accounts.iter().map(|account| account.scopes.len()).sum();
            let line = format!("{provider}: {} accounts, {scopes} scopes to list\n", discovery.accounts.len());
            self.line(&line);
        }
    }

    fn started(&self, scope: &ScopeKey) {
        let mut state = self.state();
        let counts = state.tally.counts(&place(scope));
        if let Some(bars) = &mut state.bars {
            bars.started(place(scope), counts);
        }
    }

    fn listed(&self, scope: &ScopeKey, entry: &Entry, resources: usize) {
        self.counted(scope, |tally| tally.count(scope, entry, resources));
    }

    fn unreachable(&self, scope: &ScopeKey, failure: &Failure) {
        self.counted(scope, |tally| tally.unreachable(scope, failure));
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Progress").field("tally", &self.state().tally).finish_non_exhaustive()
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = all.add(ProgressBar::new(0).with_style(style("{elapsed_precise} {bar:30} {pos}/{len} {msg}")));
        Self { all, total, places: BTreeMap::new() }
    }

    fn started(&mut self, place: Place, counts: Counts) {
        if self.places.len() >= BARS_MAX || self.places.contains_key(&place) {
            return;
        }
        let (cloud, account, region) = &place;
        let bar = ProgressBar::new(counts.expected as u64)
            .with_style(style("{prefix:40!} {bar:20} {pos}/{len} {msg}"))
            .with_prefix(format!("{cloud}/{account}/{region}"));
        self.places.insert(place, self.all.insert_before(&self.total, bar));
    }

    fn counted(&mut self, place: &Place, counts: Counts) {
        self.total.inc(1);
        let Some(bar) = self.places.get(place) else { return };
        bar.set_position(counts.done() as u64);
        bar.set_message(format!("{} resources, {} failed", counts.resources, counts.failed));
        if counts.done() >= counts.expected {
            bar.finish_and_clear();
            self.places.remove(place);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are constants that a test draws").progress_chars("━╸─")
}
