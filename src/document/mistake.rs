//! What is wrong, where, and what would be right, as a person reads it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin as ShownOrigin, Renderer, Snippet};

use super::{Origin, Span};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub help: Vec<String>,
    pub place: Place,
}

/// Where the mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a position of a text.
    Span(Span),
    /// Somewhere in a source, for example in a file that cannot be read.
    Whole(Origin),
    /// In no source: a default, or the combination of several settings.
    Nowhere,
}

impl Mistake {
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new(), place: Place::Span(span) }
    }

    /// A mistake of a source that has no text to show.
    pub fn of(origin: Origin, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new(), place: Place::Whole(origin) }
    }

    /// A mistake of no source in particular.
    pub fn anywhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: Vec::new(), place: Place::Nowhere }
    }

    /// Adds a line that says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn render(&self, renderer: &Renderer) -> String {
        let title = match self.origin() {
            // A variable or flag has one line and no columns that an editor could jump to: its name is enough.
            Some(Origin::Variable(name) | Origin::Flag(name)) => format!("{name}: {}", self.message),
            _ => self.message.clone(),
        };
        let mut group = Group::with_title(Level::ERROR.primary_title(title));
        match &self.place {
            Place::Span(span) => {
                let span = shown(span);
                let snippet = Snippet::source(span.source.text.clone())
                    .annotation(AnnotationKind::Primary.span(span.range.clone()));
                group = group.element(match &span.source.origin {
                    Origin::File(path) => snippet.path(path.clone()),
                    Origin::Variable(_) | Origin::Flag(_) => snippet.line_numbering(false),
                });
            }
            Place::Whole(Origin::File(path)) => group = group.element(ShownOrigin::path(path.as_str())),
            Place::Whole(_) | Place::Nowhere => {}
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }

    /// Where it was made, if it was made in one place.
    pub fn origin(&self) -> Option<&Origin> {
        match &self.place {
            Place::Span(span) => Some(&span.source.origin),
            Place::Whole(origin) => Some(origin),
            Place::Nowhere => None,
        }
    }

    /// Where it was made, in one line: file, line and column.
    pub fn place(&self) -> String {
        match &self.place {
            Place::Span(span) if matches!(span.source.origin, Origin::File(_)) => {
                let (line, column) = span.position();
                format!("{}:{line}:{column}", span.source.origin)
            }
            Place::Span(Span { source, .. }) => source.origin.to_string(),
            Place::Whole(origin) => origin.to_string(),
            Place::Nowhere => String::new(),
        }
    }

    fn sort_key(&self) -> (Option<&Origin>, usize) {
        let start = match &self.place {
            Place::Span(span) => span.range.start,
            Place::Whole(_) | Place::Nowhere => 0,
        };
        (self.origin(), start)
    }
}

/// The span to draw: one line, and of a variable whose *name* is wrong the name alone, because its value may be
/// a secret that was meant for another program.
fn shown(span: &Span) -> Span {
    let span = span.first_line();
    if matches!(span.source.origin, Origin::File(_)) {
        return span;
    }
    match span.source.text.split_once('=') {
        Some((name, _)) if span.range.end <= name.len() => {
            let source = super::Source { origin: span.source.origin.clone(), text: name.to_owned() };
            Span::new(&source.into(), span.range)
        }
        _ => span,
    }
}

/// Everything that is wrong, in order of file and line.
///
/// As an error it displays all of them, each with its line and an arrow, without colours; [`Mistakes::render`] chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct Mistakes {
    list: Vec<Mistake>,
}

impl Mistakes {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, mistake: Mistake) {
        self.list.push(mistake);
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.list.iter()
    }

    /// `value` when nothing is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The text for people, with or without colours.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut sorted: Vec<&Mistake> = self.list.iter().collect();
        sorted.sort_by_key(|mistake| mistake.sort_key());
        let mut shown: Vec<String> = sorted.iter().map(|mistake| mistake.render(&renderer)).collect();
        shown.dedup();
        shown.join("\n\n")
    }
}

impl Extend<Mistake> for Mistakes {
    fn extend<I: IntoIterator<Item = Mistake>>(&mut self, mistakes: I) {
        self.list.extend(mistakes);
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(&Renderer::plain()))
    }
}
