"""What may happen around a run on Contrail: late answers, a kill, names used again, what others have, too."""

import contextlib
import dataclasses
import math
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.contrail.client import Made
from lab.contrail.estate import entangle
from lab.contrail.store import Object
from orphancleanup import runs
from orphancleanup.errors import NotFound, Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project
from orphancleanup.outcome import Result
from orphancleanup.storing import journal
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import Request as Sent
from tests.unit.plugins.contrail_world import World, codes, ref, results, settled

DERIVED = {'routing-instance', 'route-target', 'access-control-list'}
SECONDS = 90.0


@pytest.fixture
def world(places: Iterator[Path]) -> World:
    return settled(next(places))


def nothing_else_is_gone(world: World, before: dict[str, Object]) -> bool:
    """Return whether all that is gone was of the dead project, or derived from that."""
    wanted = {each.uuid for each in (*world.dead, world.dead.project)}
    gone = before.keys() - world.objects.keys()
    return {each for each in gone - wanted if before[each].type not in DERIVED} == set()


# Projects


def test_no_project_is_ever_read_by_its_id(world: World) -> None:
    """It would be made by that. What is refused and what stays leads to more questions than what goes."""
    entangle(world.living, world.dead)
    world.end()
    living = uuid.uuid4().hex
    world.contrail.identity.names[living] = 'unsynced'
    world.cloud.projects[living] = Project(living, 'unsynced', 'default')
    world.cloud.requests.clear()
    world.apply()
    asked = [each.path for each in world.cloud.requests if each.method == 'GET']
    assert '/projects' in asked
    assert not [path for path in asked if path.startswith('/project/')]
    assert str(uuid.UUID(living)) not in world.objects


def test_a_new_project_of_the_name_of_a_deleted_one_keeps_what_is_its_own(world: World) -> None:
    world.end()
    again = world.contrail.home('dead')
    own = (again.project, again.port('port', again.network('net')), again['net'], again['port-ip'])
    before = world.objects
    world.apply()
    assert nothing_else_is_gone(world, before)
    assert all(world.contrail.has(each) for each in own)
    assert not world.contrail.has(world.dead['net'])


# Reasons and guards


def test_an_address_whose_network_is_gone_is_an_orphan(world: World) -> None:
    lost = world.living.network('lost')
    address = world.living.address('loose', lost, world.living['port'])
    world.end()
    store = world.contrail.api.store
    store.remove(store.objects[lost.uuid])
    assert 'parent-missing' in {each.code for each in world.verdict(address).reasons}


def test_an_interface_of_a_server_without_its_virtual_machine_is_an_orphan(world: World) -> None:
    server, plain = (
        world.living.port(word, world.living['net'], **more)
        for word, more in (
            ('of-server', {'virtual_machine_interface_device_owner': 'compute:nova'}),
            ('plain', {}),
        )
    )
    world.end()
    assert {each.code for each in world.verdict(server).reasons} == {'unused'}
    assert world.verdict(plain).reasons == ()


def test_what_came_after_the_saved_state_goes_and_what_was_there_stays(world: World) -> None:
    baseline = runs.save_state(world.site()).baseline
    world.cloud.clock.advance(3600)
    new = world.living.network('new')
    # The simulator's clock is the machine's own; that of the run stands elsewhere.
    perms = world.objects[new.uuid].properties['id_perms']
    perms['created'] = perms['last_modified'] = world.cloud.clock.now().isoformat()
    request = Request(Selection(baseline=baseline))
    found = {each.resource.ref: each for each in world.review(request).verdicts}
    assert found[ref(new)].decision is Decision.REMOVE
    assert {each.code for each in found[ref(new)].reasons} == {'not-in-baseline'}
    assert codes(found[ref(world.living['net'])]) == {'in-baseline'}


@pytest.mark.parametrize('field', ['fabric_back_refs', 'virtual_network_back_refs', 'virtual_network_refs'])
def test_a_network_of_a_fabric_or_of_a_provider_network_stays(world: World, field: str) -> None:
    network = world.dead['net']
    world.objects[network.uuid].properties[field] = [{'to': ['x'], 'uuid': str(uuid.uuid4())}]
    world.end()
    everything = Request(Selection(everything=True, refs=frozenset({ref(network)})))
    assert 'protected' in codes(world.verdict(network, everything))


