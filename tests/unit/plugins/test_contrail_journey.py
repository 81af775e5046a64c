"""A whole run on Contrail: two projects and what they share, of which one was deleted in Keystone."""

import dataclasses
import math
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.contrail.client import Made
from lab.contrail.estate import entangle
from lab.contrail.store import Object, permissions
from orphancleanup import runs
from orphancleanup.errors import Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project, Ref
from orphancleanup.outcome import Result
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import Request as FakeRequest
from tests.unit.plugins.contrail_world import GENTLE, World, codes, ref, results, settled, void
from tests.unit.plugins.fake_orchestration import Orchestration

DERIVED = {'routing-instance', 'route-target', 'access-control-list'}


@pytest.fixture
def world(places: Iterator[Path]) -> World:
    return settled(next(places))


# What goes


def test_exactly_what_is_of_the_dead_project_goes(world: World) -> None:
    world.end()
    before = world.objects
    applied = world.apply()
    gone = before.keys() - world.objects.keys()
    wanted = {each.uuid for each in (*world.dead, world.dead.project)}
    assert {before[each].name for each in wanted - gone} == set()
    assert {before[each].name for each in gone - wanted if before[each].type not in DERIVED} == set()
    assert {each.result for each in applied.outcomes} == {Result.REMOVED}


def test_a_second_run_finds_nothing(world: World) -> None:
    world.end()
    world.apply()
    assert world.review().plan.entries == ()


def test_a_dry_run_asks_nothing_but_reading_and_no_project_by_its_id(world: World) -> None:
    world.end()
    world.cloud.requests.clear()
    assert world.review().plan.entries
    sent = [each for each in world.cloud.requests if each.service == 'contrail']
    posted = [(each.path, each.body) for each in sent if each.method != 'GET']
    assert posted == [('/useragent-kv', {'operation': 'RETRIEVE', 'key': None})]
    assert not [each.path for each in sent if each.path.startswith('/project/')]


def test_without_backend_what_has_addresses_stays_and_the_next_step_is_told(world: World) -> None:
    world.end()
    applied = world.apply(GENTLE)
    assert world.contrail.has(world.dead['net'])
    assert world.contrail.has(world.dead['port-ip'])
    assert not world.contrail.has(world.dead['floating-ip'])
    (port,) = (each for each in applied.outcomes if each.ref == ref(world.dead['port']))
    assert port.result is not Result.REMOVED
    assert 'delete-with-addresses' in str(port)


def test_children_with_default_names_go_before_their_parent(world: World) -> None:
    world.end()
    world.apply()
    paths = [each.path for each in world.cloud.requests if each.method == 'DELETE']
    pool, network = world.dead['default-pool'], world.dead['net']
    first, second = f'/floating-ip-pool/{pool.uuid}', f'/virtual-network/{network.uuid}'
    assert paths.index(first) < paths.index(second)


def test_a_run_takes_one_change_for_each_object(world: World) -> None:
    world.end()
    world.apply()
    paths = [each.path for each in world.cloud.requests if each.method == 'DELETE']
    assert sorted(paths) == sorted({*paths})
    assert len(paths) == len([*world.dead]) + 1


# What stays


def test_what_a_living_project_uses_stays_and_is_explained(world: World) -> None:
    entangle(world.living, world.dead)
    world.end()
    squatted = world.verdict(world.dead['squatted'])
    assert squatted.decision is Decision.KEEP
    (guard,) = squatted.guards
    assert guard.code == 'in-use'
    assert (
        str(ref(world.living['squatter'])) in guard.text
        or str(ref(world.living['squatter-ip'])) in guard.text
    )
    assert codes(world.verdict(world.dead['borrowed'])) == {'protected'}
    world.apply()
    for each in (*world.living, world.dead['squatted'], world.dead['borrowed'], world.dead.project):
        assert world.contrail.has(each), each


def test_what_is_of_the_system_stays_whatever_is_asked_for(world: World) -> None:
    world.end()
    everything = Request(Selection(everything=True, orphans=True))
    of_system = [
        each for each in world.objects.values() if 'default-project' in each.name and each.type != 'domain'
    ]
    assert len(of_system) >= 5
    for each in of_system:
        assert 'protected' in codes(world.verdict(Made(each.type, each.uuid, each.name), everything)), (
            each.name
        )


def test_a_floating_ip_of_the_living_keeps_the_interface_of_the_dead(world: World) -> None:
    world.living.floating_ip('bound', world.living['pool'], world.dead['port'])
    world.end()
    assert codes(world.verdict(world.dead['port'])) == {'in-use'}
    assert codes(world.verdict(world.dead['net'])) == {'in-use'}


