"""What a stack only refers to (``external_id``) Heat has not made and does not delete: it is no part of the stack."""

from orphancleanup.plugins.heat_stack import template
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_orchestration import Orchestration

VOLUME = 'OS::Cinder::Volume'


def test_what_is_external_outlives_its_stack() -> None:
    resources = {
        'made': {'type': VOLUME},
        'found': {'type': VOLUME, 'external_id': 'v1'},
        'named': {'type': VOLUME, 'external_id': {'get_param': 'volume'}},
        'empty': {'type': VOLUME, 'external_id': None},
    }
    assert template.retained({'resources': resources}) == {'found', 'named'}


def test_an_external_volume_is_retained_and_a_volume_that_was_made_is_not(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add()
    heat.add_resource(stack, 'made', 'made', resource_type=VOLUME)
    heat.add_resource(stack, 'found', 'found', resource_type=VOLUME)
    heat.templates[stack['id']]['resources'] = {'made': {}, 'found': {'external_id': 'found'}}
    (resource,) = Stack().discover(cloud)
    assert {part.id: part.is_retained for part in Stack().parts(cloud, resource)} == {
        'made': False,
        'found': True,
    }
