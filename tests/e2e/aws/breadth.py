"""Makes at least one resource of each kind that moto serves and `seed` leaves out."""

import json
import urllib.request

from cloud import HOME

TAGS = {"owner": "ada", "stage": "test"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
SMALL = [{"key": key, "value": value} for key, value in TAGS.items()]


class Breadth:
    """A region of an account with something of everything; what is expected of some of it, by kind, account and id."""

    def __init__(self, cloud, account, region):
        self.cloud, self.account, self.region = cloud, account, region
        self.client = lambda service: cloud.client(service, account, region)
        self.role, self.bucket = f"arn:aws:iam::{account}:role/learns", f"trail-{account}"
        self.made = {}
        self.services()
        self.attached()
        self.transit()
        self.groups()
        self.models()
        self.everywhere()
        self.findings()

    def expect(self, kind, id, name=None, tags=TAGS, edges=(), **reported):
        self.made[kind, self.account, id] = {"name": name or id, "tags": tags, "edges": list(edges), **reported}

    def services(self):
        client, expect = self.client, self.expect
        kms = client("kms")
        key = kms.create_key(Description="for tests", Tags=[{"TagKey": k, "TagValue": v} for k, v in TAGS.items()])
        key = key["KeyMetadata"]
        kms.enable_key_rotation(KeyId=key["KeyId"])
        policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
        expect(
            "aws_kms_key",
            key["KeyId"],
            kms_key_rotation_enabled=True,
            kms_description="for tests",
            kms_key_policy=policy,
        )

        sns = client("sns")
        topic = sns.create_topic(Name="news", Tags=PAIRS)["TopicArn"]
        queue = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        queue = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
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
        logs.put_metric_filter(
            logGroupName="/app", filterName="errors", filterPattern="", metricTransformations=[metric]
        )
        expect("aws_cloudwatch_log_group", "/app", group_retention_in_days=7)
        expect(
            "aws_cloudwatch_metric_filter", "/app/errors", "errors", {}, edges=[("aws_cloudwatch_log_group", "/app")]
        )

        images = client("ecr")
        repository = images.create_repository(repositoryName="shop", tags=PAIRS)["repository"]
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
        images.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="1")
        expect("aws_ecr_repository", "shop", repository_visibility="private", repository_image_count=1,
               repository_uri=repository["repositoryUri"])  # fmt: skip

        ecs = client("ecs")
        cluster = ecs.create_cluster(clusterName="shop", tags=SMALL)["cluster"]["clusterArn"]
        container = {
            "name": "web",
            "image": "web",
            "memory": 64,
            "environment": [{"name": "LOGIN", "value": "hidden in a task"}],
        }
        task = ecs.register_task_definition(family="web", containerDefinitions=[container])["taskDefinition"]
        for number in range(1, 5):
            name = f"web-{number}"
            ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="web", desiredCount=number, tags=SMALL)
            expect("aws_ecs_service", f"shop/{name}", name, service_desired_count=number,
                   edges=[("aws_ecs_cluster", "shop")])  # fmt: skip
        expect("aws_ecs_cluster", "shop", arn=cluster)
        expect("aws_ecs_task_definition", "web:1", tags={}, arn=task["taskDefinitionArn"], family="web", revision=1)

        efs = client("efs")
        share = efs.create_file_system(CreationToken="1", Tags=[*PAIRS, {"Key": "Name", "Value": "home"}])[
            "FileSystemId"
        ]
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
        expect(
            "aws_cognito_user", f"{pool}:ada", "ada", {}, pool_name="people", edges=[("aws_cognito_user_pool", pool)]
        )

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

        where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}} if self.region != "us-east-1" else {}
        client("s3").create_bucket(Bucket=self.bucket, **where)
        trail = client("cloudtrail").create_trail(Name="audit", S3BucketName=self.bucket, TagsList=PAIRS)["TrailARN"]
        expect("aws_cloud_trail", "audit", arn=trail, trail_s3_bucket_name=self.bucket)

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

        sagemaker = client("sagemaker")
        sagemaker.create_model(
            ModelName="model", ExecutionRoleArn=self.role, PrimaryContainer={"Image": "image"}, Tags=PAIRS
        )
        expect("aws_sagemaker_model", "model")

        template = {"ImageId": "ami-1", "InstanceType": "t3.micro", "UserData": "bm90IHRvIGJlIHNlZW4="}
        specification = [{"ResourceType": "launch-template", "Tags": PAIRS}]
        template = client("ec2").create_launch_template(
            LaunchTemplateName="web", LaunchTemplateData=template, TagSpecifications=specification
        )["LaunchTemplate"]["LaunchTemplateId"]
        expect("aws_ec2_launch_template", template, "web", is_default_version=True)

    def attached(self):
        """What hangs on what other kinds' seeds have made."""
        client = self.client
        gateway = client("apigateway")
        api = gateway.get_rest_apis()["items"][0]["id"]
        gateway.create_authorizer(restApiId=api, name="gate", type="TOKEN", authorizerUri="arn:aws:lambda:x")
        gateway.create_domain_name(domainName=f"shop.{self.account}.example.com", tags=TAGS, certificateName="shop")

        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{self.region}a")
        subnet = subnet["Subnet"]["SubnetId"]
        ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName="/app",
            DeliverLogsPermissionArn=self.role,
            TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": PAIRS}],
        )
        host = [{"ResourceType": "dedicated-host", "Tags": PAIRS}]
        ec2.allocate_hosts(
            AvailabilityZone=f"{self.region}a", InstanceType="m5.large", Quantity=2, TagSpecifications=host
        )

        efs = client("efs")
        share = efs.describe_file_systems()["FileSystems"][0]["FileSystemId"]
        efs.create_mount_target(FileSystemId=share, SubnetId=subnet)

        eks = client("eks")
        config = {"subnetIds": [subnet], "securityGroupIds": []}
        eks.create_cluster(name="nodes", roleArn=self.role, resourcesVpcConfig=config, tags=TAGS)
        options = {"scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}, "subnets": [subnet], "tags": TAGS}
        eks.create_nodegroup(clusterName="nodes", nodegroupName="pool", nodeRole=self.role, **options)

        image = ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
        ecs = client("ecs")
        document = json.dumps({"instanceId": image["InstanceId"]})
        ecs.register_container_instance(cluster="shop", instanceIdentityDocument=document)
        group = f"arn:aws:autoscaling:{self.region}:{self.account}:autoScalingGroup:1:autoScalingGroupName/group"
        ecs.create_capacity_provider(name="spare", autoScalingGroupProvider={"autoScalingGroupArn": group}, tags=SMALL)
        ecs.run_task(cluster="shop", taskDefinition="web", launchType="EC2", count=1)

        client("glacier").initiate_job(vaultName="archive", jobParameters={"Type": "inventory-retrieval"})

        sns = client("sns")
        application = sns.create_platform_application(
            Name="app", Platform="GCM", Attributes={"PlatformCredential": "x"}
        )
        application = application["PlatformApplicationArn"]
        sns.create_platform_endpoint(PlatformApplicationArn=application, Token="token of a device")

    def transit(self):
        """A transit gateway with a network attached, shared with another account."""
        ec2 = self.client("ec2")
        tagged = [{"ResourceType": "transit-gateway", "Tags": PAIRS}]
        gateway = ec2.create_transit_gateway(Description="hub", TagSpecifications=tagged)["TransitGateway"]
        vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc, SubnetIds=[subnet]
        )
        self.client("ram").create_resource_share(
            name="network", principals=["999999999999"], resourceArns=[gateway["TransitGatewayArn"]]
        )

    def groups(self):
        """Replication, stack sets, trails of configuration, plans of backups, catalogues of data."""
        client = self.client
        cache = {"Engine": "redis", "CacheNodeType": "cache.t3.micro", "Tags": PAIRS}
        description = {"ReplicationGroupDescription": "copies", "ReplicationGroupId": "copies"}
        client("elasticache").create_replication_group(**description, **cache)

        template = json.dumps(
            {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-a-set"}}}}
        )
        stacks = client("cloudformation")
        stacks.create_stack_set(StackSetName="everywhere", TemplateBody=template, Tags=PAIRS, Description="all over")
        stacks.create_stack_instances(StackSetName="everywhere", Accounts=[self.account], Regions=[self.region])

        recorder = {"name": "default", "roleARN": self.role, "recordingGroup": {"allSupported": True}}
        config = client("config")
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": self.bucket})
        config.start_configuration_recorder(ConfigurationRecorderName="default")

        backup = client("backup")
        rule = {"RuleName": "daily", "TargetBackupVaultName": "vault", "Lifecycle": {"DeleteAfterDays": 7}}
        backup.create_backup_plan(BackupPlan={"BackupPlanName": "plan", "Rules": [rule]}, BackupPlanTags=TAGS)
        delivery, setting = {"S3BucketName": self.bucket, "Formats": ["CSV"]}, {"ReportTemplate": "BACKUP_JOB_REPORT"}
        backup.create_report_plan(ReportPlanName="report", ReportDeliveryChannel=delivery, ReportSetting=setting)

        catalogue = {"Type": "GLUE", "Parameters": {"catalog-id": self.account}}
        client("athena").create_data_catalog(Name="lake", Description="of data", Tags=PAIRS, **catalogue)

        beanstalk = client("elasticbeanstalk")
        beanstalk.create_application(ApplicationName="beans", Description="beans", Tags=PAIRS)
        stack = "64bit Amazon Linux 2 v5.8.0 running Node.js 18"
        beanstalk.create_environment(
            ApplicationName="beans", EnvironmentName="prod", SolutionStackName=stack, Tags=PAIRS
        )

    def models(self):
        """Bedrock and SageMaker."""
        bedrock = self.client("bedrock")
        place = {"s3Uri": f"s3://{self.bucket}/data"}
        bedrock.create_model_customization_job(
            jobName="tune",
            customModelName="tuned",
            roleArn=self.role,
            baseModelIdentifier="amazon.titan-text-express-v1",
            trainingDataConfig=place,
            outputDataConfig=place,
            hyperParameters={"epochCount": "1"},
            jobTags=SMALL,
            customModelTags=SMALL,
        )
        agents = self.client("bedrock-agent")
        agents.create_agent(agentName="clerk", agentResourceRoleArn=self.role, instruction="be kind " * 6, tags=TAGS)
        vectors = {
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:::foundation-model/x"},
        }
        fields = {"vectorField": "v", "textField": "t", "metadataField": "m"}
        store = {"collectionArn": "arn:aws:aoss:x", "vectorIndexName": "index", "fieldMapping": fields}
        storage = {"type": "OPENSEARCH_SERVERLESS", "opensearchServerlessConfiguration": store}
        agents.create_knowledge_base(
            name="knows",
            roleArn=self.role,
            knowledgeBaseConfiguration=vectors,
            storageConfiguration=storage,
            tags=TAGS,
        )

        learn = self.client("sagemaker")
        uri = f"s3://{self.bucket}/data"
        cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        stop = {"MaxRuntimeInSeconds": 60}
        learn.create_notebook_instance(
            NotebookInstanceName="notes", InstanceType="ml.t3.medium", RoleArn=self.role, Tags=PAIRS
        )
        network = {"SubnetIds": ["subnet-1"], "VpcId": "vpc-1"}
        user = {"ExecutionRole": self.role}
        learn.create_domain(DomainName="domain", AuthMode="IAM", DefaultUserSettings=user, Tags=PAIRS, **network)
        learn.create_experiment(ExperimentName="experiment", Tags=PAIRS)
        learn.create_trial(TrialName="trial", ExperimentName="experiment", Tags=PAIRS)
        variant = {"VariantName": "all", "ModelName": "model", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        learn.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
        learn.create_endpoint(EndpointName="endpoint", EndpointConfigName="config", Tags=PAIRS)
        learn.create_pipeline(
            PipelineName="pipeline",
            PipelineDefinition="{}",
            ClientRequestToken="0" * 32,
            RoleArn=self.role,
            Tags=PAIRS,
        )
        source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
        learn.create_auto_ml_job_v2(
            AutoMLJobName="auto",
            AutoMLJobInputDataConfig=[{"ChannelType": "training", **source}],
            OutputDataConfig={"S3OutputPath": uri},
            AutoMLProblemTypeConfig={"TextGenerationJobConfig": {"CompletionCriteria": {"MaxCandidates": 3}}},
            RoleArn=self.role,
            Tags=PAIRS,
        )
        learn.create_compilation_job(
            CompilationJobName="compile",
            RoleArn=self.role,
            InputConfig={"S3Uri": uri, "DataInputConfig": "{}", "Framework": "ONNX"},
            OutputConfig={"S3OutputLocation": uri, "TargetDevice": "ml_m5"},
            StoppingCondition=stop,
            Tags=PAIRS,
        )
        learn.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="tune",
            HyperParameterTuningJobConfig={
                "Strategy": "Bayesian",
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            },
            Tags=PAIRS,
        )
        learn.create_processing_job(
            ProcessingJobName="process",
            ProcessingResources={"ClusterConfig": cluster},
            AppSpecification={"ImageUri": "image"},
            RoleArn=self.role,
            Tags=PAIRS,
        )
        learn.create_training_job(
            TrainingJobName="train",
            AlgorithmSpecification={"TrainingInputMode": "File", "TrainingImage": "image"},
            RoleArn=self.role,
            OutputDataConfig={"S3OutputPath": uri},
            ResourceConfig=cluster,
            StoppingCondition=stop,
            Tags=PAIRS,
        )
        learn.create_transform_job(
            TransformJobName="transform",
            ModelName="model",
            TransformInput=source,
            TransformOutput={"S3OutputPath": uri},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            Tags=PAIRS,
        )

    def everywhere(self):
        """What has no region."""
        iam = self.client("iam")
        certificate = {"CertificateBody": "body", "PrivateKey": "not to be seen", "Tags": PAIRS}
        iam.upload_server_certificate(ServerCertificateName="certificate", Path="/cloudfront/", **certificate)

        front = self.client("cloudfront")
        ports = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
        origin = {"Id": "o", "DomainName": "o.example.com", "CustomOriginConfig": ports}
        behaviour = {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}
        config = {
            "CallerReference": "1",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
            "Comment": "shop",
            "Enabled": True,
        }
        tagged = {"DistributionConfig": config, "Tags": {"Items": PAIRS}}
        front.create_distribution_with_tags(DistributionConfigWithTags=tagged)
        front.create_function(
            Name="function",
            FunctionConfig={"Comment": "x", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=b"function handler(event) {}",
        )
        access = {"Name": "access", "SigningProtocol": "sigv4", "SigningBehavior": "always"}
        front.create_origin_access_control(OriginAccessControlConfig={**access, "OriginAccessControlOriginType": "s3"})
        front.create_public_key(
            PublicKeyConfig={"CallerReference": "1", "Name": "key", "EncodedKey": "-----BEGIN PUBLIC KEY-----"}
        )
        wall = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "front"}
        self.cloud.client("wafv2", self.account, "us-east-1").create_web_acl(
            Name="front", Scope="CLOUDFRONT", DefaultAction={"Block": {}}, VisibilityConfig=wall, Tags=PAIRS
        )

    def findings(self):
        """What moto finds when it is told to."""
        now = "2026-01-02T03:04:05Z"
        resource = {"id": "i-1", "type": "AWS_EC2_INSTANCE", "region": self.region, "partition": "aws", "tags": TAGS}
        finding = {
            "findingArn": f"arn:aws:inspector2:{self.region}:{self.account}:finding/1",
            "awsAccountId": self.account,
            "type": "NETWORK_REACHABILITY",
            "description": "open",
            "title": "A port is open",
            "severity": "HIGH",
            "status": "ACTIVE",
            "firstObservedAt": now,
            "lastObservedAt": now,
            "resources": [resource],
            "remediation": {"recommendation": {"text": "close it"}},
        }
        # Once for each way in which somebody will ask.
        told = {"results": [[finding]] * 2, "account_id": self.account, "region": self.region}
        url = f"{self.cloud.url}/moto-api/static/inspector2/findings-results"
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(told).encode(), method="POST")).close()


def organization(cloud):
    """An organization of the home account, with a unit in a unit."""
    organizations = cloud.client("organizations", HOME)
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    for name in ("engineering", "web"):
        root = organizations.create_organizational_unit(ParentId=root, Name=name, Tags=PAIRS)["OrganizationalUnit"][
            "Id"
        ]
