"""Fills moto with several resources of every kind, in both accounts and regions."""

import io
import json
import zipfile

from cloud import ACCOUNTS, HOME, OTHER, REGIONS, ROLE

# Names that break what is careless about quotes, markup, code points and emptiness.
ODD = ["plain", 'größe "quoted" \\ back', "it's <b>&amp;</b>", "日本 🚀", "semi;colon, comma={x}"]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TEMPLATE = {
    "Parameters": {"Size": {"Type": "String", "Default": "small"}},
    "Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-stack"}}},
    "Outputs": {"Url": {"Value": {"Ref": "Jobs"}}},
}


def tags(number, **more):
    """Tags by number, so that neighbours differ: an odd name, an empty value, none at all."""
    if number % 4 == 3:
        return []
    all_tags = {"Name": ODD[number % len(ODD)], "empty": "", "owner/team": ODD[(number + 1) % len(ODD)], **more}
    return [{"Key": key, "Value": value} for key, value in all_tags.items()]


def spec(resource, number, **more):
    found = tags(number, **more)
    return [{"ResourceType": resource, "Tags": found}] if found else []


def seed(cloud):
    """Everything; the second account's side of a peering is made last."""
    for account in ACCOUNTS:
        identities(cloud, account)
        for region in REGIONS:
            place = Place(cloud, account, region)
            place.network()
            place.compute()
            place.balancers()
            place.databases()
            place.others()
    peering(cloud)


def identities(cloud, account):
    iam = cloud.client("iam", account)
    if account == HOME:
        iam.create_account_alias(AccountAlias="home-alias")
    policies = []
    for number in range(4):
        policy = iam.create_policy(
            PolicyName=f"policy-{number}",
            Path="/teams/" if number else "/",
            PolicyDocument=json.dumps(READ),
            Description=ODD[number],
        )
        policies.append(policy["Policy"]["Arn"])
    iam.create_policy_version(
        PolicyArn=policies[1],
        PolicyDocument=json.dumps({**READ, "Statement": [{**READ["Statement"][0], "Effect": "Deny"}]}),
        SetAsDefault=True,
    )
    for number in range(2):
        iam.create_group(GroupName=f"group-{number}", Path="/teams/" if number else "/")
    iam.attach_group_policy(GroupName="group-0", PolicyArn=policies[0])
    iam.put_group_policy(GroupName="group-1", PolicyName="inline", PolicyDocument=json.dumps(READ))
    for number in range(5):
        name = f"user-{number}"
        iam.create_user(UserName=name, Tags=tags(number), Path="/people/" if number % 2 else "/")
        if number < 3:
            iam.create_access_key(UserName=name)
            iam.add_user_to_group(UserName=name, GroupName=f"group-{number % 2}")
    second = iam.create_access_key(UserName="user-0")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="user-0", AccessKeyId=second, Status="Inactive")
    iam.attach_user_policy(UserName="user-1", PolicyArn=policies[1])
    iam.put_user_policy(UserName="user-2", PolicyName="inline", PolicyDocument=json.dumps(READ))
    for number in range(4):
        name = f"role-{number}"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=tags(number))
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST), Path="/access/")
    iam.put_role_permissions_boundary(RoleName="role-3", PermissionsBoundary=policies[2])
    iam.attach_role_policy(RoleName="role-0", PolicyArn=policies[0])
    iam.put_role_policy(RoleName="role-1", PolicyName="inline", PolicyDocument=json.dumps(READ))
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    for number in range(2):
        name = f"profile-{number}"
        iam.create_instance_profile(InstanceProfileName=name, Tags=tags(number))
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=f"role-{number}")


