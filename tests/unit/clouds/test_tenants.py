"""The tenants are the whole, or an error: absence from them condemns."""

from typing import Any

import pytest

from orphancleanup.clouds.tenants import read_tenants
from orphancleanup.errors import Forbidden, IncompleteListing
from orphancleanup.model import Tenant
from orphancleanup.testing import FakeCloud
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT

DISABLED = Tenant('off', 'off', 'default', is_enabled=False)
HEAT_USERS = Tenant('heat-stack', 'a-stack-5f0c', 'domain-heat')


def test_all_domains_and_disabled_tenants_are_in() -> None:
    found = read_tenants(FakeCloud(tenants=[DISABLED, HEAT_USERS]))
    assert found['off'] == DISABLED
    assert set(found) == {ADMIN_PROJECT, 'off', 'heat-stack', 'default', 'domain-heat'}


def test_the_projects_of_heats_stack_users_exist() -> None:
    assert read_tenants(FakeCloud(tenants=[HEAT_USERS]))['heat-stack'] == HEAT_USERS


def test_projects_that_stand_for_domains_are_asked_for_separately() -> None:
    cloud = FakeCloud()
    assert read_tenants(cloud)['default'].domain_id == ''
    assert [dict(request.query) for request in cloud.requests] == [{}, {'is_domain': 'true'}]


@pytest.mark.parametrize('number', [0, 1])
def test_a_listing_that_fails_is_no_list(number: int) -> None:
    cloud = FakeCloud()
    cloud.fail(('identity', 'GET', '/projects'), Forbidden(403, 'no'), after=number)
    with pytest.raises(IncompleteListing, match='HTTP 403'):
        read_tenants(cloud)


def test_a_listing_that_was_cut_off_is_no_list() -> None:
    cloud = FakeCloud()
    cloud.roles.is_truncated = True
    with pytest.raises(IncompleteListing, match='cut off'):
        read_tenants(cloud)


def test_an_empty_list_is_no_list() -> None:
    cloud = FakeCloud()
    cloud.tenants.clear()
    with pytest.raises(IncompleteListing, match='0 projects, but not project-admin'):
        read_tenants(cloud)


def test_a_list_without_our_own_project_is_not_the_whole() -> None:
    cloud = FakeCloud(tenants=[DISABLED])
    del cloud.tenants[ADMIN_PROJECT]
    with pytest.raises(IncompleteListing, match='cannot be the whole'):
        read_tenants(cloud)


@pytest.mark.parametrize('project', [{'name': 'a'}, {'id': 'a'}])
def test_a_project_without_id_or_name_spoils_the_list(project: dict[str, Any]) -> None:
    class Odd(FakeCloud):
        def answer(self, request: Any) -> Any:
            return {'projects': [project]}

    with pytest.raises(IncompleteListing, match='without its'):
        read_tenants(Odd())
