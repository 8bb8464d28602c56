"""Every kind that moto serves is listed completely, and what boto3 made of the newer ones is found as it was made."""

import json

import pytest
from conftest import serving

from cloud import ENVIRONMENT, HOME, REGIONS, UNSERVED, Cloud, provider
from running import ON_REQUEST, moto, run, samples, values

REGION = REGIONS[1]
TAGS = {"owner": "ada", "stage": "test"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
SMALL = [{"key": key, "value": value} for key, value in TAGS.items()]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("breadth")
    with moto(directory) as url:
        made = seed(Cloud(url))
        aws = provider(url, accounts=[{"id": HOME}], regions=[REGION], collect=["*"], no_collect=UNSERVED, page_size=3)
        config = {"providers": {"aws": aws}, "workflows": ON_REQUEST}
        with serving(directory, config, ENVIRONMENT, ready=False) as server:
            run(server, "collect")
            yield server, made


def seed(cloud):
    """Makes one or two of each kind; what is expected of them by kind and id."""
    made = {}

    def client(service):
        return cloud.client(service, HOME, REGION)

    def expect(kind, id, name=None, tags=TAGS, edges=(), **reported):
        made[kind, id] = {"name": name or id, "tags": tags, "edges": list(edges), **reported}

    kms = client("kms")
    key = kms.create_key(Description="for tests", Tags=[{"TagKey": k, "TagValue": v} for k, v in TAGS.items()])
    key = key["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    expect("aws_kms_key", key["KeyId"], kms_key_rotation_enabled=True, kms_description="for tests", kms_key_policy=policy)

    sns = client("sns")
    topic = sns.create_topic(Name="news", Tags=PAIRS)["TopicArn"]
    queue = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    queue = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    expect("aws_sns_topic", topic, "news", topic_fifo_topic=False, topic_subscriptions_confirmed=1)
    expect("aws_sns_subscription", subscription, tags={}, subscription_topic_arn=topic,
           edges=[("aws_sns_topic", topic)])  # fmt: skip

    zones = client("route53")
    zone = zones.create_hosted_zone(Name="example.com.", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    zones.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=PAIRS)
    record = {"Name": "www.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    zones.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    expect("aws_route53_zone", zone, "example.com.", private_zone=False)
    expect("aws_route53_resource_record_set", f"{zone}/www.example.com./A/A", "www.example.com.", {}, record_ttl=60,
           record_type="A", record_values=["10.0.0.1"], edges=[("aws_route53_zone", zone)])  # fmt: skip
    expect("aws_route53_resource_record", f"{zone}/www.example.com./A/A/10.0.0.1", "www.example.com.", {},
           record_type="A", record_data="10.0.0.1", record_ttl=60)  # fmt: skip

    secrets = client("secretsmanager")
    secrets.create_secret(Name="password", SecretString="not to be seen", Tags=PAIRS, KmsKeyId=key["Arn"])
    expect("aws_secretsmanager_secret", "password", rotation_enabled=False)

    logs = client("logs")
    logs.create_log_group(logGroupName="/app", tags=TAGS)
    logs.put_retention_policy(logGroupName="/app", retentionInDays=7)
    metric = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}
    logs.put_metric_filter(logGroupName="/app", filterName="errors", filterPattern="", metricTransformations=[metric])
    expect("aws_cloudwatch_log_group", "/app", group_retention_in_days=7)
    expect("aws_cloudwatch_metric_filter", "/app/errors", "errors", {}, edges=[("aws_cloudwatch_log_group", "/app")])

    images = client("ecr")
    repository = images.create_repository(repositoryName="shop", tags=PAIRS)["repository"]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    images.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="1")
    expect("aws_ecr_repository", "shop", repository_visibility="private", repository_image_count=1,
           repository_uri=repository["repositoryUri"])  # fmt: skip

    ecs = client("ecs")
    cluster = ecs.create_cluster(clusterName="shop", tags=SMALL)["cluster"]["clusterArn"]
    container = {"name": "web", "image": "web", "memory": 64, "environment": [{"name": "PASSWORD", "value": "secret"}]}
    task = ecs.register_task_definition(family="web", containerDefinitions=[container])["taskDefinition"]
    for number in range(1, 5):
        name = f"web-{number}"
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="web", desiredCount=number, tags=SMALL)
        expect("aws_ecs_service", f"shop/{name}", name, service_desired_count=number,
               edges=[("aws_ecs_cluster", "shop")])  # fmt: skip
    expect("aws_ecs_cluster", "shop", arn=cluster)
    expect("aws_ecs_task_definition", "web:1", tags={}, arn=task["taskDefinitionArn"], family="web", revision=1)

    efs = client("efs")
    share = efs.create_file_system(CreationToken="1", Tags=[*PAIRS, {"Key": "Name", "Value": "home"}])["FileSystemId"]
    point = efs.create_access_point(FileSystemId=share, ClientToken="1", Tags=PAIRS)["AccessPointId"]
    expect("aws_efs_file_system", share, "home", {**TAGS, "Name": "home"}, share_encrypted=False)
    expect("aws_efs_access_point", point, edges=[("aws_efs_file_system", share)])

    client("kinesis").create_stream(StreamName="clicks", ShardCount=2)
    client("kinesis").add_tags_to_stream(StreamName="clicks", Tags=TAGS)
    expect("aws_kinesis_stream", "clicks", kinesis_stream_name="clicks")

    redshift = {"NodeType": "dc2.large", "MasterUsername": "ada", "MasterUserPassword": "Passw0rdPassw0rd"}
    client("redshift").create_cluster(ClusterIdentifier="dwh", DBName="dwh", Tags=PAIRS, **redshift)
    expect("aws_redshift_cluster", "dwh", redshift_node_type="dc2.large")

    cache = {"Engine": "redis", "CacheNodeType": "cache.t3.micro", "NumCacheNodes": 1}
    client("elasticache").create_cache_cluster(CacheClusterId="cache", Tags=PAIRS, **cache)
    expect("aws_elasticache_cache_cluster", "cache", cluster_engine="redis")

    pools = client("cognito-idp")
    pool = pools.create_user_pool(PoolName="people", UserPoolTags=TAGS)["UserPool"]["Id"]
    pools.create_group(UserPoolId=pool, GroupName="admins")
    pools.admin_create_user(UserPoolId=pool, Username="ada")
    expect("aws_cognito_user_pool", pool, "people")
    expect("aws_cognito_group", f"{pool}:admins", "admins", {}, edges=[("aws_cognito_user_pool", pool)])
    expect("aws_cognito_user", f"{pool}:ada", "ada", {}, pool_name="people", edges=[("aws_cognito_user_pool", pool)])

    gateway = client("apigateway")
    api = gateway.create_rest_api(name="shop", tags=TAGS)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api, stageName="live")["id"]
    expect("aws_apigateway_rest_api", api, "shop")
    expect("aws_apigateway_stage", f"{api}_live", "live", {}, api_link=api,
           edges=[("aws_apigateway_rest_api", api)])  # fmt: skip
    expect("aws_apigateway_deployment", f"{api}/{deployment}", deployment, {}, api_link=api)
    expect("aws_apigateway_resource", f"{api}/{root}", "/", {}, resource_path="/")

    groups = client("athena")
    groups.create_work_group(Name="analysts", Description="they ask", Tags=PAIRS)
    expect("aws_athena_work_group", "analysts")

    vault = client("backup").create_backup_vault(BackupVaultName="vault", BackupVaultTags=TAGS)["BackupVaultArn"]
    expect("aws_backup_vault", vault, "vault")

    client("s3").create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": REGION})
    trail = client("cloudtrail").create_trail(Name="audit", S3BucketName="trail", TagsList=PAIRS)["TrailARN"]
    expect("aws_cloud_trail", "audit", arn=trail, trail_s3_bucket_name="trail")

    client("glacier").create_vault(vaultName="archive")
    expect("aws_glacier_vault", "archive", tags={})

    document = {"schemaVersion": "2.2", "mainSteps": []}
    client("ssm").create_document(Name="patch", Content=json.dumps(document), DocumentType="Command", Tags=PAIRS)
    expect("aws_ssm_document", "patch", content=document)

    client("opensearch").create_domain(DomainName="logs", TagList=PAIRS)
    domain = client("opensearch").describe_domain(DomainName="logs")["DomainStatus"]
    expect("aws_opensearch_domain", domain["DomainId"], "logs", arn=domain["ARN"])

    detector = client("guardduty").create_detector(Enable=True, Tags=TAGS)["DetectorId"]
    expect("aws_guard_duty_detector", detector, detector_status="ENABLED")

    certificate = client("acm").request_certificate(DomainName="example.com", Tags=PAIRS)["CertificateArn"]
    expect("aws_acm_certificate", certificate.split("/")[-1], "example.com", arn=certificate, type="AMAZON_ISSUED")

    firewall = {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}}
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "wall"}
    wall = client("wafv2").create_web_acl(Name="wall", VisibilityConfig=seen, Tags=PAIRS, **firewall)["Summary"]
    expect("aws_waf_web_acl", wall["Id"], "wall", arn=wall["ARN"])

    role = f"arn:aws:iam::{HOME}:role/learns"
    sagemaker = client("sagemaker")
    sagemaker.create_model(ModelName="model", ExecutionRoleArn=role, PrimaryContainer={"Image": "image"}, Tags=PAIRS)
    expect("aws_sagemaker_model", "model")

    template = {"ImageId": "ami-1", "InstanceType": "t3.micro", "UserData": "bm90IHRvIGJlIHNlZW4="}
    specification = [{"ResourceType": "launch-template", "Tags": PAIRS}]
    template = client("ec2").create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData=template, TagSpecifications=specification
    )["LaunchTemplate"]["LaunchTemplateId"]
    expect("aws_ec2_launch_template", template, "web", is_default_version=True)

    return made


