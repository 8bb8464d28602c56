"""Load balancers, target groups, and groups that scale."""

from .node import held, inside, towards
from .shape import each, lists, one, pick, plain, snaked, tag_map


def classic_balancers(place):
    for b in place.items("elb", "describe_load_balancers", "LoadBalancerDescriptions"):
        name = b["LoadBalancerName"]
        client = place.client("elb")
        tags = client.describe_tags(LoadBalancerNames=[name])["TagDescriptions"][0]["Tags"]
        a = client.describe_load_balancer_attributes(LoadBalancerName=name)["LoadBalancerAttributes"]
        yield place.node(
            "aws_elb",
            {
                "id": b["DNSName"],
                "dns_name": b["DNSName"].lower(),
                "name": name,
                "tags": tag_map(tags),
                "ctime": b["CreatedTime"],
                "arn": f"arn:aws:elasticloadbalancing:{place.region}:{place.account}:loadbalancer/{name}",
                "lb_type": "elb",
                "backends": each(b, "Instances.InstanceId"),
                "scheme": b["Scheme"],
                "elb_attributes": {
                    "cross_zone_load_balancing": one(a, "CrossZoneLoadBalancing.Enabled"),
                    "connection_settings": one(a, "ConnectionSettings.IdleTimeout"),
                    "additional_attributes": snaked(a.get("AdditionalAttributes", [])),
                    **(pick(a, "AccessLog ConnectionDraining") or {}),
                },
                **plain(
                    b,
                    "CanonicalHostedZoneName CanonicalHostedZoneNameID Policies HealthCheck SourceSecurityGroup",
                    "elb_",
                ),
                **lists(b, "ListenerDescriptions BackendServerDescriptions AvailabilityZones", "elb_"),
            },
            uses=[
                *inside("aws_vpc", b.get("VPCId")),
                *inside("aws_ec2_subnet", b["Subnets"]),
                *inside("aws_ec2_security_group", b["SecurityGroups"]),
                *towards("aws_ec2_instance", each(b, "Instances.InstanceId")),
            ],
        )


def elbv2_tags(place, arn):
    return place.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]


def health(place, arn):
    return place.items("elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=arn)


def balancers(place):
    groups = place.items("elbv2", "describe_target_groups", "TargetGroups")
    for b in place.items("elbv2", "describe_load_balancers", "LoadBalancers"):
        arn = b["LoadBalancerArn"]
        listeners = []
        for listener in place.items("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
            actions = [
                pick(action, "Type TargetGroupArn Order RedirectConfig FixedResponseConfig ForwardConfig")
                for action in listener["DefaultActions"]
            ]
            listeners.append(
                {
                    **pick(listener, "ListenerArn LoadBalancerArn Port Protocol SslPolicy"),
                    **lists(listener, "Certificates AlpnPolicy"),
                    "default_actions": actions,
                }
            )
        mine = [group["TargetGroupArn"] for group in groups if arn in group["LoadBalancerArns"]]
        yield place.node(
            "aws_alb",
            {
                "id": b["LoadBalancerName"],
                "name": b["LoadBalancerName"],
                "tags": tag_map(elbv2_tags(place, arn)),
                "ctime": b["CreatedTime"],
                "arn": arn,
                "lb_type": {"application": "alb", "network": "nlb", "gateway": "gwlb"}[b["Type"]],
                "backends": [target["Target"]["Id"] for group in mine for target in health(place, group)],
                "dns_name": b["DNSName"].lower(),
                "alb_dns_name": b["DNSName"],
                "alb_listener": listeners,
                **plain(b, "CanonicalHostedZoneId Scheme State Type IpAddressType CustomerOwnedIpv4Pool", "alb_"),
                **lists(b, "AvailabilityZones SecurityGroups", "alb_"),
            },
            uses=[
                *inside("aws_vpc", b.get("VpcId")),
                *inside("aws_ec2_subnet", each(b, "AvailabilityZones.SubnetId")),
                *inside("aws_ec2_security_group", b.get("SecurityGroups", [])),
            ],
        )


def target_groups(place):
    for g in place.items("elbv2", "describe_target_groups", "TargetGroups"):
        arn = g["TargetGroupArn"]
        found = health(place, arn)
        targets = [target["Target"]["Id"] for target in found]
        yield place.node(
            "aws_alb_target_group",
            {
                "id": g["TargetGroupName"],
                "name": g["TargetGroupName"],
                "tags": tag_map(elbv2_tags(place, arn)),
                "arn": arn,
                "alb_lb_arns": g["LoadBalancerArns"],
                "alb_target_health": snaked(found),
                **plain(g, "Protocol Port TargetType"),
                **plain(
                    g,
                    "HealthCheckProtocol HealthCheckPort HealthCheckEnabled HealthCheckIntervalSeconds "
                    "HealthCheckTimeoutSeconds HealthyThresholdCount UnhealthyThresholdCount HealthCheckPath Matcher "
                    "ProtocolVersion IpAddressType",
                    "alb_",
                ),
            },
            uses=[
                *inside("aws_vpc", g.get("VpcId")),
                *held("aws_alb", g["LoadBalancerArns"], by="arn"),
                *(towards("aws_ec2_instance", targets) if g["TargetType"] == "instance" else []),
                *(towards("aws_lambda_function", targets, by="arn") if g["TargetType"] == "lambda" else []),
            ],
        )


def scaling_groups(place):
    for g in place.items("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"):
        yield place.node(
            "aws_autoscaling_group",
            {
                "id": g["AutoScalingGroupName"],
                "name": g["AutoScalingGroupName"],
                "tags": tag_map(g.get("Tags")),
                "ctime": g["CreatedTime"],
                "arn": g["AutoScalingGroupARN"],
                **plain(g, "MinSize MaxSize"),
                **plain(
                    g,
                    "LaunchConfigurationName LaunchTemplate MixedInstancesPolicy DesiredCapacity PredictedCapacity "
                    "DefaultCooldown HealthCheckType HealthCheckGracePeriod PlacementGroup Status "
                    "NewInstancesProtectedFromScaleIn MaxInstanceLifetime CapacityRebalance WarmPoolSize Context "
                    "DesiredCapacityType DefaultInstanceWarmup",
                    "autoscaling_",
                ),
                "autoscaling_vpc_zone_identifier": g.get("VPCZoneIdentifier"),
                "autoscaling_service_linked_role_arn": g.get("ServiceLinkedRoleARN"),
                "autoscaling_target_group_ar_ns": g.get("TargetGroupARNs", []),
                **lists(
                    g,
                    "AvailabilityZones LoadBalancerNames Instances SuspendedProcesses EnabledMetrics "
                    "TerminationPolicies",
                    "autoscaling_",
                ),
            },
            uses=[
                *towards("aws_ec2_instance", each(g, "Instances.InstanceId"), first="this"),
                *towards("aws_alb_target_group", g.get("TargetGroupARNs", []), by="arn"),
                *towards("aws_elb", g.get("LoadBalancerNames", []), by="name"),
            ],
        )
