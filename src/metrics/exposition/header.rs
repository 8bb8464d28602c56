//! Headers: what stands before the samples of a family.

use super::{
    Family, FamilyKind, Format,
    escape::{escape_line, escape_quoted},
};

/// Writes the lines HELP, TYPE and UNIT.
pub(super) fn encode_header(text: &mut Vec<u8>, family: &Family, format: Format) {
    let name = match format {
        Format::Text004 => family.name(),
        Format::OpenMetrics => family.openmetrics_name(),
    };
    comment(text, "# HELP ", name);
    match format {
        Format::Text004 => escape_line(text, family.help()),
        Format::OpenMetrics => escape_quoted(text, family.help()),
    }
    text.push(b'\n');
    comment(text, "# TYPE ", name);
    text.extend_from_slice(family.kind().as_str().as_bytes());
    text.push(b'\n');
    if let (Format::OpenMetrics, Some(unit)) = (format, family.unit()) {
        comment(text, "# UNIT ", name);
        text.extend_from_slice(unit.as_bytes());
        text.push(b'\n');
    }
}

/// Whether the header is the same in all formats.
pub(super) fn is_the_same_everywhere(family: &Family) -> bool {
    family.kind() != FamilyKind::Counter && family.unit().is_none() && !family.help().contains('"')
}

fn comment(text: &mut Vec<u8>, keyword: &str, name: &str) {
    for piece in [keyword, name, " "] {
        text.extend_from_slice(piece.as_bytes());
    }
}
