"""A cloud with a fake Heat, a fake Cinder and a fake Keystone, and runs of stacks and volumes on it."""

import dataclasses
from pathlib import Path

from orphancleanup import runs
from orphancleanup.errors import Forbidden
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Outcome
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.progress import Silence
from orphancleanup.results import Applied
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, ADMIN_USER, FakeCloud
from orphancleanup.testing.fake_cloud import Request as Sent
from tests.unit.plugins.fake_block_storage import BlockStorage
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_keystone import Keystone
from tests.unit.plugins.fake_orchestration import PROJECT, SERVICE, Orchestration

API, FORCE = frozenset({Level.API}), frozenset({Level.API, Level.FORCE})


class World:
    """The cloud: one project lives, with one user, and Heat has a user of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.cloud = root, FakeCloud()
        self.keystone = Keystone(self.cloud)
        self.keystone.add_project(id=PROJECT, name='living')
        self.creator = self.keystone.add_user(id='creator', name='somebody')
        self.keystone.add_user(id='heat', name='heat')
        self.heat = Orchestration(self.cloud)
        self.nova, self.cinder = Compute(self.cloud), BlockStorage(self.cloud)
        self.registry = build(
            Loaded(each, each.kind, 'tests 1.0') for each in (Stack(), Snapshot(), Volume())
        )
        self.folder = RunFolder.create(self.cloud.clock, root)

    def site(self, levels: frozenset[Level] = API) -> Site:
        execution, limits = ExecutionSettings(levels=levels), Limits(max_share=100)
        settings = dataclasses.replace(Settings(), execution=execution, limits=limits)
        return Site(self.cloud, self.registry, self.cloud.clock, settings, Silence())

    def clean(self, *refs: str, levels: frozenset[Level] = FORCE) -> Applied:
        """Remove what is named."""
        self.folder = RunFolder.create(self.cloud.clock, self.root)
        request = Request(Selection(refs=frozenset(map(Ref.parse, refs))))
        site = self.site(levels)
        return runs.apply(site, runs.review(site, request).plan, self.folder)

    def remove(self, *stacks: Item, levels: frozenset[Level] = FORCE) -> Outcome:
        """Remove stacks, and return what became of the first one."""
        applied = self.clean(*(f'heat-stack:{each["id"]}' for each in stacks), levels=levels)
        return next(each for each in applied.outcomes if each.ref.id == stacks[0]['id'])

    def disable(self) -> Item:
        """Disable the creator: from now on Heat refuses to delete, as release 27.0.1 does; return the trust."""
        self.creator['enabled'] = False
        self.cloud.before((SERVICE, 'DELETE', '^/stacks/'), self._refuse, times=10**9)
        return self.keystone.add_trust('creator', 'heat', project_id=PROJECT)

    def _refuse(self, _: Sent) -> None:
        given = [each for each in self.keystone.trusts.items.values() if each['trustor_user_id'] == 'creator']
        if given and not self.creator['enabled']:
            self.keystone.add_trust(ADMIN_USER, 'heat', project_id=ADMIN_PROJECT)
            raise Forbidden(403, 'You are not authorized to use trust.', 'req-heat')

    def trusts(self, trustor: str) -> list[Item]:
        """Return the trusts that a user has given."""
        return [each for each in self.keystone.trusts.items.values() if each['trustor_user_id'] == trustor]
