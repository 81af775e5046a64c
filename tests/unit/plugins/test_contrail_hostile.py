"""What the API server does not say, says wrongly, or says in a way of its own: nothing of the living goes for that."""

import math
import re
import types
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.contrail import schema
from lab.contrail.client import Made
from lab.contrail.estate import Home
from lab.contrail.store import Object, permissions
from orphancleanup import runs
from orphancleanup.errors import Conflict, IncompleteListing, NotFound, Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Result
from orphancleanup.plugins.contrail_vn import unnamed
from orphancleanup.plugins.contrail_vn.interface import Interface
from orphancleanup.plugins.contrail_vn.machine import VirtualMachine
from orphancleanup.plugins.contrail_vn.network import Network
from orphancleanup.plugins.contrail_vn.project import Project
from tests.unit.plugins.contrail_world import World, codes, ref, results, settled, void

#: a type of a newer server: nothing of ours names it
NEWER = 'newer-thing'


@pytest.fixture
def world(places: Iterator[Path]) -> World:
    return settled(next(places))


@pytest.fixture
def newer(world: World, monkeypatch: pytest.MonkeyPatch) -> 'Newer':
    refs = ('virtual-network', 'virtual-machine-interface', 'virtual-machine')
    types_ = {**schema.TYPES, NEWER: schema.Type(('project',), refs)}
    monkeypatch.setattr(schema, 'TYPES', types.MappingProxyType(types_))
    return Newer(world)


class Newer:
    """Makes objects of a type that nothing of ours names."""

    def __init__(self, world: World) -> None:
        self._store = world.contrail.api.store
        self._home = world.living

    def using(self, made: Made) -> Object:
        """Make one of the living project that refers to something."""
        project = self._home.project
        one = Object(NEWER, str(uuid.uuid4()), (*project.name, made.uuid), 'project', project.uuid)
        one.properties = permissions('x')
        self._store.add(one)
        self._store.link(one, self._store.objects[made.uuid], None)
        return one


def host(world: World, machine: Made) -> Made:
    """Make a virtual router that refers to a virtual machine."""
    return world.contrail.client.make(
        'virtual-router',
        ('default-global-system-config', 'host'),
        parent_type='global-system-config',
        virtual_machine_refs=[machine.ref],
    )


def changes(world: World) -> list[str]:
    return [f'{each.method} {each.path}' for each in world.cloud.requests if each.method != 'GET']


# What refers to something by a field that no list names


def test_an_interface_that_something_unknown_uses_stays_and_is_explained(world: World, newer: Newer) -> None:
    used = newer.using(world.dead['port'])
    world.end()
    found = world.verdict(world.dead['port'])
    assert codes(found) == {'unknown-kind'}
    assert f'contrail-newer-thing:{used.uuid}' in str(found.guards)
    looked = Interface().look(world.cloud, ref(world.dead['port']))
    assert looked == found.resource
    world.cloud.requests.clear()
    assert ref(world.dead['port']) not in results(world.apply())
    assert all(world.contrail.has(world.dead[each]) for each in ('port', 'port-ip', 'net'))
    assert used.uuid in world.objects
    assert not [each for each in changes(world) if world.dead['port'].uuid in each]


def test_what_something_unknown_comes_to_use_after_the_plan_keeps_its_addresses(
    world: World, newer: Newer
) -> None:
    world.end()
    applied = world.apply(meanwhile=lambda: void(newer.using(world.dead['port'])))
    assert results(applied)[ref(world.dead['port'])] is Result.CHANGED
    assert all(world.contrail.has(world.dead[each]) for each in ('port', 'port-ip', 'net'))


