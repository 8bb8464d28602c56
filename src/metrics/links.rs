//! Links: what resources refer to and the inventory does not have, as a metric.

use std::sync::Arc;

use crate::graph::Unresolved;

use super::{Family, FamilyKind};

/// The family of unresolved links; without samples where every link found its resource.
pub(super) fn unresolved(links: &Unresolved) -> Arc<Family> {
    #[expect(clippy::cast_precision_loss, reason = "links are counted far below 2^53")]
    let samples = links
        .iter()
        .map(|((kind, target, reason), count)| ([kind.as_str(), target.as_str(), reason.as_str()], *count as f64));
    let family = Family::new(
        "cloudgauge_links_unresolved",
        "References of resources to others that the inventory does not have.",
        FamilyKind::Gauge,
        ["kind", "target", "reason"],
    );
    let family = family.and_then(|family| family.with_samples(samples));
    Arc::new(family.expect("the names are valid and the counts are a map"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graph::Reason,
        metrics::exposition::{Exposition, Format},
    };

    #[test]
    fn every_reason_is_a_series() {
        let key = |reason| ("aws_ec2_volume".into(), "aws_ec2_instance".into(), reason);
        let links = Unresolved::from([(key(Reason::MissingTarget), 2), (key(Reason::Ambiguous), 1)]);
        let text = Exposition::new([unresolved(&links)]).unwrap().encode(Format::Text004);
        insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"
        # HELP cloudgauge_links_unresolved References of resources to others that the inventory does not have.
        # TYPE cloudgauge_links_unresolved gauge
        cloudgauge_links_unresolved{kind="aws_ec2_volume",target="aws_ec2_instance",reason="ambiguous"} 1
        cloudgauge_links_unresolved{kind="aws_ec2_volume",target="aws_ec2_instance",reason="missing_target"} 2
        "#);
    }
}
