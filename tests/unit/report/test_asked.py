"""What was asked for and comes to nothing is told."""

import pytest

from orphancleanup.judging.selection import KeepPattern, Protection, Recorded, Request, Selection
from orphancleanup.model import Inventory, Ref, Resource, Scope, Unread
from orphancleanup.report import asked

SERVER = Resource(Ref('nova-server', 's1'), name='golden-1')
ENDPOINT = Resource(Ref('keystone-endpoint', 'e1'))
INVENTORY = Inventory(
    {each.ref: each for each in (SERVER, ENDPOINT)},
    {},
    listed=frozenset({'nova-server', 'keystone-endpoint', 'cinder-volume'}),
    unread=(Unread(Scope('cinder-backup'), 'HTTP 500'),),
)


def told(request):
    return list(asked.lines(request, INVENTORY, {'keystone-endpoint': frozenset({'not-in-baseline'})}))


@pytest.mark.parametrize(
    ('pattern', 'is_told'),
    [
        (KeepPattern('nova-server', 'golden-*'), False),
        (KeepPattern('nova-server', 'goldn-*'), True),
        (KeepPattern('cinder-volume', '*'), True),
        (KeepPattern('*', 'e1'), False),
        (KeepPattern('*', 'e2'), True),
        (KeepPattern('cinder-backup', 'golden-*'), False),
        (KeepPattern('glance-image', 'golden-*'), False),
    ],
)
def test_a_pattern_that_keeps_nothing_is_told_where_all_of_its_kind_was_read(pattern, is_told):
    line = f'--keep {pattern.kind}:{pattern.pattern} matches nothing, so nothing is kept by it.'
    request = Request(Selection(everything=True), protection=Protection(patterns=(pattern,)))
    assert told(request) == ([line] if is_told else [])


def test_what_is_named_and_does_not_exist_is_told():
    refs = frozenset({SERVER.ref, Ref('nova-server', 's2'), Ref('cinder-backup', 'b1')})
    assert told(Request(Selection(refs=refs))) == ['nova-server:s2 does not exist.']


def test_what_the_resource_list_names_in_vain_is_told():
    recorded = Recorded(
        frozenset({SERVER.ref, ENDPOINT.ref, Ref('keystone-endpoint', 'gone')}), unknown={'gizmos': 2}
    )
    assert told(Request(Selection(recorded=recorded))) == [
        'In the resource list, but of types that no kind is known for, so left alone: gizmos 2.',
        'In the resource list, but of kinds that never go by name, so left alone: keystone-endpoint 1.',
    ]
    assert told(Request(Selection(recorded=Recorded(frozenset({SERVER.ref}))))) == []
