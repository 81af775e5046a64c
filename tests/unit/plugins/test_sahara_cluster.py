"""Clusters: the suite of the kit, and one test for each pitfall, named for it."""

import math
from typing import Any

import pytest

from orphancleanup.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    IncompleteListing,
    NotFound,
    PartlyListed,
    ServiceAbsent,
)
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Level, Project, Ref, Resource
from orphancleanup.plugins.sahara_cluster.cluster import Cluster
from orphancleanup.testing.checks.observed_cloud import ObservedCloud, fail_at
from orphancleanup.testing.checks.subject import told
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request
from tests.unit.plugins.fake_data_processing import SERVICE, DataProcessing
from tests.unit.plugins.fake_orchestration import Orchestration

CLUSTER = Cluster()
ALPHA, BETA = 'alpha', 'beta'


def settle(cloud: FakeCloud, *names: str) -> None:
    cloud.projects |= {name: Project(name, name, 'default') for name in names}


class TestCluster(HandlerConformance):
    # Sahara shows nobody what is of other projects: that it is another one's hides it.
    deciding_fields = frozenset({'project_id', 'is_public'})
    # Its path has the latter half of the id only; the stack is another service's.
    may_touch = {
        'delete': ('/v2/clusters', '/stacks'),
        'delete-again': ('/v2/clusters', '/stacks'),
        'delete-stack': ('/stacks',),
        'force': ('/v2/clusters', '/stacks'),
        'unprotect': ('/v2/clusters',),
    }

    @pytest.fixture
    def handler(self) -> Handler:
        return Cluster()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            settle(cloud, ALPHA, BETA)
            sahara = DataProcessing(cloud, Orchestration(cloud))
            for number in range(count):
                sahara.add((ALPHA, BETA, cloud.project_id)[number % 3], name=f'cluster-{number:04}')

        return seed

    def is_plain(self, request: Request, resource: Resource) -> bool:
        return request.method == 'DELETE' and request.body is None

    def test_whoever_owns_it_it_is_listed(self, subject: Subject) -> None:
        """Of a project that is gone, Sahara shows nothing but what is public: see below."""

    @pytest.mark.parametrize('field', ['id', 'project_id', 'name', 'status', 'is_protected'])
    def test_a_record_without_its_id_is_refused(self, subject: Subject, field: str) -> None:
        """The id that Sahara shows is a half of that which a cluster has here."""
        cloud = subject.cloud()
        observed = ObservedCloud(cloud, rewrite=lambda _, request, document: _without(field, document))
        for read in subject.readings(subject.victim(cloud).ref).values():
            with pytest.raises(IncompleteListing, match=field):
                read(observed)

    def test_a_record_without_its_owner_is_refused(self, subject: Subject) -> None:
        """See above."""

    def test_a_404_of_something_else_is_not_gone(self, subject: Subject) -> None:
        """The path of a cluster ends with a half of its id here."""
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        plain = ObservedCloud(cloud)
        subject.look(plain, victim.ref)
        others = [n for n, each in enumerate(plain.requests) if not each.path.startswith('/v2/clusters/')]
        assert others
        for number in others:
            observed = ObservedCloud(cloud, fail_at(number, NotFound(404, 'no')))
            assert (
                told('look, at a 404,', lambda cloud: subject.look(cloud, victim.ref), observed) is not None
            )

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()

        def cut(_: int, request: Request, document: Any) -> Any:
            return {**document, 'truncated': True} if request.path == '/v2/clusters' else document

        with pytest.raises(IncompleteListing):
            subject.discover(ObservedCloud(cloud, rewrite=cut))


def _without(field: str, document: Any) -> Any:
    """Return a document of Sahara whose clusters lack a field."""

    def shorter(record: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in record.items() if name != field}

    if 'clusters' in document:
        return {**document, 'clusters': [shorter(each) for each in document['clusters']]}
    return {'cluster': shorter(document['cluster'])} if 'cluster' in document else document


@pytest.fixture
def sahara(cloud: FakeCloud, heat: Orchestration) -> DataProcessing:
    settle(cloud, ALPHA, BETA)
    return DataProcessing(cloud, heat)


