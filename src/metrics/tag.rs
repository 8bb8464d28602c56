//! Tags as labels: which name each gets.

use std::collections::BTreeMap;

use super::label;

/// What the labels begin with, so that no tag can take the name of another label.
const PREFIX: &str = "tag_";

/// The label of each tag, in their order.
///
/// `owner` becomes `tag_owner`. A character that no label name may have becomes `_`, as Prometheus' users know it from
/// Kubernetes. Where two tags would meet in one name, those that had to be changed write such characters as `_`, their
/// number in hexadecimal digits, and `_`, so that `cost-center` and `cost.center` stay apart. Names therefore depend on
/// the tags that are listed and never on what the inventory has.
pub(super) fn labels(tags: &[String]) -> Vec<String> {
    let names: Vec<String> =
        tags.iter().map(|tag| label::escape(&format!("{PREFIX}{tag}"), |_| "_".to_owned())).collect();
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *users.entry(name).or_default() += 1;
    }
    let exact = |tag: &str, name: &str| name[PREFIX.len()..] == *tag;
    tags.iter()
        .zip(&names)
        .map(|(tag, name)| match users[name.as_str()] {
            1 => name.clone(),
            _ if exact(tag, name) => name.clone(),
            _ => label::escape(&format!("{PREFIX}{tag}"), |character| format!("_{:x}_", u32::from(character))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tags: &[&str]) -> Vec<String> {
        labels(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn tags_become_labels_of_the_same_name() {
        assert_eq!(named(&["owner", "Team", "3d"]), ["tag_owner", "tag_Team", "tag_3d"]);
        assert_eq!(named(&["aws:cloudformation:stack-name"]), ["tag_aws_cloudformation_stack_name"]);
        assert_eq!(named(&["größe"]), ["tag_gr__e"]);
    }

    #[test]
    fn tags_that_would_meet_in_one_name_stay_apart() {
        assert_eq!(named(&["cost_center", "cost-center"]), ["tag_cost_center", "tag_cost_2d_center"]);
        assert_eq!(named(&["cost.center", "cost-center"]), ["tag_cost_2e_center", "tag_cost_2d_center"]);
        // The order in which they are listed does not matter.
        assert_eq!(named(&["cost-center", "cost_center"]), ["tag_cost_2d_center", "tag_cost_center"]);
    }
}