def test_an_annotation_keeps_a_network(world: World) -> None:
    pairs = {'key_value_pair': [{'key': 'orphancleanup:keep', 'value': 'yes'}]}
    kept = world.dead.network('kept', annotations=pairs)
    world.end()
    assert codes(world.verdict(kept)) == {'tagged'}


@pytest.mark.parametrize(
    ('name', 'fields'),
    [
        ('shared', {'is_shared': True}),
        ('external', {'router_external': True}),
        ('provider', {'is_provider_network': True}),
        ('hidden', {'id_perms': {'created': '2025-01-01T00:00:00', 'user_visible': False}}),
        ('lent', {'perms2': {'owner': 'x', 'share': [{'tenant': 'domain:y', 'tenant_access': 7}]}}),
        ('open', {'perms2': {'owner': 'x', 'global_access': 5, 'share': []}}),
        ('__contrail_lr_internal_vn_5__', {}),
        ('__contrail_dci_internal_vn_5__', {}),
        ('snat-si-left_si_5', {}),
        ('svc-vn-left', {}),
    ],
)
def test_a_network_that_must_stay_is_protected(world: World, name: str, fields: dict[str, object]) -> None:
    made = world.dead.network(name, **fields)
    world.end()
    everything = Request(Selection(everything=True, refs=frozenset({ref(made)})))
    assert 'protected' in codes(world.verdict(made, everything))


def test_a_network_of_a_physical_router_is_protected(world: World) -> None:
    client = world.contrail.client
    client.make(
        'physical-router',
        ('default-global-system-config', 'spine'),
        parent_type='global-system-config',
        virtual_network_refs=[world.dead['net'].ref],
    )
    world.end()
    assert codes(world.verdict(world.dead['net'])) == {'protected'}


# Stacks


@pytest.mark.parametrize('kind', ['OS::ContrailV2::VirtualNetwork', 'OS::Contrail::VirtualNetwork'])
def test_a_network_that_a_living_stack_stands_for_is_kept_for_it(world: World, kind: str) -> None:
    heat, world.more = Orchestration(world.cloud), ('heat-stack',)
    stack = heat.add(project=uuid.UUID(world.living.project.uuid).hex)
    network = world.dead.network('of-stack')
    heat.add_resource(stack, 'network', network.uuid, resource_type=kind)
    world.end()
    assert codes(world.verdict(network)) == {'owned'}
    world.apply()
    assert world.contrail.has(network)


def test_a_network_that_a_stack_of_the_deleted_project_stands_for_goes_with_it(world: World) -> None:
    heat, world.more = Orchestration(world.cloud), ('heat-stack',)
    stack = heat.add(project=uuid.UUID(world.dead.project.uuid).hex)
    network = world.dead.network('of-stack')
    heat.add_resource(stack, 'network', network.uuid, resource_type='OS::ContrailV2::VirtualNetwork')
    world.end()
    verdict = world.verdict(network)
    assert (verdict.decision, verdict.owner) == (Decision.HELD, Ref('heat-stack', stack['id']))


def test_a_network_whose_stack_is_told_by_a_name_keeps_the_stack(world: World) -> None:
    """No uuid is in the stack: what it stands for cannot be looked for, and is not gone for that."""
    heat, world.more = Orchestration(world.cloud), ('heat-stack',)
    stack = heat.add(project=uuid.UUID(world.dead.project.uuid).hex)
    heat.add_resource(stack, 'n', 'default-domain:x:y', resource_type='OS::ContrailV2::VirtualNetwork')
    world.end()
    found = {each.resource.ref: each for each in world.review().verdicts}
    assert codes(found[Ref('heat-stack', stack['id'])]) == {'parts-unknown'}


# Servers and what is not used


def test_an_interface_whose_server_is_gone_is_an_orphan_and_one_with_a_server_stays(world: World) -> None:
    server = world.compute.add(tenant_id=uuid.UUID(world.living.project.uuid).hex)
    network = world.living['net']
    made = {}
    for word, identifier in (('kept', server['id']), ('lost', None)):
        more = {'uuid': identifier} if identifier else {}
        machine = world.contrail.client.make('virtual-machine', (f'machine-{word}',), **more)
        made[word] = world.living.port(
            word,
            network,
            virtual_machine_refs=[machine.ref],
            virtual_machine_interface_device_owner='compute:nova',
        )
    world.end()
    assert world.verdict(made['kept']).decision is Decision.KEEP
    assert {each.code for each in world.verdict(made['lost']).reasons} == {'parent-missing'}
    world.apply()
    assert world.contrail.has(made['kept'])
    assert not world.contrail.has(made['lost'])
    assert not world.contrail.has(world.living['lost-ip'])


