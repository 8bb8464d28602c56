//! From a position in a value's text to a position in the file.

use std::ops::Range;

use super::{Node, NodeValue, Span};

/// The place of `within` (bytes of the scalar's text) in the source.
///
/// Quotes, indentation and folding change white space and quotes only, so that the characters in between come in the
/// same order in the text and in the source: counting them finds the place in plain, quoted, literal and folded
/// scalars alike. Where that fails (escapes in double quotes) the answer is `None`.
pub(super) fn inside(node: &Node, within: &Range<usize>) -> Option<Span> {
    let NodeValue::Scalar(scalar) = &node.value else { return None };
    let source = node.span.text();
    let content = content_start(source);
    let marks = marks(&source[content..], source.starts_with('\'')).map(|(offset, c)| (content + offset, c));
    let pairs: Vec<(usize, usize, usize)> = scalar
        .text
        .char_indices()
        .filter(|(_, c)| !c.is_whitespace())
        .zip(marks)
        .map(|((at, wanted), (offset, found))| (wanted == found).then_some((at, offset, offset + found.len_utf8())))
        .collect::<Option<_>>()?;
    let inside = |pair: &&(usize, usize, usize)| within.start <= pair.0 && pair.0 < within.end;
    let range = if let (Some(first), Some(last)) = (pairs.iter().find(inside), pairs.iter().rev().find(inside)) {
        first.1..last.2
    } else {
        // Nothing visible is meant, as at the end of the text: stand behind what precedes it.
        let before = pairs.iter().rev().find(|pair| pair.0 < within.start)?;
        before.2..before.2
    };
    let start = node.span.range.start;
    Some(Span::new(&node.span.source, start + range.start..start + range.end))
}

/// Behind the opening quote or the header line of a block scalar.
fn content_start(source: &str) -> usize {
    match source.chars().next() {
        Some('"' | '\'') => 1,
        Some('|' | '>') => source.find('\n').map_or(source.len(), |end| end + 1),
        _ => 0,
    }
}

/// The visible characters; between single quotes a doubled quote counts once, as in the text it stands for.
fn marks(content: &str, single_quoted: bool) -> impl Iterator<Item = (usize, char)> {
    let mut open_quote = None;
    content.char_indices().filter(|(_, c)| !c.is_whitespace()).filter(move |&(at, c)| {
        let doubled = single_quoted && c == '\'' && open_quote.is_some_and(|before| before + 1 == at);
        open_quote = (c == '\'' && !doubled).then_some(at);
        !doubled
    })
}
