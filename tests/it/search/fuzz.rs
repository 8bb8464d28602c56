//! No text whatever brings the parser, the compiler or the evaluator down, or keeps them busy.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use cloudgauge::search::{Limits, Query};

use super::{
    cases, examples,
    random::{Dice, queries, worlds},
    world::{World, now},
};

const INPUTS: u64 = 1_000_000;
const THREADS: u64 = 2;
/// How many inputs are read between two signs of life.
const BEAT: u64 = 1_000;
/// Longer than any machine takes for so many inputs.
const PATIENCE: Duration = Duration::from_mins(2);

/// Words and signs of the language, and some that are none.
const TOKENS: [&str; 84] = [
    "is(",
    "instance",
    "sample",
    ")",
    "(",
    " and ",
    " or ",
    "not ",
    "all",
    "any ",
    "none ",
    "\"",
    "'",
    "\\",
    "name",
    "os",
    "l",
    "o.a",
    ".",
    "[",
    "]",
    "[*]",
    "[0]",
    "*",
    "{",
    "}",
    ".{",
    "/",
    "/ancestors.",
    "/descendants.",
    "account",
    "reported.",
    "metadata.",
    " == ",
    "=",
    "!=",
    "=~",
    "!~",
    "<",
    ">",
    "<=",
    "~",
    " in ",
    " not in ",
    ",",
    ":",
    "aggregate(",
    "sum(",
    "count(",
    "avg(",
    " as ",
    "+",
    "%",
    "1",
    "007",
    "1.",
    ".5",
    "-5",
    "30d",
    "10GB",
    "2026-11-01",
    "@NOW@",
    "null",
    "true",
    "-->",
    "<--",
    "<-",
    "->",
    "-[0:]->",
    "<-delete[1:1]default->",
    "with(",
    "empty",
    "count > 1",
    "sort ",
    "limit ",
    "reversed",
    " desc",
    "#tag",
    "with_usage(",
    "(edge_type=delete):",
    "expand(",
    "`",
    "é🦀",
    "\u{0}\n",
];

/// What became of the inputs of one thread.
#[derive(Debug, Default)]
struct Tally {
    read: u64,
    compiled: u64,
    evaluated: u64,
    refused: u64,
}

#[test]
fn a_million_texts_do_no_harm() {
    let seeds: Arc<Vec<String>> = Arc::new(examples::queries().chain(cases::queries()).map(str::to_owned).collect());
    assert!(seeds.len() > 400, "only {} queries to begin with", seeds.len());
    let (beat, beats) = channel::<Result<(), String>>();
    let running: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (beat, seeds) = (beat.clone(), seeds.clone());
            let current = Arc::new(Mutex::new(String::new()));
            let shown = current.clone();
            let work = move || {
                let mut fuzzer = Fuzzer::new(thread, &seeds, &current);
                for input in 0..INPUTS / THREADS {
                    fuzzer.one();
                    if input % BEAT == 0 {
                        beat.send(Ok(())).unwrap();
                    }
                }
                fuzzer.tally
            };
            let running = thread::spawn(move || catch_unwind(AssertUnwindSafe(work)));
            (running, shown)
        })
        .collect();
    drop(beat);
    loop {
        match beats.recv_timeout(PATIENCE) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let busy: Vec<String> = running.iter().map(|(_, shown)| shown.lock().unwrap().clone()).collect();
                panic!("one of these takes too long: {busy:?}");
            }
        }
    }
    let mut total = Tally::default();
    for (thread, shown) in running {
        let Ok(tally) = thread.join().unwrap() else { panic!("{:?}", shown.lock().map(|text| text.clone())) };
        total.read += tally.read;
        total.compiled += tally.compiled;
        total.evaluated += tally.evaluated;
        total.refused += tally.refused;
    }
    assert_eq!(total.read + total.refused, INPUTS);
    assert!(total.read > INPUTS / 20 && total.refused > INPUTS / 20, "{total:?}");
    assert!(total.compiled > 10_000 && total.evaluated > 5_000, "{total:?}");
}

struct Fuzzer<'a> {
    dice: Dice,
    seeds: &'a [String],
    current: &'a Mutex<String>,
    world: World,
    keys: Vec<String>,
    tally: Tally,
}

