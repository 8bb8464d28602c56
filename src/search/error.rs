//! Errors and warnings: what is wrong with a query, where, and what would be right.

use std::{fmt, sync::Arc};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

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
    text: Arc<str>,
    complaint: Complaint,
}

impl Diagnostic {
    fn new(text: &Arc<str>, complaint: Complaint) -> Self {
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
        Renderer::plain().render(&[group])
    }
}

macro_rules! diagnostic {
    ($type:ident, $level:expr) => {
        impl $type {
            pub(super) fn new(text: &Arc<str>, complaint: Complaint) -> Self {
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

            /// The bytes of the query's text that it is about.
            pub fn span(&self) -> Span {
                self.0.complaint.span
            }

            /// The query's text.
            pub fn text(&self) -> &str {
                &self.0.text
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
