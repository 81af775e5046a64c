"""The kit's tests for the kinds of Keystone."""

from typing import ClassVar

import pytest

from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import grant
from orphancleanup.plugins.keystone_project.application_credential import ApplicationCredential
from orphancleanup.plugins.keystone_project.credential import Credential
from orphancleanup.plugins.keystone_project.domain import Domain
from orphancleanup.plugins.keystone_project.endpoint import Endpoint
from orphancleanup.plugins.keystone_project.group import Group
from orphancleanup.plugins.keystone_project.limit import Limit
from orphancleanup.plugins.keystone_project.project import Project
from orphancleanup.plugins.keystone_project.region import Region
from orphancleanup.plugins.keystone_project.role import Role
from orphancleanup.plugins.keystone_project.role_assignment import RoleAssignment
from orphancleanup.plugins.keystone_project.service import Service
from orphancleanup.plugins.keystone_project.trust import Trust
from orphancleanup.plugins.keystone_project.user import User
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud, Request
from tests.unit.plugins.fake_keystone import Keystone


class TestProject(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Project()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_project(name=f'aa-{number}')

        return seed

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        return min(
            (each for each in handler.discover(cloud) if each.name.startswith('aa-')), key=lambda e: e.name
        )

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a project be below it."""
        projects = cloud.collection('identity', '/projects', 'projects')
        projects.add(
            id='below', name='below', domain_id='default', parent_id=resource.id, tags=[], options={}
        )

    def test_whoever_owns_it_it_is_listed(self, subject: object) -> None:
        """A project belongs to nobody but itself."""
        assert Project.project_field == 'id'


class TestUser(HandlerConformance):
    is_global = True
    deciding_fields = frozenset({'domain_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return User()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            keystone.add_domain(id='other')
            for number in range(count):
                keystone.add_user(name=f'aa-{number}', domain_id='other' if number % 2 else 'default')

        return seed


class TestGroup(HandlerConformance):
    is_global = True
    deciding_fields = frozenset({'domain_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return Group()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_group(name=f'aa-{number}')

        return seed


class TestRole(HandlerConformance):
    is_global = True
    deciding_fields = frozenset({'domain_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return Role()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                role = keystone.add_role(name=f'aa-{number}', domain_id='default' if number % 2 else None)
                keystone.assign(role['id'], {'system': {'all': True}}, user='user-admin')

        return seed


class TestDomain(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Domain()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_domain(name=f'aa-{number}')

        return seed

    def is_plain(self, request: Request, resource: Resource) -> bool:
        """Tell that whoever may delete a domain may disable it."""
        return request.method == 'PATCH' or super().is_plain(request, resource)

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a user be in it."""
        cloud.collection('identity', '/users', 'users').add(id='late', name='late', domain_id=resource.id)


class TestRegion(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Region()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_region(id=f'Region-{number}')

        return seed

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a region be below it."""
        regions = cloud.collection('identity', '/regions', 'regions')
        regions.add(id='below', description='', parent_region_id=resource.id)


class TestService(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Service()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_service(name=f'aa-{number}')

        return seed

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let it have an endpoint."""
        endpoints = cloud.collection('identity', '/endpoints', 'endpoints')
        endpoints.add(id='late', service_id=resource.id, region_id=None, url='http://late')


class TestEndpoint(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Endpoint()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            keystone.add_service(id='dns')
            for number in range(count):
                keystone.add_endpoint('dns', url=f'http://{number}')

        return seed


class TestCredential(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Credential()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            owner = keystone.add_user()
            for _ in range(count):
                keystone.add_credential(owner['id'])

        return seed


class TestApplicationCredential(HandlerConformance):
    is_global = True
    deciding_fields = frozenset({'user_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return ApplicationCredential()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            owner = keystone.add_user()
            for number in range(count):
                keystone.add_application_credential(owner['id'], name=f'aa-{number}')

        return seed


class TestTrust(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Trust()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            trustor, trustee = keystone.add_user(), keystone.add_user()
            for _ in range(count):
                keystone.add_trust(trustor['id'], trustee['id'])

        return seed


class TestLimit(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Limit()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            for number in range(count):
                keystone.add_limit(project_id=f'project-{number % 3}')

        return seed


class TestRoleAssignment(HandlerConformance):
    is_global = True
    may_touch: ClassVar = {'delete': ('/projects', '/domains', '/system', '/OS-INHERIT')}

    @pytest.fixture
    def handler(self) -> Handler:
        return RoleAssignment()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keystone = Keystone(cloud)
            project, user = keystone.add_project(), keystone.add_user()
            keystone.assign('role', {'project': {'id': project['id']}}, user=user['id'])
            for number in range(count):
                keystone.assign('role', {'project': {'id': project['id']}}, user=f'ghost-{number}')
            # What the fake cloud lends to the suite: how one is gone.
            cloud.assigned = keystone.assigned  # type: ignore[attr-defined]

        return seed

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        given = cloud.assigned  # type: ignore[attr-defined]
        given[:] = [each for each in given if grant.read(each).id != resource.id]

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """It has none: without one end, or its role, it tells nothing."""
        project, user, role = {'project': {'id': 'p'}}, {'id': 'u'}, {'id': 'r'}
        for record in (
            {'user': user, 'role': role},
            {'scope': project, 'role': role},
            {'scope': project, 'user': user},
            {'scope': {'project': {}}, 'user': user, 'role': role},
            {'scope': {}, 'user': user, 'role': role},
            {'scope': project, 'user': user, 'group': user, 'role': role},
        ):
            with pytest.raises(IncompleteListing):
                grant.read(record)

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        def cut(_: int, request: Request, document: object) -> object:
            is_meant = isinstance(document, dict) and 'role_assignments' in document
            return {**document, 'truncated': True} if is_meant else document  # type: ignore[dict-item]

        with pytest.raises(IncompleteListing):
            subject.discover(ObservedCloud(subject.cloud(), rewrite=cut))
