//! From text to the tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::scalar::is_null;
use super::{Entry, Mistake, Mistakes, Node, NodeValue, Scalar, Source, Span};

/// Nodes of one document, with every alias counted as often as it is used: a few lines of nested aliases must not
/// grow into gigabytes.
const NODES_MAX: usize = 500_000;

/// Parses one YAML document; an empty text is a null node.
///
/// Duplicate keys, unknown tags and the like are noted in `mistakes` and left out, so that the rest can be checked.
/// `None` says that the text is not YAML at all; the reason is then in `mistakes`.
pub(super) fn parse(source: &Arc<Source>, mistakes: &mut Mistakes) -> Option<Node> {
    // The parser wants the byte order mark in place; positions count it too.
    let options = granit_parser::options! { emit_comments: false };
    let parser = Parser::new_from_str_with_options(&source.text, options);
    let mut builder = Builder { source, parser, anchors: BTreeMap::new(), nodes: 0, mistakes };
    match builder.stream() {
        Ok(root) => root,
        Err(Stop::Scan(error)) => {
            let mistake = not_yaml(source, &error);
            mistakes.push(mistake);
            None
        }
        Err(Stop::Mistake(mistake)) => {
            mistakes.push(*mistake);
            None
        }
    }
}

/// Why no tree can be built.
enum Stop {
    Scan(ScanError),
    Mistake(Box<Mistake>),
}

impl From<ScanError> for Stop {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

struct Builder<'a, I: Iterator> {
    source: &'a Arc<Source>,
    parser: I,
    /// What `&name` marked, for `*name`.
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    mistakes: &'a mut Mistakes,
}

impl<'a, I: Iterator<Item = Result<(Event<'a>, granit_parser::Span), ScanError>>> Builder<'a, I> {
    fn stream(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        while let Some((event, span)) = self.parser.next().transpose()? {
            let is_content = matches!(
                event,
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_)
            );
            if !is_content {
                continue;
            }
            let span = self.span(&span);
            if root.is_some() {
                let mistake = Mistake::at(span, "a second document starts here; only one is read from a file")
                    .help("remove the `---` line, or put the second document into a file of its own");
                return Err(Stop::Mistake(Box::new(mistake)));
            }
            root = Some(self.node(event, span)?);
        }
        let end = Span::new(self.source, 0..0);
        Ok(Some(root.unwrap_or(Node { span: end, value: NodeValue::Null })))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        // The parser closes every collection that it opens, or ends with an error.
        let (event, span) = self.parser.next().transpose()?.unwrap_or_else(|| {
            let end = granit_parser::Marker::new(0, 1, 0);
            (Event::StreamEnd, granit_parser::Span::empty(end))
        });
        let span = self.span(&span);
        Ok((event, span))
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        Span::new(self.source, span.byte_range().unwrap_or(0..0))
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Stop> {
        self.count(1, &span)?;
        let (value, anchor, span) = match event {
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    let mistake = Mistake::at(span, "an alias cannot stand inside the value that it refers to");
                    return Err(Stop::Mistake(Box::new(mistake)));
                };
                self.count(node.size(), &span)?;
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.is_text(tag.as_deref(), &span);
                let plain = style == ScalarStyle::Plain && !is_text;
                let value = if plain && is_null(&text) {
                    NodeValue::Null
                } else {
                    NodeValue::Scalar(Scalar { text: text.into_owned(), plain })
                };
                (value, anchor, span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), &span);
                let (items, end) = self.list()?;
                (NodeValue::List(items), anchor, Span::new(self.source, span.range.start..end))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.is_text(tag.as_deref(), &span);
                let (entries, end) = self.map()?;
                (NodeValue::Map(entries), anchor, Span::new(self.source, span.range.start..end))
            }
            _ => (NodeValue::Null, 0, span),
        };
        let node = Node { span, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self) -> Result<(Vec<Node>, usize), Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, span) => return Ok((items, span.range.end)),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<(Vec<Entry>, usize), Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, span) => {
                    merge(&mut entries, merged);
                    return Ok((entries, span.range.end));
                }
                (event, span) => (event, span),
            };
            let key = self.node(event, key_span.clone())?;
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            let NodeValue::Scalar(Scalar { text: key, plain }) = key.value else {
                self.mistakes.push(Mistake::at(key_span, "a key must be a word or a text"));
                continue;
            };
            if plain && key == "<<" {
                self.collect_merge(node, key_span, &mut merged);
            } else if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let (line, _) = first.key_span.position();
                let mistake = Mistake::at(key_span, format!("`{key}` is given twice"))
                    .help(format!("it already stands in line {line}; remove one of the two"));
                self.mistakes.push(mistake);
            } else {
                entries.push(Entry { key, key_span, node });
            }
        }
    }

    /// Takes what `<<:` brings in: a map, or a list of maps.
    fn collect_merge(&mut self, node: Node, key_span: Span, merged: &mut Vec<Entry>) {
        match node.value {
            NodeValue::Map(entries) => merged.extend(entries),
            NodeValue::List(items) => {
                for item in items {
                    self.collect_merge(item, key_span.clone(), merged);
                }
            }
            _ => self.mistakes.push(Mistake::at(key_span, "`<<` takes a map, or a list of maps")),
        }
    }

    /// Whether the tag says "text"; complains about tags that mean nothing here.
    fn is_text(&mut self, tag: Option<&Tag>, span: &Span) -> bool {
        match tag.map(|tag| (tag.core_suffix(), tag)) {
            Some((Some("str"), _)) => true,
            None | Some((Some(_), _)) => false,
            Some((None, tag)) => {
                let message = format!("the tag `{}` means nothing here", tag.original());
                self.mistakes.push(Mistake::at(span.clone(), message).help("remove the tag"));
                false
            }
        }
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let mistake = Mistake::at(span.clone(), format!("the file holds more than {NODES_MAX} values"))
            .help("split it, or use fewer aliases");
        Err(Stop::Mistake(Box::new(mistake)))
    }
}

