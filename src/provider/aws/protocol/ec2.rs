//! EC2's dialect of the query protocol.

use crate::provider::aws::schema::Member;

/// The name of a parameter: `queryName`, else the capitalised location name, else the member's own name.
pub(super) fn parameter_name(member: &Member) -> String {
    let traits = &member.target.traits;
    match (&traits.query_name, &traits.location_name) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => capitalised(name),
        (None, None) => member.name.clone(),
    }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
