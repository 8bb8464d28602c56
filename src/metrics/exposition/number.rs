//! Numbers as text: the shortest digits that read back as the same number.

use std::io::Write as _;

/// Below this magnitude every integer is exact in an `f64` and short enough to be written without an exponent.
const INTEGER_BELOW: f64 = 1e15;
/// From here on, and below its counterpart for fractions, an exponent is shorter than the digits.
const EXPONENT_FROM: f64 = 1e21;
const EXPONENT_BELOW: f64 = 1e-6;
/// What shifts a fraction's digits in front of the point, and how many places those are.
const SHIFT: f64 = 1e6;
const PLACES: usize = 6;

/// Writes a number as both formats do.
pub(super) fn encode_number(text: &mut Vec<u8>, number: f64) {
    let magnitude = number.abs();
    if magnitude < INTEGER_BELOW && number.fract() == 0.0 {
        encode_integer(text, number);
    } else if number.is_infinite() {
        text.extend_from_slice(if number > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if !encode_short_fraction(text, number) {
        let written = if (EXPONENT_BELOW..EXPONENT_FROM).contains(&magnitude) {
            write!(text, "{number}")
        } else {
            write!(text, "{number:e}")
        };
        written.expect("writing to a vector cannot fail");
    }
}

/// Writes a bound of a bucket as OpenMetrics wants it, with a point also in whole numbers; as a label of the text format
/// it names the same series then.
pub(super) fn encode_bound(text: &mut Vec<u8>, bound: f64) {
    let start = text.len();
    encode_number(text, bound);
    if !text[start..].iter().any(|byte| matches!(byte, b'.' | b'e' | b'f')) {
        text.extend_from_slice(b".0");
    }
}

fn encode_integer(text: &mut Vec<u8>, number: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "an integer below 10^15 fits")]
    let integer = number as i64;
    text.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

/// Writes a number that is a fraction of few places, as prices and sizes are; says whether it is one.
///
/// Any decimal of at most 15 digits is the shortest one of the number it reads as, so a decimal that reads as this
/// number is its shortest. That the digits divided by a power of ten, both exact, are the number proves that they do.
fn encode_short_fraction(text: &mut Vec<u8>, number: f64) -> bool {
    let digits = (number * SHIFT).round();
    if digits.abs() >= INTEGER_BELOW || digits == 0.0 || digits / SHIFT != number {
        return false;
    }
    if number < 0.0 {
        text.push(b'-');
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive integer below 10^15 fits")]
    let digits = digits.abs() as u64;
    let (whole, fraction) = (digits / 1_000_000, digits % 1_000_000);
    text.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    text.push(b'.');
    let start = text.len();
    // A leading one holds the place of the zeros behind the point.
    text.extend_from_slice(&itoa::Buffer::new().format(fraction + 1_000_000).as_bytes()[1..]);
    debug_assert_eq!(text.len(), start + PLACES);
    while text.last() == Some(&b'0') {
        text.pop();
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(number: f64) -> String {
        let mut text = Vec::new();
        encode_number(&mut text, number);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let texts =
            [0.0, -0.0, 7.0, -1.5, 0.1, 0.000_001, 1e-7, 1e15, 123_456.789_012, 1e21, f64::MAX, 0.1 + 0.2].map(number);
        let expected = [
            "0",
            "0",
            "7",
            "-1.5",
            "0.1",
            "0.000001",
            "1e-7",
            "1000000000000000",
            "123456.789012",
            "1e21",
            "1.7976931348623157e308",
            "0.30000000000000004",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_bound_has_a_point() {
        let texts = [1.0, 0.5, 1e21, -3.0].map(|bound| {
            let mut text = Vec::new();
            encode_bound(&mut text, bound);
            String::from_utf8(text).unwrap()
        });
        assert_eq!(texts, ["1.0", "0.5", "1e21", "-3.0"]);
    }

    proptest! {
        #[test]
        fn fractions_are_written_as_the_standard_library_writes_them(
            digits in -10_000_000_000_i64..10_000_000_000,
            places in 0_u32..9,
        ) {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let fraction = digits as f64 / f64::from(10_u32.pow(places));
            let expected = if fraction.abs() < EXPONENT_BELOW && fraction != 0.0 { format!("{fraction:e}") } else { fraction.to_string() };
            prop_assert_eq!(number(fraction), if expected == "-0" { "0".to_owned() } else { expected });
        }

        #[test]
        fn every_number_reads_back_the_same(value in any::<f64>().prop_filter("never written", |value| !value.is_nan())) {
            prop_assert_eq!(number(value).parse::<f64>().unwrap(), value);
        }
    }
}
