"""A sandbox in the lab for one test: projects of its own, and the taking away of them with all that is in them."""

import os
import secrets
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import faults, layout
from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios import dead_projects, many, storage
from lab.scenarios.project import Project, Seeder
from tests.functional.witness import Witness

_SECONDS = 120.0


def find_lab() -> Lab:
    """Return the lab of the tests: that of ``LAB_DIR``, else the one in this checkout.

    Workers beside each other have one each, in the order of ``LAB_DIRS``: a test may look at all that is in its lab.
    """
    worker = os.environ.get('PYTEST_XDIST_WORKER')
    root = os.environ['LAB_DIRS'].split(os.pathsep)[int(worker[2:])] if worker else os.environ.get('LAB_DIR')
    return layout.load(Path(root).absolute() if root else layout.default_root())


@dataclass
class Sandbox:
    """Projects that one test made, and what takes them away.

    :ivar made: project id to the project, living or dead.
    """

    lab: Lab
    seeder: Seeder
    made: dict[str, Project] = field(default_factory=dict)
    was_repaired: bool = False
    _users: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, lab: Lab) -> 'Sandbox':
        """Look at the lab as it is, and see to it that its backend is broken."""
        sandbox = cls(lab, Seeder(lab, connect(lab.clouds_yaml)), was_repaired=lab.faults_off.exists())
        sandbox.faults('on')
        return sandbox

    @property
    def admin(self) -> Any:
        return self.seeder.admin

    @property
    def witness(self) -> Witness:
        return Witness(self.admin)

    def project(self, name: str) -> Project:
        """Make a project whose name begins so, and is nobody else's."""
        unique = f'{name}-{secrets.token_hex(3)}'
        self._users.append(unique)
        made = self.seeder.project(unique)
        self.made[made.project_id] = made
        return made

    def volumes(self, project: Project, prefix: str, count: int) -> list[str]:
        """Make volumes named ``PREFIX-00000`` and so on, and wait for them; answer their ids."""
        options = Namespace(kind='cinder-volume', count=count, project=project.name, prefix=prefix, threads=8)
        many.make(self.seeder, options)
        found = project.connection.block_storage.volumes(details=True)
        return sorted(each.id for each in found if each.name.startswith(f'{prefix}-'))

    def snapshots(self, project: Project, volumes: Iterable[str]) -> list[str]:
        """Make a snapshot of each volume, and wait for them; answer their ids."""
        cinder = project.connection.block_storage
        with ThreadPoolExecutor(8) as pool:
            made = list(
                pool.map(lambda each: cinder.create_snapshot(volume_id=each, name=f'snap-{each}'), volumes)
            )
        for each in made:
            storage.settled(cinder.get_snapshot, each, 'available')
        return [each.id for each in made]

    def dead_projects(self, prefix: str) -> list[Project]:
        """Make two projects and delete them with everything still inside."""
        unique = f'{prefix}-{secrets.token_hex(3)}'
        self._users += [f'{unique}-1', f'{unique}-2']
        made = dead_projects.make(self.seeder, Namespace(prefix=unique))
        self.made.update({project.project_id: project for project in made})
        return made

    def adopt(self, made: Iterable[Project]) -> list[Project]:
        """Take projects that a scenario made for those of this test; return them."""
        adopted = list(made)
        self.made.update({project.project_id: project for project in adopted})
        self._users += [project.name for project in adopted]
        return adopted

    def kill_project(self, project: Project) -> None:
        """Delete the project in Keystone, which checks nothing."""
        self.admin.identity.delete_project(project.project_id)

    def faults(self, wanted: str) -> None:
        """Repair the storage backend (``off``) or break it (``on``)."""
        faults.switch(self.lab, wanted)

    def clear(self) -> None:
        """Take away every project with all that is in it, by the services' own APIs."""
        self.faults('off')
        try:
            end = time.monotonic() + _SECONDS
            while sum(self._clear_once(project) for project in self.made):
                assert time.monotonic() < end, f'what tests made will not go: {self._left()}'
                time.sleep(0.5)
            for project in self.made:
                self._clear_network(project)
                self.admin.identity.delete_project(project, ignore_missing=True)
            for name in self._users:
                user = self.admin.identity.find_user(name)
                if user:
                    self.admin.identity.delete_user(user)
        finally:
            self.faults('off' if self.was_repaired else 'on')
            for project in self.made.values():
                if project.connection:
                    project.connection.close()
            self.made.clear()
            self._users.clear()

    def close(self) -> None:
        """Close the connection."""
        self.admin.close()

    def _left(self) -> list[tuple[str, str]]:
        return sorted(each for project in self.made for each in self.witness.of_project(project))

    def _clear_once(self, project: str) -> int:
        """Ask for the removal of what can go now; answer how much is there."""
        found = self.witness.of_project(project)
        for method, service, path, body in _removals(self.witness, found):
            getattr(getattr(self.admin, service), method)(
                path, json=body, microversion=_MICROVERSIONS[service]
            )
        return len(found)

    def _clear_network(self, project: str) -> None:
        neutron = self.admin.network
        for router in neutron.routers(project_id=project):
            for port in neutron.ports(device_id=router.id):
                neutron.remove_interface_from_router(router, port_id=port.id)
            neutron.delete_router(router)
        for port in neutron.ports(project_id=project):
            neutron.delete_port(port)
        for network in neutron.networks(project_id=project):
            neutron.delete_network(network)
        for group in neutron.security_groups(project_id=project):
            neutron.delete_security_group(group)


