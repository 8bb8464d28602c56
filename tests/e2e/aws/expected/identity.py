"""IAM."""

from .node import after, towards
from .shape import each, one, pick, plain, snaked, tag_map


def details(place, path):
    """The answer that describes users, groups, roles and policies at once."""
    pages = place.client("iam").get_paginator("get_account_authorization_details").paginate()
    return [item for page in pages for item in page[path]]


def inline(policies):
    return [
        {"policy_name": policy["PolicyName"], "policy_document": policy["PolicyDocument"]} for policy in policies or []
    ]


def users(place):
    logins = {user["UserId"]: user for user in place.items("iam", "list_users", "Users")}
    devices = place.items("iam", "list_virtual_mfa_devices", "VirtualMFADevices")
    for u in details(place, "UserDetailList"):
        mine = [device for device in devices if one(device, "User.Arn") == u["Arn"]]
        boundary = u.get("PermissionsBoundary")
        yield place.node(
            "aws_iam_user",
            {
                "id": u["UserId"],
                "name": u["UserName"],
                "username": u["UserName"],
                "tags": tag_map(u.get("Tags")),
                "ctime": u["CreateDate"],
                "atime": logins[u["UserId"]].get("PasswordLastUsed"),
                "arn": u["Arn"],
                "path": u["Path"],
                "password_last_used": logins[u["UserId"]].get("PasswordLastUsed"),
                "user_policies": inline(u.get("UserPolicyList")),
                "user_virtual_mfa_devices": [pick(device, "SerialNumber EnableDate") for device in mine],
                "user_permissions_boundary": snaked(boundary),
            },
            uses=[
                *after("aws_iam_group", u.get("GroupList", []), by="name"),
                *towards("aws_iam_policy", each(u, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"),
                *towards("aws_iam_policy", one(u, "PermissionsBoundary.PermissionsBoundaryArn"), by="arn"),
            ],
        )


def groups(place):
    for g in details(place, "GroupDetailList"):
        yield place.node(
            "aws_iam_group",
            {
                "id": g["GroupId"],
                "name": g["GroupName"],
                "ctime": g["CreateDate"],
                "arn": g["Arn"],
                "path": g["Path"],
                "group_policies": inline(g.get("GroupPolicyList")),
            },
            uses=towards("aws_iam_policy", each(g, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"),
        )


def roles(place):
    listed = {role["Arn"]: role for role in place.items("iam", "list_roles", "Roles")}
    for r in details(place, "RoleDetailList"):
        used = r.get("RoleLastUsed") or {}
        last = {"last_used": used.get("LastUsedDate"), "region": used.get("Region")}
        yield place.node(
            "aws_iam_role",
            {
                "id": r["RoleId"],
                "name": r["RoleName"],
                "tags": tag_map(r.get("Tags")),
                "ctime": r["CreateDate"],
                "atime": used.get("LastUsedDate"),
                "arn": r["Arn"],
                "path": r["Path"],
                "description": listed[r["Arn"]].get("Description"),
                "role_max_session_duration": listed[r["Arn"]]["MaxSessionDuration"],
                "role_assume_role_policy_document": r["AssumeRolePolicyDocument"],
                "role_policies": inline(r.get("RolePolicyList")),
                "role_permissions_boundary": snaked(r.get("PermissionsBoundary")),
                "role_last_used": last if any(last.values()) else None,
            },
            protected=r["Path"].startswith("/aws-service-role/"),
            uses=[
                *towards("aws_iam_instance_profile", each(r, "InstanceProfileList.Arn"), by="arn", first="other"),
                *towards("aws_iam_policy", each(r, "AttachedManagedPolicies.PolicyArn"), by="arn", first="this"),
                *towards("aws_iam_policy", one(r, "PermissionsBoundary.PermissionsBoundaryArn"), by="arn"),
            ],
        )


def policies(place):
    for p in details(place, "Policies"):
        documents = [v["Document"] for v in p["PolicyVersionList"] if v["IsDefaultVersion"]]
        managed = ":iam::aws:policy/" in p["Arn"]
        yield place.node(
            "aws_iam_policy",
            {
                "id": p["PolicyId"],
                "name": p["PolicyName"],
                "ctime": p["CreateDate"],
                "mtime": p["UpdateDate"],
                "arn": p["Arn"],
                "path": p["Path"],
                "managed": managed,
                "policy_document": documents[0],
                **plain(
                    p,
                    "DefaultVersionId AttachmentCount PermissionsBoundaryUsageCount IsAttachable Description",
                    "policy_",
                ),
            },
            protected=managed,
        )


def profiles(place):
    for p in place.items("iam", "list_instance_profiles", "InstanceProfiles"):
        yield place.node(
            "aws_iam_instance_profile",
            {
                "id": p["InstanceProfileId"],
                "name": p["InstanceProfileName"],
                "tags": tag_map(p.get("Tags")),
                "ctime": p["CreateDate"],
                "arn": p["Arn"],
                "instance_profile_path": p["Path"],
            },
        )


def access_keys(place):
    client = place.client("iam")
    for user in place.items("iam", "list_users", "Users"):
        for k in place.items("iam", "list_access_keys", "AccessKeyMetadata", UserName=user["UserName"]):
            used = client.get_access_key_last_used(AccessKeyId=k["AccessKeyId"])["AccessKeyLastUsed"]
            yield place.node(
                "aws_iam_access_key",
                {
                    "id": k["AccessKeyId"],
                    "name": k["UserName"],
                    "ctime": k["CreateDate"],
                    "atime": used.get("LastUsedDate"),
                    "user_name": k["UserName"],
                    "access_key_status": k["Status"],
                    "access_key_last_used": {
                        "last_used": used.get("LastUsedDate"),
                        "service_name": used.get("ServiceName"),
                        "region": used.get("Region"),
                    },
                },
                uses=after("aws_iam_user", user["UserId"]),
            )