class Place:
    """One region of one account."""

    def __init__(self, cloud, account, region):
        self.account, self.region = account, region
        # Regions and accounts differ in numbers, so that a mix-up of two shows.
        self.more = ACCOUNTS.index(account) + 2 * REGIONS.index(region)
        self.client = lambda service: cloud.client(service, account, region)
        self.ec2 = self.client("ec2")
        self.zones = [f"{region}a", f"{region}b"]

    def network(self):
        ec2 = self.ec2
        self.vpcs, self.subnets, self.groups = [], [], []
        for number in range(2):
            cidr = f"10.{10 * self.more + number}.0.0/16"
            vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=spec("vpc", number))["Vpc"]["VpcId"]
            self.vpcs.append(vpc)
            for zone in range(2):
                made = ec2.create_subnet(
                    VpcId=vpc,
                    CidrBlock=cidr.replace("0.0/16", f"{zone}.0/24"),
                    AvailabilityZone=self.zones[zone],
                    TagSpecifications=spec("subnet", number + zone),
                )
                self.subnets.append(made["Subnet"]["SubnetId"])
        ec2.associate_vpc_cidr_block(VpcId=self.vpcs[0], CidrBlock=f"10.{200 + self.more}.0.0/16")
        for number in range(3):
            group = ec2.create_security_group(
                GroupName=f"group {number} {ODD[number]}"[:60],
                Description="a 'group'",
                VpcId=self.vpcs[0],
                TagSpecifications=spec("security-group", number),
            )["GroupId"]
            self.groups.append(group)
        first, second, _ = self.groups

        def refer(group):
            return {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}

        open_to = {
            "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": ODD[3]}],
            "IpProtocol": "udp",
            "FromPort": 53,
            "ToPort": 53,
        }
        ec2.authorize_security_group_ingress(GroupId=first, IpPermissions=[refer(second), open_to])
        ec2.authorize_security_group_ingress(GroupId=second, IpPermissions=[refer(first)])
        ec2.authorize_security_group_egress(GroupId=second, IpPermissions=[refer(first)])

        gateway = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", 1))["InternetGateway"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=self.vpcs[0])
        ec2.create_internet_gateway()
        self.addresses = [
            ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", number)) for number in range(4)
        ]
        ec2.create_nat_gateway(
            SubnetId=self.subnets[0],
            AllocationId=self.addresses[0]["AllocationId"],
            TagSpecifications=spec("natgateway", 2),
        )
        ec2.create_nat_gateway(SubnetId=self.subnets[1], ConnectivityType="private")
        for number in range(2):
            table = ec2.create_route_table(VpcId=self.vpcs[0], TagSpecifications=spec("route-table", number))[
                "RouteTable"
            ]
            ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=self.subnets[number])
        self.table = table["RouteTableId"]
        ec2.create_route(
            RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway["InternetGatewayId"]
        )
        acl = ec2.create_network_acl(VpcId=self.vpcs[0], TagSpecifications=spec("network-acl", 1))["NetworkAcl"]
        ec2.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"],
            RuleNumber=100,
            Protocol="6",
            RuleAction="allow",
            Egress=False,
            CidrBlock="192.0.2.0/24",
            PortRange={"From": 443, "To": 444},
        )
        self.interfaces = [
            ec2.create_network_interface(
                SubnetId=self.subnets[number % 2],
                Groups=[self.groups[number]],
                Description=ODD[number],
                TagSpecifications=spec("network-interface", number),
            )["NetworkInterface"]["NetworkInterfaceId"]
            for number in range(3)
        ]
        service = f"com.amazonaws.{self.region}"
        ec2.create_vpc_endpoint(
            VpcId=self.vpcs[0],
            ServiceName=f"{service}.s3",
            RouteTableIds=[self.table],
            PolicyDocument=json.dumps(READ),
            TagSpecifications=spec("vpc-endpoint", 0),
        )
        ec2.create_vpc_endpoint(
            VpcId=self.vpcs[0],
            VpcEndpointType="Interface",
            ServiceName=f"{service}.ec2",
            SubnetIds=self.subnets[:2],
            SecurityGroupIds=[first],
        )

    def compute(self):
        ec2 = self.ec2
        for number in range(2):
            name = f"key {number} {ODD[number]}"
            ec2.create_key_pair(KeyName=name, KeyType="rsa", TagSpecifications=spec("key-pair", number))
        image = "ami-0abcdef1234567890"
        self.instances = []
        for number in range(5 + self.more):
            options = {}
            if number == 0:
                options["IamInstanceProfile"] = {"Name": "profile-0"}
                options["KeyName"] = f"key 1 {ODD[1]}"
            if number == 1:
                options["EbsOptimized"] = True
                options["Monitoring"] = {"Enabled": True}
            made = ec2.run_instances(
                ImageId=image,
                MinCount=1,
                MaxCount=1,
                InstanceType=["t3.micro", "m5.xlarge"][number % 2],
                SubnetId=self.subnets[number % 2],
                SecurityGroupIds=[self.groups[number % 3]],
                TagSpecifications=spec("instance", number, expiration="3000d"),
                **options,
            )
            self.instances.append(made["Instances"][0]["InstanceId"])
            if number < 2:
                # The instances that follow are made from what this one becomes.
                image = ec2.create_image(
                    InstanceId=self.instances[number], Name=f"image {number}", Description=ODD[number]
                )["ImageId"]
                ec2.create_tags(Resources=[image], Tags=tags(number))
        ec2.stop_instances(InstanceIds=[self.instances[2]])
        ec2.terminate_instances(InstanceIds=[self.instances[3]])
        ec2.associate_address(AllocationId=self.addresses[1]["AllocationId"], InstanceId=self.instances[0])
        ec2.associate_address(AllocationId=self.addresses[2]["AllocationId"], NetworkInterfaceId=self.interfaces[0])
        ec2.attach_network_interface(NetworkInterfaceId=self.interfaces[1], InstanceId=self.instances[1], DeviceIndex=1)
        volumes = []
        for number in range(4):
            options = {"VolumeType": "gp3", "Throughput": 250, "Iops": 4000} if number == 1 else {"VolumeType": "gp2"}
            made = ec2.create_volume(
                AvailabilityZone=self.zones[number % 2],
                Size=10 + number + self.more,
                Encrypted=number == 2,
                TagSpecifications=spec("volume", number),
                **options,
            )
            volumes.append(made["VolumeId"])
        ec2.attach_volume(VolumeId=volumes[0], InstanceId=self.instances[0], Device="/dev/sdf")
        for number in range(2):
            ec2.create_snapshot(
                VolumeId=volumes[number], Description=ODD[number], TagSpecifications=spec("snapshot", number)
            )

    def balancers(self):
        elb = self.client("elb")
        for number in range(2):
            elb.create_load_balancer(
                LoadBalancerName=f"classic-{number}",
                Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 8080}],
                Subnets=self.subnets[:1],
                SecurityGroups=self.groups[:1],
            )
        elb.add_tags(LoadBalancerNames=["classic-0"], Tags=tags(1))
        elb.register_instances_with_load_balancer(
            LoadBalancerName="classic-0", Instances=[{"InstanceId": self.instances[0]}]
        )
        elb.modify_load_balancer_attributes(
            LoadBalancerName="classic-0",
            LoadBalancerAttributes={
                "CrossZoneLoadBalancing": {"Enabled": True},
                "ConnectionDraining": {"Enabled": True, "Timeout": 42},
            },
        )

        elbv2 = self.client("elbv2")
        targets = []
        for number, kind in enumerate(["instance", "instance", "ip"]):
            group = elbv2.create_target_group(
                Name=f"targets-{number}",
                Protocol="HTTP" if number != 1 else "TCP",
                Port=80,
                VpcId=self.vpcs[0],
                TargetType=kind,
                Tags=tags(number),
            )["TargetGroups"][0]["TargetGroupArn"]
            targets.append(group)
        elbv2.register_targets(
            TargetGroupArn=targets[0], Targets=[{"Id": self.instances[0]}, {"Id": self.instances[1]}]
        )
        for number, kind in enumerate(["application", "network"]):
            options = {"SecurityGroups": self.groups[:2]} if kind == "application" else {}
            made = elbv2.create_load_balancer(
                Name=f"balancer-{number}", Subnets=self.subnets[:2], Type=kind, Tags=tags(number), **options
            )["LoadBalancers"][0]["LoadBalancerArn"]
            elbv2.create_listener(
                LoadBalancerArn=made,
                Protocol="HTTP" if kind == "application" else "TCP",
                Port=80,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": targets[number]}],
            )
        elbv2.create_listener(
            LoadBalancerArn=made,
            Protocol="TCP",
            Port=81,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": targets[1]}],
        )

        scaling = self.client("autoscaling")
        image = self.ec2.describe_instances(InstanceIds=[self.instances[0]])["Reservations"][0]["Instances"][0][
            "ImageId"
        ]
        scaling.create_launch_configuration(
            LaunchConfigurationName="launch", ImageId=image, InstanceType="t3.micro", SecurityGroups=self.groups[:1]
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="group ü",
            LaunchConfigurationName="launch",
            MinSize=1,
            MaxSize=3,
            DesiredCapacity=1,
            VPCZoneIdentifier=self.subnets[0],
            TargetGroupARNs=targets[:1],
            LoadBalancerNames=["classic-1"],
            Tags=[{**tag, "PropagateAtLaunch": False} for tag in tags(1)],
        )
        self.ec2.create_launch_template(
            LaunchTemplateName="template", LaunchTemplateData={"ImageId": image, "InstanceType": "m5.xlarge"}
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="group-template",
            LaunchTemplate={"LaunchTemplateName": "template", "Version": "1"},
            MinSize=0,
            MaxSize=2,
            VPCZoneIdentifier=self.subnets[1],
        )

    def databases(self):
        rds = self.client("rds")
        rds.create_db_subnet_group(
            DBSubnetGroupName="subnets", DBSubnetGroupDescription=ODD[1], SubnetIds=self.subnets[:2]
        )
        for number in range(2):
            rds.create_db_instance(
                DBInstanceIdentifier=f"database-{number}",
                DBName=f"name{number}" if number else "",
                Engine=["postgres", "mysql"][number],
                DBInstanceClass="db.t3.micro",
                AllocatedStorage=20 + number,
                MasterUsername="admin",
                MasterUserPassword="not-a-secret",
                DBSubnetGroupName="subnets",
                VpcSecurityGroupIds=self.groups[:1],
                Tags=tags(number),
                MultiAZ=bool(number),
            )
        rds.create_db_snapshot(DBSnapshotIdentifier="snapshot", DBInstanceIdentifier="database-0", Tags=tags(1))
        rds.create_db_cluster(
            DBClusterIdentifier="cluster",
            Engine="aurora-postgresql",
            MasterUsername="admin",
            MasterUserPassword="not-a-secret",
            VpcSecurityGroupIds=self.groups[:1],
            Tags=tags(2),
        )
        rds.create_db_instance(
            DBInstanceIdentifier="member",
            Engine="aurora-postgresql",
            DBInstanceClass="db.r5.large",
            DBClusterIdentifier="cluster",
        )
        dynamodb = self.client("dynamodb")
        for number in range(2):
            options = {"BillingMode": "PAY_PER_REQUEST"}
            if number:
                options = {
                    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
                    "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
                    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                }
            dynamodb.create_table(
                TableName=f"table-{number}",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                Tags=tags(number),
                **options,
            )

    def others(self):
        s3 = self.client("s3")
        for number in range(2):
            # Names of buckets are the world's.
            name = f"bucket-{self.account}-{self.region}-{number}"
            options = {}
            if self.region != "us-east-1":
                options["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
            s3.create_bucket(Bucket=name, **options)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(1)})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(READ))
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": False,
                "RestrictPublicBuckets": True,
            },
        )
        key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/ü"}
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": key}]},
        )
        s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={
                "Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 3}}]
            },
        )

        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("main.py", "def handler(event, context): pass")
        functions = self.client("lambda")
        for number in range(2):
            functions.create_function(
                FunctionName=f"function-{number}",
                Runtime="python3.12",
                Role=f"arn:aws:iam::{self.account}:role/role-{number}",
                Handler="main.handler",
                Code={"ZipFile": archive.getvalue()},
                Description=ODD[number],
                Tags={tag["Key"]: tag["Value"] for tag in tags(number)},
                VpcConfig={"SubnetIds": self.subnets[:1], "SecurityGroupIds": self.groups[:1]} if number else {},
                Environment={"Variables": {"TOKEN": "do-not-show"}},
            )
        functions.create_function_url_config(FunctionName="function-1", AuthType="NONE")
        functions.add_permission(
            FunctionName="function-1", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
        )

        sqs = self.client("sqs")
        dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": redrive}, tags={"name": ODD[1], "empty": ""})
        sqs.create_queue(
            QueueName="ordered.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        )
        jobs = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        for _ in range(self.more):
            sqs.send_message(QueueUrl=jobs, MessageBody="x")

        self.client("cloudformation").create_stack(
            StackName="stack",
            TemplateBody=json.dumps(TEMPLATE),
            Parameters=[{"ParameterKey": "Size", "ParameterValue": ODD[1]}],
            Tags=[tag for tag in tags(1) if tag["Value"]],
        )
        watch = self.client("cloudwatch")
        for number, dimension in enumerate([("InstanceId", self.instances[0]), ("QueueName", "jobs"), ("Else", "x")]):
            watch.put_metric_alarm(
                AlarmName=f"alarm {number} {ODD[number]}",
                AlarmDescription=ODD[number],
                MetricName="Load",
                Namespace="Test",
                Statistic="Average",
                Period=60,
                EvaluationPeriods=2,
                Threshold=0.1 + number,
                ComparisonOperator="GreaterThanThreshold",
                Dimensions=[{"Name": dimension[0], "Value": dimension[1]}],
                Tags=tags(number),
            )
        self.client("eks").create_cluster(
            name="cluster",
            version="1.30",
            roleArn=f"arn:aws:iam::{self.account}:role/role-2",
            resourcesVpcConfig={"subnetIds": self.subnets[:2], "securityGroupIds": self.groups[:1]},
            tags={tag["Key"]: tag["Value"] for tag in tags(1)},
        )


def peering(cloud):
    """One connection within an account, one to the other account, and one that nobody has accepted."""
    home, other = (cloud.client("ec2", account) for account in ACCOUNTS)
    own = [vpc["VpcId"] for vpc in home.describe_vpcs()["Vpcs"]]
    theirs = [vpc["VpcId"] for vpc in other.describe_vpcs()["Vpcs"]]
    inner = home.create_vpc_peering_connection(
        VpcId=own[1], PeerVpcId=own[2], TagSpecifications=spec("vpc-peering-connection", 1)
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    home.accept_vpc_peering_connection(VpcPeeringConnectionId=inner)
    outer = home.create_vpc_peering_connection(VpcId=own[1], PeerVpcId=theirs[1], PeerOwnerId=OTHER)
    outer = outer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    other.accept_vpc_peering_connection(VpcPeeringConnectionId=outer)
    home.create_vpc_peering_connection(VpcId=own[2], PeerVpcId=theirs[2], PeerOwnerId=OTHER)
