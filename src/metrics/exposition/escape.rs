//! Escaping: what would end a line or a quotation.

/// Escapes for use between quotation marks: label values, and HELP in OpenMetrics.
pub(super) fn escape_quoted(text: &mut Vec<u8>, value: &str) {
    escape(text, value, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
}

/// Escapes for HELP in the text format.
pub(super) fn escape_line(text: &mut Vec<u8>, value: &str) {
    escape(text, value, |byte| matches!(byte, b'\\' | b'\n'));
}

fn escape(text: &mut Vec<u8>, value: &str, special: impl Fn(u8) -> bool) {
    let mut rest = value.as_bytes();
    while let Some(position) = rest.iter().position(|byte| special(*byte)) {
        text.extend_from_slice(&rest[..position]);
        text.push(b'\\');
        text.push(if rest[position] == b'\n' { b'n' } else { rest[position] });
        rest = &rest[position + 1..];
    }
    text.extend_from_slice(rest);
}
