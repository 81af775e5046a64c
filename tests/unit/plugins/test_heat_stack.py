import pytest

from orphancleanup.errors import ApiError, IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Part, Ref, Resource
from orphancleanup.plugins.heat_stack import template
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing.collection import Item
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_orchestration import PROJECT, Orchestration

STACK = Stack()


def fill(cloud: FakeCloud, count: int) -> None:
    heat = Orchestration(cloud)
    cloud.route('identity', 'GET', '/users', lambda *_: {'users': []})
    for number in range(count):
        stack = heat.add(tags=['hidden'] if number else None)
        heat.add_resource(stack, 'disk', f'volume-{number}')


class TestConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Stack()

    @pytest.fixture
    def seed(self) -> Seed:
        return fill


@pytest.fixture
def users(cloud: FakeCloud) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cloud.route(
        'identity',
        'GET',
        '/users',
        lambda _, request: {'users': [user for user in found if user['name'] == request.query['name']]},
    )
    return found


def only(cloud: FakeCloud) -> Resource:
    (found,) = STACK.discover(cloud)
    return found


def test_a_stack_is_its_own_projects_not_the_callers(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(stack_name='web', tags=['orphancleanup:keep'])
    found = only(cloud)
    assert (found.name, found.project_id, found.status) == ('web', PROJECT, 'CREATE_COMPLETE')
    assert found.tags == {'orphancleanup:keep'}
    assert found.created_at
    assert found.updated_at is None


def test_hidden_stacks_are_listed(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(tags=['hidden'])
    assert only(cloud)


def test_a_listing_of_one_project_is_never_taken_for_all(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(project=cloud.project_id)
    heat.is_admin = False
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(cloud))


def test_an_empty_listing_of_one_project_is_never_taken_for_none(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add()
    heat.is_admin = False
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(cloud))
    with pytest.raises(IncompleteListing, match='administrator'):
        STACK.look(cloud, Ref('heat-stack', stack['id']))


def test_a_cloud_without_stacks_is_empty_to_an_administrator(cloud: FakeCloud, heat: Orchestration) -> None:
    assert list(STACK.discover(cloud)) == []


def test_the_delete_names_the_stack_twice(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(stack_name='a.b')
    victim = only(cloud)
    step = STACK.ladder(victim)[0]
    assert (step.name, step.level) == ('delete', Level.API)
    step.run(cloud, victim)
    assert cloud.sent('DELETE') == [f'/stacks/a.b/{victim.id}']
    with pytest.raises(NotFound):
        step.run(cloud, victim)


def test_a_name_cannot_lead_to_another_stack(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(stack_name='x/y?z')
    victim = only(cloud)
    with pytest.raises(NotFound):
        STACK.ladder(victim)[0].run(cloud, victim)
    assert cloud.sent('DELETE') == [f'/stacks/x%2Fy%3Fz/{victim.id}']


def test_parts_of_all_levels_come_in_two_requests(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_resource(stack, 'disk', 'v1')
    heat.add_resource(stack, 'group', 's1', resource_type='OS::Heat::ResourceGroup')
    heat.add_resource(stack, 'inner', 'v2', parent_resource='group')
    heat.add_resource(stack, 'unmade', None)
    heat.add_resource(stack, 'emptied', '')
    victim = only(cloud)
    before = len(cloud.requests)
    assert set(STACK.parts(cloud, victim)) == {
        Part('OS::Cinder::Volume', 'v1'),
        Part('OS::Heat::ResourceGroup', 's1'),
        Part('OS::Cinder::Volume', 'v2'),
    }
    assert len(cloud.requests) - before <= 2


def test_what_the_template_retains_is_marked(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.templates[stack['id']]['resources'] = {'disk': {'deletion_policy': 'retain'}}
    heat.add_resource(stack, 'disk', 'v1')
    heat.add_resource(stack, 'disk', 'v2', parent_resource='group')
    assert list(STACK.parts(cloud, only(cloud))) == [
        Part('OS::Cinder::Volume', 'v1', is_retained=True),
        Part('OS::Cinder::Volume', 'v2'),
    ]


@pytest.mark.parametrize(
    ('document', 'names'),
    [
        (
            {
                'resources': {
                    'a': {'deletion_policy': 'Retain'},
                    'b': {'deletion_policy': 'snapshot'},
                    'c': {},
                }
            },
            {'a'},
        ),
        ({'Resources': {'a': {'DeletionPolicy': 'Retain'}, 'b': {'DeletionPolicy': 'Delete'}}}, {'a'}),
        ({'resources': {'a': {'deletion_policy': {'get_param': 'p'}}, 'b': None}}, set()),
        ({'resources': None}, set()),
        ({}, set()),
    ],
)
def test_retained_resources_are_read_from_both_kinds_of_template(
    document: dict[str, object], names: set[str]
) -> None:
    assert template.retained(document) == names


def test_evidence_names_the_failed_resources(
    cloud: FakeCloud, heat: Orchestration, users: list[dict[str, object]]
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED', stack_status_reason='Resource DELETE failed')
    heat.add_resource(stack, 'disk', 'v1', resource_status='DELETE_FAILED', resource_status_reason='in use')
    heat.add_resource(stack, 'fine', 'v2')
    texts = [each.text for each in STACK.evidence(cloud, only(cloud)) if each.source == 'status']
    assert texts == ['Resource DELETE failed', 'disk (OS::Cinder::Volume): in use']


def failures(stack: Item, name: str, count: int) -> list[Item]:
    """Return events of a resource, the last one with a reason."""
    nested = {'rel': 'stack', 'href': 'http://heat/v1/p/stacks/root-inner%20x/123'}
    common = {'stack': stack['id'], 'links': [nested], 'resource_name': name}
    statuses = ['DELETE_IN_PROGRESS', *['DELETE_FAILED'] * count]
    return [
        {**common, 'event_time': f'2026-11-20T12:00:{number:02}', 'resource_status': status}
        for number, status in enumerate(statuses)
    ]


def test_evidence_has_the_newest_events_of_what_failed(
    cloud: FakeCloud, heat: Orchestration, users: list[dict[str, object]]
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED')
    heat.events += failures(stack, 'disk', 12)
    heat.events[-1]['resource_status_reason'] = 'Conflict: in use'
    found = [each.text for each in STACK.evidence(cloud, only(cloud)) if each.source == 'event']
    assert len(found) == 10
    assert found[0] == '2026-11-20T12:00:12 disk in stack root-inner x DELETE_FAILED: Conflict: in use'


def test_failed_resources_of_nested_stacks_are_asked_one_by_one_since_heat_hides_their_events(
    cloud: FakeCloud, heat: Orchestration, users: list[dict[str, object]]
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED')
    for name, fields in {'deep': {'parent_resource': 'group'}, 'top': {}}.items():
        heat.add_resource(stack, name, name, resource_status='DELETE_FAILED', **fields)
    list(STACK.evidence(cloud, only(cloud)))
    asked = [each for each in cloud.requests if each.path.endswith('/events') and 'limit' in each.query]
    assert [each.path.rpartition('/resources/')[2] for each in asked[-2:]][-1] == 'deep/events'
    assert not any('nested_depth' in each.query for each in asked)
    assert not any('top/events' in each.path for each in asked)


@pytest.mark.parametrize('status', [403, 404])
def test_events_that_heat_does_not_show_cost_no_other_evidence(
    cloud: FakeCloud, heat: Orchestration, users: list[dict[str, object]], status: int
) -> None:
    heat.add(stack_status='CHECK_FAILED', stack_status_reason='why')
    cloud.fail(('orchestration', 'GET', '/events'), ApiError.of(status, 'no'), times=9)
    assert 'why' in [each.text for each in STACK.evidence(cloud, only(cloud))]


@pytest.mark.parametrize(
    ('enabled', 'is_told'), [((False,), True), ((True,), False), ((False, True), False), ((), False)]
)
def test_evidence_warns_of_a_disabled_creator(
    cloud: FakeCloud,
    heat: Orchestration,
    users: list[dict[str, object]],
    enabled: tuple[bool, ...],
    is_told: bool,
) -> None:
    users += [{'id': str(number), 'name': 'somebody', 'enabled': flag} for number, flag in enumerate(enabled)]
    heat.add()
    texts = ' '.join(each.text for each in STACK.evidence(cloud, only(cloud)))
    assert ('disabled' in texts) is is_told
