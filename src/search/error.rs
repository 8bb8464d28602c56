//! Errors and warnings: what is wrong with a query, where, and what would be right.

use std::{fmt, sync::Arc};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::template::Expanded;

/// A range of bytes of a query's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The span from the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// A part of a query together with its place in the text.
///
/// Equality is of the part alone: the same query with other white space is the same query.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    pub node: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(node: T, span: Span) -> Self {
        Self { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What is wrong, where, and what helps; without the query's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) span: Span,
    pub(super) message: String,
    /// What is said at the place itself, mostly what was expected there.
    pub(super) label: Option<String>,
    pub(super) help: Option<String>,
}

impl Complaint {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: None, help: None }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The text of a query: as it was written, and as it is read once templates are put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueryText {
    written: Arc<str>,
    read: Arc<str>,
    /// In order of place; empty where both texts are the same.
    expanded: Arc<[Expanded]>,
}

impl From<&str> for QueryText {
    fn from(text: &str) -> Self {
        let text: Arc<str> = text.into();
        Self { written: text.clone(), read: text, expanded: Arc::default() }
    }
}

impl QueryText {
    pub(super) fn expanded(written: &str, read: &str, expanded: Vec<Expanded>) -> Self {
        Self { written: written.into(), read: read.into(), expanded: expanded.into() }
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }

    fn is_expanded(&self) -> bool {
        !self.expanded.is_empty()
    }

    /// Where in the written text something of the read text comes from.
    pub(super) fn written_span(&self, span: Span) -> Span {
        let place = |position: usize, end: bool| {
            let before = self.expanded.iter().take_while(|part| part.to.end <= position);
            let (to, from) = before.last().map_or((0, 0), |part| (part.to.end, part.from.end));
            let inside = self.expanded.iter().find(|part| {
                if end {
                    part.to.start < position && position < part.to.end
                } else {
                    part.to.start <= position && position < part.to.end
                }
            });
            match inside {
                Some(part) if end => part.from.end,
                Some(part) => part.from.start,
                None => position - to + from,
            }
        };
        Span { start: place(span.start, false), end: place(span.end, true) }
    }
}

/// The text that is read.
impl std::ops::Deref for QueryText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.read
    }
}

/// The name that is most like the one that was written, if any is like it at all.
pub(super) fn most_alike<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE: f64 = 0.5;
    known
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name.to_lowercase(), candidate), candidate))
        .filter(|(likeness, _)| *likeness > LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A query that cannot be read, does not fit the kinds, or asks for too much.
///
/// Its `Display` is one line, for logs; [`SearchError::render`] shows the query with a caret under the place. The rest
/// is for callers that show the text themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchError(Box<Diagnostic>);

/// Something in a query that is allowed and probably not what was meant.
#[derive(Clone, PartialEq, Eq)]
pub struct Warning(Box<Diagnostic>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Diagnostic {
    text: QueryText,
    /// Its place is in the text that was read.
    complaint: Complaint,
}

impl Diagnostic {
    fn new(text: &QueryText, complaint: Complaint) -> Self {
        Self { text: text.clone(), complaint }
    }

    fn render(&self, level: Level<'_>) -> String {
        let Complaint { span, message, label, help } = &self.complaint;
        let annotation = AnnotationKind::Primary.span(span.start..span.end).label(label.as_deref());
        let mut group =
            level.primary_title(message.as_str()).element(Snippet::source(&*self.text).annotation(annotation));
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        if self.text.is_expanded() {
            group = group.element(Level::NOTE.message("the query is shown with its templates put in"));
        }
        Renderer::plain().render(&[group])
    }
}

macro_rules! diagnostic {
    ($type:ident, $level:expr) => {
        impl $type {
            pub(super) fn new(text: &QueryText, complaint: Complaint) -> Self {
                Self(Box::new(Diagnostic::new(text, complaint)))
            }

            /// What is wrong, in one sentence.
            pub fn message(&self) -> &str {
                &self.0.complaint.message
            }

            /// The query with a caret under the place, and what would be right, in several lines.
            pub fn render(&self) -> String {
                self.0.render($level)
            }

            /// What was expected at the place, where that can be said.
            pub fn label(&self) -> Option<&str> {
                self.0.complaint.label.as_deref()
            }

            /// What would be right, where that can be said.
            pub fn help(&self) -> Option<&str> {
                self.0.complaint.help.as_deref()
            }

            /// The bytes of the query's text that it is about; the call of a template where it is inside of it.
            pub fn span(&self) -> Span {
                self.0.text.written_span(self.0.complaint.span)
            }

            /// The query's text as it was written.
            pub fn text(&self) -> &str {
                self.0.text.written()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Complaint { message, label, .. } = &self.0.complaint;
                f.write_str(message)?;
                label.as_ref().map_or(Ok(()), |label| write!(f, ": {label}"))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0.complaint, f)
            }
        }
    };
}

diagnostic!(SearchError, Level::ERROR);
diagnostic!(Warning, Level::WARNING);

impl std::error::Error for SearchError {}