def listed(cloud: FakeCloud) -> dict[str, Resource]:
    return {each.name: each for each in CLUSTER.discover(cloud)}


def only(cloud: FakeCloud) -> Resource:
    (found,) = CLUSTER.discover(cloud)
    return found


def step(resource: Resource, name: str) -> Step:
    (found,) = (each for each in CLUSTER.ladder(resource) if each.name == name)
    return found


def outline(resource: Resource) -> list[tuple[str, Level, bool]]:
    return [(each.name, each.level, each.removes) for each in CLUSTER.ladder(resource)]


# Listing


def test_each_project_is_asked_with_a_token_of_its_own(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA, name='a')
    sahara.add(BETA, name='b')
    assert {name: each.project_id for name, each in listed(cloud).items()} == {'a': ALPHA, 'b': BETA}
    asked = {each.project_id for each in cloud.requests if each.path == '/v2/clusters'}
    assert asked == {cloud.project_id, ALPHA, BETA}


def test_a_public_cluster_is_told_once_and_by_its_own_project(
    cloud: FakeCloud, sahara: DataProcessing
) -> None:
    sahara.add(ALPHA, is_public=True)
    assert only(cloud).project_id == ALPHA


def test_a_public_cluster_of_a_dead_project_is_told_once(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add('dead', is_public=True)
    found = only(cloud)
    assert found.project_id == 'dead'
    assert CLUSTER.look(cloud, found.ref) == found


def test_a_project_without_a_role_is_a_scope_that_was_not_read(
    cloud: FakeCloud, sahara: DataProcessing
) -> None:
    sahara.add(ALPHA, name='a')
    sahara.add(BETA, name='b')
    cloud.shut.add(BETA)
    with pytest.raises(
        PartlyListed, match=r'role add --inherited --user .* --domain default admin'
    ) as caught:
        listed(cloud)
    assert [each.name for each in caught.value.found] == ['a']
    assert set(caught.value.unread) == {BETA}


def test_a_disabled_project_is_a_scope_that_was_not_read(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cloud.projects[BETA] = Project(BETA, BETA, 'default', is_enabled=False)
    with pytest.raises(PartlyListed, match='disabled'):
        listed(cloud)


def test_a_project_that_heat_makes_for_the_guests_of_a_stack_has_no_clusters(
    cloud: FakeCloud, sahara: DataProcessing
) -> None:
    cloud.shut.add(BETA)

    def described(*_: object) -> dict[str, Any]:
        guests = {'id': BETA, 'name': BETA, 'enabled': True, 'description': 'Heat stack user project'}
        return {'projects': [guests, {'id': cloud.project_id, 'name': 'admin', 'enabled': True}], 'links': {}}

    cloud.override('identity', 'GET', '/projects', described)
    assert listed(cloud) == {}


def test_a_listing_grants_no_role(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cloud.shut.add(BETA)
    granted: list[str] = []
    cloud.grant_with(granted.append)
    with pytest.raises(PartlyListed):
        listed(cloud)
    assert BETA not in granted
    assert cloud.sent('PUT') == []


def test_a_list_of_projects_without_our_own_is_not_the_whole(
    cloud: FakeCloud, sahara: DataProcessing
) -> None:
    cloud.unlisted.add(cloud.project_id)
    with pytest.raises(IncompleteListing, match='our own'):
        listed(cloud)


def test_a_cloud_without_sahara_is_asked_nothing(cloud: FakeCloud, heat: Orchestration) -> None:
    with pytest.raises(ServiceAbsent):
        listed(cloud)
    assert cloud.requests == []


# What is told


def test_a_cluster_holds_its_stack(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cluster = sahara.add(ALPHA)
    assert only(cloud).holds == (Ref('heat-stack', sahara.stack(cluster)['id']),)


def test_a_renamed_cluster_keeps_its_stack(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cluster = sahara.add(ALPHA)
    cluster['name'] = 'another'
    assert only(cloud).holds == (Ref('heat-stack', sahara.stack(cluster)['id']),)


def test_of_two_stacks_that_may_be_its_own_none_is_taken(
    cloud: FakeCloud, sahara: DataProcessing, heat: Orchestration
) -> None:
    cluster = sahara.add(ALPHA)
    own = sahara.stack(cluster)
    heat.add(stack_name=f'x{own["stack_name"]}', project=ALPHA, description=own['description'])
    assert only(cloud).holds == (Ref('heat-stack', own['id']),)
    cluster['name'] = 'another'
    with pytest.raises(IncompleteListing, match='cannot be told'):
        only(cloud)


def test_a_stack_that_only_looks_like_it_is_not_its_own(
    cloud: FakeCloud, sahara: DataProcessing, heat: Orchestration
) -> None:
    cluster = sahara.add(ALPHA, has_stack=False)
    digits = cluster['id'].partition('/')[2][:8]
    heat.add(stack_name=f'web{digits}', project=ALPHA, description='mine')
    heat.add(stack_name=f'{cluster["name"]}{digits}', project=BETA)
    assert only(cloud).holds == ()


@pytest.mark.parametrize(
    ('status', 'stack', 'expected'),
    [
        ('Active', 'CREATE_COMPLETE', Condition.NORMAL),
        ('Deleting', 'DELETE_IN_PROGRESS', Condition.LEAVING),
        ('Deleting', 'DELETE_FAILED', Condition.DELETION_FAILED),
        ('Deleting', '', Condition.LEAVING),
        ('Error', '', Condition.CREATION_FAILED),
        ('Error', 'CREATE_FAILED', Condition.CREATION_FAILED),
        ('Error', 'UPDATE_FAILED', Condition.NORMAL),
        ('Error', 'DELETE_FAILED', Condition.DELETION_FAILED),
        ('Scaling: Spawning', 'UPDATE_IN_PROGRESS', Condition.NORMAL),
    ],
)
def test_what_a_status_means_is_told_by_the_stack(
    cloud: FakeCloud, sahara: DataProcessing, status: str, stack: str, expected: Condition
) -> None:
    cluster = sahara.add(ALPHA, status=status, has_stack=bool(stack))
    if stack:
        sahara.stack(cluster)['stack_status'] = stack
    assert only(cloud).condition is expected


def test_a_stack_that_cannot_be_read_is_not_taken_for_none(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA)
    cloud.fail(('orchestration', 'GET', '/stacks'), Forbidden(403, 'no'), times=math.inf)
    with pytest.raises(IncompleteListing):
        listed(cloud)


# Looking


def test_a_404_within_its_own_project_is_the_end(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA)
    found = only(cloud)
    sahara.clusters.items.clear()
    assert CLUSTER.look(cloud, found.ref) is None


@pytest.mark.parametrize('is_dead', [True, False])
def test_a_404_from_another_project_is_not_the_end(
    cloud: FakeCloud, sahara: DataProcessing, is_dead: bool
) -> None:
    sahara.add(ALPHA)
    found = only(cloud)
    if is_dead:
        del cloud.projects[ALPHA]
    else:
        cloud.shut.add(ALPHA)
    with pytest.raises(IncompleteListing, match='cannot be told'):
        CLUSTER.look(cloud, found.ref)


def test_a_public_cluster_is_not_taken_for_one_of_the_project_that_sees_it(
    cloud: FakeCloud, sahara: DataProcessing
) -> None:
    cluster = sahara.add(ALPHA, is_public=True)
    identifier = cluster['id'].partition('/')[2]
    assert CLUSTER.look(cloud, Ref('sahara-cluster', f'{BETA}/{identifier}')) is None


# Steps


def test_what_is_well_is_never_forced(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA)
    assert outline(only(cloud)) == [('delete', Level.API, True)]


def test_what_hangs_is_forced_last(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA, status='Deleting')
    found = only(cloud)
    assert outline(found) == [('delete-again', Level.API, True), ('force', Level.FORCE, True)]
    assert [each.keeps_parts for each in CLUSTER.ladder(found)] == [False, True]


def test_a_stack_that_failed_goes_before_its_cluster(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cluster = sahara.add(ALPHA, status='Deleting')
    stack = sahara.stack(cluster)
    stack['stack_status'] = 'DELETE_FAILED'
    found = only(cloud)
    assert outline(found) == [
        ('delete-stack', Level.API, False),
        ('delete-again', Level.API, True),
        ('force', Level.FORCE, True),
    ]
    step(found, 'delete-stack').run(cloud, found)
    assert cloud.sent('DELETE') == [f'/stacks/{stack["stack_name"]}/{stack["id"]}']
    assert cloud.requests[-1].project_id == ALPHA


def test_protection_is_lifted_by_force_only(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cluster = sahara.add(ALPHA, is_protected=True)
    found = only(cloud)
    assert outline(found) == [('unprotect', Level.FORCE, False), ('delete', Level.FORCE, True)]
    with pytest.raises(BadRequest, match='protected'):
        step(found, 'delete').run(cloud, found)
    step(found, 'unprotect').run(cloud, found)
    assert cluster['is_protected'] is False
    assert outline(only(cloud)) == [('delete', Level.API, True)]


def test_a_forced_deletion_is_followed_by_that_of_the_stack(
    cloud: FakeCloud, sahara: DataProcessing, heat: Orchestration
) -> None:
    cluster = sahara.add(ALPHA, status='Deleting')
    other = heat.add(project=ALPHA)
    stack, found = sahara.stack(cluster), only(cloud)
    step(found, 'force').run(cloud, found)
    changes = [each for each in cloud.requests if each.method == 'DELETE']
    assert [(each.service, each.body) for each in changes] == [
        (SERVICE, {'force': True}),
        ('orchestration', None),
    ]
    assert changes[1].path.endswith(stack['id'])
    assert set(heat.stacks.items) == {other['id']}


def test_what_heat_refuses_afterwards_does_not_undo_a_forced_deletion(
    cloud: FakeCloud, sahara: DataProcessing, caplog: pytest.LogCaptureFixture
) -> None:
    sahara.add(ALPHA, status='Deleting')
    found = only(cloud)
    cloud.fail(('orchestration', 'DELETE', '/stacks'), Conflict(409, 'busy'))
    step(found, 'force').run(cloud, found)
    assert 'busy' in caplog.text


@pytest.mark.parametrize('answer', [None, {}, {'stack_name': None}, {'stack_name': 'elsewhere'}, 'text'])
def test_no_stack_is_deleted_that_sahara_does_not_name(
    cloud: FakeCloud, sahara: DataProcessing, answer: Any
) -> None:
    sahara.add(ALPHA, status='Deleting')
    found = only(cloud)
    cloud.override(SERVICE, 'DELETE', '/v2/clusters/.*', lambda *_: answer)
    step(found, 'force').run(cloud, found)
    assert cloud.sent('DELETE', 'orchestration') == []


@pytest.mark.parametrize('name', ['delete-again', 'force'])
def test_a_step_in_a_dead_project_never_says_gone(
    cloud: FakeCloud, sahara: DataProcessing, name: str
) -> None:
    sahara.add('dead', is_public=True, status='Deleting')
    found = only(cloud)
    with pytest.raises(Forbidden, match='no longer exists'):
        step(found, name).run(cloud, found)
    assert cloud.sent('DELETE') == []


def test_an_id_stays_one_segment_of_a_path(cloud: FakeCloud, sahara: DataProcessing) -> None:
    assert CLUSTER.look(cloud, Ref('sahara-cluster', f'{ALPHA}/x/../../images')) is None
    assert cloud.sent('GET', SERVICE) == ['/v2/clusters/x%2F..%2F..%2Fimages']


def test_the_evidence_names_the_stack(cloud: FakeCloud, sahara: DataProcessing) -> None:
    cluster = sahara.add(ALPHA, status='Error', status_description='no quota')
    told = [each.text for each in CLUSTER.evidence(cloud, only(cloud))]
    assert told[0] == 'no quota'
    assert sahara.stack(cluster)['id'] in told[1]


def test_what_is_gone_says_so(cloud: FakeCloud, sahara: DataProcessing) -> None:
    sahara.add(ALPHA)
    found = only(cloud)
    sahara.clusters.items.clear()
    with pytest.raises(NotFound):
        step(found, 'delete').run(cloud, found)
