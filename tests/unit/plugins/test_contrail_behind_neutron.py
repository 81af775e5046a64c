"""Contrail as Neutron's backend, with the handlers of both: each thing with two names goes once, through Neutron."""

import math
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.contrail import changes
from lab.contrail.client import Made
from lab.contrail.estate import Home
from lab.contrail.store import Object
from orphancleanup import runs
from orphancleanup.errors import Conflict
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.plugins.contrail_world import (
    BACKEND,
    GENTLE,
    ORPHANS,
    World,
    codes,
    handlers,
    ref,
    results,
    settled,
)
from tests.unit.plugins.fake_networking import Networking

#: what Neutron calls the objects of a type, to its kind and the fields of its records
NAMES = {
    'virtual-network': ('networks', 'neutron-network'),
    'virtual-machine-interface': ('ports', 'neutron-port'),
    'floating-ip': ('floatingips', 'neutron-floatingip'),
    'logical-router': ('routers', 'neutron-router'),
    'security-group': ('security_groups', 'neutron-security-group'),
}


class Behind:
    """A Neutron that shows what Contrail has, and deletes it there."""

    def __init__(self, root: Path) -> None:
        self.world: World = settled(root)
        self.neutron = Networking(self.world.cloud)
        self.shown: dict[str, tuple[str, str]] = {}
        self.forgotten: set[str] = set()
        self.world.cloud.before(('contrail', '*', '.*'), lambda _: self._follow(), times=math.inf)

    def show(self) -> None:
        """Let Neutron show all that is of projects."""
        for home in (self.world.living, self.world.dead):
            for made in home:
                if made.type in NAMES:
                    self._show(home, made)

    def _show(self, home: Home, made: Made) -> None:
        key, kind = NAMES[made.type]
        one = self.world.objects[made.uuid]
        networks = [other for other, (kind, _) in one.refs.items() if kind == 'virtual-network']
        groups = [other for other, (kind, _) in one.refs.items() if kind == 'security-group']
        more: dict[str, Any] = {'project_id': uuid.UUID(home.project.uuid).hex, 'id': made.uuid, 'tags': []}
        if key == 'ports':
            more |= {'network_id': networks[0], 'security_groups': groups, **self._device(one)}
        if key == 'floatingips':
            ports = [other for other, (kind, _) in one.refs.items() if kind == 'virtual-machine-interface']
            more |= {'floating_network_id': self.world.living['public'].uuid, 'port_id': ports[0]}
        self.neutron.add(key, **more)
        self.shown[made.uuid] = key, kind

    def _device(self, port: Object) -> dict[str, str]:
        for router in self.world.contrail.api.store.referrers(port.uuid, 'logical-router'):
            return {'device_owner': 'network:router_interface', 'device_id': router.uuid}
        return {}

    def _follow(self) -> None:
        """Delete in Contrail what was deleted in Neutron since, as its plug-in does."""
        store = self.world.contrail.api.store
        for identifier, (key, _) in self.shown.items():
            one = store.objects.get(identifier)
            is_gone = identifier not in self.neutron.of[key].items
            if one and is_gone and identifier not in self.forgotten:
                self._release(one)
                changes.delete(store, one.type, one.uuid, '', has_transformer=True)

    def _release(self, one: Object) -> None:
        store = self.world.contrail.api.store
        for router in store.referrers(one.uuid, 'logical-router'):
            store.unlink(router, one.uuid)
        for address in store.referrers(one.uuid, 'instance-ip') if one.type in NAMES else ():
            store.remove(address)
        for kind in ('floating-ip', 'alias-ip'):
            for address in store.referrers(one.uuid, kind):
                store.unlink(address, one.uuid)

    def site(self, is_backend: bool = True) -> Site:
        """Return where a run works."""
        known = handlers('contrail-vn', 'nova-server', 'neutron-network')
        levels = BACKEND if is_backend else GENTLE
        settings = Settings(execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100))
        return Site(self.world.cloud, known, self.world.cloud.clock, settings, Silence())

    def verdicts(self) -> dict[Ref, Verdict]:
        """Return what a dry run says."""
        return {each.resource.ref: each for each in runs.review(self.site(), ORPHANS).verdicts}

    def apply(self, is_backend: bool = True) -> runs.Applied:
        """Plan, and carry the plan out."""
        site = self.site(is_backend)
        plan = runs.review(site, ORPHANS).plan
        self.world.cloud.requests.clear()
        return runs.apply(site, plan, RunFolder.create(self.world.cloud.clock, self.world.root / 'runs'))

    def twin(self, made: Made) -> Ref:
        """Return the other name of a thing."""
        return Ref(NAMES[made.type][1], made.uuid)


@pytest.fixture
def behind(places: Iterator[Path]) -> Behind:
    return Behind(next(places))


