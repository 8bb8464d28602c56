//! From OpenMetrics 1.0 to Prometheus' text format 0.0.4, as far as prometheus-client writes the former.
//!
//! The differences: a counter's `# HELP` and `# TYPE` name it with `_total`; an info is a gauge whose name ends in
//! `_info`; there is no `# UNIT` and no `# EOF`; quotation marks in help texts are not escaped. Exemplars, which
//! the text format does not have, are not expected.

/// Converts a body, or a part of one.
pub(super) fn text_004(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len() + openmetrics.len() / 16);
    // The help comes before the type, but its name depends on it.
    let mut help = None;
    for line in openmetrics.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ').or(Some((rest, "")));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "unknown" => ("", "untyped"),
                other => ("", other),
            };
            if let Some((_, help)) = help.take().filter(|(named, _)| *named == name) {
                text.extend(["# HELP ", name, suffix, " "]);
                unescape_quotes(&mut text, help);
                text.push('\n');
            }
            text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with("# ") {
            text.extend([line, "\n"]);
        }
    }
    text
}

/// Turns `\"` into `"` and leaves the other escapes alone.
fn unescape_quotes(text: &mut String, help: &str) {
    let mut rest = help;
    while let Some(position) = rest.find('\\') {
        let escaped = rest[position + 1..].chars().next();
        text.push_str(&rest[..position]);
        if escaped != Some('"') {
            text.push('\\');
        }
        text.extend(escaped);
        rest = &rest[position + 1 + escaped.map_or(0, char::len_utf8)..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_types_units_and_the_end_are_converted() {
        let openmetrics = "\
# HELP a_seconds Time \\\"spent\\\"\\\\\\n.
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{x=\"# TYPE \\\"\"} 1.5
# HELP b Info.
# TYPE b info
b_info{v=\"1\"} 1
# HELP c_bytes Size.
# TYPE c_bytes gauge
# UNIT c_bytes bytes
c_bytes 3
# TYPE d unknown
d 4
# HELP e Latency.
# TYPE e histogram
e_sum 1.0
e_count 1
e_bucket{le=\"+Inf\"} 1
# EOF
";
        insta::assert_snapshot!(text_004(openmetrics), @r##"
        # HELP a_seconds_total Time "spent"\\\n.
        # TYPE a_seconds_total counter
        a_seconds_total{x="# TYPE \""} 1.5
        # HELP b_info Info.
        # TYPE b_info gauge
        b_info{v="1"} 1
        # HELP c_bytes Size.
        # TYPE c_bytes gauge
        c_bytes 3
        # TYPE d untyped
        d 4
        # HELP e Latency.
        # TYPE e histogram
        e_sum 1.0
        e_count 1
        e_bucket{le="+Inf"} 1
        "##);
    }

    #[test]
    fn an_empty_help_and_an_empty_body_stay_empty() {
        assert_eq!(text_004(""), "");
        assert_eq!(text_004("# EOF\n"), "");
        assert_eq!(text_004("# HELP a\n# TYPE a gauge\na 1\n"), "# HELP a \n# TYPE a gauge\na 1\n");
    }

    #[test]
    fn a_lone_backslash_at_the_end_of_a_help_is_kept() {
        assert_eq!(text_004("# HELP a é\\\n# TYPE a gauge\n"), "# HELP a é\\\n# TYPE a gauge\n");
    }
}
