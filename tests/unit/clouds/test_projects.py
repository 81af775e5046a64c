"""The projects are the whole, or an error: absence from them condemns."""

import contextlib
from typing import Any

import pytest

from orphancleanup.clouds.projects import find_project, read_projects
from orphancleanup.errors import CloudError, Forbidden, IncompleteListing, Unauthorized, Unreachable
from orphancleanup.model import Project
from orphancleanup.testing import FakeCloud
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT

DISABLED = Project('off', 'off', 'default', is_enabled=False)
HEAT_USERS = Project('heat-stack', 'a-stack-5f0c', 'domain-heat')


def test_all_domains_and_disabled_projects_are_in() -> None:
    found = read_projects(FakeCloud(projects=[DISABLED, HEAT_USERS]))
    assert found['off'] == DISABLED
    assert set(found) == {ADMIN_PROJECT, 'off', 'heat-stack', 'default', 'domain-heat'}


def test_the_projects_of_heats_stack_users_exist() -> None:
    assert read_projects(FakeCloud(projects=[HEAT_USERS]))['heat-stack'] == HEAT_USERS


def test_projects_that_stand_for_domains_are_asked_for_separately() -> None:
    cloud = FakeCloud()
    assert read_projects(cloud)['default'].domain_id == ''
    assert [dict(request.query) for request in cloud.requests] == [{}, {'is_domain': 'true'}]


@pytest.mark.parametrize('number', [0, 1])
def test_a_listing_that_fails_is_no_list(number: int) -> None:
    cloud = FakeCloud()
    cloud.fail(('identity', 'GET', '/projects'), Forbidden(403, 'no'), after=number)
    with pytest.raises(IncompleteListing, match='HTTP 403'):
        read_projects(cloud)


@pytest.mark.parametrize('number', [0, 1])
def test_who_may_not_list_projects_is_told_once_that_the_role_admin_is_needed(number: int) -> None:
    cloud = FakeCloud()
    told = set()
    for request in ('req-1', 'req-2'):
        refusal = Forbidden(403, 'You are not authorized: identity:list_projects.', request)
        cloud.fail(('identity', 'GET', '/projects'), refusal, after=number)
        with pytest.raises(IncompleteListing, match='the role admin is needed') as caught:
            read_projects(cloud)
        told.add(str(caught.value))
    assert len(told) == 1
    assert '..' not in told.pop()


def test_a_listing_that_was_cut_off_is_no_list() -> None:
    cloud = FakeCloud()
    cloud.roles.is_truncated = True
    with pytest.raises(IncompleteListing, match='cut off'):
        read_projects(cloud)


def test_an_empty_list_is_no_list() -> None:
    cloud = FakeCloud()
    cloud.projects.clear()
    with pytest.raises(IncompleteListing, match='0 projects, but not project-admin'):
        read_projects(cloud)


def test_a_list_without_our_own_project_is_not_the_whole() -> None:
    cloud = FakeCloud(projects=[DISABLED])
    del cloud.projects[ADMIN_PROJECT]
    with pytest.raises(IncompleteListing, match='the list is incomplete'):
        read_projects(cloud)


@pytest.mark.parametrize('project', [{'name': 'a'}, {'id': 'a'}])
def test_a_project_without_id_or_name_spoils_the_list(project: dict[str, Any]) -> None:
    class Odd(FakeCloud):
        def answer(self, request: Any) -> Any:
            return {'projects': [project]}

    with pytest.raises(IncompleteListing, match='without its'):
        read_projects(Odd())


def test_a_project_that_the_list_leaves_out_is_found_by_its_id() -> None:
    cloud = FakeCloud(projects=[DISABLED])
    cloud.unlisted.add('off')
    assert 'off' not in read_projects(cloud)
    assert find_project(cloud, 'off') == DISABLED


def test_a_project_that_acts_as_a_domain_is_found_by_its_id() -> None:
    assert find_project(FakeCloud(projects=[HEAT_USERS]), 'domain-heat') == Project(
        'domain-heat', 'domain-heat'
    )


def test_a_project_is_missing_only_when_keystone_says_so() -> None:
    cloud = FakeCloud()
    assert find_project(cloud, 'ghost') is None
    for error in (Forbidden(403, 'no'), Unauthorized(401, 'no'), Unreachable('silent')):
        cloud.fail(('identity', 'GET', '/projects/ghost'), error)
        with pytest.raises(CloudError):
            find_project(cloud, 'ghost')


@pytest.mark.parametrize('document', [{}, {'project': None}, {'project': {'id': 'b', 'name': 'b'}}, [], None])
def test_an_answer_about_something_else_is_no_answer_about_the_project(document: Any) -> None:
    class Odd(FakeCloud):
        def answer(self, request: Any) -> Any:
            return document

    with pytest.raises(Unreachable, match='whether it exists is not known'):
        find_project(Odd(), 'a')


@pytest.mark.parametrize('identifier', ['', '..', '../domains/x', 'a/b', 'a?b'])
def test_an_id_that_is_no_id_never_makes_a_project_missing_by_asking_something_else(identifier: str) -> None:
    cloud = FakeCloud()
    with contextlib.suppress(CloudError):
        assert find_project(cloud, identifier) is None
    assert all('/' not in path.removeprefix('/projects/') for path in cloud.sent('GET'))
