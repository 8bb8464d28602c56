//! Sizes: `10GB` and `10GiB` as numbers in the unit of the property they are compared with.

/// Units by their letter, as powers of a thousand or of 1024.
const LETTERS: &str = "kMGTPE";

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * MIB;

/// Properties that do not count bytes: units are part of their meaning, as the base kinds describe it.
const UNITS: [(&str, f64); 5] = [
    ("volume_size", GIB),
    ("share_size", GIB),
    ("instance_memory", GIB),
    ("memory_size", MIB),
    ("allocated_storage", GIB),
];

/// Endings of names that say the unit.
const ENDINGS: [(&str, f64); 9] = [
    ("_bytes", 1.0),
    ("_kb", 1e3),
    ("_kib", 1024.0),
    ("_mb", 1e6),
    ("_mib", MIB),
    ("_gb", 1e9),
    ("_gib", GIB),
    ("_tb", 1e12),
    ("_tib", 1024.0 * GIB),
];

/// Reads a size into bytes; none where the text is no size.
pub fn bytes(text: &str) -> Option<f64> {
    let number = text.strip_suffix('B')?;
    let (number, base) = number.strip_suffix('i').map_or((number, 1000.0_f64), |number| (number, 1024.0));
    let (index, letter) = number.char_indices().next_back()?;
    let letter = if letter == 'K' { 'k' } else { letter };
    let power = i32::try_from(LETTERS.find(letter)?).ok()? + 1;
    let number = super::literal::Number::new(number[..index].trim_end())?;
    Some(number.value() * base.powi(power))
}

/// How many bytes one of the property's units has; none where its name does not tell.
pub(super) fn unit(property: &str) -> Option<f64> {
    let exact = UNITS.into_iter().find(|(name, _)| *name == property);
    exact.or_else(|| ENDINGS.into_iter().find(|(ending, _)| property.ends_with(ending))).map(|(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_units_differ() {
        assert_eq!(bytes("10GB"), Some(1e10));
        assert_eq!(bytes("10GiB"), Some(10.0 * GIB));
        assert_eq!(bytes("1.5KB"), Some(1500.0));
        assert_eq!(bytes("2kiB"), Some(2048.0));
    }

    #[test]
    fn other_text_is_no_size() {
        for text in ["10", "GB", "10B", "10G", "tenGB", "10XB", "", "B", "iB", "10éB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn a_property_says_its_unit() {
        assert_eq!(unit("volume_size"), Some(GIB));
        assert_eq!(unit("limit_mb"), Some(1e6));
        assert_eq!(unit("quota"), None);
    }
}