def test_where_another_region_may_have_the_server_nothing_follows_from_its_absence(world: World) -> None:
    world.cloud.sharing['compute', 'contrail'] = frozenset({'RegionTwo'})
    port = world.living.port(
        'remote',
        world.living['net'],
        virtual_machine_refs=[world.contrail.client.make('virtual-machine', ('remote',)).ref],
        virtual_machine_interface_device_owner='compute:nova',
    )
    world.end()
    assert world.verdict(port).reasons == ()


@pytest.mark.parametrize(('is_old', 'expected'), [(True, {'unused'}), (False, set())])
def test_what_nothing_uses_is_an_orphan_once_it_is_old(
    world: World, is_old: bool, expected: set[str]
) -> None:
    address = world.living.address('loose', world.living['net'])
    world.end()
    if not is_old:
        perms = world.contrail.api.store.objects[address.uuid].properties['id_perms']
        perms['created'] = perms['last_modified'] = '2026-02-28T23:30:00'
    assert {each.code for each in world.verdict(address).reasons} == expected


def test_a_virtual_machine_without_interfaces_and_server_is_an_orphan(world: World) -> None:
    machine = world.contrail.client.make('virtual-machine', ('lonely',))
    world.end()
    assert {each.code for each in world.verdict(machine).reasons} == {'parent-missing', 'unused'}


def test_a_floating_ip_without_its_interface_is_an_orphan(world: World) -> None:
    store = world.contrail.api.store
    floating = world.living['floating-ip']
    port = store.objects[world.living['port'].uuid]
    world.end()
    store.remove(port)
    assert 'parent-missing' in {each.code for each in world.verdict(floating).reasons}


def test_a_shared_address_goes_with_the_last_interface(world: World) -> None:
    ports = [world.dead.port(f'pair-{n}', world.dead['net']) for n in range(2)]
    shared = world.dead.address('both', world.dead['net'], *ports)
    world.end()
    world.apply()
    assert not any(world.contrail.has(each) for each in (*ports, shared))


def test_an_address_that_a_living_interface_shares_keeps_the_other_until_it_is_named(world: World) -> None:
    lent = world.living['lent']
    mine = world.dead.port('mine', lent)
    theirs = world.living.port('theirs', lent)
    shared = world.living.address('both', lent, mine, theirs)
    world.end()
    assert codes(world.verdict(mine)) == {'alters-kept'}
    named = Request(Selection(orphans=True, refs=frozenset({ref(mine)})))
    plan = world.review(named).plan
    runs.apply(world.site(), plan, RunFolder.create(world.cloud.clock, world.root / 'runs'))
    assert not world.contrail.has(mine)
    assert world.contrail.api.store.objects[shared.uuid].refs.keys() == {lent.uuid, theirs.uuid}


def test_what_the_transformer_left_is_told_and_stays(world: World) -> None:
    world.contrail.behaviour.has_transformer = False
    world.end()
    told = world.apply().left_behind
    left = [each for each in world.objects.values() if each.type == 'access-control-list']
    assert len(left) == 2
    assert {each.ref.id for each in told} == {each.uuid for each in left}
    assert {(each.kind, each.unused) for each in told} == {
        ('contrail-access-control-list', f'its security-group {world.dead["group"].uuid} is gone')
    }
    for each in left:
        found = world.verdict(Made(each.type, each.uuid, each.name))
        assert ({reason.code for reason in found.reasons}, codes(found)) == ({'unused'}, {'protected'})


def derive(world: World, parent: Made, kind: str) -> Object:
    """Make what the schema transformer makes of a network besides, and leaves where it is away."""
    made = Object(kind, str(uuid.uuid4()), (*parent.name, f'other-{kind}'), parent.type, parent.uuid)
    made.properties = permissions('x')
    return world.contrail.api.store.add(made)


@pytest.mark.parametrize('kind', ['routing-instance', 'access-control-list'])
def test_what_was_derived_from_a_network_and_stays_is_told_by_the_same_run(world: World, kind: str) -> None:
    mine = derive(world, world.dead['net'], kind)
    theirs = derive(world, world.living['net'], kind)
    orphan = derive(world, Made('virtual-network', str(uuid.uuid4()), ('a', 'b', 'c')), kind)
    world.contrail.behaviour.has_transformer = False
    world.end()
    applied = world.apply()
    told = {each.ref.id for each in applied.left_behind if each.kind == f'contrail-{kind}'}
    assert mine.uuid in told
    assert not told & {theirs.uuid, orphan.uuid}
    assert mine.uuid in world.objects
    assert applied.warnings == ()


