import json

import pytest

from orphancleanup.errors import UsageError
from orphancleanup.model import Ref, Resource
from orphancleanup.tempest import resource_list

RECORDED = {
    'servers': {'s1': 'tempest-a-server', '': 'nameless'},
    'volumes': {'v1': ''},
    'keypairs': {'tempest-pair': ''},
    'os-volume_attachments': {'a1': '', 'a2': ''},
    'links': {},
}


@pytest.fixture
def path(tmp_path):
    found = tmp_path / 'resource_list.json'
    found.write_text(json.dumps(RECORDED))
    return found


def test_what_is_recorded_is_found_by_kind_and_id(path):
    recorded = resource_list.read(path)
    assert recorded.refs == {Ref('nova-server', 's1'), Ref('cinder-volume', 'v1')}
    assert recorded.has(Resource(Ref('nova-server', 's1')))
    assert not recorded.has(Resource(Ref('cinder-volume', 's1')))


def test_keypairs_are_recorded_by_name(path):
    recorded = resource_list.read(path)
    assert recorded.has(Resource(Ref('nova-keypair', 'u1:tempest-pair'), name='tempest-pair'))
    assert not recorded.has(Resource(Ref('nova-server', 's2'), name='tempest-pair'))


def test_types_that_no_kind_is_known_for_are_told(path):
    assert resource_list.read(path).unknown == {'os-volume_attachments': 2}


def test_it_is_never_written_to(path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    resource_list.read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_an_empty_list_is_one_of_nothing(path):
    path.write_text('{}')
    assert not resource_list.read(path).refs


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        (None, 'cannot be read'),
        ('', 'is empty'),
        ('{"servers": {"s1": ', 'is cut off'),
        ('[]', 'holds a list'),
        ('{"servers": ["s1"]}', 'servers is a list instead of an object'),
    ],
)
def test_what_is_no_resource_list_is_refused(path, text, sentence):
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=sentence):
        resource_list.read(path)
