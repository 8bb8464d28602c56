"""The accounts of an organization: found, chosen, kept while it does not answer, added and left out without a restart."""

import time

import pytest
from conftest import serving

from cloud import ENVIRONMENT, HOME, REGIONS, Cloud
from proxy import Proxy
from running import ON_REQUEST, moto, run, values

ROLE = "inventory-reader"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("organization")


class Company:
    """An organization with two units, one in the other."""

    def __init__(self, url):
        self.api = Cloud(url).client("organizations")
        self.api.create_organization(FeatureSet="ALL")
        root = self.api.list_roots()["Roots"][0]["Id"]
        self.production = self.unit(root, "production")
        self.web = self.unit(self.production, "web")
        self.ids = {}
        for name, unit in [("shop", self.web), ("billing", self.production), ("sandbox-1", root), ("sandbox-2", root)]:
            self.hire(name, root, unit)
        self.api.tag_resource(ResourceId=self.ids["billing"], Tags=[{"Key": "stage", "Value": "prod-eu"}])

    def unit(self, parent, name):
        return self.api.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def hire(self, name, root, unit):
        created = self.api.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        self.ids[name] = created["AccountId"]
        if unit != root:
            self.api.move_account(AccountId=created["AccountId"], SourceParentId=root, DestinationParentId=unit)


@pytest.fixture(scope="module")
def company(directory):
    with moto(directory) as url:
        company = Company(url)
        company.url = url
        yield company


def settings(url, **organization):
    aws = {
        "enabled": True,
        "endpoint_url": url,
        "regions": [REGIONS[0]],
        "organization": {"enabled": True, "role": ROLE, **organization},
    }
    return {"providers": {"aws": aws}, "workflows": ON_REQUEST}


def accounts(found):
    return set(values(found, "cloudgauge_scope_up", "account_name", kind="aws_ec2_volume"))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"master", "shop", "billing", "sandbox-1", "sandbox-2"}),
        ({"include": {"names": ["sandbox-*"]}}, {"sandbox-1", "sandbox-2"}),
        ({"include": {"units": ["/production"]}}, {"shop", "billing"}),
        ({"include": {"units": ["/production"]}, "exclude": {"units": ["/production/web"]}}, {"billing"}),
        ({"include": {"tags": {"stage": "prod-*"}}}, {"billing"}),
        ({"exclude": {"ids": [HOME], "names": ["sandbox-?"]}}, {"shop", "billing"}),
    ],
)
def test_accounts_are_chosen_by_name_unit_tag_and_id(directory, company, filters, expected):
    with serving(directory, settings(company.url, **filters), ENVIRONMENT, ready=False) as server:
        found, _, answer = run(server, "collect")
        assert accounts(found) == expected, answer.stdout + answer.stderr


def test_accounts_come_without_a_restart_and_stay_while_the_organization_is_silent(directory, company):
    with Proxy(company.url) as proxy, serving(
        directory, settings(proxy.url, include={"names": ["sandbox-*", "late"]}), ENVIRONMENT, ready=False
    ) as server:
        found, _, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1", "sandbox-2"}

        root = company.api.list_roots()["Roots"][0]["Id"]
        company.hire("late", root, root)
        found, _, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1", "sandbox-2", "late"}

        with proxy.fault("denied", lambda request: request.service == "organizations"):
            found, log, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1", "sandbox-2", "late"}
        up = values(found, "cloudgauge_scope_up", "account_name", kind="aws_ec2_volume")
        assert set(up.values()) == {1.0}, "they are collected all the same"
        assert "asking for the accounts of the organization" in log


def test_an_account_that_leaves_stays_for_the_grace_period(directory, company):
    root = company.api.list_roots()["Roots"][0]["Id"]
    company.hire("leaver", root, root)
    grace = {**settings(company.url, include={"names": ["sandbox-1", "leaver"]}), "collect": {"grace": "2s"}}
    with serving(directory, grace, ENVIRONMENT, ready=False) as server:
        found, _, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1", "leaver"}
        assert "cloudgauge_account_gone_timestamp_seconds" not in found

        company.api.remove_account_from_organization(AccountId=company.ids["leaver"])
        before = time.time()
        found, log, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1", "leaver"}, "it is kept"
        gone = values(found, "cloudgauge_account_gone_timestamp_seconds", "account_name")
        assert list(gone) == ["leaver"] and before - 1 <= gone["leaver"] <= time.time()
        up = values(found, "cloudgauge_scope_up", "account_name", kind="aws_ec2_volume")
        assert up == {"sandbox-1": 1.0, "leaver": 0.0}
        assert "the account has not been found since" in log

        time.sleep(2)
        found, _, _ = run(server, "collect")
        assert accounts(found) == {"sandbox-1"}
        assert "cloudgauge_account_gone_timestamp_seconds" not in found
