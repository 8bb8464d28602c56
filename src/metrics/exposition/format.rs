//! The formats of an exposition.

/// A text format that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Prometheus' own text format 0.0.4.
    Text004,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Text004, Self::OpenMetrics];

    /// The name it has in labels and entity tags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text004 => "text",
            Self::OpenMetrics => "openmetrics",
        }
    }

    /// What a response's `Content-Type` says.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text004 => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
        }
    }

    /// What ends a whole body.
    pub fn end(self) -> &'static [u8] {
        match self {
            Self::Text004 => b"",
            Self::OpenMetrics => b"# EOF\n",
        }
    }
}