def test_every_scope_was_listed_completely(server):
    found = samples(server[0].scrape())
    up = values(found, "cloudgauge_scope_up", "region", "kind")
    assert len(up) > 120
    assert [scope for scope, value in up.items() if value != 1] == []


def test_what_was_made_is_found_as_it_was_made(server):
    server, made = server
    found = {}
    for document in server.search("is(resource)"):
        found[document["reported"]["kind"], document["reported"]["id"]] = document["reported"]
    assert sorted(made.keys() - found.keys()) == []
    differences = []
    for key, expected in made.items():
        for name, want in expected.items():
            got = found[key].get(name)
            if name != "edges" and got != want and (want or got):
                differences.append((*key, name, want, got))
    assert differences == []


def test_what_was_made_hangs_together(server):
    server, made = server
    missing = []
    for (kind, id), expected in made.items():
        for other, its in expected["edges"]:
            query = f'is({other}) and id = "{its}" --> is({kind}) and id = "{id}"'
            if len(server.search(query)) != 1:
                missing.append((kind, id, other, its))
    assert missing == []


def test_no_secret_is_found(server):
    text = json.dumps(server[0].search("is(resource)"))
    assert "not to be seen" not in text
    assert "bm90IHRvIGJlIHNlZW4" not in text
    assert "PASSWORD" not in text
    assert "Passw0rd" not in text