def test_a_floating_ip_that_a_living_interface_has_too_stays_and_loses_the_other(world: World) -> None:
    mine = world.dead.port('mine', world.living['lent'])
    shared = world.living.floating_ip('both', world.living['pool'], mine, world.living['port'])
    world.end()
    assert codes(world.verdict(mine)) == {'alters-kept'}
    named = Request(Selection(orphans=True, refs=frozenset({ref(mine)})))
    folder = RunFolder.create(world.cloud.clock, world.root / 'runs')
    runs.apply(world.site(), world.review(named).plan, folder)
    assert not world.contrail.has(mine)
    refs = world.objects[shared.uuid].refs
    assert world.living['port'].uuid in refs
    assert mine.uuid not in refs


def test_a_floating_ip_of_two_dead_interfaces_goes_once(world: World) -> None:
    ports = [world.dead.port(f'pair-{n}', world.dead['net']) for n in range(2)]
    shared = world.dead.floating_ip('both', world.living['pool'], *ports)
    world.end()
    world.apply()
    assert not any(world.contrail.has(each) for each in (*ports, shared, world.dead.project))
    paths = [each.path for each in world.cloud.requests if each.method == 'DELETE']
    assert paths.count(f'/floating-ip/{shared.uuid}') == 1


# Lists of what is only told


@pytest.mark.parametrize(
    ('kind', 'list_'),
    [
        ('contrail-routing-instance', '/routing-instances'),
        ('contrail-access-control-list', '/access-control-lists'),
        ('contrail-route-target', '/route-targets'),
        ('contrail-routing-instance', '/virtual-networks'),
        ('contrail-access-control-list', '/security-groups'),
        ('contrail-subnet-key', '/useragent-kv'),
    ],
)
def test_what_is_only_told_is_unread_where_one_of_its_lists_is_not_found(
    world: World, kind: str, list_: str
) -> None:
    world.contrail.client.ask(
        'POST',
        '/useragent-kv',
        {'operation': 'STORE', 'key': str(uuid.uuid4()), 'value': f'{world.dead["net"].uuid} 10.0.0.0/24'},
    )
    world.end()
    world.cloud.fail(('contrail', '*', f'^{list_}$'), NotFound(404, 'nothing'), times=math.inf)
    assert kind in {each.scope.kind for each in world.review().plan.unread}


# Rights that end


@pytest.mark.parametrize('after', [0, 30, 60])
def test_to_who_is_no_administrator_any_more_nothing_is_gone(world: World, after: int) -> None:
    """In this mode lists leave out what one may not see, without a word, and count without it, too."""
    world.end()
    before = world.objects
    identity, behaviour = world.contrail.identity, world.contrail.behaviour

    def demote(_: Sent) -> None:
        behaviour.aaa_mode = 'rbac'
        identity.tokens['token'] = dataclasses.replace(identity.tokens['token'], roles=frozenset({'member'}))

    plan = world.review().plan
    world.cloud.before(('contrail', '*', '.*'), demote, after=after)
    folder = RunFolder.create(world.cloud.clock, world.root / 'runs')
    applied = runs.apply(world.site(), plan, folder)
    told = {each.id for each, result in results(applied).items() if result.is_done}
    assert told <= before.keys() - world.objects.keys()
    assert nothing_else_is_gone(world, before)


# Time


def slow(world: World, method: str, path: str, times: float = math.inf) -> None:
    """Let answers come a minute and a half after they were asked for."""
    world.cloud.before(('contrail', method, path), lambda _: world.cloud.clock.advance(SECONDS), times=times)


def test_what_lists_tell_after_90_seconds_is_too_old_for_any_step(world: World) -> None:
    world.end()
    before = world.objects
    applied = world.apply(meanwhile=lambda: slow(world, 'GET', '.*'))
    assert world.objects.keys() == before.keys()
    assert Result.REMOVED not in results(applied).values()
    assert all(each.text for each in applied.outcomes)


@pytest.mark.parametrize('word', ['port-ip', 'net', 'router'])
def test_a_deletion_that_is_answered_after_90_seconds_is_followed_by_another_look(
    world: World, word: str
) -> None:
    """What the interface's step has seen is too old for its second request; the next look finds the address gone."""
    world.end()
    before = world.objects
    made = world.dead[word]
    applied = world.apply(meanwhile=lambda: slow(world, 'DELETE', f'/{made.type}/{made.uuid}', times=1))
    assert {each.result for each in applied.outcomes} == {Result.REMOVED}
    assert nothing_else_is_gone(world, before)


