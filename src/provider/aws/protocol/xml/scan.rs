//! Tags and texts of a document, one after the other.
//!
//! AWS's answers are many short elements, for which a general reader of events does three times the work: an event for
//! the start, the text and the end of each. References and attributes are quick-xml's business.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};
use quick_xml::{
    escape::unescape,
    events::attributes::{Attribute, Attributes},
};

use super::super::ParseError;

/// Reads a document from its start to its end.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The names of the elements that are open, as they are written.
    open: Vec<&'a str>,
    /// Whether the element that was opened last is an empty one, so that its end comes next: `<a/>`.
    empty: bool,
}

/// An element's start tag.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Element<'a> {
    name: &'a str,
    /// Where the name without the namespace begins.
    local: usize,
    attributes: &'a str,
}

/// What comes next in a document.
pub(super) enum Token<'a> {
    Start(Element<'a>),
    End,
    Text(Cow<'a, str>),
}

impl<'a> Element<'a> {
    /// Its name without the namespace.
    pub(super) fn local_name(&self) -> &'a str {
        &self.name[self.local..]
    }

    pub(super) fn has_attributes(&self) -> bool {
        !self.attributes.is_empty()
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        Attributes::new(self.attributes, 0).flatten()
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.trim_start_matches('\u{feff}'), at: 0, open: Vec::new(), empty: false }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next element, whatever text is in front of it; `None` where the one around it ends, or the document.
    pub(super) fn element(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        loop {
            if self.empty {
                self.end_of_empty();
                return Ok(None);
            }
            // Mostly one tag follows the other.
            if self.text.as_bytes().get(self.at) != Some(&b'<') {
                let Some(length) = memchr(b'<', self.rest()) else { return self.at_the_end().map(|()| None) };
                self.at += length;
            }
            match self.text.as_bytes().get(self.at + 1) {
                Some(b'/') => return self.end().map(|()| None),
                Some(b'!' | b'?') => drop(self.markup()?),
                _ => return self.start().map(Some),
            }
        }
    }

    /// The next piece; `None` where the document ends.
    pub(super) fn token(&mut self) -> Result<Option<Token<'a>>, ParseError> {
        loop {
            if self.empty {
                self.end_of_empty();
                return Ok(Some(Token::End));
            }
            let Some(length) = memchr(b'<', self.rest()) else { return self.at_the_end().map(|()| None) };
            if length > 0 {
                return Ok(Some(Token::Text(decoded(self.take(length))?)));
            }
            match self.rest().get(1) {
                Some(b'/') => return self.end().map(|()| Some(Token::End)),
                Some(b'!' | b'?') => {
                    if let Some(text) = self.markup()? {
                        return Ok(Some(Token::Text(text.into())));
                    }
                }
                _ => return self.start().map(|element| Some(Token::Start(element))),
            }
        }
    }

    /// The text of the element that was opened last, up to its end; elements within are left out.
    pub(super) fn element_text(&mut self) -> Result<Cow<'a, str>, ParseError> {
        // Nearly always there is one text, and the end after it.
        if !self.empty
            && let Some(length) = memchr3(b'<', b'&', b'\r', self.rest())
            && self.rest()[length..].starts_with(b"</")
        {
            let text = self.take(length);
            self.end()?;
            return Ok(text.into());
        }
        if self.empty {
            self.end_of_empty();
            return Ok("".into());
        }
        let mut text = Cow::Borrowed("");
        loop {
            let piece = match self.token()? {
                Some(Token::Text(piece)) => piece,
                Some(Token::Start(_)) => {
                    self.skip()?;
                    continue;
                }
                Some(Token::End) => return Ok(text),
                None => return Err(too_early()),
            };
            if text.is_empty() {
                text = piece;
            } else {
                text.to_mut().push_str(&piece);
            }
        }
    }

    /// Goes to the end of the element that was opened last. What is in it only has to be balanced.
    pub(super) fn skip(&mut self) -> Result<(), ParseError> {
        if self.empty {
            self.end_of_empty();
            return Ok(());
        }
        let mut depth = 0;
        loop {
            let length = memchr(b'<', self.rest()).ok_or_else(too_early)?;
            self.at += length;
            match self.rest().get(1) {
                Some(b'/') if depth == 0 => return self.end(),
                Some(b'/') => {
                    self.at += memchr(b'>', self.rest()).ok_or_else(too_early)?;
                    depth -= 1;
                }
                Some(b'!' | b'?') => drop(self.markup()?),
                _ => {
                    let tag = self.start_tag()?;
                    depth += usize::from(!tag.ends_with('/'));
                }
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }

    fn at_the_end(&mut self) -> Result<(), ParseError> {
        self.at = self.text.len();
        if self.open.is_empty() { Ok(()) } else { Err(too_early()) }
    }

    /// Reads a start tag, at whose `<` the scanner is.
    fn start(&mut self) -> Result<Element<'a>, ParseError> {
        let bytes = self.text.as_bytes();
        let begin = self.at + 1;
        // Nearly always there is a name and nothing else.
        let plain = bytes[begin..].iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or_default();
        let end = begin + plain;
        let empty = bytes[end..].starts_with(b"/>");
        if plain > 0 && (empty || bytes.get(end) == Some(&b'>')) {
            let name = &self.text[begin..end];
            self.at = end + if empty { 2 } else { 1 };
            self.open.push(name);
            self.empty = empty;
            return Ok(Element { name, local: 0, attributes: "" });
        }
        let tag = self.start_tag()?;
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = match tag.bytes().position(|byte| byte.is_ascii_whitespace()) {
            Some(end) => tag.split_at(end),
            None => (tag, ""),
        };
        if name.is_empty() {
            return Err(ParseError::Xml(format!("an element at byte {} has no name", self.at)));
        }
        self.open.push(name);
        self.empty = empty;
        let local = memchr(b':', name.as_bytes()).map_or(0, |colon| colon + 1);
        Ok(Element { name, local, attributes })
    }

    /// What is between `<` and `>`; a `>` in quotes is not the end.
    fn start_tag(&mut self) -> Result<&'a str, ParseError> {
        let rest = self.rest();
        let mut end = memchr3(b'>', b'"', b'\'', rest).ok_or_else(too_early)?;
        while rest[end] != b'>' {
            let quoted = memchr(rest[end], &rest[end + 1..]).ok_or_else(too_early)?;
            let after = end + quoted + 2;
            end = after + memchr3(b'>', b'"', b'\'', &rest[after..]).ok_or_else(too_early)?;
        }
        Ok(&self.take(end + 1)[1..end])
    }

    /// Reads an end tag, at whose `<` the scanner is.
    fn end(&mut self) -> Result<(), ParseError> {
        if let Some(open) = self.open.last()
            && let Some(rest) = self.rest()[2..].strip_prefix(open.as_bytes())
            && rest.first() == Some(&b'>')
        {
            self.at += open.len() + 3;
            self.open.pop();
            return Ok(());
        }
        let end = memchr(b'>', self.rest()).ok_or_else(too_early)?;
        let name = self.take(end + 1)[2..end].trim_ascii_end();
        match self.open.pop() {
            Some(open) if open == name => Ok(()),
            Some(open) => Err(ParseError::Xml(format!("<{open}> ends as </{name}>"))),
            None => Err(ParseError::Xml(format!("</{name}> ends nothing"))),
        }
    }

    fn end_of_empty(&mut self) {
        self.empty = false;
        self.open.pop();
    }

    /// Reads a comment, a declaration, an instruction, or characters as they are, whose text it is.
    fn markup(&mut self) -> Result<Option<&'a str>, ParseError> {
        const CHARACTERS: &str = "<![CDATA[";
        let rest = &self.text[self.at..];
        let end = match rest {
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with(CHARACTERS) => "]]>",
            _ if rest.starts_with("<?") => "?>",
            _ => ">",
        };
        let length = memmem::find(rest.as_bytes(), end.as_bytes()).ok_or_else(too_early)?;
        self.at += length + end.len();
        Ok(rest[..length].strip_prefix(CHARACTERS))
    }
}

