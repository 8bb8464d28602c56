//! The AWS catalogue: one YAML file a service, embedded in the binary.

use crate::provider::catalogue::{Catalogue, CatalogueError};

/// Every file, by its name in errors.
const FILES: &[(&str, &str)] = &[
    ("account.yaml", include_str!("account.yaml")),
    ("autoscaling.yaml", include_str!("autoscaling.yaml")),
    ("cloudformation.yaml", include_str!("cloudformation.yaml")),
    ("cloudwatch.yaml", include_str!("cloudwatch.yaml")),
    ("dynamodb.yaml", include_str!("dynamodb.yaml")),
    ("ec2_compute.yaml", include_str!("ec2_compute.yaml")),
    ("ec2_network.yaml", include_str!("ec2_network.yaml")),
    ("ec2_storage.yaml", include_str!("ec2_storage.yaml")),
    ("eks.yaml", include_str!("eks.yaml")),
    ("elb.yaml", include_str!("elb.yaml")),
    ("elbv2.yaml", include_str!("elbv2.yaml")),
    ("iam.yaml", include_str!("iam.yaml")),
    ("lambda.yaml", include_str!("lambda.yaml")),
    ("rds.yaml", include_str!("rds.yaml")),
    ("s3.yaml", include_str!("s3.yaml")),
    ("sqs.yaml", include_str!("sqs.yaml")),
];

/// The catalogue as it was built in, with a user's files, given as name and text, over it.
pub fn catalogue<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Catalogue, CatalogueError> {
    Catalogue::parse(FILES.iter().copied())?.with_overrides(overrides)
}

#[cfg(test)]
mod tests;
