//! The tail: the last of what a program or a server had to say.

use crate::workflow::log::printable;

/// The end of a stream of bytes; the beginning is forgotten.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

/// How much is kept of one stream.
const BYTES_MAX: usize = 8 * 1024;
/// How much of that is shown.
const LINES_MAX: usize = 10;
const LINE_CHARS_MAX: usize = 300;

impl Tail {
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        let excess = self.0.len().saturating_sub(BYTES_MAX);
        self.0.drain(..excess);
    }

    /// The last lines, fit to be shown.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0);
        let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let first = lines.len().saturating_sub(LINES_MAX);
        lines[first..].iter().map(|line| printable(line, LINE_CHARS_MAX)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut tail = Tail::default();
        for number in 0..10_000 {
            tail.extend(format!("line {number}\n\n").as_bytes());
        }
        let lines = tail.lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, "line 9990", "line 9999"));
        assert!(tail.0.len() <= BYTES_MAX);
    }
}