/// Bytes of names that have no namespace.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let char = byte as u8;
        plain[byte] = char.is_ascii_alphanumeric() || matches!(char, b'_' | b'-' | b'.');
        byte += 1;
    }
    plain
};

/// Text with its references resolved, and line ends as XML has them.
fn decoded(text: &str) -> Result<Cow<'_, str>, ParseError> {
    if memchr(b'\r', text.as_bytes()).is_some() {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        return Ok(resolved(&text)?.into_owned().into());
    }
    resolved(text)
}

fn resolved(text: &str) -> Result<Cow<'_, str>, ParseError> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Ok(text.into());
    }
    unescape(text).map_err(|error| ParseError::Xml(error.to_string()))
}

fn too_early() -> ParseError {
    ParseError::Xml("it ends too early".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// A document as names in brackets, texts and ends.
    fn scan(text: &str) -> Result<String, ParseError> {
        let mut scanner = Scanner::new(text);
        let mut found = String::new();
        while let Some(token) = scanner.token()? {
            match token {
                Token::Start(element) => {
                    found.push('<');
                    found.push_str(element.local_name());
                    for attribute in element.attributes() {
                        write!(found, " {}={}", attribute.key.0, attribute.value).unwrap();
                    }
                    found.push('>');
                }
                Token::End => found.push_str("</>"),
                Token::Text(text) => found.push_str(&text),
            }
        }
        Ok(found)
    }

    #[test]
    fn elements_texts_and_all_that_stands_between_them() {
        let text = "\u{feff}<?xml version='1.0'?><!DOCTYPE a><ns:a><!-- <b> --><b x='>' y=\"'\"/><c\n >1 &lt;&#50;\r\n\
                    <![CDATA[<&>]]></c ></ns:a>";
        assert_eq!(scan(text).unwrap(), "<a><b x=> y='></><c>1 <2\n<&></></>");
    }

    #[test]
    fn what_is_not_well_formed_is_an_error() {
        for text in ["<a>", "<a><b></a>", "<a", "<a x='>", "</a>", "<>", "<a><!-- ", "<a>&nbsp;</a>", "<a></", "<a>x"] {
            assert!(matches!(scan(text), Err(ParseError::Xml(_))), "{text}");
        }
    }

    #[test]
    fn an_element_is_skipped_with_all_that_is_in_it() {
        for inner in ["", "x", "<b/>", "<b><a>1</a></b>", "<!-- </a> -->", "<![CDATA[</a>]]>", "<b x='</a>'/>"] {
            let text = format!("<r><a>{inner}</a>after</r>");
            let mut scanner = Scanner::new(&text);
            scanner.element().unwrap();
            scanner.element().unwrap();
            scanner.skip().unwrap();
            assert_eq!(scanner.element_text().unwrap(), "after", "{inner}");
            assert_eq!((scanner.depth(), scanner.element().unwrap().is_none()), (0, true));
        }
        let mut scanner = Scanner::new("<r><a><b></a></r>");
        scanner.element().unwrap();
        scanner.element().unwrap();
        assert!(scanner.skip().is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[<>/!?a&;'\" \\-\\[\\]CDATAü]{0,40}") {
            drop(scan(&text));
            let mut scanner = Scanner::new(&text);
            while let Ok(Some(_)) = scanner.element() {
                if scanner.skip().is_err() {
                    break;
                }
            }
        }

        #[test]
        fn texts_come_back_as_they_were(text in "[ -~ü\\n]{0,40}") {
            let written = format!("<a>{}</a>", quick_xml::escape::escape(&text));
            prop_assert_eq!(scan(&written).unwrap(), format!("<a>{text}</>"));
        }
    }
}