def test_the_fields_of_all_types_are_asked_for_in_addresses_that_are_not_too_long(
    world: World, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = newer.using(world.dead['port'])
    monkeypatch.setattr(unnamed, '_LONGEST', 60)
    world.cloud.requests.clear()
    found = {each.ref: each for each in Interface().discover(world.cloud)}
    assert found[ref(world.dead['port'])].blockers[-1:] == (Ref('contrail-newer-thing', used.uuid),)
    asked = [
        str(each.query['fields'])
        for each in world.cloud.requests
        if each.path == '/virtual-machine-interfaces'
        and 'fields' in each.query
        and 'detail' not in each.query
    ]
    assert len(asked) > 5
    assert max(map(len, asked)) <= 60
    assert {name for each in asked for name in each.split(',')} >= {'newer_thing_back_refs', 'newer_things'}


def test_an_interface_of_which_it_is_not_told_what_uses_it_stays(world: World) -> None:
    """A server that lags behind has it in the first list, and not in the one with the fields of all types."""
    store = world.contrail.api.store
    lagging = store.objects[world.dead['port'].uuid]
    links = dict(lagging.refs)
    world.end()
    # After the number of them, the one page with what is known, and the number of them again.
    lists = ('contrail', 'GET', '^/virtual-machine-interfaces$')
    world.cloud.before(lists, lambda _: store.remove(lagging), after=2)
    (found,) = (each for each in Interface().discover(world.cloud) if each.id == lagging.uuid)
    lagging.refs = links
    store.add(lagging)
    assert found.protection == 'Contrail did not tell what else uses it'
    (found,) = (each for each in Interface().discover(world.cloud) if each.id == lagging.uuid)
    assert found.protection == ''


@pytest.mark.parametrize(
    'answer',
    [
        NotFound(404, 'nothing'),
        Unreachable('gone silent'),
        {'links': []},
        {'href': 'x'},
        [],
        '<html>',
        {'links': [{'link': {'rel': 'resource-base', 'name': 5}}]},
    ],
)
def test_where_the_types_are_not_told_interfaces_are_unread(world: World, answer: object) -> None:
    def give(*_: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    world.end()
    world.cloud.override('contrail', 'GET', '/', give)
    found = world.review().plan
    assert 'contrail-vmi' in {each.scope.kind for each in found.unread}
    assert not {each.ref.kind for each in found.entries} & {'contrail-vmi', 'contrail-vn', 'contrail-project'}


def test_a_machine_that_something_unknown_uses_is_not_taken_from_its_host(world: World, newer: Newer) -> None:
    machine = world.contrail.client.make('virtual-machine', ('lonely',))
    router = host(world, machine)
    newer.using(machine)
    world.end()
    assert results(world.apply())[ref(machine)] is Result.LEFT
    assert machine.uuid in world.objects[router.uuid].refs


@pytest.mark.parametrize(
    'wording',
    [
        'Delete when resource still referred: {}',
        'Back-References from {} still exist',
        'Cannot modify system resource {}',
    ],
)
def test_a_refusal_is_told_in_any_wording_and_never_followed(
    world: World, newer: Newer, wording: str
) -> None:
    used = newer.using(world.dead['net'])
    address = f"['http://contrail.example:8082/{NEWER}/{used.uuid}']"

    def refuse(_: object, request: object) -> None:
        raise Conflict(409, wording.format(address))

    path = f'/virtual-network/{world.dead["net"].uuid}'
    world.cloud.override('contrail', 'DELETE', re.escape(path), refuse)
    world.end()
    applied = world.apply()
    (told,) = (each for each in applied.outcomes if each.ref == ref(world.dead['net']))
    assert told.result is Result.LEFT
    assert wording.format(address) in str(told)
    assert used.uuid in world.objects
    assert not [each for each in changes(world) if used.uuid in each]


def test_an_address_that_came_since_the_plan_keeps_the_interface_and_the_others(world: World) -> None:
    port, network = world.dead['port'], world.dead['net']
    world.end()
    applied = world.apply(meanwhile=lambda: void(world.dead.address('late', network, port)))
    assert results(applied)[ref(port)] is not Result.REMOVED
    assert all(world.contrail.has(world.dead[each]) for each in ('port', 'port-ip', 'late'))


def test_what_comes_to_use_a_shared_address_s_interface_in_the_last_moment_keeps_both(
    world: World, newer: Newer
) -> None:
    lent = world.living['lent']
    mine, theirs = world.dead.port('mine', lent), world.living.port('theirs', lent)
    shared = world.living.address('both', lent, mine, theirs)
    found = Interface().look(world.cloud, ref(mine))
    assert found
    newer.using(mine)
    world.cloud.allow_changes()
    with pytest.raises(Conflict, match='nothing was changed'):
        Interface().ladder(found)[0].run(world.cloud, found)
    assert mine.uuid in world.objects[shared.uuid].refs
    assert world.contrail.has(world.dead['mine-ip'])


@pytest.mark.parametrize('value', [[{'to': ['x']}], ['x']])
def test_a_referrer_that_cannot_be_read_is_one(world: World, value: object) -> None:
    port = world.dead['port']
    shown = world.contrail.ask('GET', f'/virtual-machine-interface/{port.uuid}')
    shown['virtual-machine-interface']['newer_thing_back_refs'] = value
    world.cloud.override('contrail', 'GET', f'/virtual-machine-interface/{port.uuid}', lambda *_: shown)
    with pytest.raises(IncompleteListing, match='newer_thing'):
        Interface().look(world.cloud, ref(port))


def test_a_child_of_an_unknown_type_keeps_a_machine_at_its_host(world: World) -> None:
    ghost = Resource(Ref('contrail-virtual-machine', str(uuid.uuid4())), details={'hosts': []})
    child = {'to': ['a', 'b'], 'uuid': str(uuid.uuid4())}
    shown = {'virtual-machine': {'uuid': ghost.id, 'newer_things': [child], 'service_instance_refs': [child]}}
    world.cloud.override('contrail', 'GET', f'/virtual-machine/{ghost.id}', lambda *_: shown)
    with pytest.raises(Conflict, match='newer_things'):
        VirtualMachine().require_free(world.cloud, ghost.ref, ())


def test_what_is_gone_is_not_free_but_gone(world: World) -> None:
    with pytest.raises(NotFound):
        VirtualMachine().require_free(world.cloud, Ref('contrail-virtual-machine', str(uuid.uuid4())), ())


# Virtual machines that are no server's


@pytest.mark.parametrize(
    ('owner', 'server_type', 'expected'),
    [
        ('', '', set()),
        ('K8S:LOADBALANCER', '', set()),
        ('compute:nova', 'container', set()),
        ('compute:nova', 'virtual-server', {'parent-missing'}),
        ('compute:nova', '', {'parent-missing'}),
    ],
)
def test_the_machine_of_a_pod_is_no_orphan_because_nova_does_not_know_it(
    world: World, owner: str, server_type: str, expected: set[str]
) -> None:
    more = {'server_type': server_type} if server_type else {}
    machine = world.contrail.client.make('virtual-machine', ('pod',), **more)
    device = {'virtual_machine_interface_device_owner': owner} if owner else {}
    world.living.port('pod', world.living['net'], virtual_machine_refs=[machine.ref], **device)
    world.end()
    assert {each.code for each in world.verdict(machine).reasons} == expected


def test_a_pods_machine_that_waits_for_its_interface_is_no_orphan(world: World) -> None:
    machine = world.contrail.client.make('virtual-machine', ('pod',), server_type='container')
    perms = world.objects[machine.uuid].properties['id_perms']
    world.end()
    perms['created'] = perms['last_modified'] = '2026-02-28T23:59:00'
    assert world.verdict(machine).reasons == ()


def test_where_interfaces_are_not_shown_a_machine_is_no_orphan(world: World) -> None:
    world.contrail.behaviour.unreadable = [world.dead['machine-port'].uuid]
    world.end()
    found = world.review().plan
    assert 'contrail-virtual-machine' in {each.scope.kind for each in found.unread}


# What is used in a way of its own


@pytest.mark.parametrize(
    'field',
    [
        'physical_router_refs',
        'virtual_router_refs',
        'logical_interface_refs',
        'flow_node_refs',
        'service_instance_back_refs',
        'service_instance_ip',
        'service_health_check_ip',
        'instance_ip_local_ip',
    ],
)
def test_an_address_without_an_interface_may_be_a_gateways(world: World, field: str) -> None:
    address = world.living.address('gateway', world.living['net'])
    value = [{'to': ['x'], 'uuid': str(uuid.uuid4())}] if field.endswith('refs') else True
    world.objects[address.uuid].properties[field] = value
    world.end()
    assert codes(world.verdict(address)) == {'protected'}


@pytest.mark.parametrize(
    ('word', 'field', 'guard'),
    [
        ('port', 'physical_interface_refs', 'protected'),
        ('port', 'bgp_router_refs', 'protected'),
        ('port', 'virtual_port_group_refs', 'unknown-kind'),
        ('port', 'port_tuple_refs', 'unknown-kind'),
        ('router', 'fabric_refs', 'protected'),
        ('router', 'physical_router_refs', 'protected'),
        ('router', 'port_tuple_back_refs', 'unknown-kind'),
        ('floating-ip', 'customer_attachment_back_refs', 'unknown-kind'),
    ],
)
def test_what_is_used_outside_of_the_cloud_stays(world: World, word: str, field: str, guard: str) -> None:
    made = world.dead[word]
    world.objects[made.uuid].properties[field] = [{'to': ['x'], 'uuid': str(uuid.uuid4())}]
    world.end()
    assert guard in codes(world.verdict(made))


# Projects that Keystone never had


@pytest.mark.parametrize('owner', ['cloud-admin', '5d1c6b0a93f24f7f8f0c1f6a2f5e7b01'])
def test_a_project_that_kubernetes_made_is_none_that_keystone_lost(world: World, owner: str) -> None:
    client = world.contrail.client
    project = client.make('project', ('default-domain', 'k8s-default'), parent_type='domain')
    namespace = Home(client, project)
    world.objects[project.uuid].properties['perms2']['owner'] = owner
    pods = namespace.network('pods')
    namespace.port('pod', pods)
    made = (project, pods, namespace['pod'], namespace.make('group', 'security-group', 'group'))
    world.end()
    world.apply()
    assert all(world.contrail.has(each) for each in (*made, namespace['pod-ip']))
    for each in made:
        assert 'protected' in codes(world.verdict(each)), each
    looked = Network().look(world.cloud, ref(pods))
    assert looked
    assert looked.protection.startswith('its project does not own itself')


def test_a_project_from_keystone_that_was_given_to_itself_again_is_one_that_keystone_lost(
    world: World,
) -> None:
    project = world.dead.project
    world.contrail.ask('POST', '/chown', body={'uuid': project.uuid, 'owner': project.uuid})
    world.end()
    assert world.verdict(world.dead['policy']).decision is Decision.REMOVE


# Ids and names


@pytest.mark.parametrize('spell', [lambda one: uuid.UUID(one).hex, str.upper, lambda one: f'{{{one}}}'])
def test_what_is_spelled_otherwise_is_not_gone(world: World, spell: 'types.FunctionType') -> None:
    for handler, made in ((Network(), world.living['net']), (Project(), world.living.project)):
        with pytest.raises(IncompleteListing, match=made.uuid):
            handler.look(world.cloud, Ref(handler.kind, spell(made.uuid)))


def test_what_is_no_uuid_is_not_gone(world: World) -> None:
    for handler in (Network(), Project()):
        with pytest.raises(IncompleteListing, match='no uuid'):
            handler.look(world.cloud, Ref(handler.kind, 'default-domain:living:net'))


def test_what_is_named_in_another_spelling_is_told_and_stays(world: World) -> None:
    named = Ref('contrail-vn', uuid.UUID(world.living['net'].uuid).hex)
    found = world.review(Request(Selection(refs=frozenset({named})))).plan
    assert found.entries == ()
    assert named in {each.scope.ref for each in found.unread}


def test_a_parent_that_is_no_uuid_is_no_project_that_is_gone(world: World) -> None:
    world.objects[world.living['net'].uuid].parent = 'damaged'
    found = world.review().plan
    assert 'contrail-vn' in {each.scope.kind for each in found.unread}
    assert ref(world.living['net']) not in {each.ref for each in found.entries}


@pytest.mark.parametrize(
    'name',
    [
        'ip-fabric',
        '__link_local__',
        'default-virtual-network',
        'my-svc-vn-left',
        'x__contrail_lr_internal_vn_1',
    ],
)
def test_a_network_of_a_deleted_project_that_is_only_called_so_goes(world: World, name: str) -> None:
    made = world.dead.network(name)
    world.end()
    assert world.verdict(made).decision is Decision.REMOVE


def test_no_other_name_frees_what_is_contrails_own(world: World) -> None:
    made = world.dead.network('__contrail_lr_internal_vn_1__', display_name='mine')
    world.end()
    assert codes(world.verdict(made)) == {'protected'}


def test_a_floating_ip_from_a_pool_of_contrails_own_project_goes_with_the_project_that_took_it(
    world: World,
) -> None:
    fabric = world.contrail.client.find('virtual-network', ('default-domain', 'default-project', 'ip-fabric'))
    assert fabric
    pool = world.contrail.client.make('floating-ip-pool', (*fabric.name, 'p'), parent_type='virtual-network')
    taken = world.dead.floating_ip('taken', pool)
    world.end()
    assert world.verdict(taken).decision is Decision.REMOVE
    assert codes(world.verdict(pool)) == {'protected'}
    world.apply()
    assert not world.contrail.has(taken)
    assert world.contrail.has(pool)


def test_what_does_not_tell_who_may_use_it_stays(world: World) -> None:
    made = world.dead.network('untold')
    world.end()
    del world.objects[made.uuid].properties['perms2']
    assert codes(world.verdict(made)) == {'protected'}


# Answers that are no answers


@pytest.mark.parametrize('kind', ['instance-ip', 'floating-ip', 'alias-ip'])
def test_a_list_besides_that_is_not_found_leaves_the_interfaces_unread(world: World, kind: str) -> None:
    world.end()
    world.cloud.fail(('contrail', 'GET', f'^/{kind}s$'), NotFound(404, 'nothing'), times=math.inf)
    found = world.review().plan
    assert 'contrail-vmi' in {each.scope.kind for each in found.unread}
    assert not {each.ref.kind for each in found.entries} & {'contrail-vmi', 'contrail-vn', 'contrail-project'}


def test_an_address_that_is_not_shown_leaves_its_interface_unknown(world: World) -> None:
    world.contrail.behaviour.unreadable = [world.dead['port-ip'].uuid]
    with pytest.raises(IncompleteListing, match='does not show'):
        Interface().look(world.cloud, ref(world.dead['port']))


def test_a_contrail_that_nobody_names_may_be_there_all_the_same(world: World) -> None:
    world.cloud.remove_service('contrail')
    found = runs.survey(world.site(), ['contrail-vn'])
    assert 'contrail-vn' in found.absent
    assert not found.is_gone(Ref('contrail-vn', world.living['net'].uuid))


def test_a_contrail_that_is_hidden_is_unread(world: World) -> None:
    world.end()
    world.cloud.hide_service('contrail')
    found = world.review().plan
    assert found.entries == ()
    assert {'contrail-vn', 'contrail-project'} <= {each.scope.kind for each in found.unread}


def test_a_deletion_that_only_waits_for_approval_is_no_removal(world: World) -> None:
    world.contrail.behaviour.is_drafting = True
    world.end()
    applied = world.apply()
    assert results(applied)[ref(world.dead['group'])] is not Result.REMOVED
    assert world.contrail.has(world.dead['group'])
    assert world.contrail.has(world.dead.project)


def test_what_a_server_lacks_that_lags_behind_is_asked_for_again_before_it_counts(world: World) -> None:
    """The survey met a server that does not have the newer interfaces; the steps meet one that has."""
    world.end()
    store = world.contrail.api.store
    behind = store.objects[world.living['port'].uuid]
    links = dict(behind.refs)
    store.remove(behind)
    assert {each.code for each in world.verdict(world.living['floating-ip']).reasons} == {'parent-missing'}

    def catch_up() -> None:
        behind.refs = links
        store.add(behind)

    world.apply(meanwhile=catch_up)
    assert all(world.contrail.has(each) for each in world.living)


def test_what_comes_to_use_a_network_in_the_moment_of_its_deletion_keeps_it(world: World) -> None:
    network = world.dead['net']

    def appear(_: object) -> None:
        void(world.living.port('late', network))

    world.end()
    world.cloud.before(('contrail', 'DELETE', f'/virtual-network/{network.uuid}'), appear)
    applied = world.apply()
    assert results(applied)[ref(network)] is not Result.REMOVED
    assert world.contrail.has(world.living['late'])
    assert world.contrail.has(world.living['late-ip'])