/// Adds merged entries behind the written ones, which win.
fn merge(entries: &mut Vec<Entry>, merged: Vec<Entry>) {
    for entry in merged {
        if !entries.iter().any(|known| known.key == entry.key) {
            entries.push(entry);
        }
    }
}

fn not_yaml(source: &Arc<Source>, error: &ScanError) -> Mistake {
    let at = error.marker().byte_offset().unwrap_or(source.text.len()).min(source.text.len());
    if let Some(tab) = tab_in_indentation(&source.text, at) {
        let span = Span::new(source, tab..tab + 1);
        return Mistake::at(span, "YAML does not allow tabs for indentation")
            .help("use spaces, for example two for each level");
    }
    let mistake = Mistake::at(Span::new(source, at..at), format!("this is not valid YAML: {}", error.info()));
    match remedy(&error.info()) {
        Some(remedy) => mistake.help(remedy),
        None => mistake,
    }
}

/// What most likely helps against a complaint of the parser, which speaks of its grammar.
fn remedy(complaint: &str) -> Option<&'static str> {
    const REMEDIES: [(&str, &str); 3] = [
        ("anchor", "a text that begins with `*` or `&` needs quotes, for example \"* * * * *\""),
        ("mapping values are not allowed", "is a colon missing in the line above? A text with `: ` in it needs quotes"),
        ("did not find expected key", "the keys of one section are indented alike"),
    ];
    REMEDIES.into_iter().find(|(part, _)| complaint.contains(part)).map(|(_, remedy)| remedy)
}

/// The tab in front of the line at `at`, or of the lines around it: the parser may notice a tab late, or while it looks
/// for the end of the value above.
fn tab_in_indentation(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let previous = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |newline| newline + 1);
    let next = text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
    [start, previous, next].into_iter().find_map(|start| {
        let line = &text[start..];
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..indentation].find('\t').map(|tab| start + tab)
    })
}
