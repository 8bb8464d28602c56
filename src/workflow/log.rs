//! The log of a run: what happened, in order of time.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Step;

/// How much a line of a run's log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub at: Timestamp,
    pub level: Level,
    /// The step it belongs to; none for the run as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<Step>,
    /// Printable text on one line.
    pub text: String,
}

/// The lines of a run, up to a limit; what exceeds it is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    lines: Vec<Line>,
    /// How many lines exceeded the limit and were not kept.
    #[serde(default)]
    dropped: usize,
    warnings: usize,
    errors: usize,
}

impl Log {
    /// What is kept of one line's text.
    const TEXT_CHARS_MAX: usize = 1_000;

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// How many warnings there were, kept or not.
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// How many errors there were, kept or not.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Adds a line unless there are `lines_max` already.
    pub(super) fn add(&mut self, line: Line, lines_max: usize) {
        let Line { at, level, step, text } = line;
        match level {
            Level::Info => {}
            Level::Warn => self.warnings += 1,
            Level::Error => self.errors += 1,
        }
        if self.lines.len() >= lines_max {
            self.dropped += 1;
            return;
        }
        self.lines.push(Line { at, level, step, text: printable(&text, Self::TEXT_CHARS_MAX) });
    }
}

/// Text fit for a terminal: no control characters, which could move the cursor or change colours, and not too long.
pub(super) fn printable(text: &str, chars_max: usize) -> String {
    let text = text.trim_end();
    let mut short: String = text.chars().take(chars_max).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(chars_max).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: Level, text: &str) -> Line {
        Line { at: Timestamp::UNIX_EPOCH, level, step: None, text: text.to_owned() }
    }

    #[test]
    fn lines_over_the_limit_are_counted_with_their_level() {
        let mut log = Log::default();
        for level in [Level::Info, Level::Error, Level::Error, Level::Warn] {
            log.add(line(level, "text"), 2);
        }
        assert_eq!((log.lines().len(), log.dropped(), log.errors(), log.warnings()), (2, 2, 2, 1));
    }

    #[test]
    fn a_line_is_short_and_cannot_steer_a_terminal() {
        let mut log = Log::default();
        log.add(line(Level::Info, "a\u{1b}[31mb\nc\n"), 9);
        log.add(line(Level::Info, &"x".repeat(5_000)), 9);
        assert_eq!(log.lines()[0].text, "a [31mb c");
        assert_eq!(log.lines()[1].text.chars().count(), Log::TEXT_CHARS_MAX + 1);
    }
}
