//! The AWS catalogue: one YAML file a service, embedded in the binary.

use crate::provider::catalogue::{Catalogue, CatalogueError};

/// Every file, by its name in errors.
const FILES: &[(&str, &str)] = &[
    ("account.yaml", include_str!("account.yaml")),
    ("acm.yaml", include_str!("acm.yaml")),
    ("apigateway.yaml", include_str!("apigateway.yaml")),
    ("athena.yaml", include_str!("athena.yaml")),
    ("autoscaling.yaml", include_str!("autoscaling.yaml")),
    ("backup.yaml", include_str!("backup.yaml")),
    ("bedrock.yaml", include_str!("bedrock.yaml")),
    ("bedrock_agent.yaml", include_str!("bedrock_agent.yaml")),
    ("cloudformation.yaml", include_str!("cloudformation.yaml")),
    ("cloudfront.yaml", include_str!("cloudfront.yaml")),
    ("cloudtrail.yaml", include_str!("cloudtrail.yaml")),
    ("cloudwatch.yaml", include_str!("cloudwatch.yaml")),
    ("cognito.yaml", include_str!("cognito.yaml")),
    ("config.yaml", include_str!("config.yaml")),
    ("dynamodb.yaml", include_str!("dynamodb.yaml")),
    ("ec2_capacity.yaml", include_str!("ec2_capacity.yaml")),
    ("ec2_compute.yaml", include_str!("ec2_compute.yaml")),
    ("ec2_network.yaml", include_str!("ec2_network.yaml")),
    ("ec2_storage.yaml", include_str!("ec2_storage.yaml")),
    ("ecr.yaml", include_str!("ecr.yaml")),
    ("ecs.yaml", include_str!("ecs.yaml")),
    ("efs.yaml", include_str!("efs.yaml")),
    ("eks.yaml", include_str!("eks.yaml")),
    ("elasticache.yaml", include_str!("elasticache.yaml")),
    ("elasticbeanstalk.yaml", include_str!("elasticbeanstalk.yaml")),
    ("elb.yaml", include_str!("elb.yaml")),
    ("elbv2.yaml", include_str!("elbv2.yaml")),
    ("glacier.yaml", include_str!("glacier.yaml")),
    ("guardduty.yaml", include_str!("guardduty.yaml")),
    ("iam.yaml", include_str!("iam.yaml")),
    ("inspector.yaml", include_str!("inspector.yaml")),
    ("kinesis.yaml", include_str!("kinesis.yaml")),
    ("kms.yaml", include_str!("kms.yaml")),
    ("lambda.yaml", include_str!("lambda.yaml")),
    ("logs.yaml", include_str!("logs.yaml")),
    ("opensearch.yaml", include_str!("opensearch.yaml")),
    ("organizations.yaml", include_str!("organizations.yaml")),
    ("q.yaml", include_str!("q.yaml")),
    ("ram.yaml", include_str!("ram.yaml")),
    ("rds.yaml", include_str!("rds.yaml")),
    ("redshift.yaml", include_str!("redshift.yaml")),
    ("route53.yaml", include_str!("route53.yaml")),
    ("s3.yaml", include_str!("s3.yaml")),
    ("sagemaker.yaml", include_str!("sagemaker.yaml")),
    ("sagemaker_jobs.yaml", include_str!("sagemaker_jobs.yaml")),
    ("savingsplans.yaml", include_str!("savingsplans.yaml")),
    ("secretsmanager.yaml", include_str!("secretsmanager.yaml")),
    ("service_quotas.yaml", include_str!("service_quotas.yaml")),
    ("sns.yaml", include_str!("sns.yaml")),
    ("sqs.yaml", include_str!("sqs.yaml")),
    ("ssm.yaml", include_str!("ssm.yaml")),
    ("waf.yaml", include_str!("waf.yaml")),
];

/// The catalogue as it was built in, with a user's files, given as name and text, over it.
pub fn catalogue<'a>(overrides: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Catalogue, CatalogueError> {
    Catalogue::parse(FILES.iter().copied())?.with_overrides(overrides)
}

#[cfg(test)]
mod tests;
