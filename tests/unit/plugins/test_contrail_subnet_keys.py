"""Subnets in the key-value store of Contrail: stale ones are told about, by the one POST that only reads."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.clouds import dialects
from orphancleanup.errors import IncompleteListing, ReadOnlyViolation
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn.subnet_keys import SubnetKey
from tests.unit.plugins.contrail_world import ORPHANS, World, codes, settled

ALL = {'operation': 'RETRIEVE', 'key': None}


@pytest.fixture
def world(places: Iterator[Path]) -> World:
    return settled(next(places))


def note(world: World, network: str, prefix: str = '10.0.0.0/24', is_whole: bool = True) -> str:
    """Note a subnet as Neutron's plug-in does: from either to the other."""
    subnet = str(uuid.uuid4())
    pairs = world.contrail.api.store.pairs
    pairs[subnet] = f'{network} {prefix}'
    if is_whole:
        pairs[f'{network} {prefix}'] = subnet
    return subnet


def verdict(world: World, subnet: str) -> Verdict:
    found = {each.resource.ref: each for each in world.review(ORPHANS).verdicts}
    return found[Ref('contrail-subnet-key', subnet)]


def test_one_whose_network_is_gone_is_told_and_stays(world: World) -> None:
    network = str(uuid.uuid4())
    stale = verdict(world, note(world, network))
    assert [each.text for each in stale.reasons] == [
        f'it depends on contrail-vn:{network}, which no longer exists'
    ]
    assert codes(stale) == {'protected'}
    assert stale.resource.name == f'{network} 10.0.0.0/24'


@pytest.mark.parametrize('prefix', ['10.0.0.0/24', 'fd00:1::/64'])
def test_one_whose_network_is_there_is_no_orphan(world: World, prefix: str) -> None:
    assert verdict(world, note(world, world.living['net'].uuid, prefix)).reasons == ()


def test_half_a_note_is_one(world: World) -> None:
    network = str(uuid.uuid4())
    assert {each.code for each in verdict(world, note(world, network, is_whole=False)).reasons} == {
        'parent-missing'
    }


def test_it_keeps_no_network(world: World) -> None:
    subnet = note(world, world.dead['net'].uuid)
    world.end()
    world.apply()
    assert not world.contrail.has(world.dead['net'])
    assert {each.code for each in verdict(world, subnet).reasons} == {'parent-missing'}
    assert subnet in world.contrail.api.store.pairs


def test_a_network_that_is_not_shown_is_not_gone(world: World) -> None:
    note(world, world.living['net'].uuid)
    world.contrail.behaviour.unreadable = [world.living['net'].uuid]
    with pytest.raises(IncompleteListing, match='passed over'):
        list(SubnetKey().discover(world.cloud))


def test_what_else_is_noted_is_left_out(world: World) -> None:
    pairs = world.contrail.api.store.pairs
    pairs |= {'version': '1', str(uuid.uuid4()): 'default', f'{uuid.uuid4()} 10.0.0.0/24': 'none'}
    assert list(SubnetKey().discover(world.cloud)) == []


@pytest.mark.parametrize(
    'document', [None, {}, {'value': 'x'}, {'value': ['x']}, {'value': [{'value': 'x'}]}]
)
def test_another_document_tells_nothing(world: World, document: Any) -> None:
    world.cloud.override('contrail', 'POST', '/useragent-kv', lambda *_: document)
    with pytest.raises(IncompleteListing):
        list(SubnetKey().discover(world.cloud))


def test_a_look_sees_what_a_listing_sees(world: World) -> None:
    ref = Ref('contrail-subnet-key', note(world, str(uuid.uuid4())))
    (listed,) = SubnetKey().discover(world.cloud)
    assert SubnetKey().look(world.cloud, ref) == listed
    assert SubnetKey().look(world.cloud, Ref(ref.kind, str(uuid.uuid4()))) is None
    assert SubnetKey().ladder(listed) == ()


def test_who_is_no_administrator_reads_none(world: World) -> None:
    world.cloud.override('contrail', 'GET', '/obj-perms', lambda *_: {'is_cloud_admin_role': False})
    with pytest.raises(IncompleteListing, match='cloud_admin_role'):
        list(SubnetKey().discover(world.cloud))


@pytest.mark.parametrize(
    ('path', 'body'),
    [
        ('/useragent-kv', {'operation': 'STORE', 'key': None}),
        ('/useragent-kv', {'operation': 'DELETE', 'key': None}),
        ('/useragent-kv', {'operation': 'RETRIEVE', 'key': 'x'}),
        ('/useragent-kv', {**ALL, 'value': 'x'}),
        ('/useragent-kv', {'operation': 'RETRIEVE'}),
        ('/chown', ALL),
        ('/ref-update', ALL),
    ],
)
def test_while_only_reading_nothing_else_is_posted(world: World, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(ReadOnlyViolation):
        world.cloud.service('contrail').post(path, body)


def test_no_other_service_has_such_a_post() -> None:
    assert [name for name, each in dialects.DIALECTS.items() if each.readings] == ['contrail']