def test_what_the_transformer_removes_a_little_later_is_not_left(world: World) -> None:
    late = derive(world, world.dead['net'], 'routing-instance')
    world.contrail.behaviour.has_transformer = False
    world.end()
    # As busy as it is, it comes to that when it was looked for twice.
    lists = ('contrail', 'GET', '^/routing-instances$')
    world.cloud.before(lists, lambda request: remove_later(world, late, request), times=math.inf)
    before = world.cloud.clock.monotonic()
    applied = world.apply()
    assert late.uuid not in world.objects
    assert late.uuid not in {each.ref.id for each in applied.left_behind}
    assert world.cloud.clock.monotonic() - before < 60


def remove_later(world: World, late: Object, request: FakeRequest) -> None:
    """Remove what is left once its network is gone and it was looked for."""
    is_list = 'count' not in request.query
    looked = vars(world).setdefault('looked', []) if not world.contrail.has(world.dead['net']) else []
    if is_list and late.uuid in world.objects:
        looked.append(request)
        if len(looked) > 2:
            world.contrail.api.store.remove(late)


def test_what_is_left_and_cannot_be_read_is_work_left(world: World) -> None:
    world.end()

    def fail_at_the_end(_: object) -> None:
        if not world.contrail.has(world.dead['net']):
            raise Unreachable('gone silent')

    world.cloud.before(('contrail', 'GET', '^/routing-instances$'), fail_at_the_end, times=math.inf)
    applied = world.apply()
    assert 'contrail-routing-instance' in str(applied.warnings)


def test_a_run_that_removes_nothing_looks_for_nothing_that_stayed(world: World) -> None:
    derive(world, Made('virtual-network', str(uuid.uuid4()), ('a', 'b', 'c')), 'routing-instance')
    world.end()
    world.contrail.behaviour.has_zookeeper = False
    assert world.apply().left_behind == ()


# Faults


def test_a_referrer_that_appears_after_the_plan_keeps_the_network(world: World) -> None:
    world.end()
    applied = world.apply(meanwhile=lambda: void(world.living.port('late', world.dead['net'])))
    assert world.contrail.has(world.dead['net'])
    assert world.contrail.has(world.living['late'])
    assert results(applied)[ref(world.dead['net'])] is not Result.REMOVED


def test_without_zookeeper_nothing_is_removed_and_nothing_harsher_is_tried(world: World) -> None:
    world.end()
    before = world.objects
    world.contrail.behaviour.has_zookeeper = False
    applied = world.apply()
    assert world.objects.keys() == before.keys()
    assert Result.REMOVED not in results(applied).values()


def test_a_server_that_dies_in_the_middle_leaves_the_rest_and_a_report(world: World) -> None:
    world.end()
    world.cloud.fail(('contrail', '*', '.*'), Unreachable('gone silent'), times=math.inf, after=60)
    before = world.objects
    applied = world.apply()
    told_gone = {each.id for each, result in results(applied).items() if result is Result.REMOVED}
    assert told_gone <= before.keys() - world.objects.keys()
    assert all(world.contrail.has(each) for each in world.living)


def test_who_is_no_administrator_reads_nothing_of_contrail(world: World) -> None:
    world.end()
    caller = world.contrail.identity.tokens['token']
    world.contrail.behaviour.aaa_mode = 'rbac'
    world.contrail.identity.tokens['token'] = dataclasses.replace(caller, roles=frozenset({'member'}))
    found = world.review()
    unread = {each.scope.kind for each in found.plan.unread}
    assert unread >= {'contrail-vn', 'contrail-vmi', 'contrail-project'}
    assert found.plan.entries == ()


def test_without_authentication_everybody_sees_all(world: World) -> None:
    world.end()
    world.contrail.behaviour.aaa_mode = 'no-auth'
    world.contrail.identity.tokens.clear()
    assert world.review().plan.entries


def test_a_damaged_row_makes_its_kind_unread(world: World) -> None:
    world.end()
    world.contrail.behaviour.unreadable = [world.living['port'].uuid]
    found = world.review().plan
    assert 'contrail-vmi' in {each.scope.kind for each in found.unread}
    assert ref(world.dead['net']) not in {each.ref for each in found.entries}


def test_a_database_that_is_away_is_no_empty_cloud(world: World) -> None:
    world.end()
    world.contrail.behaviour.has_database = False
    found = world.review().plan
    assert found.entries == ()
    assert 'contrail-vn' in {each.scope.kind for each in found.unread}


def test_a_project_that_lives_again_keeps_what_is_in_it(world: World) -> None:
    world.end()
    identifier = uuid.UUID(world.dead.project.uuid).hex

    def revive() -> None:
        world.cloud.projects[identifier] = Project(identifier, 'dead', 'default')

    before = world.objects
    world.apply(meanwhile=revive)
    assert {each for each in before if each not in world.objects} & {each.uuid for each in world.dead} <= {
        world.dead['machine'].uuid,
        world.dead['machine-port'].uuid,
        world.dead['machine-port-ip'].uuid,
    }