_MICROVERSIONS = {'block_storage': '3.58', 'compute': None, 'orchestration': None}
_RESET = {'os-reset_status': {'status': 'available', 'attach_status': 'detached', 'migration_status': 'none'}}
_Removal = tuple[str, str, str, dict[str, Any] | None]


def _removals(witness: Witness, found: Iterable[tuple[str, str]]) -> Iterator[_Removal]:
    """Yield the requests that bring the end nearer; those that come too early are refused, and made again."""
    kinds: dict[str, list[str]] = {}
    for kind, identifier in found:
        kinds.setdefault(kind, []).append(identifier)
    stacks = witness.records('heat-stack') if 'heat-stack' in kinds else {}
    for each in kinds.get('heat-stack', ()):
        if each in stacks and stacks[each]['stack_status'] != 'DELETE_IN_PROGRESS':
            yield 'delete', 'orchestration', f'/stacks/{stacks[each]["stack_name"]}/{each}', None
    for each in kinds.get('nova-server', ()):
        yield 'delete', 'compute', f'/servers/{each}', None
    for each in kinds.get('nova-server-group', ()):
        yield 'delete', 'compute', f'/os-server-groups/{each}', None
    simple = {
        'cinder-transfer': '/volume-transfers/',
        'cinder-group-snapshot': '/group_snapshots/',
        'cinder-backup': '/backups/',
    }
    for kind, path in simple.items():
        for each in kinds.get(kind, ()):
            yield 'delete', 'block_storage', path + each, None
    volumes = witness.records('cinder-volume') if 'cinder-volume' in kinds else {}
    states = {each: volumes[each]['status'] for each in kinds.get('cinder-volume', ()) if each in volumes}
    for each in (each for each, status in states.items() if status.startswith('error')):
        # A stack waits in vain for a volume that Cinder would not delete.
        yield 'post', 'block_storage', f'/volumes/{each}/action', _RESET
    if 'heat-stack' in kinds or 'nova-server' in kinds:
        return
    for each in kinds.get('cinder-snapshot', ()):
        yield 'post', 'block_storage', f'/snapshots/{each}/action', {'os-force_delete': {}}
    for each in kinds.get('cinder-group', ()):
        yield 'post', 'block_storage', f'/groups/{each}/action', {'delete': {'delete-volumes': True}}
    for each, status in states.items():
        if status not in ('available', 'deleting'):
            yield 'post', 'block_storage', f'/volumes/{each}/action', _RESET
        if status != 'deleting':
            yield 'delete', 'block_storage', f'/volumes/{each}', None