def test_who_comes_to_use_it_while_an_answer_takes_90_seconds_keeps_it(world: World) -> None:
    world.end()
    network, address = world.dead['net'], world.dead['port-ip']

    def linger(_: Sent) -> None:
        world.living.port('late', network)
        world.cloud.clock.advance(SECONDS)

    world.cloud.before(('contrail', 'DELETE', f'/instance-ip/{address.uuid}'), linger)
    applied = world.apply()
    assert results(applied)[ref(network)] is not Result.REMOVED
    assert all(world.contrail.has(each) for each in (network, world.living['late'], world.living['late-ip']))


# A kill


class Killed(BaseException):
    """The process ended."""


@contextlib.contextmanager
def killed(event: str, made: Made, is_written: bool) -> Iterator[None]:
    """Let the process end when a record about something is to be written, or was written just now."""

    def die(original: Callable[..., None]) -> Callable[..., None]:
        def write(self: journal.Journal, *records: Mapping[str, Any]) -> None:
            is_due = any((each['event'], each.get('id')) == (event, made.uuid) for each in records)
            if is_written or not is_due:
                original(self, *records)
            if is_due:
                raise Killed

        return write

    with pytest.MonkeyPatch.context() as patch:
        for name in ('write', 'note'):
            patch.setattr(journal.Journal, name, die(getattr(journal.Journal, name)))
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize(
    ('word', 'event', 'is_written'),
    [
        ('port', 'intent', True),
        ('port', 'answer', False),
        ('port', 'answer', True),
        ('port', 'outcome', False),
        ('floating-ip', 'answer', False),
        ('net', 'answer', False),
    ],
)
def test_a_run_that_is_killed_between_two_records_is_resumed_by_looking(
    world: World, word: str, event: str, is_written: bool
) -> None:
    entangle(world.living, world.dead)
    world.end()
    before = world.objects
    folder = RunFolder.create(world.cloud.clock, world.root / 'runs')
    plan = world.review().plan
    with killed(event, world.dead[word], is_written):
        runs.apply(world.site(), plan, folder)
    assert world.contrail.has(world.dead['policy'])
    applied = runs.resume(world.site(), folder)
    assert {each.result for each in applied.outcomes} == {Result.REMOVED}
    assert nothing_else_is_gone(world, before)
    kept = {'squatted', 'borrowed'}
    assert {name for name, each in world.dead.made.items() if world.contrail.has(each)} == kept
    assert all(world.contrail.has(each) for each in (*world.living, world.dead.project))


def test_a_step_that_a_kill_cut_in_two_is_resumed_by_looking(world: World) -> None:
    """The address of the interface is gone, and the interface is not."""
    world.end()
    before = world.objects
    folder = RunFolder.create(world.cloud.clock, world.root / 'runs')
    plan = world.review().plan
    port = world.dead['port']
    path = f'/virtual-machine-interface/{port.uuid}'
    world.cloud.fail(('contrail', 'DELETE', path), Unreachable('gone silent'))
    with killed('answer', port, is_written=False):
        runs.apply(world.site(), plan, folder)
    assert [world.contrail.has(world.dead[each]) for each in ('port', 'port-ip')] == [True, False]
    applied = runs.resume(world.site(), folder)
    assert {each.result for each in applied.outcomes} <= {Result.REMOVED, Result.ALREADY_GONE}
    assert nothing_else_is_gone(world, before)
    assert not any(world.contrail.has(each) for each in (*world.dead, world.dead.project))


def test_what_came_to_use_a_network_before_a_killed_run_is_resumed_keeps_it(world: World) -> None:
    world.end()
    folder = RunFolder.create(world.cloud.clock, world.root / 'runs')
    plan = world.review().plan
    with killed('answer', world.dead['port'], is_written=False):
        runs.apply(world.site(), plan, folder)
    late = world.living.port('late', world.dead['net'])
    applied = runs.resume(world.site(), folder)
    assert results(applied)[ref(world.dead['net'])] is not Result.REMOVED
    assert all(world.contrail.has(each) for each in (world.dead['net'], late, world.living['late-ip']))