impl<'a> Fuzzer<'a> {
    fn new(thread: u64, seeds: &'a [String], current: &'a Mutex<String>) -> Self {
        let mut dice = Dice::new(0xF0 + thread);
        let description = worlds::world(&mut dice, 18);
        let world = World::new(&worlds::kinds(), &description);
        let keys = vec!["nobody".to_owned()];
        Self { dice, seeds, current, world, keys, tally: Tally::default() }
    }

    fn one(&mut self) {
        let text = self.text();
        self.current.lock().unwrap().clone_from(&text);
        let query = match Query::parse(&text) {
            Ok(query) => query,
            Err(error) => {
                self.tally.refused += 1;
                let span = error.span();
                assert!(span.start <= span.end && span.end <= text.len(), "{text:?}: {span:?}");
                // Drawing takes longer than reading.
                assert!(!self.dice.percent(2) || !error.render().is_empty());
                return;
            }
        };
        self.tally.read += 1;
        let canonical = query.to_string();
        let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{text:?} became {canonical:?}: {error}"));
        assert_eq!(query, again, "{text:?} became {canonical:?}");
        if !self.dice.percent(12) {
            return;
        }
        let (errors, warnings) = query.check(&self.world.kinds);
        for (rendered, place) in errors
            .iter()
            .map(|error| (error.render(), error.span()))
            .chain(warnings.iter().map(|warning| (warning.render(), warning.span())))
        {
            assert!(!rendered.is_empty() && place.end <= text.len(), "{text:?}: {place:?}");
        }
        let Ok(plan) = query.compile(&self.world.kinds) else { return };
        self.tally.compiled += 1;
        // Few steps: what asks for too much is refused, and nothing is worse than slow.
        let limits = Limits { steps: 50_000, groups: 200, ..Limits::default() };
        let found = plan.select(&self.world.generation, now(), limits);
        self.tally.evaluated += u64::from(found.is_ok());
        let rows = plan.aggregate(&self.world.generation, now(), limits);
        assert!(query.is_aggregate() || rows.is_err());
    }

    fn text(&mut self) -> String {
        match self.dice.below(20) {
            0..=4 => self.tokens(),
            5..=6 => self.bytes(),
            7..=8 => queries::query(&mut self.dice, &self.keys),
            9..=10 => {
                let text = queries::query(&mut self.dice, &self.keys);
                self.mutated(&text)
            }
            _ => {
                let text = self.dice.one(self.seeds).clone();
                self.mutated(&text)
            }
        }
    }

    fn tokens(&mut self) -> String {
        (0..self.dice.within(1, 20)).map(|_| self.dice.word(&TOKENS)).collect()
    }

    /// Any bytes, read as text as well as can be.
    fn bytes(&mut self) -> String {
        let bytes: Vec<u8> = (0..self.dice.below(40)).map(|_| self.dice.bits().to_le_bytes()[0]).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The text with a few changes.
    fn mutated(&mut self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..self.dice.within(1, 4) {
            let at = self.dice.below(text.len() + 1);
            let end = (at + self.dice.below(8)).min(text.len());
            match self.dice.below(6) {
                0 => drop(text.drain(at..end)),
                1 => {
                    let piece: Vec<char> = self.dice.word(&TOKENS).chars().collect();
                    text.splice(at..at, piece);
                }
                2 => {
                    let piece: Vec<char> = self.dice.word(&TOKENS).chars().collect();
                    text.splice(at..end, piece);
                }
                3 => {
                    let copy = text[at..end].to_vec();
                    let to = self.dice.below(text.len() + 1);
                    text.splice(to..to, copy);
                }
                4 => {
                    let other: Vec<char> = self.dice.one(self.seeds).chars().collect();
                    let from = self.dice.below(other.len() + 1);
                    text.splice(at..text.len(), other[from..].iter().copied());
                }
                _ => {
                    if let Some(character) = text.get_mut(at) {
                        *character = char::from_u32(u32::try_from(self.dice.below(0x2FF)).unwrap()).unwrap();
                    }
                }
            }
        }
        text.into_iter().collect()
    }
}
