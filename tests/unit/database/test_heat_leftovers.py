"""What a purged stack leaves in Keystone goes when it is this stack's for sure, and else stays."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from orphancleanup.database.changes import Change
from orphancleanup.errors import NotFound
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.mysql_fallback import heat_leftovers
from orphancleanup.testing.fake_cloud import FakeCloud

TENANT = 'e4d82bbff874484d8f79b7a9c59eec93'
STACK = {'id': '3db46219-18bb-4233-a13b-68a8a37432e6', 'tenant': TENANT, 'stack_user_project_id': 'guests'}
#: as Heat 27.0.1 has called one
NAME = 'e4d82bbff874484d8f79b7a9c59eec93-3db46219-18bb-4233-a13b-68a8a37'
CREDENTIALS = {'id': 1, 'trustor_user_id': 'creator', 'tenant_id': 'project'}
RESOURCE = Resource(Ref('heat-stack', STACK['id']))


class Keystone:
    """What Keystone has: paths to records."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.projects = {'guests': {'id': 'guests', 'name': NAME, 'domain_id': 'heat-domain'}}
        self.users: dict[str, dict[str, Any]] = {
            'guest': {'id': 'guest', 'name': 'web-1', 'default_project_id': 'guests'},
            'stranger': {'id': 'stranger', 'name': 'web-2', 'default_project_id': 'others'},
            'heat': {'id': 'heat', 'name': 'heat', 'default_project_id': None},
            'sahara': {'id': 'sahara', 'name': 'sahara', 'default_project_id': None},
        }
        self.trusts = {
            'ours': {'id': 'ours', 'project_id': 'project', 'trustee_user_id': 'heat'},
            'elsewhere': {'id': 'elsewhere', 'project_id': 'another', 'trustee_user_id': 'heat'},
            'other': {'id': 'other', 'project_id': 'project', 'trustee_user_id': 'sahara'},
        }
        for path, key, found in (
            ('/projects', 'project', self.projects),
            ('/users', 'user', self.users),
            ('/OS-TRUST/trusts', 'trust', self.trusts),
        ):
            cloud.route(
                'identity', 'GET', path, lambda *_, key=key, found=found: {f'{key}s': list(found.values())}
            )
            one = f'{path}/(?P<id>[^/]+)'
            cloud.route(
                'identity', 'GET', one, lambda match, _, key=key, found=found: {key: _found(found, match)}
            )
            cloud.route(
                'identity', 'DELETE', one, lambda match, _, found=found: found.pop(match['id']) and None
            )


def _found(found: dict[str, Any], match: Any) -> Any:

    if match['id'] not in found:
        raise NotFound(404, 'no such')
    return found[match['id']]


class Rescue:
    """A rescue whose transaction has changed something.

    :ivar others: credentials that other stacks still have.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.others: list[dict[str, Any]] = []
        self.changes = (
            Change('stack', {'id': STACK['id']}, STACK, STACK),
            Change('user_creds', {'id': 1}, CREDENTIALS, None),
        )

    @contextlib.contextmanager
    def rows(self) -> Iterator[Any]:
        yield self

    def read(self, table: str, where: Any) -> list[dict[str, Any]]:
        return [row for row in self.others if all(row[name] == value for name, value in where.items())]


@pytest.fixture
def rescue() -> Rescue:
    cloud = FakeCloud()
    cloud.remove_service('identity')
    cloud.allow_changes()
    return Rescue(cloud)


@pytest.fixture
def keystone(rescue: Rescue) -> Keystone:
    return Keystone(rescue.cloud)


def remove(rescue: Rescue) -> None:
    heat_leftovers.remove(rescue, RESOURCE)  # type: ignore[arg-type]


def test_the_guests_project_and_users_go_and_no_others(rescue: Rescue, keystone: Keystone) -> None:
    remove(rescue)
    assert not keystone.projects
    assert set(keystone.users) == {'stranger', 'heat', 'sahara'}


def test_a_project_that_is_not_named_after_the_stack_stays(rescue: Rescue, keystone: Keystone) -> None:
    keystone.projects['guests']['name'] = 'payroll'
    remove(rescue)
    assert set(keystone.projects) == {'guests'}
    assert 'guest' in keystone.users


def test_only_the_creators_trust_to_heat_for_that_project_goes(rescue: Rescue, keystone: Keystone) -> None:
    remove(rescue)
    assert set(keystone.trusts) == {'elsewhere', 'other'}


def test_a_trust_that_another_stack_may_need_stays(rescue: Rescue, keystone: Keystone) -> None:
    rescue.others.append({**CREDENTIALS, 'id': 2})
    remove(rescue)
    assert 'ours' in keystone.trusts


def test_it_may_be_done_again(rescue: Rescue, keystone: Keystone) -> None:
    remove(rescue)
    remove(rescue)
    assert not keystone.projects
