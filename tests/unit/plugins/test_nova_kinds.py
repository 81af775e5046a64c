"""The suite of the kit for the kinds of Nova besides servers."""

from typing import Any

import pytest

from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.plugins.nova_server.aggregate import Aggregate
from orphancleanup.plugins.nova_server.flavor import Flavor
from orphancleanup.plugins.nova_server.keypair import Keypair
from orphancleanup.plugins.nova_server.quota import Quota
from orphancleanup.plugins.nova_server.server_group import ServerGroup
from orphancleanup.plugins.nova_server.volume_attachment import VolumeAttachment
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, FakeCloud
from orphancleanup.testing.fake_service import Request
from tests.unit.plugins.fake_compute_kinds import (
    Keypairs,
    Quotas,
    Users,
    aggregates,
    attachments,
    flavors,
    server_groups,
)


class TestServerGroup(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return ServerGroup()

    @pytest.fixture
    def seed(self) -> Seed:
        return lambda cloud, count: server_groups(cloud, count) and None


class TestFlavor(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Flavor()

    @pytest.fixture
    def seed(self) -> Seed:
        return lambda cloud, count: flavors(cloud, count) and None


class TestAggregate(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Aggregate()

    @pytest.fixture
    def seed(self) -> Seed:
        return lambda cloud, count: aggregates(cloud, count) and None


class TestKeypair(HandlerConformance):
    is_global = True
    # Nova's path has the name only; the id that we give it is made of these.
    may_touch = {'delete': ('/os-keypairs',)}
    deciding_fields = frozenset({'name', 'user_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return Keypair()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            keypairs, users = Keypairs(cloud), Users(cloud)
            for number in range(3):
                users.add(f'user-{number}')
            for number in range(count):
                keypairs.add(f'user-{number % 3}', f'key-{number}')

        return seed

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """What tells it is its name, and Nova shows no other id."""
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        del cloud.collection('compute', '/os-keypairs', 'keypairs').items[victim.id]['name']
        for read in subject.readings(victim.ref).values():
            with pytest.raises(IncompleteListing, match='name'):
                read(cloud)

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        """Keystone's lists of users are those that may be cut so (``list_limit``); Nova's have links."""
        cloud = subject.cloud()

        def cut(_: int, request: Request, document: Any) -> Any:
            return {**document, 'truncated': True} if request.path == '/users' else document

        with pytest.raises(IncompleteListing, match='list_limit'):
            subject.discover(ObservedCloud(cloud, rewrite=cut))


class TestVolumeAttachment(HandlerConformance):
    is_global = True
    # The attachment is Cinder's, and the server that gives it up Nova's.
    may_touch = {'detach': ('/servers', '/attachments')}

    @pytest.fixture
    def handler(self) -> Handler:
        return VolumeAttachment()

    @pytest.fixture
    def seed(self) -> Seed:
        return lambda cloud, count: attachments(cloud, count) and None


class TestQuota(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Quota()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            quotas = Quotas(cloud)
            for number in range(count):
                quotas.add(f'project-{number}', cores=number + 100)

        return seed

    def test_whoever_owns_it_it_is_listed(self, subject: Subject) -> None:
        """Its id is that of its project, and Nova shows none of a project that is gone."""
        cloud = subject.cloud()
        sets = cloud.collection('compute', '/os-quota-sets', 'quota_sets')
        sets.add(id=ADMIN_PROJECT, cores=1, instances=1)
        assert ADMIN_PROJECT in {each.project_id for each in subject.discover(cloud)}

    def test_discover_asks_no_more_when_there_is_more(self, subject: Subject) -> None:
        """Nova has no list: one request a project, two for the projects and one for the default class."""
        cloud = subject.cloud()
        subject.discover(cloud)
        assert len(cloud.requests) == len(cloud.projects) + 3