def test_each_thing_with_two_names_goes_through_neutron_alone(behind: Behind) -> None:
    behind.show()
    behind.world.end()
    found = behind.verdicts()
    for made in behind.world.dead:
        if made.type in NAMES:
            twin = found[behind.twin(made)]
            assert found[ref(made)].decision is Decision.HELD, made
            assert twin.resource.ref in found[ref(made)].owners
            assert twin.decision in (Decision.REMOVE, Decision.HELD), made


def test_neutron_is_asked_and_contrail_proves_it(behind: Behind) -> None:
    behind.show()
    behind.world.end()
    applied = behind.apply()
    assert {
        str(each.ref): each.result for each in applied.outcomes if each.result is not Result.REMOVED
    } == {}
    assert not any(
        behind.world.contrail.has(each) for each in (*behind.world.dead, behind.world.dead.project)
    )
    assert all(behind.world.contrail.has(each) for each in behind.world.living)
    sent = [
        each.path
        for each in behind.world.cloud.requests
        if (each.service, each.method) == ('contrail', 'DELETE')
    ]
    both = {each.uuid for each in behind.world.dead if each.type in NAMES}
    assert not [path for path in sent if path.rpartition('/')[2] in both]
    again = runs.review(behind.site(), ORPHANS)
    assert again.plan.entries == ()


@pytest.mark.parametrize('is_refused', [False, True])
def test_what_neutron_has_deleted_and_contrail_still_has_is_not_gone(
    behind: Behind, is_refused: bool
) -> None:
    """Neutron's plug-in failed half-way: its own step comes then, and without that it is told to be there."""
    network = behind.world.dead['net']
    behind.show()
    behind.world.end()
    behind.forgotten.add(network.uuid)
    path = f'/virtual-network/{network.uuid}'
    if is_refused:
        conflict = Conflict(409, 'Delete when resource still referred: []')
        behind.world.cloud.fail(('contrail', 'DELETE', path), conflict, times=math.inf)
    found = results(behind.apply())
    sent = [(each.service, each.path) for each in behind.world.cloud.requests if each.method == 'DELETE']
    of_network = [each for each in sent if each[1].endswith(network.uuid)]
    assert of_network[:2] == [('network', f'/networks/{network.uuid}'), ('contrail', path)]
    assert behind.world.contrail.has(network) is is_refused
    assert found[ref(network)] is (Result.LEFT if is_refused else Result.REMOVED)
    assert behind.world.contrail.has(behind.world.dead.project) is is_refused


def test_what_contrail_keeps_neutron_keeps(behind: Behind) -> None:
    world = behind.world
    behind.show()
    world.contrail.client.make(
        'physical-router',
        ('default-global-system-config', 'spine'),
        parent_type='global-system-config',
        virtual_network_refs=[world.dead['net'].ref],
    )
    world.end()
    found = behind.verdicts()
    assert codes(found[ref(world.dead['net'])]) >= {'protected'}
    assert found[behind.twin(world.dead['net'])].decision is Decision.KEEP
    assert 'holds-kept' in codes(found[behind.twin(world.dead['net'])])


def test_what_kubernetes_made_neutron_shows_and_keeps(behind: Behind) -> None:
    world = behind.world
    project = world.contrail.client.make('project', ('default-domain', 'k8s-default'), parent_type='domain')
    namespace = Home(world.contrail.client, project)
    namespace.port('pod', namespace.network('pods'))
    behind.show()
    for made in (namespace['pods'], namespace['pod']):
        behind._show(namespace, made)
    world.end()
    behind.apply()
    assert all(world.contrail.has(each) for each in namespace)


def test_what_only_contrail_shows_keeps_neutrons_network(behind: Behind) -> None:
    """A router of a living project, made by Contrail's own API, that Neutron does not show."""
    world = behind.world
    behind.show()
    hidden = world.living.make(
        'hidden', 'logical-router', 'hidden', virtual_network_refs=[world.dead['net'].ref]
    )
    world.end()
    found = behind.verdicts()
    assert found[behind.twin(world.dead['net'])].decision is Decision.KEEP
    behind.apply()
    assert world.contrail.has(world.dead['net'])
    assert world.contrail.has(hidden)


def test_a_run_without_neutrons_kinds_leaves_to_neutron_what_it_shows(behind: Behind) -> None:
    behind.show()
    behind.world.end()
    site = behind.site()
    kinds = frozenset(
        kind for kind, each in site.registry.handlers.items() if each.namespace == 'contrail-vn'
    )
    found = runs.review(site, Request(Selection(orphans=True), Reach(kinds=kinds)))
    both = {each.uuid for each in behind.world.dead if each.type in NAMES}
    assert found.plan.entries
    assert not {each.ref.id for each in found.plan.entries} & both
    verdicts = {each.resource.ref: each for each in found.verdicts}
    assert codes(verdicts[ref(behind.world.dead['net'])]) == {'owned'}


def test_through_neutron_a_port_with_addresses_needs_no_backend(behind: Behind) -> None:
    behind.show()
    behind.world.end()
    behind.apply(is_backend=False)
    for word in ('port', 'port-ip', 'gate'):
        assert not behind.world.contrail.has(behind.world.dead[word]), word
