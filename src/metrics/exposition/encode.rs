//! The encoder: writes families into one growing buffer.
//!
//! Everything that a family's lines share is escaped and joined once; a sample costs a copy of those pieces, its label
//! values and its number, and no allocation.

use std::{io::Write as _, sync::Arc};

use super::{Family, Format};

/// The bytes that a series is assumed to take before its family is rendered; only a wrong guess costs.
const SERIES_BYTES: usize = 110;
/// Below this magnitude every integer is exact in an `f64` and short enough to be written without an exponent.
const INTEGER_BELOW: f64 = 1e15;
/// From here on, and below its counterpart for fractions, an exponent is shorter than the digits.
const EXPONENT_FROM: f64 = 1e21;
const EXPONENT_BELOW: f64 = 1e-6;

/// Renders families in the order given.
pub(super) fn encode(families: &[Arc<Family>], format: Format) -> Vec<u8> {
    let series: usize = families.iter().map(|family| family.samples().len()).sum();
    let mut text = Vec::with_capacity(series * SERIES_BYTES + families.len() * 256);
    for family in families {
        encode_header(&mut text, family, format);
        encode_samples(&mut text, family);
    }
    text
}

fn encode_header(text: &mut Vec<u8>, family: &Family, format: Format) {
    let name = match format {
        Format::Text004 => family.name(),
        Format::OpenMetrics => family.openmetrics_name(),
    };
    comment(text, "# HELP ", name);
    match format {
        Format::Text004 => escape(text, family.help(), |byte| matches!(byte, b'\\' | b'\n')),
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

fn comment(text: &mut Vec<u8>, keyword: &str, name: &str) {
    for piece in [keyword, name, " "] {
        text.extend_from_slice(piece.as_bytes());
    }
}

fn encode_samples(text: &mut Vec<u8>, family: &Family) {
    let before_values: Vec<String> = family
        .label_names()
        .iter()
        .enumerate()
        .map(|(index, label)| match index {
            0 => format!("{}{{{label}=\"", family.name()),
            _ => format!("\",{label}=\""),
        })
        .collect();
    let before_number = if before_values.is_empty() { format!("{} ", family.name()) } else { "\"} ".to_owned() };
    for sample in family.samples() {
        for (before, value) in before_values.iter().zip(&sample.labels) {
            text.extend_from_slice(before.as_bytes());
            escape_quoted(text, value);
        }
        text.extend_from_slice(before_number.as_bytes());
        encode_number(text, sample.value);
        text.push(b'\n');
    }
}

fn encode_number(text: &mut Vec<u8>, number: f64) {
    let magnitude = number.abs();
    if magnitude < INTEGER_BELOW && number.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "an integer below 10^15 fits")]
        let integer = number as i64;
        text.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
    } else if number.is_infinite() {
        text.extend_from_slice(if number > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        // Both write the shortest digits that read back as the same number.
        let written = if (EXPONENT_BELOW..EXPONENT_FROM).contains(&magnitude) {
            write!(text, "{number}")
        } else {
            write!(text, "{number:e}")
        };
        written.expect("writing to a vector cannot fail");
    }
}

/// Escapes for use between quotation marks: label values, and HELP in OpenMetrics.
fn escape_quoted(text: &mut Vec<u8>, value: &str) {
    escape(text, value, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
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
