//! Where output goes, and what it may look like there.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A stream for people or for another program; clones write to the same stream.
#[derive(Clone)]
pub struct Printer {
    stream: Arc<Mutex<Box<dyn Write + Send>>>,
    is_terminal: bool,
}

impl Printer {
    /// `is_terminal` allows colours and moving parts.
    pub fn new(stream: impl Write + Send + 'static, is_terminal: bool) -> Self {
        Self { stream: Arc::new(Mutex::new(Box::new(stream))), is_terminal }
    }

    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes a text and sends it off.
    pub fn print(&self, text: &str) -> io::Result<()> {
        self.write(|stream| stream.write_all(text.as_bytes()))
    }

    /// Writes with a function that wants a stream, such as a CSV writer.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        // Whoever panicked while writing left at worst half a line.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut *stream)?;
        stream.flush()
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Printer").field("is_terminal", &self.is_terminal).finish_non_exhaustive()
    }
}
